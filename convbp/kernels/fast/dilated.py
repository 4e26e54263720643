"""A dilated layer by Winograd's tiles: to a filter with dilation d, every d-th cell is the neighbour of the one before.

Output o and the cells that it reads share the remainder of o and of the padded position i + before by d. So the padded
cells are dealt out, one plane for each remainder along each axis, and the planes are images of a dense layer. Its y and
dx are put back where they came from; its dw is the sum over all images, and that of the layer.
"""

from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.geometry import Axis, ConvGeometry
from convbp.kernels.fast import winograd, winograd_dw
from convbp.kernels.fast.boxes import fill, lifted, put_back
from convbp.kernels.fast.vectors import flat
from convbp.kernels.jit import compiled
from convbp.kernels.threads import new, run_ranges, scratch

JOBS = 16
LEAST_WORK = 768  # outputs of a row times channels: short rows waste most of a transform, few channels use it seldom


def is_for(g: ConvGeometry, dtype: np.dtype[Any]) -> bool:
    """Whether Winograd's tiles pay for the planes of this layer."""
    if len(g.axes) != 2 or all(a.dilation == 1 for a in g.axes) or any(a.stride > 1 for a in g.axes):
        return False
    dense = dense_layer(g)
    work = dense.axes[1].outputs * min(g.channels, g.filters)
    return work >= LEAST_WORK and winograd.is_for(dense, dtype)


@lru_cache(maxsize=256)
def dense_layer(g: ConvGeometry) -> ConvGeometry:
    """The layer of the planes, all as large as the largest of them.

    As much of the padding as d divides is the padding of each plane; the rest is dealt out with the cells.
    """
    axes = []
    for a in g.axes:
        before, rest = divmod(-a.input_cell(0, 0), a.dilation)
        size, outputs = -(-(rest + a.size) // a.dilation), -(-a.outputs // a.dilation)
        axes.append(Axis(size, a.kernel, before=before, after=outputs + a.kernel - 1 - before - size))
    return ConvGeometry(g.batch * prod(a.dilation for a in g.axes), g.channels, g.filters, g.groups, tuple(axes))


def conv(x: Array, w: Array, g: ConvGeometry) -> Array | None:
    """Return y, or None if not all of it is finite."""
    dense = dense_layer(g)
    y = winograd.conv(_cells_dealt(x, g), w, dense, _planes(dense.output_shape, x.dtype, "planes of y or dy"))
    return None if y is None else _put_back(y, new(g.output_shape, x.dtype), [0, 0], g)


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array | None:
    """Return dx, or None if not all of it is finite."""
    dense = dense_layer(g)
    dx = winograd.conv_dx(_outputs_dealt(dy, g), w, dense, _planes(dense.input_shape, dy.dtype, "planes of x or dx"))
    return None if dx is None else _put_back(dx, new(g.input_shape, dy.dtype), _rests(g), g)


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    """Return dw, not all of it finite where x or dy is not."""
    return winograd_dw.conv_dw(_outputs_dealt(dy, g), _cells_dealt(x, g), dense_layer(g))


def _cells_dealt(x: Array, g: ConvGeometry) -> Array:
    planes = _planes(dense_layer(g).input_shape, x.dtype, "planes of x or dx")
    return _dealt(planes, x, _rests(g), g)


def _outputs_dealt(dy: Array, g: ConvGeometry) -> Array:
    planes = _planes(dense_layer(g).output_shape, dy.dtype, "planes of y or dy")
    return _dealt(planes, dy, [0, 0], g)


def _rests(g: ConvGeometry) -> list[int]:
    """Cells of padding that the planes begin with, along each axis."""
    return [-a.input_cell(0, 0) % a.dilation for a in g.axes]


def _planes(shape: tuple[int, ...], dtype: np.dtype[Any], use: str) -> Array:
    return scratch(prod(shape), dtype, use).reshape(shape)


def _dealt(planes: Array, x: Array, rests: list[int], g: ConvGeometry) -> Array:
    """planes[n and phase, c, t…] = x[n, c, step·t + phase − rest …], or 0 outside of x."""
    steps = [a.dilation for a in g.axes]
    phases = np.array(list(product((0,), *map(range, steps))), np.int64)
    rows = zip((-rest for rest in rests), steps, planes.shape[2:], x.shape[2:], strict=True)
    window = np.array([(0, 1, 1, 1), *rows], np.int64)
    boxes, cells = planes.reshape(len(x), -1), prod(planes.shape[2:])
    x_flat, x_sizes = flat(x), lifted(x.shape)

    def deal(first: int, stop: int) -> None:
        for n in range(first, stop):
            fill(boxes[n], cells, x_flat, x_sizes, n, 1, 0, x.shape[1], window, phases)

    run_ranges(deal, len(x), JOBS)
    return planes


def _put_back(planes: Array, y: Array, rests: list[int], g: ConvGeometry) -> Array:
    """y[n, m, step·t + phase − rest …] = planes[n and phase, m, t…]."""
    sizes = (*y.shape[1:], *planes.shape[2:], *rests, *(a.dilation for a in g.axes))
    y_flat, planes_flat = y.reshape(-1), planes.reshape(-1)  # writeable as sums are: `put_back` is compiled once
    run_ranges(lambda first, stop: _collect(y_flat, planes_flat, sizes, first, stop), prod(y.shape[:2]), JOBS)
    return y


@compiled
def _collect(y, planes, sizes, first_map, stop_map):  # type: ignore[no-untyped-def]
    maps, height, width, rows, columns, above, left, step, by = sizes
    for plane in range(first_map, stop_map):
        n, m = plane // maps, plane % maps
        for r in range(height):
            row, phase = (r + above) // step, (n * step + (r + above) % step) * by
            for b in range(by):
                s = (b - left) % by
                to = (plane * height + r) * width + s
                at = (((phase + b) * maps + m) * rows + row) * columns + (s + left) // by
                count = (width - s + by - 1) // by
                put_back(y, to, by, planes, at, count)
