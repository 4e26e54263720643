"""Geometry for people: sizes and regions of one layer, from the options as a caller writes them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from convbp.geometry import Axis, window_axes
from convbp.options import is_sequence, per_axis


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


def coverage(
    input_shape: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: object = 1,
    padding: object = 0,
    dilation: object = 1,
) -> tuple[tuple[int, ...], ...]:
    """Count the windows that read each input cell.

    Parameters
    ----------
    input_shape : int or one int per axis
        Cells of the input, without batch and channels.
    kernel_size, stride, padding, dilation
        As in `output_size`.

    Returns
    -------
    tuple of tuples of int
        A count for each cell of each axis. A cell of an image is read by as many windows as its row times its column
        says.

    Notes
    -----
    It is the gradient for the input of a filter of ones when every output gets 1.

    Examples
    --------
    Three taps, stride 2: every other cell is shared by two windows, and the last one is left over.

    >>> coverage(8, 3, stride=2)
    ((1, 1, 2, 1, 2, 1, 1, 0),)
    """
    axes = _axes_for_people(input_shape, kernel_size, stride, padding, dilation)
    return tuple(tuple(len(axis.readers(cell)) for cell in range(axis.size)) for axis in axes)


class ReceptiveField(NamedTuple):
    """What one output cell of a stack of layers reads of its input, on each axis.

    Output o reads from cell ``start + jump·o`` on, `size` cells from the first to the last; those outside the input are
    padding.
    """

    size: tuple[int, ...]
    jump: tuple[int, ...]
    start: tuple[int, ...]


def receptive_field(layers: Sequence[Sequence[Any]]) -> ReceptiveField:
    """Follow one output cell back through convolutions and poolings to the input cells that it depends on.

    Parameters
    ----------
    layers : sequence of (kernel_size, stride, padding, dilation)
        From the input on, each as in `output_size`; what is left out at the end of a tuple is 1, 0 and 1.

    Returns
    -------
    ReceptiveField
        ``size``, ``jump`` and ``start``, each one int per axis.

    Raises
    ------
    ValueError
        If an option breaks a rule, or padding is "same" with a stride: then the first cell depends on the input's size.

    Notes
    -----
    A layer of K taps with stride s and dilation d adds d·(K−1)·jump to the size, moves the start by −before·jump, and
    multiplies the jump by s.

    Examples
    --------
    Two layers of 3 taps read 5 cells, or 7 if the first one steps by two; its padding moves the start to −1:

    >>> receptive_field([(3,), (3,)])
    ReceptiveField(size=(5,), jump=(1,), start=(0,))
    >>> receptive_field([(3, 2, 1), (3,)])
    ReceptiveField(size=(7,), jump=(2,), start=(-1,))
    """
    stack = [_four(layer) for layer in layers]
    rank = max((len(v) if is_sequence(v) else 1 for layer in stack for v in layer), default=1)
    size, jump, start = [1] * rank, [1] * rank, [0] * rank
    for kernel, stride, padding, dilation in stack:
        strides = per_axis("stride", stride, rank)
        if isinstance(padding, str) and padding == "same" and max(strides) > 1:
            raise ValueError(
                f'padding must be given in cells where the stride is above 1; got "same", stride {strides}'
            )
        one_cell = (1,) * rank
        taps, dilations = per_axis("kernel_size", kernel, rank), per_axis("dilation", dilation, rank)
        for at, axis in enumerate(window_axes(one_cell, taps, strides, padding, dilations)):
            start[at] += jump[at] * axis.input_cell(0, 0)
            size[at] += jump[at] * (axis.reach - 1)
            jump[at] *= axis.stride
    return ReceptiveField(tuple(size), tuple(jump), tuple(start))


def _four(layer: Any) -> tuple[Any, ...]:
    if not is_sequence(layer) or not 1 <= len(layer) <= 4:
        raise ValueError(f"layers must be tuples (kernel_size, stride, padding, dilation); got {layer!r}")
    return (*layer, *(1, 1, 0, 1)[len(layer) :])


def _axes_for_people(
    input_size: object, kernel_size: object, stride: object, padding: object, dilation: object
) -> tuple[Axis, ...]:
    rank = max(len(v) if is_sequence(v) else 1 for v in (input_size, kernel_size))  # type: ignore[arg-type]
    sizes, kernel = per_axis("input_size", input_size, rank), per_axis("kernel_size", kernel_size, rank)
    return window_axes(sizes, kernel, per_axis("stride", stride, rank), padding, per_axis("dilation", dilation, rank))
