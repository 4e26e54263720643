"""The layer as one would write it with `scipy.signal`: a correlation for each image, filter and channel."""

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry

TOO_LONG = 2.0
SECONDS_A_CALL, SECONDS_A_PRODUCT = 2e-5, 2e-8


def seconds(g: ConvGeometry) -> float:
    """Guess how long one pass takes, by its calls and its products, those that a stride throws away too."""
    calls = g.batch * g.filters * g.channels // g.groups
    wasted = np.prod([a.stride for a in g.axes])
    return float(SECONDS_A_CALL * calls + SECONDS_A_PRODUCT * g.multiplies * wasted)


def y(x: Array, w: Array, g: ConvGeometry) -> Array:
    from scipy.signal import correlate

    x, w, result = _padded(x, g), _dilated(w, g), np.zeros(g.output_shape, x.dtype)
    kept = tuple(slice(None, None, a.stride) for a in g.axes)
    for n, f, b, c in _pairs(g):
        result[n, f] += correlate(x[n, c], w[f, b], "valid", "direct")[kept]
    return result


def dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    from scipy.signal import convolve

    dy, w, result = _with_zeros(dy, g), _dilated(w, g), np.zeros(g.input_shape, dy.dtype)
    kept = tuple(slice(a.before, a.before + a.size) for a in g.axes)
    for n, f, b, c in _pairs(g):
        result[n, c] += convolve(dy[n, f], w[f, b], "full", "direct")[kept]
    return result


def dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    from scipy.signal import correlate

    x, dy, result = _padded(x, g), _with_zeros(dy, g), np.zeros(g.weight_shape, x.dtype)
    kept = tuple(slice(None, None, a.dilation) for a in g.axes)
    for n, f, b, c in _pairs(g):
        result[f, b] += correlate(x[n, c], dy[n, f], "valid", "direct")[kept]
    return result


def _pairs(g: ConvGeometry) -> list[tuple[int, int, int, int]]:
    """Image, filter, channel of the filter, channel of the image."""
    per_group = g.channels // g.groups
    group = [f // (g.filters // g.groups) for f in range(g.filters)]
    return [
        (n, f, b, group[f] * per_group + b) for n in range(g.batch) for f in range(g.filters) for b in range(per_group)
    ]


def _padded(x: Array, g: ConvGeometry) -> Array:
    return np.pad(x, [(0, 0), (0, 0), *((a.before, a.after) for a in g.axes)])


def _dilated(w: Array, g: ConvGeometry) -> Array:
    wide = np.zeros((*w.shape[:2], *(a.reach for a in g.axes)), w.dtype)
    wide[:, :, *(slice(None, None, a.dilation) for a in g.axes)] = w
    return wide


def _with_zeros(dy: Array, g: ConvGeometry) -> Array:
    """Put stride − 1 zeros between the cells, and what is left over behind them."""
    wide = np.zeros((*dy.shape[:2], *(a.padded - a.reach + 1 for a in g.axes)), dy.dtype)
    wide[:, :, *(slice(None, None, a.stride) for a in g.axes)] = dy
    return wide
