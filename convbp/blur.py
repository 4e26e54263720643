"""Blur pooling: a small fixed low-pass filter before the stride."""

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np

from convbp.arrays import Array, checked
from convbp.conv import conv1d, conv1d_backward, conv2d, conv2d_backward, conv3d, conv3d_backward
from convbp.options import at_least, integer
from convbp.pad import pad, pad_backward
from convbp.resample import spatial_sizes

CONV = {1: conv1d, 2: conv2d, 3: conv3d}
CONV_BACKWARD = {1: conv1d_backward, 2: conv2d_backward, 3: conv3d_backward}


def blur_pool(x: Any, stride: Any = 2, taps: int = 3) -> Array:
    """Blur each map with a binomial filter, then keep every stride-th cell: subsampling with less aliasing.

    Parameters
    ----------
    x : array (N, C, spatial…)
    stride : int or one int per axis
    taps : int
        Length of the filter on each axis: binomial coefficients divided by their sum, [1, 2, 1]/4 for 3.

    Returns
    -------
    y : array
        ⌈L/stride⌉ cells on each spatial axis. The input is padded by reflection, the odd cell after.

    References
    ----------
    R. Zhang, "Making convolutional networks shift-invariant again", arXiv:1904.11486.

    Examples
    --------
    >>> blur_pool([[[0, 4, 0, 0, 8]]])
    array([[[2., 1., 4.]]])
    """
    (x,), dtype = checked(x=x)
    w, padding = _blur(x.shape, taps, x.dtype)
    y = CONV[x.ndim - 2](pad(x, padding, "reflect"), w, stride=stride, groups=x.shape[1])
    return y.astype(dtype, copy=False)


def blur_pool_backward(dy: Any, input_shape: Sequence[int], stride: Any = 2, taps: int = 3) -> Array:
    """Carry a gradient back through `blur_pool`.

    Parameters
    ----------
    dy : array like the output of the forward call
    input_shape, stride, taps
        Shape of x, and what the forward call took.

    Returns
    -------
    dx : array of shape `input_shape`

    Examples
    --------
    >>> blur_pool_backward([[[4, 8, 4]]], (1, 1, 5))
    array([[[2., 4., 4., 4., 2.]]])
    """
    (dy,), dtype = checked(dy=dy)
    w, padding = _blur(input_shape, taps, dy.dtype)
    padded = pad(np.zeros(input_shape, dy.dtype), padding, "reflect")
    dpadded = CONV_BACKWARD[len(input_shape) - 2](dy, padded, w, stride=stride, groups=input_shape[1], need=["dx"]).dx
    return pad_backward(dpadded, input_shape, padding, "reflect").astype(dtype, copy=False)


def _blur(shape: Sequence[int], taps: int, dtype: Any) -> tuple[Array, list[tuple[int, int]]]:
    """Return one binomial filter for each channel, and the padding that keeps the size."""
    sizes = spatial_sizes(shape)
    length = at_least(1, "taps", integer("taps", taps))
    row = np.array([comb(length - 1, k) for k in range(length)], np.float64) / 2 ** (length - 1)
    w = row
    for _ in sizes[1:]:
        w = np.multiply.outer(w, row)
    padding = [((length - 1) // 2, length // 2)] * len(sizes)
    return np.repeat(w[None, None], shape[1], axis=0).astype(dtype), padding
