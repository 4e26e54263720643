"""The exercises of chapter 4: by taps, with padding, gathered, and with a stride."""

import numpy as np

from convbp.arrays import Array
from convbp.correlation import convolve, correlate
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers
from convbp.exercises.references import line_dw, line_dx
from convbp.geometry import Axis

FLIPPED = "this is the gradient with the filter flipped: dx[i] = Σ w[k]·dy[i − k], with w as it stands in y."
ASSIGNED = "windows overlap, and you assigned where you must add."


def _last_tap_wins(dy: Array, x: Array, w: Array) -> Array:
    dx = np.zeros(len(x))
    for k, weight in enumerate(w):
        dx[k : k + len(dy)] = weight * dy
    return dx


TAPS = Exercise(
    title="Loop over taps",
    reference=lambda dy, x, w: (line_dw(dy, x, len(w)), line_dx(dy, w, len(x))),
    returns=("dw", "dx"),
    cases=[
        {"dy": numbers(n - k + 1, start=6), "x": numbers(n), "w": numbers(k, start=n)}
        for n, k in [(3, 2), (4, 2), (5, 3), (7, 4), (6, 5)]
    ],
    mistakes=[
        Mistake(
            "dw comes out backwards: you exchanged the operands, dy ⋆ x for x ⋆ dy.",
            lambda dy, x, w: correlate(x, dy)[::-1],
            of="dw",
        ),
        Mistake(
            "this is the convolution x ∗ dy. dw is a correlation, x ⋆ dy: nothing is flipped.",
            lambda dy, x, w: convolve(x, dy, "valid"),
            of="dw",
        ),
        Mistake("dw is averaged over the outputs. It is a sum.", lambda dy, x, w: correlate(x, dy) / len(dy), of="dw"),
        Mistake(FLIPPED, lambda dy, x, w: line_dx(dy, w[::-1], len(x)), of="dx"),
        Mistake(ASSIGNED, _last_tap_wins, of="dx"),
        Mistake(
            "this is the valid range, dy ⋆ w. A valid forward pass needs the full range backward.",
            lambda dy, x, w: correlate(dy, w),
            of="dx",
        ),
        Mistake(
            "dx has the size of dy. It needs the shape of x.",
            lambda dy, x, w: line_dx(dy, w, len(x))[: len(dy)],
            of="dx",
        ),
    ],
)


def _slid(dy: Array, v: Array, front: int, back: int) -> Array:
    return np.correlate(np.pad(dy, (front, back)), v, "valid")


PADDED_DX = Exercise(
    title="Any number of zeros",
    reference=lambda dy, w, before, after: line_dx(
        dy, w, len(dy) + len(w) - 1 - before - after, padding=[(before, after)]
    ),
    returns=("dx",),
    cases=[
        {"dy": numbers(m, start=k), "w": numbers(k), "before": before, "after": after}
        for m, k, before, after in [
            (2, 2, 0, 0),
            (2, 3, 0, 0),
            (3, 3, 1, 0),
            (4, 3, 0, 2),
            (5, 4, 1, 2),
            (6, 2, 0, 2),
            (7, 3, 3, 1),
        ]
    ],
    mistakes=[
        Mistake(
            "dy gets one zero on each side. It needs K − 1 − before in front and K − 1 − after behind.",
            lambda dy, w, before, after: _slid(dy, w[::-1], 1, 1),
        ),
        Mistake(
            "dy gets K − 1 zeros on both sides. Forward padding is taken off again: K − 1 − before, K − 1 − after.",
            lambda dy, w, before, after: _slid(dy, w[::-1], len(w) - 1, len(w) - 1),
        ),
        Mistake(
            "where K − 1 − before is negative there is nothing to pad: crop dy instead.",
            lambda dy, w, before, after: _slid(dy, w[::-1], len(w) - 1 - before, len(w) - 1 - after),
        ),
        Mistake(
            "front and back are exchanged: K − 1 − before zeros go in front.",
            lambda dy, w, before, after: line_dx(
                dy, w, len(dy) + len(w) - 1 - before - after, padding=[(after, before)]
            ),
        ),
        Mistake(
            "the filter is not turned round. To slide over dy, a correlation needs the flipped filter.",
            lambda dy, w, before, after: line_dx(
                dy, w[::-1], len(dy) + len(w) - 1 - before - after, padding=[(before, after)]
            ),
        ),
        Mistake(
            "dy gets as many zeros as x got. It needs K − 1 − before in front and K − 1 − after behind.",
            lambda dy, w, before, after: _slid(dy, w[::-1], before, after),
        ),
    ],
    limits=[
        Limit("it is right for two taps only.", lambda w, **more: len(w) != 2),
        Limit("it is right without padding only.", lambda before, after, **more: before + after > 0),
        Limit(
            "it fails where more than K − 1 zeros were padded: there dy must be cropped.",
            lambda w, before, after, **more: max(before, after) > len(w) - 1,
        ),
    ],
)


def _gathered(dy: Array, w: Array, N: int, sign: int = -1, low: int = 0) -> Array:
    """Gather w[k]·dy[i ± k] where the index lies from `low` to the last output."""
    dx = np.zeros(N)
    for i, k in np.ndindex(N, len(w)):
        if low <= i + sign * k < len(dy):
            dx[i] += w[k] * dy[i + sign * k]
    return dx


GATHERED_DX = Exercise(
    title="Gather without a silent border",
    reference=lambda dy, w, N: line_dx(dy, w, N),
    returns=("dx",),
    cases=[
        {"dy": numbers(m, start=4), "w": numbers(k, start=m), "N": m + k - 1}
        for m, k in [(2, 2), (3, 2), (3, 3), (5, 3), (4, 4)]
    ],
    mistakes=[
        Mistake(
            "before the beginning i − k is negative, and Python counts from the end: test 0 ≤ i − k.",
            lambda dy, w, N: _gathered(dy, w, N, low=-len(dy)),
        ),
        Mistake(
            "backward the index shrinks with the tap: dy[i − k], not dy[i + k].",
            lambda dy, w, N: _gathered(dy, w, N, 1),
        ),
        Mistake(FLIPPED, lambda dy, w, N: _gathered(dy, w[::-1], N)),
        Mistake(
            "dy[0] is lost: the test must be 0 ≤ i − k, with the equals sign.",
            lambda dy, w, N: _gathered(dy, w, N, low=1),
        ),
        Mistake("the last gradient is lost: i − k may be up to M − 1.", lambda dy, w, N: _gathered(dy[:-1], w, N)),
        Mistake(
            "only cells that all taps reach are filled. At the border some terms are there too.",
            lambda dy, w, N: np.where(_gathered(dy * 0 + 1, w * 0 + 1, N) == len(w), _gathered(dy, w, N), 0),
        ),
    ],
)


def _short(dy: Array, x: Array, w: Array, stride: int) -> Array:
    return line_dx(dy, w, stride * (len(dy) - 1) + len(w), stride=stride)


def _overwritten(dy: Array, x: Array, w: Array, stride: int) -> Array:
    dx = np.zeros(len(x))
    for o, d in enumerate(dy):
        dx[stride * o : stride * o + len(w)] = d * w
    return dx


STRIDED_GRADIENTS = Exercise(
    title="Scatter with a stride",
    reference=lambda dy, x, w, stride: (
        line_dx(dy, w, len(x), stride=stride),
        line_dw(dy, x, len(w), stride=stride),
    ),
    returns=("dx", "dw"),
    cases=[
        {"dy": numbers(Axis(n, k, s).outputs, start=8), "x": numbers(n), "w": numbers(k, start=n), "stride": s}
        for n, k, s in [(3, 2, 1), (5, 3, 2), (6, 3, 2), (8, 3, 2), (8, 4, 3), (11, 2, 4)]
    ],
    mistakes=[
        Mistake(
            "dx gets its size from dy, and the cells that the stride leaves over are missing. It needs the shape of x.",
            _short,
            of="dx",
        ),
        Mistake(
            "the cells that no window reads must have gradient 0; they got a copy of the first ones.",
            lambda dy, x, w, stride: np.resize(_short(dy, x, w, stride), len(x)),
            of="dx",
        ),
        Mistake(
            "the stride is missing: output o starts at cell stride·o.",
            lambda dy, x, w, stride: np.append(line_dx(dy, w, n := len(dy) + len(w) - 1), np.zeros(len(x) - n)),
            of="dx",
        ),
        Mistake(FLIPPED, lambda dy, x, w, stride: line_dx(dy, w[::-1], len(x), stride=stride), of="dx"),
        Mistake(ASSIGNED, _overwritten, of="dx"),
        Mistake(
            "the stride is missing: output o has seen the window that starts at x[stride·o].",
            lambda dy, x, w, stride: line_dw(dy, x[: len(dy) + len(w) - 1], len(w)),
            of="dw",
        ),
        Mistake(
            "dw comes out backwards: dw[k] collects x[stride·o + k]·dy[o].",
            lambda dy, x, w, stride: line_dw(dy, x, len(w), stride=stride)[::-1],
            of="dw",
        ),
        Mistake(
            "dw keeps only the last window: you assigned where you must add.",
            lambda dy, x, w, stride: dy[-1] * x[stride * (len(dy) - 1) :][: len(w)],
            of="dw",
        ),
    ],
    limits=[
        Limit("it is right for stride 1 only.", lambda stride, **more: stride > 1),
        Limit(
            "it is right only where the stride leaves nothing over; cells that no window reads have gradient 0.",
            lambda x, w, stride, **more: Axis(len(x), len(w), stride).leftover > 0,
        ),
    ],
)

EXERCISES = {
    "taps": TAPS,
    "padded-dx": PADDED_DX,
    "gathered-dx": GATHERED_DX,
    "strided-gradients": STRIDED_GRADIENTS,
}
