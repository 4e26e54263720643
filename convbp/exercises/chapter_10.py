"""The exercises of chapter 10: winners in a plane, the divisors of an average, windows that are cut to measure."""

from typing import Any

import numpy as np

from convbp.adaptive import adaptive_avg_pool1d_backward
from convbp.arrays import Array
from convbp.avg_pool import avg_pool1d_backward
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers
from convbp.pool import max_pool2d_backward


def _routed(dy: Array, pidx: Array, H: int, W: int) -> Array:
    return max_pool2d_backward(dy[None], pidx[None], (1, len(dy), H, W), backend="loops")[0]


def _last_only(dy: Array, pidx: Array, H: int, W: int) -> Array:
    dx = np.zeros((len(dy), H * W))
    for d in range(len(dy)):
        dx[d, pidx[d].ravel()] = dy[d].ravel()
    return dx.reshape(-1, H, W)


def _rows(dy: Array, pidx: Array, H: int, W: int) -> Array:
    dx = np.zeros((len(dy), H, W))
    for at in np.ndindex(dy.shape):
        dx[at[0], pidx[at]] += dy[at]
    return dx


def _one_plane(dy: Array, pidx: Array, H: int, W: int) -> Array:
    dx = np.zeros(len(dy) * H * W)
    np.add.at(dx, pidx.ravel(), dy.ravel())
    return dx.reshape(-1, H, W)


MAX_POOL_DX = Exercise(
    title="A backward pass from a lecture",
    reference=_routed,
    returns=("dx",),
    cases=[
        {"dy": numbers(*np.shape(places), start=H), "pidx": np.array(places), "H": H, "W": W}
        for places, H, W in [
            ([[[0, 2]]], 3, 2),
            ([[[1, 1]]], 2, 3),
            ([[[1], [3]]], 4, 2),
            ([[[1, 3], [6, 4]]], 7, 2),
            ([[[1, 1], [2, 3]], [[0, 2], [3, 2]]], 4, 3),
        ]
    ],
    mistakes=[
        Mistake(
            "only the last gradient of a cell was kept. A cell may win twice: use +=, and not with a list of places, "
            "where NumPy adds once for each place.",
            _last_only,
        ),
        Mistake("a flat number is no row: cell (r, s) has the number r·W + s. Take it apart.", _rows),
        Mistake(
            "row and column are exchanged, or counted down the columns: the row is the number divided by W, the "
            "column the remainder.",
            lambda dy, pidx, H, W: _routed(dy, pidx % H * W + pidx // H % W, H, W),
        ),
        Mistake(
            "the places are off by one: they count from 0 here.",
            lambda dy, pidx, H, W: _routed(dy, (pidx - 1) % (H * W), H, W),
        ),
        Mistake("every map has its own plane; here all gradients land in the first map.", _one_plane),
        Mistake("dx needs the shape of x, which is not that of dy.", lambda dy, pidx, H, W: dy),
    ],
    limits=[
        Limit(
            "it is right only where no cell wins twice.",
            lambda pidx, **more: any(len(set(plane.flat)) < plane.size for plane in pidx),
        ),
        Limit("it is right for one map only.", lambda dy, **more: len(dy) > 1),
    ],
)


def _averaged(dy: Array, N: int, K: int, stride: int, before: int, include: bool) -> Array:
    after = max(0, stride * (len(dy) - 1) + K - before - N)
    options: dict[str, Any] = {"stride": stride, "padding": [(before, after)], "count_include_pad": bool(include)}
    return avg_pool1d_backward([[dy]], (1, 1, N), K, backend="loops", **options)[0, 0]


def _overwritten(dy: Array, N: int, K: int, stride: int, before: int, include: bool) -> Array:
    dx = np.zeros(N)
    for o, gradient in enumerate(dy):
        cells = [i for i in range(stride * o - before, stride * o - before + K) if 0 <= i < N]
        dx[cells] = gradient / (K if include else len(cells))
    return dx


AVERAGE_DX = Exercise(
    title="Both divisors",
    reference=_averaged,
    returns=("dx",),
    cases=[
        {"dy": 12 * numbers(m, start=n), "N": n, "K": k, "stride": s, "before": p, "include": include}
        for n, k, s, p, m, include in [
            (4, 2, 2, 0, 2, True),
            (4, 3, 1, 0, 2, True),
            (3, 2, 2, 1, 2, True),
            (3, 2, 2, 1, 2, False),
            (5, 3, 2, 1, 3, False),
            (6, 4, 3, 0, 2, False),
            (7, 3, 2, 0, 3, True),
            (8, 4, 3, 2, 3, True),
        ]
    ],
    mistakes=[
        Mistake("windows overlap, and you assigned where you must add.", _overwritten),
        Mistake(
            "each cell gets the whole gradient: divide by the number that the forward pass divided by.",
            lambda dy, N, K, stride, before, include: _averaged(K * dy, N, K, stride, before, True),
        ),
        Mistake(
            "K is the divisor even where padding does not count. Divide by the real cells there.",
            lambda dy, N, K, stride, before, include: _averaged(dy, N, K, stride, before, True),
        ),
        Mistake(
            "the real cells are the divisor even where padding counts. Divide by K there.",
            lambda dy, N, K, stride, before, include: _averaged(dy, N, K, stride, before, False),
        ),
        Mistake(
            "the two cases are exchanged: include means that padding counts, and the divisor is K.",
            lambda dy, N, K, stride, before, include: _averaged(dy, N, K, stride, before, not include),
        ),
        Mistake(
            "the padding in front is forgotten: window o starts at cell stride·o − before.",
            lambda dy, N, K, stride, before, include: _averaged(dy, N + before, K, stride, 0, include)[:N],
        ),
    ],
    limits=[
        Limit("it is right without padding in front only.", lambda before, **more: before > 0),
        Limit("it fails where windows overlap.", lambda K, stride, **more: stride < K),
    ],
)


def _adapted(dy: Array, N: int) -> Array:
    return adaptive_avg_pool1d_backward([[dy]], (1, 1, N), len(dy))[0, 0]


def _cut(dy: Array, N: int, *, up: bool, add: bool = True, divide: bool = True) -> Array:
    dx, outputs = np.zeros(N), len(dy)
    for o, gradient in enumerate(dy):
        start = o * N // outputs
        stop = -(-(o + 1) * N // outputs) if up else max((o + 1) * N // outputs, start + 1)
        share = gradient / (stop - start) if divide else gradient * outputs / N
        dx[start:stop] = share + (dx[start:stop] if add else 0)
    return dx


ADAPTIVE_DX = Exercise(
    title="Adaptive, backward",
    reference=_adapted,
    returns=("dx",),
    cases=[
        {"dy": 12 * numbers(m, start=n), "N": n}
        for m, n in [(1, 2), (2, 3), (2, 4), (3, 5), (3, 7), (5, 3), (3, 8), (4, 6)]
    ],
    mistakes=[
        Mistake(
            "the end of a window is rounded down. Round it up: a cell that is cut belongs to both neighbours.",
            lambda dy, N: _cut(dy, N, up=False),
        ),
        Mistake(
            "two windows share a cell, and you assigned where you must add.",
            lambda dy, N: _cut(dy, N, up=True, add=False),
        ),
        Mistake(
            "every window divides by its own number of cells, not all by N/M.",
            lambda dy, N: _cut(dy, N, up=True, divide=False),
        ),
        Mistake(
            "each cell gets the whole gradient: divide by the number of cells of the window.",
            lambda dy, N: _cut(dy * N / len(dy), N, up=True, divide=False),
        ),
    ],
    limits=[
        Limit("it is right only where M divides N.", lambda dy, N: N % len(dy) > 0),
        Limit("it fails where there are more outputs than cells.", lambda dy, N: len(dy) > N),
    ],
)

EXERCISES = {"max-pool-dx": MAX_POOL_DX, "average-dx": AVERAGE_DX, "adaptive-dx": ADAPTIVE_DX}
