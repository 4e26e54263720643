"""Depthwise layers of 3 × 3 filters: each row of x is read once, in place, for the three rows of outputs that need it.

One lane is one output of a row. A walk goes down a plane: line t of x completes output t − 2, is the middle of output
t − 1 and begins output t, so two sums and the nine weights stay in registers. For dw it is nine sums and two lines of
dy that stay. Cells outside of the map are masked off, so a number that is not finite meets only the windows that read
it. With dilation d along the rows, a walk takes every d-th row, and there are d of them.
"""

from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast.runs import clear_cells
from convbp.kernels.fast.vectors import Vectors, flat, integer, lanes
from convbp.kernels.jit import compiled
from convbp.kernels.threads import new, run_ranges

TAPS = 3
JOBS = 8
WORTH_A_JOB = 1 << 18


def is_for(g: ConvGeometry) -> bool:
    """Tell whether each filter is 3 × 3, steps by one cell and has one channel, and each channel one filter."""
    fits = len(g.axes) == 2 and g.groups == g.channels == g.filters
    return fits and all((a.kernel, a.stride) == (TAPS, 1) for a in g.axes)


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    firsts = [a.input_cell(0, 0) for a in g.axes]
    return _collect(new(g.output_shape, x.dtype), x, w, firsts, g)


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    """Cell i reads dy from i + before − 2d to i + before, through the filter turned round."""
    firsts = [-a.input_cell(0, TAPS - 1) for a in g.axes]
    return _collect(new(g.input_shape, dy.dtype), dy, w[..., ::-1, ::-1], firsts, g)


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    """As the contract says, where all numbers are finite: else not all of dw is."""
    sums = new((g.channels, TAPS**2, lanes(x.dtype)), x.dtype)
    sizes = _sizes(dy, x, [a.input_cell(0, 0) for a in g.axes], g)
    sums_flat, dy_flat, x_flat = sums.reshape(-1), flat(dy), flat(x)
    run_ranges(lambda first, stop: _add(sums_flat, dy_flat, x_flat, sizes, first, stop), g.channels, _pieces(g))
    return np.add.reduce(sums, axis=-1).reshape(g.weight_shape)


def _collect(y: Array, x: Array, w: Array, firsts: list[int], g: ConvGeometry) -> Array:
    sizes = _sizes(y, x, firsts, g)
    y_flat, x_flat, w_flat = y.reshape(-1), flat(x), flat(w)
    planes = g.batch * g.channels
    run_ranges(lambda first, stop: _run(y_flat, x_flat, w_flat, sizes, first, stop), planes, _pieces(g))
    return y


def _pieces(g: ConvGeometry) -> int:
    return max(1, min(JOBS, g.multiplies // WORTH_A_JOB))


def _sizes(y: Array, x: Array, firsts: list[int], g: ConvGeometry) -> tuple[int, ...]:
    """Sizes of a walk: output o reads the cells first + o, first + o + d and first + o + 2d along each axis."""
    dilations = (a.dilation for a in g.axes)
    return (g.batch, g.channels, *y.shape[2:], *x.shape[2:], *firsts, *dilations, lanes(x.dtype))


class Walk(Vectors):
    """Reads the lines of x that some neighbouring outputs need, from the top to the bottom."""

    def prepare(self, x: Any, height: Any, width: Any, row: Any, step: Any, column: Any, apart: Any) -> None:
        self.x, self.height, self.width, self.row, self.step = x, height, width, row, step
        self.columns = [self.builder.add(column, self.builder.mul(apart, integer(q))) for q in range(TAPS)]
        self.masks = [self.mask(width, column) for column in self.columns]

    def line(self, t: Any) -> list[Any]:
        """What the three taps of a row read in line t: zeros outside of the map."""
        row = self.builder.add(self.row, self.builder.mul(self.step, t))
        inside = self.spread(self.builder.icmp_unsigned("<", row, self.height), self.bits)
        begin = self.at(self.x, self.builder.mul(row, self.width))
        return [
            self.load_masked(self.at(begin, column), self.builder.and_(mask, inside))
            for column, mask in zip(self.columns, self.masks, strict=True)
        ]


@intrinsic
def _walk(typing, y, at_y, pitch, outputs, cells, w, at_w, x, at_x, height, width, row, step, column, apart):  # type: ignore[no-untyped-def]
    """Write outputs 0 … outputs − 1 of a walk, `pitch` apart, of as many columns as `cells` and the lanes allow."""
    ints = types.intp
    signature = types.void(y, ints, ints, ints, ints, w, ints, x, *(ints,) * 7)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        y, at_y, pitch, outputs, cells, w, at_w, x, at_x, *where = arguments
        v = Walk(context, builder, signature.args[0])
        y, w = v.data(signature.args[0], y, at_y), v.data(signature.args[5], w, at_w)
        v.prepare(v.data(signature.args[7], x, at_x), *where)
        weights = [v.spread(builder.load(v.at(w, integer(tap)))) for tap in range(TAPS**2)]
        ((begun, half),) = v.sums(1, 2)
        builder.store(v.zero, begun)
        builder.store(v.zero, half)
        mask = v.first(cells)
        with cgutils.for_range(builder, builder.add(outputs, integer(TAPS - 1))) as loop:
            line, sums = v.line(loop.index), [v.zero, builder.load(begun), builder.load(half)]
            for p in range(TAPS):
                for q in range(TAPS):
                    sums[p] = v.times_plus(weights[TAPS * p + q], line[q], sums[p])
            builder.store(sums[0], begun)
            builder.store(sums[1], half)
            o = builder.sub(loop.index, integer(TAPS - 1))
            with builder.if_then(builder.icmp_signed(">=", o, integer(0))):
                v.store_masked(sums[2], v.at(y, builder.mul(pitch, o)), mask)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _walk_dw(typing, sums, at, dy, at_y, pitch, outputs, cells, x, at_x, height, width, row, step, column, apart):  # type: ignore[no-untyped-def]
    """Add the products of a walk to nine vectors of sums, one for each tap."""
    ints = types.intp
    signature = types.void(sums, ints, dy, ints, ints, ints, ints, x, *(ints,) * 7)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        sums, at, dy, at_y, pitch, outputs, cells, x, at_x, *where = arguments
        v = Walk(context, builder, signature.args[0])
        sums, dy = v.data(signature.args[0], sums, at), v.data(signature.args[2], dy, at_y)
        v.prepare(v.data(signature.args[7], x, at_x), *where)
        ((before, last),), held = v.sums(1, 2), v.sums(TAPS, TAPS)
        for place in (before, last, *(place for row in held for place in row)):
            builder.store(v.zero, place)
        mask = v.first(cells)
        with cgutils.for_range(builder, builder.add(outputs, integer(TAPS - 1))) as loop:
            line, real = v.line(loop.index), v.spread(builder.icmp_signed("<", loop.index, outputs), v.bits)
            now = v.load_masked(v.at(dy, builder.mul(pitch, loop.index)), builder.and_(mask, real))
            rows = now, builder.load(before), builder.load(last)
            for p in range(TAPS):
                for q in range(TAPS):
                    builder.store(v.times_plus(rows[p], line[q], builder.load(held[p][q])), held[p][q])
            builder.store(rows[0], before)
            builder.store(rows[1], last)
        for tap, place in enumerate(place for row in held for place in row):
            total = v.at(sums, integer(tap * v.lanes))
            v.store(builder.fadd(v.load(total), builder.load(place)), total)
        return context.get_dummy_value()

    return signature, generate


walk: Any = _walk
walk_dw: Any = _walk_dw


@compiled
def _run(y, x, w, sizes, first_plane, stop_plane):  # type: ignore[no-untyped-def]
    _, channels, out_height, out_width, height, width, top, left, step, apart, lane = sizes
    for plane in range(first_plane, stop_plane):
        at_x, at_w = plane * height * width, plane % channels * 9
        for a in range(min(step, out_height)):
            at, outputs = (plane * out_height + a) * out_width, (out_height - a + step - 1) // step
            for j in range(0, out_width, lane):
                walk(y, at + j, step * out_width, outputs, out_width - j, w, at_w, x, at_x, height, width,
                     top + a, step, left + j, apart)  # fmt: skip


@compiled
def _add(sums, dy, x, sizes, first_channel, stop_channel):  # type: ignore[no-untyped-def]
    """Each channel adds up its images in order: the result knows no threads."""
    batch, channels, out_height, out_width, height, width, top, left, step, apart, lane = sizes
    for c in range(first_channel, stop_channel):
        to = c * 9 * lane
        clear_cells(sums, to, 9 * lane)
        for n in range(batch):
            plane = n * channels + c
            at_x = plane * height * width
            for a in range(min(step, out_height)):
                at, outputs = (plane * out_height + a) * out_width, (out_height - a + step - 1) // step
                for j in range(0, out_width, lane):
                    walk_dw(sums, to, dy, at + j, step * out_width, outputs, out_width - j, x, at_x, height, width,
                            top + a, step, left + j, apart)  # fmt: skip
