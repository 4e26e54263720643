"""Numba: the loops of the formula, compiled, and the choice between them and the tiles of `fast`.

The loops are meant to be read. They serve small layers, and those whose numbers are not all finite; the tiles do the
rest.

The loops see every array flat, so one nest serves all ranks. Where the planes begin, what a tap reads of one and where
that lands comes as tables from `geometry`: the loops only step along them and cannot leave the arrays.
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
    "window_sum",
    "window_sum_dx",
]

SMALL = 1 << 16  # products for each result up to which a plain loop is faster, as measured


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g) and np.isfinite(w).all():  # zeros of the padding meet every weight
        return fast.conv(x, w, g)
    y = np.empty(g.output_shape, x.dtype)
    _conv(y.ravel(), _flat(x), _flat(w), *_tables(g))
    return y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g) and np.isfinite(w).all():
        return fast.conv_dx(dy, w, g)
    dx = np.empty(g.input_shape, dy.dtype)
    _conv_dx(dx.ravel(), _flat(dy), _flat(w), *_tables(g))
    return dx


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    if _is_worth_a_tile(g):
        dw = fast.conv_dw(dy, x, g)
        if np.isfinite(dw).all():  # and so was everything that its padding met
            return dw
    dw = np.empty(g.weight_shape, x.dtype)
    _conv_dw(dw.ravel(), _flat(dy), _flat(x), *_tables(g))
    return dw


def conv_backward(dy: Array, x: Array, w: Array, g: ConvGeometry) -> tuple[Array, Array, Array]:
    if _is_worth_a_tile(g, results=2):
        return conv_dx(dy, w, g), conv_dw(dy, x, g), bias_gradient(dy)
    dtype = x.dtype
    dx, dw, db = np.empty(g.input_shape, dtype), np.empty(g.weight_shape, dtype), np.empty(g.filters, dtype)
    _conv_backward(dx.ravel(), dw.ravel(), db, _flat(dy), _flat(x), _flat(w), *_tables(g))
    return dx, dw, db


def _is_worth_a_tile(g: ConvGeometry, results: int = 1) -> bool:
    return fast is not None and g.multiplies > SMALL * results


def _flat(a: Array) -> Array:
    """View `a` flat, or a copy of it if not in order, aligned and writeable: one compiled signature serves all."""
    return a.ravel() if a.flags.carray else a.copy().ravel()


@lru_cache(maxsize=128)
def _tables(g: ConvGeometry) -> tuple[Array, Array, Array]:
    """Return the number of images with their steps, the planes and the runs.

    steps: images, cells of one in x, cells of one in y, cells of a map, stride along a row;
    planes[pair]: for each filter and channel that meet, the begin of their planes in x, w and y;
    runs[run]: as `row_runs` says.

    The numbers are unsigned: Numba would look at each other index for one that counts from the end.
    """
    cells, taps, outputs = (prod(shape[2:]) for shape in (g.input_shape, g.weight_shape, g.output_shape))
    channels = g.channels // g.groups
    steps = g.batch, g.channels * cells, g.filters * outputs, outputs, long_axes(g)[-1].stride
    planes = [
        ((f // (g.filters // g.groups) * channels + c) * cells, (f * channels + c) * taps, f * outputs)
        for f in range(g.filters)
        for c in range(channels)
    ]
    runs = np.array(list(row_runs(g)), np.uintp).reshape(-1, 4)
    return np.array(steps, np.uintp), np.array(planes, np.uintp), runs


@compiled
def _conv(y, x, w, steps, planes, runs):  # type: ignore[no-untyped-def]
    images, x_image, y_image, _, stride = steps[0], steps[1], steps[2], steps[3], steps[4]
    y[:] = 0
    for n in range(images):
        for x_plane, w_plane, y_plane in planes:
            for tap, cell, output, count in runs:
                weight = w[w_plane + tap]
                i, o = n * x_image + x_plane + cell, n * y_image + y_plane + output
                for j in range(count):
                    y[o + j] += weight * x[i + stride * j]


@compiled
def _conv_dx(dx, dy, w, steps, planes, runs):  # type: ignore[no-untyped-def]
    images, x_image, y_image, _, stride = steps[0], steps[1], steps[2], steps[3], steps[4]
    dx[:] = 0
    for n in range(images):
        for x_plane, w_plane, y_plane in planes:
            for tap, cell, output, count in runs:
                weight = w[w_plane + tap]
                i, o = n * x_image + x_plane + cell, n * y_image + y_plane + output
                for j in range(count):
                    dx[i + stride * j] += weight * dy[o + j]


@compiled
def _conv_dw(dw, dy, x, steps, planes, runs):  # type: ignore[no-untyped-def]
    images, x_image, y_image, _, stride = steps[0], steps[1], steps[2], steps[3], steps[4]
    dw[:] = 0
    for n in range(images):
        for x_plane, w_plane, y_plane in planes:
            for tap, cell, output, count in runs:
                total = dw.dtype.type(0)
                i, o = n * x_image + x_plane + cell, n * y_image + y_plane + output
                for j in range(count):
                    total += x[i + stride * j] * dy[o + j]
                dw[w_plane + tap] += total


@compiled
def _conv_backward(dx, dw, db, dy, x, w, steps, planes, runs):  # type: ignore[no-untyped-def]
    """Do what the two above do, in one pass, and sum up each map."""
    images, x_image, y_image, outputs, stride = steps[0], steps[1], steps[2], steps[3], steps[4]
    dx[:] = 0
    dw[:] = 0
    for n in range(images):
        for x_plane, w_plane, y_plane in planes:
            for tap, cell, output, count in runs:
                weight, total = w[w_plane + tap], dw.dtype.type(0)
                i, o = n * x_image + x_plane + cell, n * y_image + y_plane + output
                for j in range(count):
                    dx[i + stride * j] += weight * dy[o + j]
                    total += x[i + stride * j] * dy[o + j]
                dw[w_plane + tap] += total
    for f in range(y_image // outputs):
        total = np.float64(0)
        for n in range(images):
            for o in range(outputs):
                total += dy[n * y_image + f * outputs + o]
        db[f] = total
