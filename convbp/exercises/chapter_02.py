"""The exercises of chapter 2: a causal convolution, two filters in a row, and sizes."""

import numpy as np

from convbp.arrays import Array
from convbp.correlation import convolve, correlate
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers
from convbp.geometry import Axis


def _bent(x: Array, w: Array) -> Array:
    return np.array([sum(x[o - k] * w[k] for k in range(len(w))) for o in range(len(x))])


CAUSAL = Exercise(
    title="A causal convolution",
    reference=lambda x, w: convolve(x, w, "causal"),
    returns=("y",),
    cases=[{"x": numbers(n), "w": numbers(k, start=n)} for n, k in [(3, 2), (4, 3), (5, 2), (6, 4), (7, 3)]],
    mistakes=[
        Mistake(
            "at the beginning o − k is negative, and Python counts from the end: the input is bent into a circle.",
            _bent,
        ),
        Mistake(
            "the filter is the wrong way round: this is a correlation. A convolution reads x[o − k].",
            lambda x, w: correlate(x, w, "causal"),
        ),
        Mistake(
            "this is the full range. Causal keeps the first N outputs: nothing after a cell is read.",
            lambda x, w: convolve(x, w),
        ),
        Mistake(
            "this is the valid range. Causal begins before: cells in front of the input count as 0.",
            lambda x, w: convolve(x, w, "valid"),
        ),
        Mistake(
            "these are the last N outputs of the full range. They read cells that come later.",
            lambda x, w: convolve(x, w)[len(w) - 1 :],
        ),
        Mistake(
            "the first K − 1 outputs are left at 0. They read the cells that do exist.",
            lambda x, w: np.append(np.zeros(len(w) - 1), convolve(x, w, "valid")),
        ),
    ],
)

ONE_FILTER = Exercise(
    title="Two filters in a row",
    reference=lambda u, v: convolve(u, v),
    returns=("filter",),
    cases=[{"u": numbers(k), "v": numbers(m, start=k)} for k, m in [(2, 2), (3, 2), (2, 4), (3, 3)]],
    mistakes=[
        Mistake(
            "this is u ⋆ v in the full range. Taps add up, so the two filters are convolved, not correlated.",
            lambda u, v: correlate(u, v, "full"),
        ),
        Mistake(
            "this is v ⋆ u in the full range. Taps add up, so the two filters are convolved, not correlated.",
            lambda u, v: correlate(v, u, "full"),
        ),
        Mistake("the filter is right, but backwards.", lambda u, v: convolve(u, v)[::-1]),
        Mistake(
            "this keeps the valid range. The one filter reaches as far as both: K + M − 1 taps.",
            lambda u, v: convolve(u, v, "valid"),
        ),
        Mistake(
            "the filters are added. Layers in a row multiply: every tap of u meets every tap of v.", lambda u, v: u + v
        ),
        Mistake("the filters are put one after the other.", lambda u, v: np.append(u, v)),
    ],
)


def _from(first: int, count: int) -> list[int]:
    return list(range(first, first + count))


INPUT_SIZES = Exercise(
    title="Which inputs?",
    reference=lambda M, K, stride: [N for N in range(1, stride * M + K) if Axis(N, K, stride).outputs == M],
    returns=("sizes",),
    cases=[
        {"M": M, "K": K, "stride": stride}
        for M, K, stride in [(2, 2, 1), (3, 3, 2), (1, 2, 3), (4, 3, 1), (3, 2, 4), (2, 5, 3)]
    ],
    mistakes=[
        Mistake(
            "only the smallest size is here. As many sizes as the stride give the same number of outputs.",
            lambda M, K, stride: [stride * (M - 1) + K],
        ),
        Mistake(
            "these are sizes for one output more. M windows need M − 1 steps.",
            lambda M, K, stride: _from(stride * M + K, stride),
        ),
        Mistake(
            "one size too many: with the last of them, another window fits.",
            lambda M, K, stride: _from(stride * (M - 1) + K, stride + 1),
        ),
        Mistake(
            "the largest size is missing: up to stride − 1 cells may be left over.",
            lambda M, K, stride: _from(stride * (M - 1) + K, stride - 1),
        ),
        Mistake("a window takes K cells, not one.", lambda M, K, stride: _from(stride * (M - 1) + 1, stride)),
        Mistake("all sizes are one too small.", lambda M, K, stride: _from(stride * (M - 1) + K - 1, stride)),
    ],
    limits=[Limit("it is right for stride 1 only.", lambda M, K, stride: stride > 1)],
)

EXERCISES = {"causal": CAUSAL, "one-filter": ONE_FILTER, "input-sizes": INPUT_SIZES}
