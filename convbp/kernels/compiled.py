"""Numba: the loops of the formula, compiled, and the choice between them and the tiles of `fast`.

The loops are meant to be read. They serve small layers, and those whose numbers are not all finite; the tiles do the
rest.

The loops see every array flat, so one nest serves all ranks, and they add to zeros. Where the planes begin, what a tap
reads of one and where that lands comes as a table from `geometry`: the loops only step along it and cannot leave the
arrays.
"""

from functools import lru_cache
from importlib import import_module
from math import prod
from typing import Any

import numpy as np
from numba import config

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, long_axes, row_runs
from convbp.kernels.bias import bias_gradient
from convbp.kernels.compiled_pool import max_pool, max_pool_dx, window_sum, window_sum_dx
from convbp.kernels.compiled_smooth import exp_dx, exp_sum, lp_dx, lp_sum
from convbp.kernels.jit import compiled

fast: Any = None if config.DISABLE_JIT else import_module("convbp.kernels.fast")  # type: ignore[attr-defined]

__all__ = [
    "conv",
    "conv_backward",
    "conv_dw",
    "conv_dx",
    "exp_dx",
    "exp_sum",
    "lp_dx",
    "lp_sum",
    "max_pool",
    "max_pool_dx",
    "prepared",
    "window_sum",
    "window_sum_dx",
]

SMALL = 1 << 16  # products for each result up to which a plain loop is faster, as measured
TINY = 1 << 11  # products up to which a layer's table is kept with it: so few rows that many layers may
SHORT = 4  # outputs of a row up to which the loops rather run through the images of a batch: a vector is no shorter


def prepared(g: ConvGeometry) -> "Loops | None":
    """Return the loops with their table for a tiny layer, or None."""
    return Loops(g) if g.multiplies <= TINY else None


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g) and np.isfinite(w).all():  # zeros of the padding meet every weight
        return fast.conv(x, w, g)
    return _loops(g).conv(x, w)


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g) and np.isfinite(w).all():
        return fast.conv_dx(dy, w, g)
    return _loops(g).conv_dx(dy, w)


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g):
        dw = fast.conv_dw(dy, x, g)
        if np.isfinite(dw).all():  # and so was everything that its padding met
            return dw
    return _loops(g).conv_dw(dy, x)


def conv_backward(dy: Array, x: Array, w: Array, g: ConvGeometry) -> tuple[Array, Array, Array]:
    if _is_worth_a_tile(g, results=2):
        return conv_dx(dy, w, g), conv_dw(dy, x, g), bias_gradient(dy)
    return _loops(g).conv_backward(dy, x, w)


def _is_worth_a_tile(g: ConvGeometry, results: int = 1) -> bool:
    return fast is not None and g.multiplies > SMALL * results


class Loops:
    """The loops for one layer, with its shapes and its table at hand: the way to a small layer costs more than it."""

    def __init__(self, g: ConvGeometry) -> None:
        self.input_shape, self.weight_shape, self.output_shape = g.input_shape, g.weight_shape, g.output_shape
        self.filters = g.filters
        self.table = _table(g)

    def conv(self, x: Array, w: Array) -> Array:
        y = np.zeros(self.output_shape, x.dtype)
        _conv(y.ravel(), _flat(x), _flat(w), self.table)
        return y

    def conv_dx(self, dy: Array, w: Array) -> Array:
        dx = np.zeros(self.input_shape, dy.dtype)
        _conv_dx(dx.ravel(), _flat(dy), _flat(w), self.table)
        return dx

    def conv_dw(self, dy: Array, x: Array) -> Array:
        dw = np.zeros(self.weight_shape, x.dtype)
        _conv_dw(dw.ravel(), _flat(dy), _flat(x), self.table)
        return dw

    def conv_backward(self, dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
        dtype = x.dtype
        dx, dw, db = (
            np.zeros(self.input_shape, dtype),
            np.zeros(self.weight_shape, dtype),
            np.empty(self.filters, dtype),
        )
        _conv_backward(dx.ravel(), dw.ravel(), db, _flat(dy), _flat(x), _flat(w), self.table)
        return dx, dw, db


_loops = lru_cache(maxsize=128)(Loops)


def _flat(a: Array) -> Array:
    """View `a` flat, or a copy of it if not in order, aligned and writeable: one compiled signature serves all."""
    return a.ravel() if a.flags.carray else a.copy().ravel()


def _table(g: ConvGeometry) -> Array:
    """Return all that the loops step along as one table, since each array that they are given costs its part of a call.

    A row holds four numbers. The first two rows say how a result is walked through:
    times that all runs are done, from one time to the next in x and in y, number of pairs;
    step of a run in x and in y, images, cells of a map.
    Then for each pair of a filter and a channel that meet, the begin of their planes in x, w and y, and a zero;
    then for each run its tap, its first cell and output, and its length, as `row_runs` says.

    The numbers are unsigned: Numba would look at each other index for one that counts from the end.
    """
    cells, taps, outputs = (prod(shape[2:]) for shape in (g.input_shape, g.weight_shape, g.output_shape))
    channels = g.channels // g.groups
    planes = [
        ((f // (g.filters // g.groups) * channels + c) * cells, (f * channels + c) * taps, f * outputs, 0)
        for f in range(g.filters)
        for c in range(channels)
    ]
    x_image, y_image, stride, runs = g.channels * cells, g.filters * outputs, long_axes(g)[-1].stride, list(row_runs(g))
    longest = max((count for *_, count in runs), default=0)
    if longest <= SHORT and longest < g.batch:
        runs = [(k, i + stride * j, o + j, g.batch) for k, i, o, count in runs for j in range(count)]
        times, steps = (1, 0, 0), (x_image, y_image)
    else:
        times, steps = (g.batch, x_image, y_image), (stride, 1)
    return np.array([(*times, len(planes)), (*steps, g.batch, outputs), *planes, *runs], np.uintp)


@compiled
def _conv(y, x, w, table):  # type: ignore[no-untyped-def]
    times, x_time, y_time, pairs = table[0, 0], table[0, 1], table[0, 2], table[0, 3]
    x_step, y_step = table[1, 0], table[1, 1]
    planes, runs = table[2 : 2 + pairs], table[2 + pairs :]
    for n in range(times):
        for x_plane, w_plane, y_plane, _ in planes:
            for tap, cell, output, count in runs:
                weight = w[w_plane + tap]
                i, o = n * x_time + x_plane + cell, n * y_time + y_plane + output
                for j in range(count):
                    y[o + y_step * j] += weight * x[i + x_step * j]


@compiled
def _conv_dx(dx, dy, w, table):  # type: ignore[no-untyped-def]
    times, x_time, y_time, pairs = table[0, 0], table[0, 1], table[0, 2], table[0, 3]
    x_step, y_step = table[1, 0], table[1, 1]
    planes, runs = table[2 : 2 + pairs], table[2 + pairs :]
    for n in range(times):
        for x_plane, w_plane, y_plane, _ in planes:
            for tap, cell, output, count in runs:
                weight = w[w_plane + tap]
                i, o = n * x_time + x_plane + cell, n * y_time + y_plane + output
                for j in range(count):
                    dx[i + x_step * j] += weight * dy[o + y_step * j]


@compiled
def _conv_dw(dw, dy, x, table):  # type: ignore[no-untyped-def]
    times, x_time, y_time, pairs = table[0, 0], table[0, 1], table[0, 2], table[0, 3]
    x_step, y_step = table[1, 0], table[1, 1]
    planes, runs = table[2 : 2 + pairs], table[2 + pairs :]
    for n in range(times):
        for x_plane, w_plane, y_plane, _ in planes:
            for tap, cell, output, count in runs:
                total = dw.dtype.type(0)
                i, o = n * x_time + x_plane + cell, n * y_time + y_plane + output
                for j in range(count):
                    total += x[i + x_step * j] * dy[o + y_step * j]
                dw[w_plane + tap] += total


@compiled
def _conv_backward(dx, dw, db, dy, x, w, table):  # type: ignore[no-untyped-def]
    """Do what the two above do, in one pass, and sum up each map."""
    times, x_time, y_time, pairs = table[0, 0], table[0, 1], table[0, 2], table[0, 3]
    x_step, y_step, images, outputs = table[1, 0], table[1, 1], table[1, 2], table[1, 3]
    planes, runs = table[2 : 2 + pairs], table[2 + pairs :]
    for n in range(times):
        for x_plane, w_plane, y_plane, _ in planes:
            for tap, cell, output, count in runs:
                weight, total = w[w_plane + tap], dw.dtype.type(0)
                i, o = n * x_time + x_plane + cell, n * y_time + y_plane + output
                for j in range(count):
                    slope = dy[o + y_step * j]  # read once: the compiler must take dx for what may overlap dy
                    total += slope * x[i + x_step * j]
                    dx[i + x_step * j] += slope * weight
                dw[w_plane + tap] += total
    filters = len(db)
    for f in range(filters):
        total = np.float64(0)
        for n in range(images):
            for o in range(outputs):
                total += dy[(n * filters + f) * outputs + o]
        db[f] = total
