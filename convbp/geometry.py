"""Which input cell feeds which output through which tap: ints only, no NumPy.

Along one axis a convolution is a relation between an input cell ``i``, an output cell ``o`` and a tap ``k``::

    i = stride·o + dilation·k − before

Everything else is that relation read in another direction: from ``o`` to ``i`` it is a window, from ``i`` to ``o`` a
region of influence, with ``k`` fixed a strided slice. It is written once, in `Axis`, and the kernels, the figures and
the widgets ask it.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

from convbp.options import at_least, integer, no_empty_axis, padding_pairs, per_axis


class Axis(NamedTuple):
    """One axis of a convolution: `size` input cells read by a filter of `kernel` taps."""

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def reach(self) -> int:
        """Cells from the first to the last one that a window reads: d(K−1)+1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """Cells including the padding on both sides."""
        return self.before + self.size + self.after

    @property
    def room(self) -> int:
        """Cells that the first window can move before it meets the end; negative when it does not fit."""
        return self.padded - self.reach

    @property
    def outputs(self) -> int:
        """Number of windows that fit: ⌊room/stride⌋ + 1, or 0 when not even one does."""
        return max(0, self.room // self.stride + 1)

    @property
    def leftover(self) -> int:
        """Trailing padded cells that no window reaches because the stride does not divide."""
        return self.room % self.stride

    def input_cell(self, o: int, k: int) -> int:
        """The cell that output `o` reads through tap `k`; negative or ≥ size means padding."""
        return self.stride * o + self.dilation * k - self.before

    def window(self, o: int) -> list[tuple[int, int]]:
        """Every (k, i) that output `o` reads, padding left out."""
        pairs = ((k, self.input_cell(o, k)) for k in range(self.kernel))
        return [(k, i) for k, i in pairs if 0 <= i < self.size]

    def readers(self, i: int) -> list[tuple[int, int]]:
        """Every (o, k) through which input cell `i` is read, in the order of `o`."""
        found = []
        for k in reversed(range(self.kernel)):
            o, remainder = divmod(i + self.before - self.dilation * k, self.stride)
            if remainder == 0 and 0 <= o < self.outputs:
                found.append((o, k))
        return found

    def patch(self, k: int) -> range:
        """The input cells that tap `k` multiplies, one for each output of `span(k)`, in the same order."""
        outputs = self.span(k)
        return range(self.input_cell(outputs.start, k), self.input_cell(outputs.stop, k), self.stride)

    def span(self, k: int) -> range:
        """The outputs whose tap `k` falls on a real cell: one unbroken run, since `i` grows with `o`."""
        offset = self.input_cell(0, k)
        first = max(0, -(offset // self.stride))
        stop = min(self.outputs, (self.size - 1 - offset) // self.stride + 1)
        return range(first, max(first, stop))


class _Counts(NamedTuple):
    batch: int
    channels: int
    filters: int
    groups: int
    axes: tuple[Axis, ...]


class ConvGeometry(_Counts):
    """A whole convolution, every option spelled out: what a backend is given beside its arrays."""

    @cached_property
    def input_shape(self) -> tuple[int, ...]:
        return (self.batch, self.channels, *(a.size for a in self.axes))

    @cached_property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.filters, self.channels // self.groups, *(a.kernel for a in self.axes))

    @cached_property
    def output_shape(self) -> tuple[int, ...]:
        return (self.batch, self.filters, *(a.outputs for a in self.axes))

    @cached_property
    def multiplies(self) -> int:
        """Scalar products of one forward pass, those with padding counted too."""
        return prod(self.output_shape) * prod(self.weight_shape[1:])


Index = tuple[int, ...]


def products(g: ConvGeometry) -> Iterator[tuple[Index, Index, Index]]:
    """Yield every scalar product of a convolution as (at_x, at_w, at_y).

    The three results of a layer are three ways to collect the same products: ``y[at_y] += w[at_w]·x[at_x]``,
    ``dx[at_x] += w[at_w]·dy[at_y]`` and ``dw[at_w] += x[at_x]·dy[at_y]``.
    """
    filters_per_group = g.filters // g.groups
    channels_per_group = g.channels // g.groups
    for n, f, c in product(range(g.batch), range(g.filters), range(channels_per_group)):
        channel = f // filters_per_group * channels_per_group + c
        for o in product(*(range(a.outputs) for a in g.axes)):
            windows = [a.window(cell) for a, cell in zip(g.axes, o, strict=True)]
            for reads in product(*windows):
                k = tuple(tap for tap, _ in reads)
                i = tuple(cell for _, cell in reads)
                yield (n, channel, *i), (f, c, *k), (n, f, *o)


@lru_cache(maxsize=256)
def tap_slices(g: ConvGeometry) -> tuple[tuple[Any, Any, Any], ...]:
    """List each tap with the slices of the input cells that it multiplies and of the outputs where that lands.

    The same products as `products`, sorted by tap: one slice of the input against one of the output.
    """
    slices = []
    for taps in product(*(range(a.kernel) for a in g.axes)):
        along = list(zip(g.axes, taps, strict=True))
        cells = tuple(_as_slice(a.patch(k)) for a, k in along)
        slices.append((taps, cells, tuple(_as_slice(a.span(k)) for a, k in along)))
    return tuple(slices)


def long_axes(g: ConvGeometry) -> tuple[Axis, ...]:
    """Leave out the axes of a single cell, where that loses nothing: L × 1 is L. The last one left runs along a row."""
    # A single output over a single cell may still read the padding in front of it.
    return tuple(a for a in g.axes if (a.size, a.kernel, a.outputs, a.before) != (1, 1, 1, 0)) or g.axes[-1:]


def row_runs(g: ConvGeometry) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tap, cell, output, count): a tap multiplies `count` cells of a row, a stride apart, into as many outputs.

    The same products as `products`, of one plane and one filter, with taps, cells and outputs numbered flat: the rank
    is gone.
    """
    axes = long_axes(g)
    kernel, sizes, outputs = ([a.kernel for a in axes], [a.size for a in axes], [a.outputs for a in axes])
    for taps in product(*map(range, kernel)):
        *spans, row = (a.span(k) for a, k in zip(axes, taps, strict=True))
        for first in product(*spans, row[:1]):
            cells = [a.input_cell(o, k) for a, o, k in zip(axes, first, taps, strict=True)]
            yield _flat(taps, kernel), _flat(cells, sizes), _flat(first, outputs), len(row)


def _flat(at: Sequence[int], shape: Sequence[int]) -> int:
    number = 0
    for index, size in zip(at, shape, strict=True):
        number = number * size + index
    return number


def _as_slice(cells: range) -> slice:
    return slice(cells[0], cells[-1] + 1, cells.step) if cells else slice(0, 0)


def conv_geometry(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: object = 1,
    padding: object = 0,
    dilation: object = 1,
    groups: object = 1,
) -> ConvGeometry:
    """Turn the options of a convolution into plain ints, or say which argument breaks which rule.

    Parameters
    ----------
    input_shape : (N, C, spatial…)
    weight_shape : (F, C/groups, taps…)
    stride, dilation : int or one int per axis
    padding : int, one int per axis, one (before, after) pair per axis, "valid" or "same"
    groups : int

    Returns
    -------
    ConvGeometry

    Raises
    ------
    ValueError
        If a shape or a value breaks a rule; the message shows the argument, the rule and the value.
    TypeError
        If an option is not made of ints.
    """
    no_empty_axis("x", input_shape[1:], input_shape)
    no_empty_axis("w", weight_shape, weight_shape)
    batch, channels, *sizes = input_shape
    filters, per_group, *kernel = weight_shape
    rank = len(sizes)
    group_count = at_least(1, "groups", integer("groups", groups))
    if channels % group_count or filters % group_count:
        raise ValueError(f"groups must divide channels and filters; got {group_count} with C={channels}, F={filters}")
    if per_group * group_count != channels:
        raise ValueError(
            f"w must have C/groups = {channels}/{group_count} = {channels // group_count} channels on axis 1; "
            f"got {per_group} in shape {tuple(weight_shape)}"
        )
    strides = per_axis("stride", stride, rank)
    dilations = per_axis("dilation", dilation, rank)
    axes = window_axes(sizes, kernel, strides, padding, dilations)
    for number, axis in enumerate(axes):
        if axis.outputs == 0:
            raise ValueError(
                f"w must fit into the padded input on spatial axis {number}; got a reach of "
                f"{axis.dilation}·({axis.kernel}−1)+1 = {axis.reach} over "
                f"{axis.before}+{axis.size}+{axis.after} = {axis.padded} cells"
            )
    return ConvGeometry(batch, channels, filters, group_count, axes)


def transpose_geometry(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    stride: object = 1,
    padding: object = 0,
    output_padding: object = 0,
    dilation: object = 1,
    groups: object = 1,
) -> ConvGeometry:
    """The geometry of the convolution whose transpose is asked for: it maps the result back onto `input_shape`.

    Its input has ``stride·(L−1) + reach − before − after + output_padding`` cells on an axis. Any `output_padding`
    below the stride gives L outputs: the stride forgets which size it was, `output_padding` says it. With
    ``padding="same"`` the input has ``stride·L`` cells.
    """
    no_empty_axis("x", input_shape[1:], input_shape)
    no_empty_axis("w", weight_shape, weight_shape)
    batch, channels, *lengths = input_shape
    slices, per_group, *kernel = weight_shape
    rank = len(lengths)
    if slices != channels:
        raise ValueError(f"w must have C = {channels} slices on axis 0; got {slices} in shape {tuple(weight_shape)}")
    group_count = at_least(1, "groups", integer("groups", groups))
    if channels % group_count:
        raise ValueError(f"groups must divide the channels of x; got {group_count} with C={channels}")
    strides = per_axis("stride", stride, rank)
    dilations = per_axis("dilation", dilation, rank)
    extra = per_axis("output_padding", output_padding, rank, minimum=0)
    for e, s in zip(extra, strides, strict=True):
        if e >= s:
            raise ValueError(f"output_padding must be smaller than stride on every axis; got {extra}, stride {strides}")
    if isinstance(padding, str) and padding == "same":
        if any(extra):
            raise ValueError(f'output_padding must be 0 with padding="same"; got {extra}')
        sizes = [s * length for s, length in zip(strides, lengths, strict=True)]
    else:
        pairs = padding_pairs("padding", padding, rank)
        sizes = [
            s * (length - 1) + d * (k - 1) + 1 - before - after + e
            for s, length, d, k, (before, after), e in zip(
                strides, lengths, dilations, kernel, pairs, extra, strict=True
            )
        ]
        for number, size in enumerate(sizes):
            if size < 1:
                raise ValueError(
                    f"padding must leave at least one output cell on spatial axis {number}; "
                    f"got {pairs[number]}, which leaves {size}"
                )
    return conv_geometry(
        (batch, per_group * group_count, *sizes),
        weight_shape,
        stride=strides,
        padding=padding,
        dilation=dilations,
        groups=group_count,
    )


def pool_geometry(
    input_shape: Sequence[int],
    kernel_size: object,
    *,
    stride: object = None,
    padding: object = 0,
    dilation: object = 1,
    ceil_mode: object = False,
) -> ConvGeometry:
    """The geometry of pooling: a convolution in which every channel is a group; by default the windows touch.

    With `ceil_mode` the padding after grows until a last, partial window fits; a window that would start behind the
    real cells is dropped.
    """
    no_empty_axis("x", input_shape[1:], input_shape)
    batch, channels, *sizes = input_shape
    rank = len(sizes)
    kernel = per_axis("kernel_size", kernel_size, rank)
    strides = kernel if stride is None else per_axis("stride", stride, rank)
    axes = window_axes(sizes, kernel, strides, padding, per_axis("dilation", dilation, rank))
    for number, axis in enumerate(axes):
        if max(axis.before, axis.after) >= axis.reach:
            raise ValueError(
                f"padding must be smaller than the window's reach of {axis.reach} on spatial axis {number}; "
                f"got {(axis.before, axis.after)}"
            )
    if not isinstance(ceil_mode, bool):
        raise TypeError(f"ceil_mode must be True or False; got {ceil_mode!r}")
    if ceil_mode:
        axes = tuple(_with_last_window(axis) for axis in axes)
    for number, axis in enumerate(axes):
        if axis.outputs == 0:
            raise ValueError(
                f"kernel_size must fit into the padded input on spatial axis {number}; got a reach of "
                f"{axis.reach} over {axis.before}+{axis.size}+{axis.after} = {axis.padded} cells"
            )
        if not all(axis.window(o) for o in range(axis.outputs)):
            raise ValueError(
                f"padding must leave a real cell in every window on spatial axis {number}; got "
                f"{(axis.before, axis.after)} with kernel_size {axis.kernel} and dilation {axis.dilation}"
            )
    return ConvGeometry(batch, channels, channels, channels, axes)


def _with_last_window(axis: Axis) -> Axis:
    """Pad the end until the stride leaves nothing over, unless that window would start behind the real cells."""
    missing = -(axis.padded - axis.reach) % axis.stride
    longer = axis._replace(after=axis.after + missing)
    return longer if longer.outputs and longer.input_cell(longer.outputs - 1, 0) < axis.size else axis


def window_axes(
    sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], padding: object, dilations: Sequence[int]
) -> tuple[Axis, ...]:
    """One `Axis` for each spatial axis; this is the only place that knows what "same" means."""
    rank = len(sizes)
    if isinstance(padding, str) and padding == "same":
        pairs = [_same(*ints) for ints in zip(sizes, kernel, strides, dilations, strict=True)]
    else:
        pairs = padding_pairs("padding", padding, rank)
    rows = zip(sizes, kernel, strides, dilations, pairs, strict=True)
    return tuple(Axis(n, k, s, d, before, after) for n, k, s, d, (before, after) in rows)


def _same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Pad so that there are ⌈size/stride⌉ outputs; where the total is odd, the odd cell comes after."""
    outputs = -(-size // stride)
    total = max(0, stride * (outputs - 1) + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2
