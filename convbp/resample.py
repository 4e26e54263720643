"""Changing the number of cells: inserting zeros, picking, repeating, interpolating, shuffling; and the transposes."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.axis_map import AxisMap, apply_all, moves, transpose_all
from convbp.options import at_least, integer, no_empty_axis, per_axis

INTERPOLATIONS = ("nearest", "linear")


def zero_insert(x: Any, stride: Any) -> Array:
    """Put `stride` − 1 zeros between neighbouring cells: what a stride of the forward pass does to the gradient.

    Parameters
    ----------
    x : array (N, C, spatial…)
        One to three spatial axes.
    stride : int or one int per axis

    Returns
    -------
    y : array
        (L−1)·stride + 1 cells on each spatial axis; y[stride·i] = x[i], else 0.

    Raises
    ------
    ValueError
        If a stride is below 1 or the shape of `x` does not fit.

    See Also
    --------
    zero_insert_backward, subsample

    Examples
    --------
    >>> zero_insert([[[1, 2, 3]]], 2)
    array([[[1., 0., 2., 0., 3.]]])
    """
    (x,), dtype = checked(x=x)
    return apply_all(x, _spread(x.shape, stride)).astype(dtype, copy=False)


def zero_insert_backward(dy: Any, input_shape: Sequence[int], stride: Any) -> Array:
    """Carry a gradient back through `zero_insert`: pick every stride-th cell.

    Parameters
    ----------
    dy : array like the output of the forward call
    input_shape, stride
        Shape of x, and what the forward call took.

    Returns
    -------
    dx : array of shape `input_shape`

    Examples
    --------
    >>> zero_insert_backward([[[1, 2, 3, 4, 5]]], (1, 1, 3), 2)
    array([[[1., 3., 5.]]])
    """
    return _backward(dy, input_shape, _spread(input_shape, stride))


def subsample(x: Any, stride: Any) -> Array:
    """Keep every stride-th cell, the first one included.

    Parameters
    ----------
    x : array (N, C, spatial…)
    stride : int or one int per axis

    Returns
    -------
    y : array
        ⌈L/stride⌉ cells on each spatial axis; y[o] = x[stride·o].

    Notes
    -----
    A convolution with a stride is a convolution without one, subsampled.

    Examples
    --------
    >>> subsample([[[1, 2, 3, 4]]], 2)
    array([[[1., 3.]]])
    """
    (x,), dtype = checked(x=x)
    return apply_all(x, _picked(x.shape, stride)).astype(dtype, copy=False)


def subsample_backward(dy: Any, input_shape: Sequence[int], stride: Any) -> Array:
    """Carry a gradient back through `subsample`: to the cells that were kept, 0 to the others.

    Parameters
    ----------
    dy : array like the output of the forward call
    input_shape, stride
        Shape of x, and what the forward call took.

    Returns
    -------
    dx : array of shape `input_shape`

    Examples
    --------
    >>> subsample_backward([[[5, 7]]], (1, 1, 4), 2)
    array([[[5., 0., 7., 0.]]])
    """
    return _backward(dy, input_shape, _picked(input_shape, stride))


def upsample(x: Any, scale: Any, mode: str = "nearest", *, align_corners: bool = False) -> Array:
    """Make `scale` cells of one by repeating or interpolating.

    Parameters
    ----------
    x : array (N, C, spatial…)
    scale : int or one int per axis
    mode : {"nearest", "linear"}
        "linear" interpolates along each axis in turn: bilinear on images, trilinear on volumes.
    align_corners : bool
        Only for "linear". If true, the centres of the first and of the last cells of x and y coincide, and o stands at
        o·(L−1)/(O−1); if false, the outer edges of those cells do, and o stands at (o + ½)/scale − ½, held inside x.

    Returns
    -------
    y : array
        O = scale·L cells on each spatial axis.

    Raises
    ------
    ValueError
        If `scale` is below 1, `mode` is unknown, or `align_corners` is asked of "nearest".

    Notes
    -----
    Each axis is one sparse matrix with at most two entries a row; the gradient multiplies by its transpose.

    Examples
    --------
    >>> upsample([[[1, 2]]], 2)
    array([[[1., 1., 2., 2.]]])
    >>> upsample([[[0, 4]]], 2, mode="linear")
    array([[[0., 1., 3., 4.]]])
    >>> upsample([[[0, 3]]], 2, mode="linear", align_corners=True)
    array([[[0., 1., 2., 3.]]])
    """
    (x,), dtype = checked(x=x)
    return apply_all(x, _scaled(x.shape, scale, mode, align_corners)).astype(dtype, copy=False)


def upsample_backward(
    dy: Any, input_shape: Sequence[int], scale: Any, mode: str = "nearest", *, align_corners: bool = False
) -> Array:
    """Carry a gradient back through `upsample`: each cell adds up what it was read for, with the same weights.

    Parameters
    ----------
    dy : array like the output of the forward call
    input_shape, scale, mode, align_corners
        Shape of x, and what the forward call took.

    Returns
    -------
    dx : array of shape `input_shape`

    Examples
    --------
    >>> upsample_backward([[[1, 2, 3, 4]]], (1, 1, 2), 2)
    array([[[3., 7.]]])
    """
    return _backward(dy, input_shape, _scaled(input_shape, scale, mode, align_corners))


def pixel_shuffle(x: Any, factor: int) -> Array:
    """Deal channels out into fewer maps that are `factor` times as long on each axis.

    Parameters
    ----------
    x : array (N, C·factorʳ, spatial…)
        r is the number of spatial axes.
    factor : int

    Returns
    -------
    y : array (N, C, factor·spatial…)
        In two dimensions y[n, c, factor·i+p, factor·j+q] = x[n, (c·factor+p)·factor+q, i, j].

    Raises
    ------
    ValueError
        If factorʳ does not divide the channels.

    References
    ----------
    W. Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
    network", arXiv:1609.05158.

    Examples
    --------
    >>> pixel_shuffle([[[1, 2], [10, 20]]], 2)
    array([[[ 1., 10.,  2., 20.]]])
    """
    (x,), dtype = checked(x=x)
    step, rank = _factor(x.shape, factor)
    n, channels, *sizes = x.shape
    if channels % step**rank:
        raise ValueError(f"factor must divide the channels into factor^{rank} parts; got {factor} with C={channels}")
    split = x.reshape(n, channels // step**rank, *(step,) * rank, *sizes)
    pairs = [axis for a in range(rank) for axis in (2 + rank + a, 2 + a)]
    shuffled = split.transpose(0, 1, *pairs).reshape(n, channels // step**rank, *(step * size for size in sizes))
    return shuffled.astype(dtype)


def pixel_shuffle_backward(dy: Any, factor: int) -> Array:
    """Carry a gradient back through `pixel_shuffle`: the inverse reordering, which is also its transpose.

    Parameters
    ----------
    dy : array (N, C, factor·spatial…)
    factor : int

    Returns
    -------
    dx : array (N, C·factorʳ, spatial…)

    Examples
    --------
    >>> pixel_shuffle_backward([[[1, 10, 2, 20]]], 2)
    array([[[ 1.,  2.],
            [10., 20.]]])
    """
    (dy,), dtype = checked(dy=dy)
    step, rank = _factor(dy.shape, factor)
    n, channels, *lengths = dy.shape
    if any(length % step for length in lengths):
        raise ValueError(f"factor must divide every spatial axis of dy; got {factor} with shape {dy.shape}")
    sizes = [length // step for length in lengths]
    split = dy.reshape(n, channels, *(part for size in sizes for part in (size, step)))
    taps, cells = range(3, 3 + 2 * rank, 2), range(2, 2 + 2 * rank, 2)
    return split.transpose(0, 1, *taps, *cells).reshape(n, channels * step**rank, *sizes).astype(dtype)


def _backward(dy: Any, input_shape: Sequence[int], maps: list[AxisMap]) -> Array:
    (dy,), dtype = checked(dy=dy)
    must_have_shape("dy", dy, (*input_shape[:2], *(m.outputs for m in maps)), "as the forward call returns")
    return transpose_all(dy, maps).astype(dtype, copy=False)


def spatial_sizes(shape: Sequence[int]) -> Sequence[int]:
    if not 3 <= len(shape) <= 5:
        raise ValueError(f"x must have 3 to 5 axes (N, C, spatial…); got shape {tuple(shape)}")
    no_empty_axis("x", shape[1:], shape)
    return shape[2:]


def _spread(shape: Sequence[int], stride: Any) -> list[AxisMap]:
    sizes = spatial_sizes(shape)
    strides = per_axis("stride", stride, len(sizes))
    return [
        moves(size, [o // s if o % s == 0 else -1 for o in range(s * (size - 1) + 1)])
        for size, s in zip(sizes, strides, strict=True)
    ]


def _picked(shape: Sequence[int], stride: Any) -> list[AxisMap]:
    sizes = spatial_sizes(shape)
    strides = per_axis("stride", stride, len(sizes))
    return [moves(size, range(0, size, s)) for size, s in zip(sizes, strides, strict=True)]


def _scaled(shape: Sequence[int], scale: Any, mode: str, align_corners: bool) -> list[AxisMap]:
    sizes = spatial_sizes(shape)
    scales = per_axis("scale", scale, len(sizes))
    if mode not in INTERPOLATIONS:
        raise ValueError(f"mode must be one of {', '.join(map(repr, INTERPOLATIONS))}; got {mode!r}")
    if not isinstance(align_corners, bool):
        raise TypeError(f"align_corners must be True or False; got {align_corners!r}")
    if mode == "nearest":
        if align_corners:
            raise ValueError('align_corners must be False with mode="nearest"; got True')
        return [moves(size, [o // s for o in range(s * size)]) for size, s in zip(sizes, scales, strict=True)]
    return [_linear(size, s, align_corners) for size, s in zip(sizes, scales, strict=True)]


def _linear(size: int, scale: int, align_corners: bool) -> AxisMap:
    """Two neighbours for each output, with weights that fall with the distance; positions are exact fractions."""
    outputs = scale * size
    half = Fraction(1, 2)
    if align_corners:
        places = [Fraction(o * (size - 1), max(1, outputs - 1)) for o in range(outputs)]
    else:
        places = [min(max((o + half) / scale - half, Fraction(0)), Fraction(size - 1)) for o in range(outputs)]
    left = [int(place) for place in places]
    right = [min(cell + 1, size - 1) for cell in left]
    share = np.array([float(place - cell) for place, cell in zip(places, left, strict=True)])
    return AxisMap(size, np.array([left, right]), np.array([1 - share, share]))


def _factor(shape: Sequence[int], factor: int) -> tuple[int, int]:
    return at_least(1, "factor", integer("factor", factor)), len(spatial_sizes(shape))
