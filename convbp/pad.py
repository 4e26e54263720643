"""Padding in four modes, and its gradient: crop for zeros, crop and fold back for the others."""

from collections.abc import Callable, Sequence
from typing import Any

from convbp.arrays import Array, checked, must_have_shape
from convbp.axis_map import AxisMap, apply_all, moves, transpose_all
from convbp.options import no_empty_axis, padding_pairs


def pad(x: Any, padding: Any, mode: str = "zero") -> Array:
    """Surround every map with cells made from it.

    Parameters
    ----------
    x : array (N, C, L), (N, C, H, W) or (N, C, D, H, W)
    padding : int, one int per axis, or one (before, after) pair per axis
        Cells to add at the ends of each spatial axis.
    mode : {"zero", "reflect", "edge", "wrap"}
        What stands at position i outside 0 … L−1:

        ===========  =============================  =======================
        mode         stands there                   [1, 2, 3] padded by 2
        ===========  =============================  =======================
        ``zero``     0                              0 0 1 2 3 0 0
        ``reflect``  the mirror image in the edge   3 2 1 2 3 2 1
        ``edge``     the cell at the edge           1 1 1 2 3 3 3
        ``wrap``     x[i mod L]                     2 3 1 2 3 1 2
        ===========  =============================  =======================

    Returns
    -------
    y : array
        before + L + after cells on each spatial axis.

    Raises
    ------
    ValueError
        If the padding is negative or the mode is unknown.
    TypeError
        If `x` is not of real numbers or `padding` not of ints.

    See Also
    --------
    pad_backward : the gradient.

    Notes
    -----
    A padding longer than the input goes on mirroring or wrapping. Padding is linear: y = P x, where each row of P holds
    one 1, or none.

    Examples
    --------
    >>> pad([[[1, 2, 3]]], [(2, 1)], mode="reflect")
    array([[[3., 2., 1., 2., 3., 2.]]])
    """
    (x,), dtype = checked(x=x)
    return apply_all(x, _maps(x.shape, padding, mode)).astype(dtype, copy=False)


def pad_backward(dy: Any, input_shape: Sequence[int], padding: Any, mode: str = "zero") -> Array:
    """Carry a gradient back through `pad`: each cell adds up what its copies receive.

    Parameters
    ----------
    dy : array
        Gradient of the loss with respect to the output of the forward call.
    input_shape : (N, C, spatial…)
        Shape of the forward call's `x`.
    padding, mode
        What the forward call took, unchanged.

    Returns
    -------
    dx : array of shape `input_shape`

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `pad`.
    TypeError
        As in `pad`.

    Notes
    -----
    dx = Pᵀ dy. For zeros that is the crop; the other modes add the gradients of the copies onto it.

    Examples
    --------
    The copies of [3, 2 | 1, 2, 3 | 2] send back 1, 2, 3, 4, 5 and 6:

    >>> pad_backward([[[1, 2, 3, 4, 5, 6]]], (1, 1, 3), [(2, 1)], mode="reflect")
    array([[[ 3., 12.,  6.]]])
    """
    (dy,), dtype = checked(dy=dy)
    maps = _maps(input_shape, padding, mode)
    must_have_shape("dy", dy, (*input_shape[:2], *(m.outputs for m in maps)), "as the forward call returns")
    return transpose_all(dy, maps).astype(dtype, copy=False)


def _maps(shape: Sequence[int], padding: Any, mode: str) -> list[AxisMap]:
    if not 3 <= len(shape) <= 5:
        raise ValueError(f"x must have 3 to 5 axes (N, C, spatial…); got shape {tuple(shape)}")
    no_empty_axis("x", shape[1:], shape)
    if mode not in SOURCES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, SOURCES))}; got {mode!r}")
    pairs = padding_pairs("padding", padding, len(shape) - 2)
    return [
        moves(size, [SOURCES[mode](i, size) for i in range(-before, size + after)])
        for size, (before, after) in zip(shape[2:], pairs, strict=True)
    ]


def _reflected(i: int, size: int) -> int:
    """Walk to and fro over the cells without repeating the ends: a wave of period 2(L−1)."""
    position = i % max(1, 2 * (size - 1))
    return min(position, 2 * (size - 1) - position)


SOURCES: dict[str, Callable[[int, int], int]] = {
    "zero": lambda i, size: i if 0 <= i < size else -1,
    "reflect": _reflected,
    "edge": lambda i, size: min(max(i, 0), size - 1),
    "wrap": lambda i, size: i % size,
}
