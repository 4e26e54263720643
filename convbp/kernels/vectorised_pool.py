"""Pooling in NumPy, by taps: what one tap reads is a slice of the input, and where that lands a slice of the output."""

from math import prod

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, tap_slices
from convbp.kernels.places import none_if_outside


def max_pool(x: Array, g: ConvGeometry) -> tuple[Array, Array]:
    y = np.full(g.output_shape, -np.inf, x.dtype)
    by_tap = list(tap_slices(g))
    for _, cells, outputs in by_tap:
        here = y[:, :, *outputs]
        np.maximum(here, x[:, :, *cells], out=here)
    indices = np.empty(g.output_shape, np.int64)
    plane = np.arange(prod(x.shape[2:])).reshape(x.shape[2:])
    for _, cells, outputs in reversed(by_tap):  # the first of equal cells comes last and stays
        read = x[:, :, *cells]
        is_largest = (read == y[:, :, *outputs]) | (read != read)
        np.copyto(indices[:, :, *outputs], plane[cells], where=is_largest)
    return y, indices


@none_if_outside
def max_pool_dx(dy: Array, indices: Array, sizes: tuple[int, ...]) -> Array:
    planes, cells = prod(dy.shape[:2]), prod(sizes)
    dx = np.zeros((*dy.shape[:2], *sizes), dy.dtype)
    first_cells = np.arange(0, planes * cells, cells).reshape(*dy.shape[:2], *(1,) * len(sizes))
    np.add.at(dx.reshape(-1), (indices + first_cells).reshape(-1), dy.reshape(-1))
    return dx


def window_sum(x: Array, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    for _, cells, outputs in tap_slices(g):
        total[:, :, *outputs] += x[:, :, *cells]
    return total


def window_sum_dx(dy: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, dy.dtype)
    for _, cells, outputs in tap_slices(g):
        dx[:, :, *cells] += dy[:, :, *outputs]
    return dx


def lp_sum(x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    for _, cells, outputs in tap_slices(g):
        total[:, :, *outputs] += (np.abs(x[:, :, *cells]) / scale[:, :, *outputs]) ** p
    return total


def lp_dx(dy: Array, x: Array, scale: Array, p: float, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    for _, cells, outputs in tap_slices(g):
        read = x[:, :, *cells]
        share = np.sign(read) * (np.abs(read) / scale[:, :, *outputs]) ** (p - 1)
        dx[:, :, *cells] += dy[:, :, *outputs] * share
    return dx


def exp_sum(x: Array, shift: Array, g: ConvGeometry) -> Array:
    total = np.zeros(g.output_shape, x.dtype)
    for _, cells, outputs in tap_slices(g):
        total[:, :, *outputs] += np.exp(x[:, :, *cells] - shift[:, :, *outputs])
    return total


def exp_dx(dy: Array, x: Array, shift: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, x.dtype)
    for _, cells, outputs in tap_slices(g):
        dx[:, :, *cells] += dy[:, :, *outputs] * np.exp(x[:, :, *cells] - shift[:, :, *outputs])
    return dx
