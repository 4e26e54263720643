"""The matrices behind a convolution: the sparse one that maps x to y, and the columns that turn it into one product.

The transpose of each is the backward pass: Aᵀ dy = dx, and `col2im` adds what `im2col` copied.
"""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.geometry import ConvGeometry, conv_geometry, tap_slices
from convbp.options import per_axis

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def conv_matrix(
    w: Any, input_shape: Sequence[int], *, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> "csr_array":
    """Return the sparse matrix A of a convolution: y.ravel() = A @ x.ravel() for one sample.

    Parameters
    ----------
    w : array (F, C/groups, taps…)
        Of one to three spatial axes.
    input_shape : (C, spatial…)
        One sample, without the batch.
    stride, padding, dilation, groups
        As in `convbp.conv2d`.

    Returns
    -------
    scipy.sparse.csr_array (F·O…, C·L…)
        Row: an output, that is a window. Column: an input cell, that is all uses of it. A weight of 0 is stored too.

    Raises
    ------
    ValueError, TypeError
        As in `convbp.conv2d`.

    Notes
    -----
    A @ x is the forward pass and A.T @ dy is dx, for every option: the backward pass of a linear map is its transpose.

    Examples
    --------
    >>> conv_matrix([[[1, 2]]], (1, 4)).toarray()
    array([[1., 2., 0., 0.],
           [0., 1., 2., 0.],
           [0., 0., 1., 2.]])
    """
    from scipy.sparse import csr_array

    (w,), dtype = checked(w=w)
    g = conv_geometry((1, *input_shape), w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    rows, columns, entries = [], [], []
    filters = np.arange(g.filters)[:, None, None]
    channels = np.arange(g.channels // g.groups)[None, :, None]
    read_from = filters // (g.filters // g.groups) * (g.channels // g.groups) + channels
    all_cells, all_outputs = _numbered(g.input_shape[2:]), _numbered(g.output_shape[2:])
    for taps, cell_slices, output_slices in tap_slices(g):
        cells, outputs = all_cells[*cell_slices].ravel(), all_outputs[*output_slices].ravel()
        shape = (g.filters, g.channels // g.groups, len(outputs))
        rows.append(np.broadcast_to(filters * prod(g.output_shape[2:]) + outputs, shape).ravel())
        columns.append(np.broadcast_to(read_from * prod(g.input_shape[2:]) + cells, shape).ravel())
        entries.append(np.broadcast_to(w[:, :, *taps, None], shape).ravel())
    where = (np.concatenate(rows), np.concatenate(columns))
    size = (prod(g.output_shape[1:]), prod(g.input_shape[1:]))
    return csr_array((np.concatenate(entries).astype(dtype), where), shape=size)


def im2col(x: Any, kernel_size: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> Array:
    """Copy every window into a column, so that a convolution becomes one matrix product.

    Parameters
    ----------
    x : array (N, C, spatial…)
    kernel_size : int or one int per axis
    stride, padding, dilation
        As in `convbp.conv2d`.

    Returns
    -------
    columns : array (N, C·taps, outputs)
        Row (c, p, q…) holds what tap (p, q…) reads in channel c; 0 where it reads padding.

    See Also
    --------
    col2im : the transpose.

    Notes
    -----
    With w.reshape(F, −1) as W: y = W @ columns, dw = dy @ columnsᵀ and dx = col2im(Wᵀ @ dy). A cell is copied once for
    each window that reads it, up to K times.

    Examples
    --------
    >>> im2col([[[1, 2, 4, 7]]], 2)
    array([[[1., 2., 4.],
            [2., 4., 7.]]])
    """
    (x,), dtype = checked(x=x)
    g = _single_filter(x.shape, kernel_size, stride=stride, padding=padding, dilation=dilation)
    columns = np.zeros((*g.input_shape[:2], *g.weight_shape[2:], *g.output_shape[2:]), dtype)
    for taps, cells, outputs in tap_slices(g):
        columns[:, :, *taps, *outputs] = x[:, :, *cells]
    return columns.reshape(len(x), prod(g.weight_shape[1:]), prod(g.output_shape[2:]))


def col2im(
    columns: Any, input_shape: Sequence[int], kernel_size: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Array:
    """Add every column back onto the cells of its window: the transpose of `im2col`, not its inverse.

    Parameters
    ----------
    columns : array (N, C·taps, outputs)
    input_shape : (N, C, spatial…)
        Shape of the x that `im2col` took.
    kernel_size, stride, padding, dilation
        As for `im2col`.

    Returns
    -------
    dx : array of shape `input_shape`

    Raises
    ------
    ValueError
        If `columns` has another shape than `im2col` returns.

    Notes
    -----
    col2im(im2col(x)) multiplies each cell by the number of windows that read it: its coverage.

    Examples
    --------
    >>> col2im(im2col([[[1, 1, 1, 1]]], 2), (1, 1, 4), 2)
    array([[[1., 2., 2., 1.]]])
    """
    (columns,), dtype = checked(columns=columns)
    g = _single_filter(input_shape, kernel_size, stride=stride, padding=padding, dilation=dilation)
    shape = (g.batch, prod(g.weight_shape[1:]), prod(g.output_shape[2:]))
    must_have_shape("columns", columns, shape, "as im2col returns")
    spread = columns.reshape(g.batch, g.channels, *g.weight_shape[2:], *g.output_shape[2:])
    dx = np.zeros(g.input_shape, columns.dtype)
    for taps, cells, outputs in tap_slices(g):
        dx[:, :, *cells] += spread[:, :, *taps, *outputs]
    return dx.astype(dtype, copy=False)


def _single_filter(input_shape: Sequence[int], kernel_size: Any, **options: Any) -> ConvGeometry:
    if not 3 <= len(input_shape) <= 5:
        raise ValueError(f"x must have 3 to 5 axes (N, C, spatial…); got shape {tuple(input_shape)}")
    kernel = per_axis("kernel_size", kernel_size, len(input_shape) - 2)
    return conv_geometry(input_shape, (1, input_shape[1], *kernel), **options)


def _numbered(shape: Sequence[int]) -> Array:
    """Number the cells of one map in the order of ravel()."""
    return np.arange(prod(shape)).reshape(shape)
