"""The usual teaching code, a peer to compare with: all windows as columns at once, then one matrix product a group."""

from itertools import product
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convbp.arrays import Array
from convbp.geometry import ConvGeometry


def columns(x: Array, g: ConvGeometry) -> Array:
    """Return (groups, C/groups·taps, N·outputs)."""
    ends = [(0, 0), (0, 0), *((a.before, a.after) for a in g.axes)]
    spatial = tuple(range(2, 2 + len(g.axes)))
    windows = sliding_window_view(np.pad(x, ends), [a.reach for a in g.axes], axis=spatial)
    steps = [slice(None, None, a.stride) for a in g.axes] + [slice(None, None, a.dilation) for a in g.axes]
    windows = windows[:, :, *steps]
    rank = len(g.axes)
    taps_first = windows.transpose(1, *range(2 + rank, 2 + 2 * rank), 0, *range(2, 2 + rank))
    return taps_first.reshape(g.groups, prod(g.weight_shape[1:]), -1)


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    y = w.reshape(g.groups, g.filters // g.groups, -1) @ columns(x, g)
    outputs = [a.outputs for a in g.axes]
    return np.ascontiguousarray(np.moveaxis(y.reshape(g.filters, g.batch, *outputs), 0, 1))


def conv_backward(dy: Array, x: Array, w: Array, g: ConvGeometry) -> tuple[Array, Array, Array]:
    dy_rows = np.moveaxis(dy, 1, 0).reshape(g.groups, g.filters // g.groups, -1)
    dw = (dy_rows @ columns(x, g).transpose(0, 2, 1)).reshape(g.weight_shape)
    dcolumns = w.reshape(g.groups, g.filters // g.groups, -1).transpose(0, 2, 1) @ dy_rows
    kernel, outputs = [a.kernel for a in g.axes], [a.outputs for a in g.axes]
    dcolumns = dcolumns.reshape(g.channels, *kernel, g.batch, *outputs)
    padded = np.zeros((g.channels, g.batch, *(a.padded for a in g.axes)), x.dtype)
    for taps in product(*map(range, kernel)):
        cells = [
            slice(a.dilation * k, a.dilation * k + a.stride * (a.outputs - 1) + 1, a.stride)
            for a, k in zip(g.axes, taps, strict=True)
        ]
        padded[:, :, *cells] += dcolumns[:, *taps]
    dx = padded[:, :, *(slice(a.before, a.before + a.size) for a in g.axes)]
    return np.ascontiguousarray(np.moveaxis(dx, 0, 1)), dw, dy.sum(axis=(0, *range(2, dy.ndim)))
