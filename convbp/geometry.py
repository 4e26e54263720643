"""Which input cell feeds which output through which tap: ints only, no NumPy.

Along one axis a convolution is a relation between an input cell ``i``, an output cell ``o`` and a tap ``k``::

    i = stride·o + dilation·k − before

Everything else is that relation read in another direction: from ``o`` to ``i`` it is a window, from ``i`` to ``o`` a
region of influence, with ``k`` fixed a strided slice. It is written once, in `Axis`, and the kernels, the figures and
the widgets ask it.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from operator import index
from typing import NamedTuple

PADDING_RULE = "an int, one int per axis, one (before, after) pair per axis, 'valid' or 'same'"


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
    def outputs(self) -> int:
        """Number of windows that fit: ⌊(padded − reach)/stride⌋ + 1, or 0 when not even one does."""
        return max(0, (self.padded - self.reach) // self.stride + 1)

    @property
    def leftover(self) -> int:
        """Trailing padded cells that no window reaches because the stride does not divide."""
        return (self.padded - self.reach) % self.stride

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


class ConvGeometry(NamedTuple):
    """A whole convolution, every option spelled out: what a backend is given beside its arrays."""

    batch: int
    channels: int
    filters: int
    groups: int
    axes: tuple[Axis, ...]

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.batch, self.channels, *(a.size for a in self.axes))

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.filters, self.channels // self.groups, *(a.kernel for a in self.axes))

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.batch, self.filters, *(a.outputs for a in self.axes))

    @property
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
    _no_empty_axis("x", input_shape[1:], input_shape)
    _no_empty_axis("w", weight_shape, weight_shape)
    batch, channels, *sizes = input_shape
    filters, per_group, *kernel = weight_shape
    rank = len(sizes)
    group_count = _at_least(1, "groups", _integer("groups", groups))
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
    _no_empty_axis("x", input_shape[1:], input_shape)
    _no_empty_axis("w", weight_shape, weight_shape)
    batch, channels, *lengths = input_shape
    slices, per_group, *kernel = weight_shape
    rank = len(lengths)
    if slices != channels:
        raise ValueError(f"w must have C = {channels} slices on axis 0; got {slices} in shape {tuple(weight_shape)}")
    group_count = _at_least(1, "groups", _integer("groups", groups))
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


def padding_pairs(name: str, value: object, rank: int) -> list[tuple[int, int]]:
    """Return one (before, after) pair for each axis."""
    if isinstance(value, str):
        if value != "valid":
            raise ValueError(f"{name} must be {PADDING_RULE}; got {value!r}")
        return [(0, 0)] * rank
    if not _is_sequence(value):
        both = _at_least(0, name, _integer(name, value))
        return [(both, both)] * rank
    entries = list(value)  # type: ignore[call-overload]
    if len(entries) != rank:
        raise ValueError(f"{name} must be {PADDING_RULE}, here for {rank} axes; got {value!r}")
    return [_pair(name, entry) for entry in entries]


def _pair(name: str, entry: object) -> tuple[int, int]:
    ends = list(entry) if _is_sequence(entry) else [entry, entry]  # type: ignore[call-overload]
    if len(ends) != 2:
        raise ValueError(f"{name} must be {PADDING_RULE}; got {entry!r} for one axis")
    before, after = (_at_least(0, name, _integer(name, end)) for end in ends)
    return before, after


def per_axis(name: str, value: object, rank: int, minimum: int = 1) -> tuple[int, ...]:
    """Return one int for each axis."""
    entries = list(value) if _is_sequence(value) else [value] * rank  # type: ignore[call-overload]
    if len(entries) != rank:
        raise ValueError(f"{name} must be an int or {rank} ints, one per axis; got {value!r}")
    return tuple(_at_least(minimum, name, _integer(name, entry)) for entry in entries)


def _is_sequence(value: object) -> bool:
    return isinstance(value, list | tuple | range) or getattr(value, "ndim", 0) > 0


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool):
        raise TypeError(f"{name} must be made of ints; got {value!r}")
    try:
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be made of ints; got {value!r}") from None


def _at_least(minimum: int, name: str, value: int) -> int:
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}; got {value}")
    return value


def _no_empty_axis(name: str, sizes: Sequence[int], shape: Sequence[int]) -> None:
    if 0 in sizes:
        raise ValueError(f"{name} must have no empty axis besides the batch; got shape {tuple(shape)}")


def output_size(
    input_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: object = 1,
    padding: object = 0,
    dilation: object = 1,
) -> tuple[int, ...]:
    """Count the outputs of a convolution or a pooling on each axis.

    Parameters
    ----------
    input_size : int or one int per axis
        Cells of the input, without batch and channels.
    kernel_size : int or one int per axis
        Taps of the filter; 0 outputs means that not even one window fits.
    stride, padding, dilation
        As in `convbp.conv2d`.

    Returns
    -------
    tuple of int
        ⌊(L + before + after − dilation·(K−1) − 1)/stride⌋ + 1 for each axis.

    Examples
    --------
    >>> output_size((32, 32), 5)
    (28, 28)
    >>> output_size(7, 3, stride=2, padding="same")
    (4,)
    """
    return tuple(a.outputs for a in _axes_for_people(input_size, kernel_size, stride, padding, dilation))


def affected_outputs(
    index: int | Sequence[int],
    input_shape: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: object = 1,
    padding: object = 0,
    dilation: object = 1,
) -> tuple[tuple[int, ...], ...]:
    """Name the outputs that read one input cell: the region its gradient is collected from.

    Parameters
    ----------
    index : int or one int per axis
        The input cell, counted from 0 in the unpadded input.
    input_shape : int or one int per axis
        Cells of the input, without batch and channels.
    kernel_size, stride, padding, dilation
        As in `output_size`.

    Returns
    -------
    tuple of tuples of int
        The output indices on each axis; the region is their product. Empty where the stride jumps over the cell,
        with gaps where the filter is dilated.

    Raises
    ------
    ValueError
        If `index` is outside the input.

    Examples
    --------
    Three taps, stride 2: cell 4 is the last of window 1 and the first of window 2; cell 7 is left over.

    >>> affected_outputs(4, 8, 3, stride=2)
    ((1, 2),)
    >>> affected_outputs(7, 8, 3, stride=2)
    ((),)
    """
    axes = _axes_for_people(input_shape, kernel_size, stride, padding, dilation)
    cells = per_axis("index", index, len(axes), minimum=0)
    for cell, axis in zip(cells, axes, strict=True):
        if cell >= axis.size:
            raise ValueError(f"index must lie inside the input of {tuple(a.size for a in axes)} cells; got {cells}")
    return tuple(tuple(o for o, _ in axis.readers(cell)) for axis, cell in zip(axes, cells, strict=True))


def _axes_for_people(
    input_size: object, kernel_size: object, stride: object, padding: object, dilation: object
) -> tuple[Axis, ...]:
    rank = max(len(v) if _is_sequence(v) else 1 for v in (input_size, kernel_size))  # type: ignore[arg-type]
    sizes, kernel = per_axis("input_size", input_size, rank), per_axis("kernel_size", kernel_size, rank)
    return window_axes(sizes, kernel, per_axis("stride", stride, rank), padding, per_axis("dilation", dilation, rank))
