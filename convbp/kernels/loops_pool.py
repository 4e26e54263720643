"""Pooling, literally: each product of a convolution with ones says which cell a window reads, and where that lands."""

from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, products
from convbp.kernels.places import none_if_outside


def max_pool(x: Array, g: ConvGeometry) -> tuple[Array, Array]:
    y = np.zeros(g.output_shape, x.dtype)
    indices = np.full(g.output_shape, -1, np.int64)
    cells = np.arange(np.prod(x.shape[2:])).reshape(x.shape[2:])
    for at_x, _, at_y in products(g):
        if indices[at_y] < 0 or _beats(x[at_x], y[at_y]):
            y[at_y] = x[at_x]
            indices[at_y] = cells[at_x[2:]]
    return y, indices


def _beats(new: Any, old: Any) -> bool:
    """Only a larger cell beats the one that came first; NaN, which is not equal to itself, beats every number."""
    return bool(new > old or (new != new and old == old))


@none_if_outside
def max_pool_dx(dy: Array, indices: Array, sizes: tuple[int, ...]) -> Array:
    dx = np.zeros((*dy.shape[:2], *sizes), dy.dtype)
    for at_y in np.ndindex(dy.shape):
        dx[*at_y[:2], *np.unravel_index(indices[at_y], sizes)] += dy[at_y]
    return dx


def window_sum(x: Array, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    for at_x, _, at_y in products(g):
        total[at_y] += x[at_x]
    return total


def window_sum_dx(dy: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, dy.dtype)
    for at_x, _, at_y in products(g):
        dx[at_x] += dy[at_y]
    return dx


def lp_sum(x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    for at_x, _, at_y in products(g):
        total[at_y] += (abs(x[at_x]) / scale[at_y]) ** p
    return total


def lp_dx(dy: Array, x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    for at_x, _, at_y in products(g):
        dx[at_x] += dy[at_y] * np.sign(x[at_x]) * (abs(x[at_x]) / scale[at_y]) ** (p - 1)
    return dx


def exp_sum(x: Array, shift: Array, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    for at_x, _, at_y in products(g):
        total[at_y] += np.exp(x[at_x] - shift[at_y])
    return total


def exp_dx(dy: Array, x: Array, shift: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    for at_x, _, at_y in products(g):
        dx[at_x] += dy[at_y] * np.exp(x[at_x] - shift[at_y])
    return dx
