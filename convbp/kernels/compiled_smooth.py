"""Lp and log-sum-exp pooling in Numba: each cell is measured by its own window, so every window visits every cell.

The order of the operations is kept: a cell is divided by its window's scale before it meets anything else, or a product
of two tiny numbers would lose its digits.
"""

from functools import partial

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.compiled_pool import COMPARED, by_planes, lines
from convbp.kernels.jit import compiled

in_order = partial(compiled, in_any_order=False)


def lp_sum(x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    by_planes(COMPARED, _lp_sum, (total,), (x, scale), p, *lines(g.axes))
    return total


def lp_dx(dy: Array, x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    by_planes(COMPARED, _lp_dx, (dx,), (dy, x, scale), p, *lines(g.axes))
    return dx


def exp_sum(x: Array, shift: Array, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    by_planes(COMPARED, _exp_sum, (total,), (x, shift), *lines(g.axes))
    return total


def exp_dx(dy: Array, x: Array, shift: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    by_planes(COMPARED, _exp_dx, (dx,), (dy, x, shift), *lines(g.axes))
    return dx


@in_order
def _lp_sum(total, x, scale, p, rows, begins, taps, step, width):  # type: ignore[no-untyped-def]
    outputs = total.shape[1] // (begins.shape[0] - 1)
    for plane in range(x.shape[0]):
        for line in range(begins.shape[0] - 1):
            for row in range(begins[line], begins[line + 1]):
                for tap in range(taps.shape[0]):
                    s, j, count = taps[tap]
                    i, o = rows[row] + s, line * outputs + j
                    for _ in range(count):
                        total[plane, o] += power(abs(x[plane, i]) / scale[plane, o], p)
                        i, o = i + step, o + 1


@in_order
def _lp_dx(dx, dy, x, scale, p, rows, begins, taps, step, width):  # type: ignore[no-untyped-def]
    outputs = dy.shape[1] // (begins.shape[0] - 1)
    for plane in range(x.shape[0]):
        for line in range(begins.shape[0] - 1):
            for row in range(begins[line], begins[line + 1]):
                for tap in range(taps.shape[0]):
                    s, j, count = taps[tap]
                    i, o = rows[row] + s, line * outputs + j
                    for _ in range(count):
                        read = x[plane, i]
                        share = np.sign(read) * power(abs(read) / scale[plane, o], p - 1)
                        dx[plane, i] += dy[plane, o] * share
                        i, o = i + step, o + 1


@in_order
def power(base, p):  # type: ignore[no-untyped-def]
    """base^p, without the general power where one or two products do."""
    if p == 1:
        return base
    if p == 2:
        return base * base
    if p == 3:
        return base * base * base
    return base**p


@in_order
def _exp_sum(total, x, shift, rows, begins, taps, step, width):  # type: ignore[no-untyped-def]
    outputs = total.shape[1] // (begins.shape[0] - 1)
    for plane in range(x.shape[0]):
        for line in range(begins.shape[0] - 1):
            for row in range(begins[line], begins[line + 1]):
                for tap in range(taps.shape[0]):
                    s, j, count = taps[tap]
                    i, o = rows[row] + s, line * outputs + j
                    for _ in range(count):
                        total[plane, o] += np.exp(x[plane, i] - shift[plane, o])
                        i, o = i + step, o + 1


@in_order
def _exp_dx(dx, dy, x, shift, rows, begins, taps, step, width):  # type: ignore[no-untyped-def]
    outputs = dy.shape[1] // (begins.shape[0] - 1)
    for plane in range(x.shape[0]):
        for line in range(begins.shape[0] - 1):
            for row in range(begins[line], begins[line + 1]):
                for tap in range(taps.shape[0]):
                    s, j, count = taps[tap]
                    i, o = rows[row] + s, line * outputs + j
                    for _ in range(count):
                        dx[plane, i] += dy[plane, o] * np.exp(x[plane, i] - shift[plane, o])
                        i, o = i + step, o + 1
