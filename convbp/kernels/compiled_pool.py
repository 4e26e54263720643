"""Pooling in Numba: one plane of one channel at a time, along runs of cells that lie a fixed step apart.

The table of runs is made from `geometry` for any rank, in the order of the taps, so that one nest of three short loops
serves every pool, and the first of equal cells comes first. The loops follow the table and cannot leave the arrays.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.geometry import Axis, ConvGeometry
from convbp.kernels.jit import compiled
from convbp.kernels.threads import run_ranges

WORTH_A_JOB = 1 << 17  # cells
JOBS = 8


def max_pool(x: Array, g: ConvGeometry) -> tuple[Array, Array]:
    y = np.zeros(g.output_shape, x.dtype)
    indices = np.full(g.output_shape, -1, np.int64)
    _by_planes(_max_pool, (y, indices), (x,), *_runs(g.axes))
    return y, indices


def max_pool_dx(dy: Array, indices: Array, sizes: tuple[int, ...]) -> Array:
    dx = np.zeros((*dy.shape[:2], *sizes), dy.dtype)
    _by_planes(_max_pool_dx, (dx,), (dy, indices))
    return dx


def lp_sum(x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    _by_planes(_lp_sum, (total,), (x, scale), p, *_runs(g.axes))
    return total


def lp_dx(dy: Array, x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    _by_planes(_lp_dx, (dx,), (dy, x, scale), p, *_runs(g.axes))
    return dx


def exp_sum(x: Array, shift: Array, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    _by_planes(_exp_sum, (total,), (x, shift), *_runs(g.axes))
    return total


def exp_dx(dy: Array, x: Array, shift: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    _by_planes(_exp_dx, (dx,), (dy, x, shift), *_runs(g.axes))
    return dx


def _by_planes(loops: Callable[..., None], results: Sequence[Array], inputs: Sequence[Array], *options: Any) -> None:
    """Run the loops over all planes, shared out to the threads: no plane knows another."""
    written, read = [_planes(a) for a in results], [_planes(a, True) for a in inputs]

    def work(first: int, stop: int) -> None:
        loops(*(a[first:stop] for a in written), *(a[first:stop] for a in read), *options)

    run_ranges(work, len(written[0]), min(JOBS, max(a.size for a in (*written, *read)) // WORTH_A_JOB))


def _planes(a: Array, only_read: bool = False) -> Array:
    """View `a` as rows of one plane each. Inputs are made read-only, so that every call has one compiled signature."""
    planes = np.ascontiguousarray(a).reshape(prod(a.shape[:2]), prod(a.shape[2:]))
    if only_read:
        planes = planes.view()
        planes.flags.writeable = False
    return planes


@lru_cache(maxsize=256)
def _runs(axes: tuple[Axis, ...]) -> tuple[Array, int]:
    """Return runs[tap and row] = (first cell, first output, outputs) of one plane, and the step from cell to cell."""
    *outer, last = axes
    runs = []
    for *taps, q in product(*(range(a.kernel) for a in axes)):
        columns = last.span(q)
        rows_read = product(*(a.patch(k) for a, k in zip(outer, taps, strict=True)))
        rows = product(*(a.span(k) for a, k in zip(outer, taps, strict=True)))
        if columns:
            for cells, outputs in zip(rows_read, rows, strict=True):
                first_cell = _flat((*cells, last.patch(q).start), (a.size for a in axes))
                first_output = _flat((*outputs, columns.start), (a.outputs for a in axes))
                runs.append((first_cell, first_output, len(columns)))
    return np.array(runs, np.int64), last.stride


def _flat(at: tuple[int, ...], sizes: Iterable[int]) -> int:
    flat = 0
    for i, size in zip(at, sizes, strict=True):
        flat = flat * size + i
    return flat


@compiled
def _max_pool(y, indices, x, runs, step):  # type: ignore[no-untyped-def]
    for plane in range(x.shape[0]):
        for run in range(runs.shape[0]):
            i, o, outputs = runs[run]
            for j in range(outputs):
                new, old = x[plane, i + step * j], y[plane, o + j]
                if indices[plane, o + j] < 0 or new > old or (new != new and old == old):
                    y[plane, o + j] = new
                    indices[plane, o + j] = i + step * j


@compiled
def _max_pool_dx(dx, dy, indices):  # type: ignore[no-untyped-def]
    for plane in range(dy.shape[0]):
        for o in range(dy.shape[1]):
            dx[plane, indices[plane, o]] += dy[plane, o]


@compiled
def _lp_sum(total, x, scale, p, runs, step):  # type: ignore[no-untyped-def]
    for plane in range(x.shape[0]):
        for run in range(runs.shape[0]):
            i, o, outputs = runs[run]
            for j in range(outputs):
                total[plane, o + j] += (abs(x[plane, i + step * j]) / scale[plane, o + j]) ** p


@compiled
def _lp_dx(dx, dy, x, scale, p, runs, step):  # type: ignore[no-untyped-def]
    for plane in range(x.shape[0]):
        for run in range(runs.shape[0]):
            i, o, outputs = runs[run]
            for j in range(outputs):
                read = x[plane, i + step * j]
                share = np.sign(read) * (abs(read) / scale[plane, o + j]) ** (p - 1)
                dx[plane, i + step * j] += dy[plane, o + j] * share


@compiled
def _exp_sum(total, x, shift, runs, step):  # type: ignore[no-untyped-def]
    for plane in range(x.shape[0]):
        for run in range(runs.shape[0]):
            i, o, outputs = runs[run]
            for j in range(outputs):
                total[plane, o + j] += np.exp(x[plane, i + step * j] - shift[plane, o + j])


@compiled
def _exp_dx(dx, dy, x, shift, runs, step):  # type: ignore[no-untyped-def]
    for plane in range(x.shape[0]):
        for run in range(runs.shape[0]):
            i, o, outputs = runs[run]
            for j in range(outputs):
                dx[plane, i + step * j] += dy[plane, o + j] * np.exp(x[plane, i + step * j] - shift[plane, o + j])
