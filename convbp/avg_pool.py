"""Average pooling: the sum of each window, divided by the cells that count."""

from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.geometry import Axis, ConvGeometry, pool_geometry, window_axes
from convbp.kernels import backend as choose_backend
from convbp.ranks import checked_shape, each_rank, must_have_rank


def _avg_pool(
    rank: int,
    x: Any,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    backend: str = "auto",
) -> Array:
    """Average the cells of each window.

    Parameters
    ----------
    x : array (N, C, L…)
        Object arrays (fractions, symbols) stay exact.
    kernel_size, stride, padding, dilation, ceil_mode, backend
        As in `max_pool*d`; the padding counts as zeros.
    count_include_pad : bool
        Divide by all cells of the window within the padded plane, those of the padding too; else by the real cells
        alone. Cells that only `ceil_mode` added never count.

    Returns
    -------
    y : array (N, C, O…)

    Raises
    ------
    ValueError, TypeError
        As in `max_pool*d`.

    See Also
    --------
    avg_pool*d_backward : the gradient.
    lp_pool*d, logsumexp_pool*d : between the average and the maximum.

    Notes
    -----
    On one axis y[o] = (1/count[o]) · Σ_k x[stride·o + dilation·k − before], cells outside x counting as 0. On several
    axes count is the product of the counts of each.

    Examples
    --------
    >>> avg_pool1d([[[2, 4, 9]]], 2, padding=1)
    array([[[1. , 6.5]]])
    >>> avg_pool1d([[[2, 4, 9]]], 2, padding=1, count_include_pad=False)
    array([[[2. , 6.5]]])

    >>> avg_pool2d([[[[1, 2, 9], [3, 6, 9]]]], 2)
    array([[[[3.]]]])
    >>> avg_pool2d([[[[1, 2, 9], [3, 6, 9]]]], 2, ceil_mode=True)
    array([[[[3., 9.]]]])

    >>> avg_pool3d([[[[[1, 2], [3, 6]], [[0, 0], [4, 8]]]]], 2)
    array([[[[[3.]]]]])
    """
    (x,), dtype = checked(x=x)
    must_have_rank("x", x, rank)
    g = pool_geometry(x.shape, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    count = _counts(g, padding, count_include_pad)
    y = choose_backend(backend, x.dtype).window_sum(x, g)
    y /= count.astype(x.dtype)
    return y.astype(dtype, copy=False)


def _avg_pool_backward(
    rank: int,
    dy: Any,
    input_shape: Any,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    backend: str = "auto",
) -> Array:
    """Carry the gradient of a loss back through `avg_pool*d`: each cell gets its part of every window that reads it.

    Parameters
    ----------
    dy : array (N, C, O…)
        Gradient of the loss with respect to the output of the forward call.
    input_shape : (N, C, L…)
        Shape of the input of the forward call.
    kernel_size, stride, padding, dilation, ceil_mode, count_include_pad, backend
        What the forward call took, unchanged.

    Returns
    -------
    dx : array (N, C, L…)
        Σ dy/count over the windows that read a cell, with the count of the forward pass.

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `avg_pool*d`.
    TypeError
        As in `avg_pool*d`.

    Examples
    --------
    The windows overlap in the middle:

    >>> avg_pool1d_backward([[[2, 20]]], (1, 1, 3), 2, stride=1)
    array([[[ 1., 11., 10.]]])

    >>> avg_pool2d_backward([[[[4, 40]]]], (1, 1, 2, 3), 2, stride=1)
    array([[[[ 1., 11., 10.],
             [ 1., 11., 10.]]]])

    >>> avg_pool3d_backward([[[[[2, 20]]]]], (1, 1, 1, 1, 3), (1, 1, 2), stride=1)
    array([[[[[ 1., 11., 10.]]]]])
    """
    (dy,), dtype = checked(dy=dy)
    must_have_rank("dy", dy, rank)
    shape = checked_shape("input_shape", input_shape, rank)
    g = pool_geometry(shape, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    must_have_shape("dy", dy, g.output_shape, "as the forward call returns")
    count = _counts(g, padding, count_include_pad)
    dx = choose_backend(backend, dy.dtype).window_sum_dx(dy / count.astype(dy.dtype), g)
    return dx.astype(dtype, copy=False)


avg_pool1d, avg_pool2d, avg_pool3d = each_rank(_avg_pool)
avg_pool1d_backward, avg_pool2d_backward, avg_pool3d_backward = each_rank(_avg_pool_backward)


def _counts(g: ConvGeometry, padding: Any, count_include_pad: Any) -> Array:
    """Return the cells that count in each window: one plane (O…) of ints."""
    if not isinstance(count_include_pad, bool):
        raise TypeError(f"count_include_pad must be True or False; got {count_include_pad!r}")
    sizes, taps, strides, dilations = zip(*((a.size, a.kernel, a.stride, a.dilation) for a in g.axes), strict=True)
    count = np.ones((), np.int64)
    for axis, asked_for in zip(g.axes, window_axes(sizes, taps, strides, padding, dilations), strict=True):
        before, after = (asked_for.before, asked_for.after) if count_include_pad else (0, 0)
        count = np.multiply.outer(count, _counts_along(axis, -before, axis.size + after))
    return count


def _counts_along(axis: Axis, first: int, stop: int) -> list[int]:
    """Count, for each output of one axis, the cells from `first` to before `stop` that its window reads."""
    cells = [[axis.input_cell(o, k) for k in range(axis.kernel)] for o in range(axis.outputs)]
    return [sum(first <= i < stop for i in window) for window in cells]
