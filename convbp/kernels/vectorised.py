"""NumPy: copy every window into a column, then let one matrix product per group collect the products.

The columns of all images at once would be K times the input. They are made for a few images at a time, so that they
stay in the cache between the copy and the product.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, tap_slices
from convbp.kernels.bias import bias_gradient
from convbp.kernels.vectorised_pool import (
    exp_dx,
    exp_sum,
    lp_dx,
    lp_sum,
    max_pool,
    max_pool_dx,
    window_sum,
    window_sum_dx,
)

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

COLUMN_BYTES = 4 << 20


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    if _padding_would_meet_infinity(w, g):
        return _conv_by_taps(x, w, g)
    y = np.empty(g.output_shape, x.dtype)
    w_rows = _w_rows(w, g)
    for images in _chunks(g, x.dtype):
        np.matmul(w_rows, _columns(x[images], g), out=_by_group(y[images], g))
    return y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, dy.dtype)
    w_columns = _w_rows(w, g).transpose(0, 2, 1)
    for images in _chunks(g, dy.dtype):
        columns = np.matmul(w_columns, _by_group(dy[images], g))
        _add_columns(dx[images], columns, g)
    return dx


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    if _padding_would_meet_infinity(dy, g):
        return _conv_dw_by_taps(dy, x, g)
    dw = np.zeros(_w_rows_shape(g), x.dtype)
    for images in _chunks(g, x.dtype):
        # Images join the outputs in one long sum, so that dw is written once for a piece of the batch.
        dy_rows = dy[images].swapaxes(0, 1).reshape(g.groups, g.filters // g.groups, -1)
        windows = _windows(x[images], g).transpose(_images_between(len(g.axes)))
        dw += np.matmul(dy_rows, windows.reshape(g.groups, dw.shape[2], -1).transpose(0, 2, 1))
    return dw.reshape(g.weight_shape)


def conv_backward(dy: Array, x: Array, w: Array, g: ConvGeometry) -> tuple[Array, Array, Array]:
    return conv_dx(dy, w, g), conv_dw(dy, x, g), bias_gradient(dy)


def _chunks(g: ConvGeometry, dtype: np.dtype) -> Iterator[slice]:
    """Cut the batch so that the columns of one piece fit into the cache."""
    step = _images_at_once(g, dtype.itemsize)
    for first in range(0, g.batch, step):
        yield slice(first, first + step)


@lru_cache(maxsize=256)
def _images_at_once(g: ConvGeometry, itemsize: int) -> int:
    return max(1, COLUMN_BYTES // (g.channels * prod(a.kernel * a.outputs for a in g.axes) * itemsize))


def _columns(x: Array, g: ConvGeometry) -> Array:
    """Return (n, groups, C/groups · taps, outputs): what each tap of each window reads."""
    return _windows(x, g).reshape(len(x), g.groups, -1, prod(g.output_shape[2:]))


def _windows(x: Array, g: ConvGeometry) -> Array:
    """View x as (n, C, taps…, outputs…) without copying more than the padding."""
    padded = _padded(x, g)
    shape, strides = _window_layout(g, x.itemsize)
    return np.ndarray((len(x), *shape), x.dtype, padded, 0, strides)


@lru_cache(maxsize=256)
def _window_layout(g: ConvGeometry, itemsize: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shape of all windows of one image, and the bytes from each to the next along all axes."""
    steps = [itemsize]
    for size in (*(a.padded for a in reversed(g.axes)), g.channels):
        steps.append(steps[-1] * size)
    n, c, *cells = reversed(steps)
    tap_steps = [a.dilation * step for a, step in zip(g.axes, cells, strict=True)]
    output_steps = [a.stride * step for a, step in zip(g.axes, cells, strict=True)]
    return (g.channels, *g.weight_shape[2:], *g.output_shape[2:]), (n, c, *tap_steps, *output_steps)


@lru_cache(maxsize=8)
def _images_between(rank: int) -> tuple[int, ...]:
    """Order the axes of windows so that images stand between the taps and the outputs."""
    return (*range(1, rank + 2), 0, *range(rank + 2, 2 * rank + 2))


def _padded(x: Array, g: ConvGeometry) -> Array:
    if not _pads(g):
        return np.ascontiguousarray(x)
    padded = np.zeros((*x.shape[:2], *(a.padded for a in g.axes)), x.dtype)
    padded[:, :, *(slice(a.before, a.before + a.size) for a in g.axes)] = x
    return padded


def _add_columns(dx: Array, columns: Array, g: ConvGeometry) -> None:
    """Add each tap's row of `columns` onto the cells that the tap reads: the transpose of `_columns`, unpadded."""
    n = len(dx)
    columns = columns.reshape(n, g.channels, *(a.kernel for a in g.axes), *(a.outputs for a in g.axes))
    for cells, row in _tap_indices(g):
        dx[cells] += columns[row]


@lru_cache(maxsize=256)
def _tap_indices(g: ConvGeometry) -> list[tuple[Any, Any]]:
    """List, for each tap, where it reads in x and its row of the columns."""
    every = (slice(None), slice(None))
    return [((*every, *cells), (*every, *taps, *outputs)) for taps, cells, outputs in tap_slices(g)]


def _w_rows_shape(g: ConvGeometry) -> tuple[int, int, int]:
    return g.groups, g.filters // g.groups, prod(g.weight_shape[1:])


def _w_rows(w: Array, g: ConvGeometry) -> Array:
    return w.reshape(_w_rows_shape(g))


def _by_group(y: Array, g: ConvGeometry) -> Array:
    return y.reshape(len(y), g.groups, g.filters // g.groups, prod(g.output_shape[2:]))


def _pads(g: ConvGeometry) -> bool:
    return any(a.before or a.after for a in g.axes)


def _padding_would_meet_infinity(factors: Array, g: ConvGeometry) -> bool:
    """A copied zero of the padding times infinity is NaN, but no product of the convolution reads padding."""
    return _pads(g) and not np.isfinite(factors).all()


def _conv_by_taps(x: Array, w: Array, g: ConvGeometry) -> Array:
    y = np.zeros(g.output_shape, x.dtype)
    x, y_groups, w = _split(x, g), _split(y, g), _split_filters(w, g)
    for taps, cells, outputs in tap_slices(g):
        y_groups[:, :, :, *outputs] += np.einsum("gfc,ngc...->ngf...", w[:, :, :, *taps], x[:, :, :, *cells])
    return y


def _conv_dw_by_taps(dy: Array, x: Array, g: ConvGeometry) -> Array:
    dw = np.zeros(g.weight_shape, x.dtype)
    x, dy, dw_groups = _split(x, g), _split(dy, g), _split_filters(dw, g)
    for taps, cells, outputs in tap_slices(g):
        read, landed = _flat(x[:, :, :, *cells]), _flat(dy[:, :, :, *outputs])
        dw_groups[:, :, :, *taps] = np.einsum("ngfo,ngco->gfc", landed, read)
    return dw


def _flat(a: Array) -> Array:
    """Join the spatial axes, which begin at 3."""
    return a.reshape(*a.shape[:3], prod(a.shape[3:]))


def _split(a: Array, g: ConvGeometry) -> Array:
    """Split the axis of channels or maps into groups and members."""
    return a.reshape(len(a), g.groups, a.shape[1] // g.groups, *a.shape[2:])


def _split_filters(w: Array, g: ConvGeometry) -> Array:
    return w.reshape(g.groups, -1, *w.shape[1:])
