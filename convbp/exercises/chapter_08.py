"""The exercises of chapter 8: the matrix of a convolution, columns back to cells, and a ring that is too short."""

from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers
from convbp.matrix import col2im, conv_matrix


def _matrix(w: Array, N: int, stride: int, dilation: int, before: int, after: int) -> Array:
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": [(before, after)]}
    return np.asarray(conv_matrix([[w]], (1, N), **options).toarray())


MATRIX_OF = Exercise(
    title="The matrix, written out",
    reference=lambda w, N, stride, dilation, before, after: _matrix(w, N, stride, dilation, before, after),
    returns=("A",),
    cases=[
        {"w": numbers(k, start=n), "N": n, "stride": s, "dilation": d, "before": p, "after": q}
        for n, k, s, d, p, q in [
            (3, 2, 1, 1, 0, 0), (4, 3, 1, 1, 1, 0), (4, 2, 1, 1, 0, 1), (5, 2, 2, 1, 0, 0), (6, 3, 1, 2, 0, 0),
            (6, 3, 2, 2, 2, 1), (7, 2, 3, 1, 1, 2),
        ]
    ],
    mistakes=[
        Mistake(
            "this is Aᵀ. A row belongs to an output, a column to a cell.",
            lambda w, N, stride, dilation, before, after: _matrix(w, N, stride, dilation, before, after).T,
        ),
        Mistake(
            "the filter is flipped. In the rows of A it stands as it is; backwards it stands in the columns.",
            lambda w, N, stride, dilation, before, after: _matrix(w[::-1], N, stride, dilation, before, after),
        ),
        Mistake(
            "there are columns for the padding. No gradient is wanted for it: only the N cells have columns.",
            lambda w, N, stride, dilation, before, after: _matrix(w, N + before + after, stride, dilation, 0, 0),
        ),
        Mistake(
            "before and after are ignored.",
            lambda w, N, stride, dilation, before, after: _matrix(w, N, stride, dilation, 0, 0),
        ),
        Mistake(
            "a weight that falls in front of cell 0 lands at the end of the row: a negative index counts from there.",
            lambda w, N, stride, dilation, before, after: _matrix(w, N, stride, dilation, before, after)
            + np.pad(
                _matrix(w, N + before, stride, dilation, 0, after)[:, :before],
                ((0, 0), (N - before, 0)),
            ),
        ),
        Mistake(
            "stride and dilation have changed places.",
            lambda w, N, stride, dilation, before, after: _matrix(w, N, dilation, stride, before, after),
        ),
    ],
    limits=[
        Limit("it is right only for stride 1.", lambda stride, **more: stride > 1),
        Limit("it is right only for dilation 1.", lambda dilation, **more: dilation > 1),
    ],
)  # fmt: skip


def _back(columns: Array, N: int, stride: int, dilation: int, before: int) -> Array:
    after = stride * (columns.shape[1] - 1) + dilation * (len(columns) - 1) + 1 - before - N
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": [(before, max(after, 0))]}
    return col2im([columns], (1, 1, N), len(columns), **options)[0, 0]


def _last_copy(columns: Array, N: int, stride: int, dilation: int, before: int, turned: bool = False) -> Array:
    dx = np.zeros(N)
    places = list(np.ndindex(columns.shape))
    for k, o in sorted(places, key=lambda place: place[::-1]) if turned else places:
        i = stride * o + dilation * k - before
        if 0 <= i < N:
            dx[i] = columns[k, o]
    return dx


def _averaged(columns: Array, N: int, stride: int, dilation: int, before: int) -> Array:
    copies = _back(np.ones(columns.shape), N, stride, dilation, before)
    return _back(columns, N, stride, dilation, before) / np.maximum(copies, 1)


COLUMNS_BACK = Exercise(
    title="Columns back to cells",
    reference=lambda columns, N, stride, dilation, before: _back(columns, N, stride, dilation, before),
    returns=("dx",),
    cases=[
        {"columns": numbers(k, m, start=n), "N": n, "stride": s, "dilation": d, "before": p}
        for n, k, m, s, d, p in [
            (3, 2, 2, 1, 1, 0), (4, 3, 2, 1, 1, 0), (4, 2, 4, 1, 1, 1), (6, 3, 2, 2, 1, 0), (6, 2, 4, 1, 2, 0),
            (7, 3, 4, 2, 1, 1), (8, 3, 3, 2, 2, 2),
        ]
    ],
    mistakes=[
        Mistake(
            "copies overwrite each other, you assigned where you must add: the last copy alone is left.", _last_copy
        ),
        Mistake(
            "copies overwrite each other, you assigned where you must add: the copy of the last window alone is left.",
            lambda columns, N, stride, dilation, before: _last_copy(columns, N, stride, dilation, before, turned=True),
        ),
        Mistake(
            "you divided by the number of copies. That inverts im2col; a gradient is the sum over the copies.",
            _averaged,
        ),
        Mistake(
            "before is ignored, so everything lands too far to the right.",
            lambda columns, N, stride, dilation, before: _back(columns, N, stride, dilation, 0),
        ),
        Mistake(
            "the taps are counted from the end. Row k is what tap k has read.",
            lambda columns, N, stride, dilation, before: _back(columns[::-1], N, stride, dilation, before),
        ),
        Mistake(
            "stride and dilation have changed places: the window moves by the stride, the taps stand a dilation apart.",
            lambda columns, N, stride, dilation, before: _back(columns, N, dilation, stride, before),
        ),
        Mistake(
            "what falls in front of cell 0 is added at the end: a negative index counts from there.",
            lambda columns, N, stride, dilation, before: _back(columns, N, stride, dilation, before)
            + np.pad(_back(columns, N + before, stride, dilation, 0)[:before], (N - before, 0)),
        ),
    ],
    limits=[
        Limit("it is right only for stride 1.", lambda stride, **more: stride > 1),
        Limit("it is right only for dilation 1.", lambda dilation, **more: dilation > 1),
        Limit("it is right only without padding.", lambda before, **more: before > 0),
    ],
)  # fmt: skip


def _folded(full: Array, T: int) -> Array:
    ring = np.zeros(T)
    np.add.at(ring, np.arange(len(full)) % T, full)
    return ring


def _cut(full: Array, T: int) -> Array:
    return np.pad(full, (0, max(0, T - len(full))))[:T]


def _replaced(full: Array, T: int) -> Array:
    ring = _cut(full, T)
    ring[: max(0, len(full) - T)] = full[T:]
    return ring


WRAPPED = Exercise(
    title="What a ring makes of it",
    reference=lambda x, w, T: _folded(np.convolve(x, w), T),
    returns=("ring",),
    cases=[
        {"x": numbers(n), "w": numbers(k, start=n), "T": t}
        for n, k, t in [(3, 2, 3), (3, 2, 4), (4, 3, 4), (4, 3, 5), (3, 5, 5), (5, 2, 8), (6, 4, 7)]
    ],
    mistakes=[
        Mistake(
            "what hangs over the end is cut off. On a ring nothing is lost: it falls on the beginning.",
            lambda x, w, T: _cut(np.convolve(x, w), T),
        ),
        Mistake(
            "what falls on the beginning replaces what is there. It is added.",
            lambda x, w, T: _replaced(np.convolve(x, w), T),
        ),
        Mistake(
            "this is the correlation on the ring. A product without a conjugate is a convolution: o − k, not o + k.",
            lambda x, w, T: _folded(np.roll(_cut(np.convolve(x, w[::-1]), 2 * T), 1 - len(w)), T),
        ),
        Mistake(
            "what hangs over is added at the end. Behind the last cell of a ring comes the first.",
            lambda x, w, T: _cut(np.convolve(x, w), T)
            + np.concatenate([np.zeros(T), np.convolve(x, w)[T:]])[-T:],
        ),
        Mistake(
            "this is the full convolution. A ring of T cells has T numbers.",
            lambda x, w, T: np.convolve(x, w),
        ),
        Mistake(
            "the ring has N cells, not T.",
            lambda x, w, T: _folded(np.convolve(x, w), len(x)),
        ),
    ],
    limits=[Limit("it is right only where nothing wraps.", lambda x, w, T: len(x) + len(w) - 1 > T)],
)  # fmt: skip

EXERCISES = {"matrix-of": MATRIX_OF, "columns-back": COLUMNS_BACK, "wrapped": WRAPPED}
