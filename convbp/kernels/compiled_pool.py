"""Pooling in Numba: a window is a box, so walk down its rows first and then across the one row that is left.

Down, whole rows meet whole rows cell by cell: neighbours in memory, which the compiler turns into vectors, and a row is
read once for all windows of a line. Across, only one row is left to step along. Maxima and sums can be taken in this
order; where they cannot, see `compiled_smooth`. The table of rows is made from `geometry` for any rank, and the loops
follow it and cannot leave the arrays.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.geometry import Axis, ConvGeometry
from convbp.kernels.jit import compiled, inlined
from convbp.kernels.threads import new, run_ranges

JOBS = 8
# How many cells are worth waking a thread for: those that are compared, that are added, that are only moved.
COMPARED, ADDED, MOVED = 1 << 16, 1 << 17, 1 << 19


def max_pool(x: Array, g: ConvGeometry) -> tuple[Array, Array]:
    y, indices = new(g.output_shape, x.dtype), new(g.output_shape, np.dtype(np.int64))
    by_planes(COMPARED, _max_pool, (y, indices), (x,), *lines(g.axes))
    return y, indices


def max_pool_dx(dy: Array, indices: Array, sizes: tuple[int, ...]) -> Array | None:
    dx, outside = new((*dy.shape[:2], *sizes), dy.dtype), new((*dy.shape[:2], 1), np.dtype(np.bool_))
    by_planes(MOVED, _max_pool_dx, (dx, outside), (dy, indices))
    return None if outside.any() else dx


def window_sum(x: Array, g: ConvGeometry) -> Array:
    total = new(g.output_shape, x.dtype)
    by_planes(ADDED, _window_sum, (total,), (x,), *lines(g.axes))
    return total


def window_sum_dx(dy: Array, g: ConvGeometry) -> Array:
    dx = new(g.input_shape, dy.dtype)
    by_planes(ADDED, _window_sum_dx, (dx,), (dy,), *lines(g.axes))
    return dx


def by_planes(
    worth_a_job: int, loops: Callable[..., None], results: Sequence[Array], inputs: Sequence[Array], *options: Any
) -> None:
    """Run the loops over all planes, shared out to the threads: no plane knows another."""
    written, read = [planes_of(a) for a in results], [planes_of(a, True) for a in inputs]

    def work(first: int, stop: int) -> None:
        loops(*(a[first:stop] for a in written), *(a[first:stop] for a in read), *options)

    run_ranges(work, len(written[0]), min(JOBS, max(a.size for a in (*written, *read)) // worth_a_job))


def planes_of(a: Array, only_read: bool = False) -> Array:
    """View `a` as rows of one plane each. Inputs are made read-only, so that every call has one compiled signature."""
    planes = np.ascontiguousarray(a).reshape(prod(a.shape[:2]), prod(a.shape[2:]))
    if only_read:
        planes = planes.view()
        planes.flags.writeable = False
    return planes


@lru_cache(maxsize=256)
def lines(axes: tuple[Axis, ...]) -> tuple[Array, Array, Array, int, int]:
    """Return what the windows of each line of outputs read: rows, begins, taps, step, width.

    Line l of a plane's outputs reads the rows that begin at the cells rows[begins[l]:begins[l + 1]] and are `width`
    cells long. Along a row, taps[q] = (first cell, first output, outputs), and `step` leads from cell to cell.
    """
    *outer, last = axes
    rows, begins = [], [0]
    for line in product(*(range(a.outputs) for a in outer)):
        windows = [[i for _, i in a.window(o)] for a, o in zip(outer, line, strict=True)]
        rows += [_flat(cells, outer) * last.size for cells in product(*windows)]
        begins.append(len(rows))
    spans = [(last.patch(q), last.span(q)) for q in range(last.kernel)]
    taps = [(patch.start, span.start, len(span)) for patch, span in spans if span]
    return *(np.array(table, np.int64) for table in (rows, begins, taps)), last.stride, last.size  # type: ignore[return-value]


def _flat(cells: tuple[int, ...], axes: Sequence[Axis]) -> int:
    flat = 0
    for i, axis in zip(cells, axes, strict=True):
        flat = flat * axis.size + i
    return flat


@compiled
def _max_pool(y, indices, x, rows, begins, taps, step, width):  # type: ignore[no-untyped-def]
    largest, found_at = np.empty(width, x.dtype), np.empty(width, np.int64)
    outputs = y.shape[1] // (begins.shape[0] - 1)
    for plane in range(x.shape[0]):
        for line in range(begins.shape[0] - 1):
            found_at[:] = -1
            indices[plane, line * outputs : (line + 1) * outputs] = -1
            for row in range(begins[line], begins[line + 1]):
                first = rows[row]
                _down(largest, found_at, x[plane, first : first + width], first)
            for tap in range(taps.shape[0]):
                s, j, count = taps[tap]
                o = line * outputs + j
                winners, at = y[plane, o : o + count], indices[plane, o : o + count]
                columns, places = largest[s:], found_at[s:]
                if step == 1:  # a constant step becomes vectors
                    _across(winners, at, columns, places, 1)
                elif step == 2:
                    _across(winners, at, columns, places, 2)
                else:
                    _across(winners, at, columns, places, step)


@inlined
def _down(largest, found_at, row, first):  # type: ignore[no-untyped-def]
    """Of each column, keep the larger cell; of equal ones the one above; NaN is larger than every number."""
    for s in range(largest.shape[0]):
        new, old = row[s], largest[s]
        wins = (found_at[s] < 0) | ((old == old) & (not new <= old))
        largest[s] = new if wins else old
        found_at[s] = first + s if wins else found_at[s]


@inlined
def _across(y, indices, largest, found_at, step):  # type: ignore[no-untyped-def]
    """The same from column to column, where a later one can hold the earlier of two equal cells."""
    for j in range(y.shape[0]):
        new, old, at, old_at = largest[step * j], y[j], found_at[step * j], indices[j]
        equal = (new == old) | ((new != new) & (old != old))
        wins = (old_at < 0) | ((old == old) & (not new <= old)) | (equal & (at < old_at))
        y[j] = new if wins else old
        indices[j] = at if wins else old_at


@compiled
def _max_pool_dx(dx, outside, dy, indices):  # type: ignore[no-untyped-def]
    """Add each value where its index says, and tell of each plane whether an index lies outside of it."""
    cells = np.uintp(dx.shape[1])
    for plane in range(dy.shape[0]):
        to, values, at = dx[plane], dy[plane], indices[plane]
        to[:] = 0
        outside[plane, 0] = False
        for o in range(values.shape[0]):
            place = np.uintp(at[o])  # without a sign, a negative index is a huge one
            if place < cells:
                to[place] += values[o]
            else:
                outside[plane, 0] = True


@compiled
def _window_sum(total, x, rows, begins, taps, step, width):  # type: ignore[no-untyped-def]
    sums = np.empty(width, x.dtype)
    outputs = total.shape[1] // (begins.shape[0] - 1)
    for plane in range(x.shape[0]):
        for line in range(begins.shape[0] - 1):
            sums[:] = 0
            total[plane, line * outputs : (line + 1) * outputs] = 0
            for row in range(begins[line], begins[line + 1]):
                _add(sums, x[plane, rows[row] : rows[row] + width], 1)
            for tap in range(taps.shape[0]):
                s, j, count = taps[tap]
                o = line * outputs + j
                if step == 2:
                    _add(total[plane, o : o + count], sums[s:], 2)
                else:
                    _add(total[plane, o : o + count], sums[s:], step)


@compiled
def _window_sum_dx(dx, dy, rows, begins, taps, step, width):  # type: ignore[no-untyped-def]
    """The transpose, step by step: spread a line of dy along one row, then add this row to all that the line read."""
    spread = np.empty(width, dy.dtype)
    outputs = dy.shape[1] // (begins.shape[0] - 1)
    for plane in range(dy.shape[0]):
        dx[plane, :] = 0
        for line in range(begins.shape[0] - 1):
            spread[:] = 0
            for tap in range(taps.shape[0]):
                s, j, count = taps[tap]
                o = line * outputs + j
                _add_spread(spread[s:], dy[plane, o : o + count], step)
            for row in range(begins[line], begins[line + 1]):
                _add(dx[plane, rows[row] : rows[row] + width], spread, 1)


@inlined
def _add(to, source, step):  # type: ignore[no-untyped-def]
    for j in range(to.shape[0]):
        to[j] += source[step * j]


@inlined
def _add_spread(to, source, step):  # type: ignore[no-untyped-def]
    for j in range(source.shape[0]):
        to[step * j] += source[j]
