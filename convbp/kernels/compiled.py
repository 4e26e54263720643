"""Numba: the loops of the formula, compiled, and the choice between them and the tiles of `fast`.

The loops are meant to be read. They serve small layers, and those whose numbers are not all finite; the tiles do the
rest.

Every rank is lifted to three spatial axes by axes of one cell in front, so one loop nest serves all. What a tap reads
and where that lands comes as a table of runs from `geometry`: the loops only step along it and cannot leave the arrays.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numba import config

from convbp.arrays import Array
from convbp.geometry import Axis, ConvGeometry
from convbp.kernels.compiled_pool import exp_dx, exp_sum, lp_dx, lp_sum, max_pool, max_pool_dx
from convbp.kernels.jit import compiled

fast: Any = None if config.DISABLE_JIT else import_module("convbp.kernels.fast")  # type: ignore[attr-defined]

__all__ = ["conv", "conv_dw", "conv_dx", "exp_dx", "exp_sum", "lp_dx", "lp_sum", "max_pool", "max_pool_dx"]

SPATIAL_AXES = 3


SMALL = 1 << 17  # products up to which a plain loop beats handing out jobs


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g) and np.isfinite(w).all():  # zeros of the padding meet every weight
        return fast.conv(x, w, g)
    y = np.zeros(g.output_shape, x.dtype)
    _conv(_lifted(y), _lifted(x, True), _lifted(w, True), g.groups, *_runs(g.axes))
    return y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g) and np.isfinite(w).all():
        return fast.conv_dx(dy, w, g)
    dx = np.zeros(g.input_shape, dy.dtype)
    _conv_dx(_lifted(dx), _lifted(dy, True), _lifted(w, True), g.groups, *_runs(g.axes))
    return dx


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g):
        dw = fast.conv_dw(dy, x, g)
        if np.isfinite(dw).all():  # and so was everything that its padding met
            return dw
    dw = np.zeros(g.weight_shape, x.dtype)
    _conv_dw(_lifted(dw), _lifted(dy, True), _lifted(x, True), g.groups, *_runs(g.axes))
    return dw


def _is_worth_a_tile(g: ConvGeometry) -> bool:
    return fast is not None and g.multiplies > SMALL


def _lifted(a: Array, only_read: bool = False) -> Array:
    """View `a` with three spatial axes. Inputs are made read-only, so that every call has one compiled signature."""
    lifted = np.ascontiguousarray(a).reshape(*a.shape[:2], *(1,) * (SPATIAL_AXES + 2 - a.ndim), *a.shape[2:])
    if only_read:
        lifted = lifted.view()
        lifted.flags.writeable = False
    return lifted


@lru_cache(maxsize=1024)
def _runs(axes: tuple[Axis, ...]) -> tuple[Array, Array]:
    """Return runs[axis, tap] = (first output, stop, input cell of the first output) and the stride of each axis."""
    axes = (Axis(1, 1),) * (SPATIAL_AXES - len(axes)) + axes
    runs = np.zeros((SPATIAL_AXES, max(a.kernel for a in axes), 3), np.int64)
    for at, axis in enumerate(axes):
        for k in range(axis.kernel):
            span = axis.span(k)
            runs[at, k] = span.start, span.stop, axis.patch(k).start
    return runs, np.array([a.stride for a in axes], np.int64)


@compiled
def _conv(y, x, w, groups, runs, stride):  # type: ignore[no-untyped-def]
    filters, channels, depth, height, width = w.shape
    for n in range(y.shape[0]):
        for f in range(filters):
            first_channel = f // (filters // groups) * channels
            for c in range(channels):
                for t in range(depth):
                    for p in range(height):
                        for q in range(width):
                            weight = w[f, c, t, p, q]
                            d = runs[0, t, 2]
                            for od in range(runs[0, t, 0], runs[0, t, 1]):
                                r = runs[1, p, 2]
                                for i in range(runs[1, p, 0], runs[1, p, 1]):
                                    first, stop, s = runs[2, q]
                                    x_row = x[n, first_channel + c, d, r]
                                    y_row = y[n, f, od, i]
                                    for j in range(first, stop):
                                        y_row[j] += weight * x_row[s + stride[2] * (j - first)]
                                    r += stride[1]
                                d += stride[0]


@compiled
def _conv_dx(dx, dy, w, groups, runs, stride):  # type: ignore[no-untyped-def]
    filters, channels, depth, height, width = w.shape
    for n in range(dy.shape[0]):
        for f in range(filters):
            first_channel = f // (filters // groups) * channels
            for c in range(channels):
                for t in range(depth):
                    for p in range(height):
                        for q in range(width):
                            weight = w[f, c, t, p, q]
                            d = runs[0, t, 2]
                            for od in range(runs[0, t, 0], runs[0, t, 1]):
                                r = runs[1, p, 2]
                                for i in range(runs[1, p, 0], runs[1, p, 1]):
                                    first, stop, s = runs[2, q]
                                    dx_row = dx[n, first_channel + c, d, r]
                                    dy_row = dy[n, f, od, i]
                                    for j in range(first, stop):
                                        dx_row[s + stride[2] * (j - first)] += weight * dy_row[j]
                                    r += stride[1]
                                d += stride[0]


@compiled
def _conv_dw(dw, dy, x, groups, runs, stride):  # type: ignore[no-untyped-def]
    filters, channels, depth, height, width = dw.shape
    for n in range(dy.shape[0]):
        for f in range(filters):
            first_channel = f // (filters // groups) * channels
            for c in range(channels):
                for t in range(depth):
                    for p in range(height):
                        for q in range(width):
                            total = dw.dtype.type(0)
                            d = runs[0, t, 2]
                            for od in range(runs[0, t, 0], runs[0, t, 1]):
                                r = runs[1, p, 2]
                                for i in range(runs[1, p, 0], runs[1, p, 1]):
                                    first, stop, s = runs[2, q]
                                    x_row = x[n, first_channel + c, d, r]
                                    dy_row = dy[n, f, od, i]
                                    for j in range(first, stop):
                                        total += x_row[s + stride[2] * (j - first)] * dy_row[j]
                                    r += stride[1]
                                d += stride[0]
                            dw[f, c, t, p, q] += total
