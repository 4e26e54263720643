"""How far convbp's compiled results are from the formula: one map of each result, added up in long double."""

from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, tap_slices
from convbp.kernels import backend
from layers import Layer

LONG = np.longdouble


def errors(layer: Layer, x: Array, w: Array, dy: Array, forward: list[Any], backward: list[Any]) -> tuple[float, float]:
    """Return the relative l² error of y, and the larger one of dx and dw."""
    g = layer.geometry
    if layer.is_pool:
        exact = backend("numpy", x.dtype)
        if layer.kind == "max_pool":
            y, indices = exact.max_pool(x, g)
            return _error(forward[0], y), _error(backward[0], exact.max_pool_dx(dy.astype(LONG), indices, layer.x[2:]))
        cells = len(tap_slices(g))
        y, dx = exact.window_sum(x.astype(LONG), g) / cells, exact.window_sum_dx(dy.astype(LONG) / cells, g)
        return _error(forward[0], y), _error(backward[0], dx)
    (y,), (dx, dw, *_) = forward, backward
    if layer.kind == "conv_transpose":
        return (
            _error(y[-1, -1], _dx(x, w, g)),
            max(_error(dx[-1, -1], _y(dy, w, g)), _error(dw[-1, -1], _dw(x, dy, g))),
        )
    return (
        _error(y[-1, -1], _y(x, w, g)),
        max(_error(dx[-1, -1], _dx(dy, w, g)), _error(dw[-1, -1], _dw(dy, x, g))),
    )


def _error(actual: Array, exact: Array) -> float:
    return float(np.linalg.norm((actual - exact).ravel().astype(float)) / np.linalg.norm(exact.ravel().astype(float)))


def _y(x: Array, w: Array, g: ConvGeometry) -> Array:
    """The last filter's map of the last image."""
    total = np.zeros(g.output_shape[2:], LONG)
    image = x[-1, -w.shape[1] :].astype(LONG)
    for taps, cells, outputs in tap_slices(g):
        total[outputs] += np.einsum("c,c...->...", w[-1, :, *taps].astype(LONG), image[:, *cells])
    return total


def _dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    """The last channel's plane of the last image."""
    total = np.zeros(g.input_shape[2:], LONG)
    readers = g.filters // g.groups
    image = dy[-1, -readers:].astype(LONG)
    for taps, cells, outputs in tap_slices(g):
        total[cells] += np.einsum("f,f...->...", w[-readers:, -1, *taps].astype(LONG), image[:, *outputs])
    return total


def _dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    """The last filter's taps for its last channel."""
    total = np.zeros(g.weight_shape[2:], LONG)
    plane, gradient = x[:, -1].astype(LONG), dy[:, -1].astype(LONG)
    for taps, cells, outputs in tap_slices(g):
        total[taps] = (plane[:, *cells] * gradient[:, *outputs]).sum()
    return total
