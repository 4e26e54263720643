"""The formula, literally: three ways to collect the same products.

Slow, exact on any objects, and the oracle of the other backends.
"""

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, products
from convbp.kernels.bias import bias_gradient
from convbp.kernels.loops_pool import (
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


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    y = np.zeros(g.output_shape, x.dtype)
    for at_x, at_w, at_y in products(g):
        y[at_y] += w[at_w] * x[at_x]
    return y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    dx = np.zeros(g.input_shape, dy.dtype)
    for at_x, at_w, at_y in products(g):
        dx[at_x] += w[at_w] * dy[at_y]
    return dx


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    dw = np.zeros(g.weight_shape, x.dtype)
    for at_x, at_w, at_y in products(g):
        dw[at_w] += x[at_x] * dy[at_y]
    return dw


def conv_backward(dy: Array, x: Array, w: Array, g: ConvGeometry) -> tuple[Array, Array, Array]:
    dx, dw = np.zeros(g.input_shape, dy.dtype), np.zeros(g.weight_shape, x.dtype)
    for at_x, at_w, at_y in products(g):
        dx[at_x] += w[at_w] * dy[at_y]
        dw[at_w] += x[at_x] * dy[at_y]
    return dx, dw, bias_gradient(dy)
