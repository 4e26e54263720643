"""Adaptive pooling, where the number of outputs is given and not the window, and global pooling, its end: one output.

A window is a rectangle, so an axis is pooled at a time: sums of sums, and the first maximum of first maxima.
"""

from math import prod
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.options import no_empty_axis, per_axis
from convbp.pool import MaxPooled, must_be_ordered, put_back
from convbp.ranks import checked_shape, each_rank, must_have_rank
from convbp.windows import adaptive_windows


def _adaptive_avg_pool(rank: int, x: Any, output_size: Any) -> Array:
    """Average over windows that are chosen so that a given number of them covers the input.

    Parameters
    ----------
    x : array (N, C, L…)
        Object arrays (fractions, symbols) stay exact.
    output_size : int or one int per axis
        Number of outputs O…; more than there are cells is legal.

    Returns
    -------
    y : array (N, C, O…)

    Raises
    ------
    ValueError
        If a shape or a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If x is not an array of real numbers or a size is not an int.

    See Also
    --------
    adaptive_avg_pool*d_backward : the gradient.
    global_avg_pool : one output.

    Notes
    -----
    On one axis output o averages the cells from ⌊o·L/O⌋ to before ⌈(o+1)·L/O⌉. Where O does not divide L the windows
    have different sizes and may share cells.

    Examples
    --------
    >>> adaptive_avg_pool1d([[[1, 3, 5, 7, 9]]], 3)
    array([[[2., 5., 8.]]])

    >>> adaptive_avg_pool2d([[[[1, 3, 5, 7, 9], [3, 5, 7, 9, 11]]]], (1, 3))
    array([[[[3., 6., 9.]]]])

    >>> adaptive_avg_pool3d([[[[[1, 3, 5, 7, 9]]]]], (1, 1, 3))
    array([[[[[2., 5., 8.]]]]])
    """
    (x,), dtype = checked(x=x)
    must_have_rank("x", x, rank)
    windows = _windows(x.shape, output_size)
    for axis, along in _from_the_last(windows):
        x = np.stack([np.add.reduce(_part(x, axis, cells), axis=axis) for cells in along], axis=axis)
    return (x / _counts(windows).astype(x.dtype)).astype(dtype, copy=False)


def _adaptive_avg_pool_backward(rank: int, dy: Any, input_shape: Any, output_size: Any) -> Array:
    """Carry the gradient of a loss back through `adaptive_avg_pool*d`.

    Parameters
    ----------
    dy : array (N, C, O…)
    input_shape : (N, C, L…)
        Shape of the input of the forward call.
    output_size
        What the forward call took, unchanged.

    Returns
    -------
    dx : array (N, C, L…)
        Σ dy/count over the windows that share a cell, with the count of each window's cells.

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `adaptive_avg_pool*d`.
    TypeError
        As in `adaptive_avg_pool*d`.

    Examples
    --------
    Cell 1 is shared by windows of two and three cells:

    >>> adaptive_avg_pool1d_backward([[[2, 30, 200]]], (1, 1, 5), 3)
    array([[[  1.,  11.,  10., 110., 100.]]])

    >>> adaptive_avg_pool2d_backward([[[[2, 30, 200]]]], (1, 1, 1, 5), (1, 3))
    array([[[[  1.,  11.,  10., 110., 100.]]]])

    >>> adaptive_avg_pool3d_backward([[[[[2, 30, 200]]]]], (1, 1, 1, 1, 5), (1, 1, 3))
    array([[[[[  1.,  11.,  10., 110., 100.]]]]])
    """
    (dy,), dtype = checked(dy=dy)
    must_have_rank("dy", dy, rank)
    shape = checked_shape("input_shape", input_shape, rank)
    windows = _windows(shape, output_size)
    must_have_shape("dy", dy, (*shape[:2], *map(len, windows)), "as the forward call returns")
    dx = dy / _counts(windows).astype(dy.dtype)
    for axis, along in _from_the_last(windows):
        whole = np.zeros((*dx.shape[:axis], shape[axis], *dx.shape[axis + 1 :]), dx.dtype)
        for o, cells in enumerate(along):
            part = _part(whole, axis, cells)
            part += _part(dx, axis, range(o, o + 1))
        dx = whole
    return dx.astype(dtype, copy=False)


def _adaptive_max_pool(rank: int, x: Any, output_size: Any) -> MaxPooled:
    """Keep the largest cell of windows that are chosen so that a given number of them covers the input.

    Parameters
    ----------
    x : array (N, C, L…)
        Object arrays whose elements can be ordered (fractions) stay exact.
    output_size : int or one int per axis
        Number of outputs O…; more than there are cells is legal.

    Returns
    -------
    MaxPooled
        ``y`` (N, C, O…) and ``indices``, as `max_pool*d` returns them.

    Raises
    ------
    ValueError, TypeError
        As in `adaptive_avg_pool*d`.

    See Also
    --------
    adaptive_max_pool*d_backward : the gradient.
    max_unpool*d : puts the winners back.

    Notes
    -----
    The windows are those of `adaptive_avg_pool*d`; ties and NaN are decided as in `max_pool*d`.

    Examples
    --------
    >>> adaptive_max_pool1d([[[1, 7, 5, 3, 9]]], 3)
    MaxPooled(y=array([[[7., 7., 9.]]]), indices=array([[[1, 1, 4]]]))

    >>> adaptive_max_pool2d([[[[1, 7, 5], [3, 9, 2]]]], (1, 2))
    MaxPooled(y=array([[[[9., 9.]]]]), indices=array([[[[4, 4]]]]))

    >>> adaptive_max_pool3d([[[[[1, 7, 5, 3, 9]]]]], (1, 1, 3))
    MaxPooled(y=array([[[[[7., 7., 9.]]]]]), indices=array([[[[[1, 1, 4]]]]]))
    """
    (x,), dtype = checked(x=x)
    must_have_rank("x", x, rank)
    y, indices = x, np.broadcast_to(np.arange(prod(x.shape[2:])).reshape(x.shape[2:]), x.shape)
    with must_be_ordered(x):
        # From the last axis on: the first of the largest in a row, then the first row that has it.
        for axis, along in _from_the_last(_windows(x.shape, output_size)):
            found = [_first_largest(_part(y, axis, cells), _part(indices, axis, cells), axis) for cells in along]
            y, indices = (np.concatenate(parts, axis) for parts in zip(*found, strict=True))
    return MaxPooled(y.astype(dtype, copy=False), indices.astype(np.int64, copy=False))


def _adaptive_max_pool_backward(rank: int, dy: Any, indices: Any, input_shape: Any, *, backend: str = "auto") -> Array:
    """Carry the gradient of a loss back through `adaptive_max_pool*d`: `max_pool*d_backward` under another name.

    Parameters
    ----------
    dy, indices, input_shape, backend
        As in `max_pool*d_backward`.

    Returns
    -------
    dx : array (N, C, L…)

    Examples
    --------
    >>> adaptive_max_pool1d_backward([[[1, 10, 100]]], [[[1, 1, 4]]], (1, 1, 5))
    array([[[  0.,  11.,   0.,   0., 100.]]])

    >>> adaptive_max_pool2d_backward([[[[1, 10]]]], [[[[4, 4]]]], (1, 1, 2, 3))
    array([[[[ 0.,  0.,  0.],
             [ 0., 11.,  0.]]]])

    >>> adaptive_max_pool3d_backward([[[[[1, 10]]]]], [[[[[2, 2]]]]], (1, 1, 1, 1, 3))
    array([[[[[ 0.,  0., 11.]]]]])
    """
    return put_back(dy, indices, input_shape, backend, rank=rank)


adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = each_rank(_adaptive_avg_pool)
adaptive_avg_pool1d_backward, adaptive_avg_pool2d_backward, adaptive_avg_pool3d_backward = each_rank(
    _adaptive_avg_pool_backward
)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = each_rank(_adaptive_max_pool)
adaptive_max_pool1d_backward, adaptive_max_pool2d_backward, adaptive_max_pool3d_backward = each_rank(
    _adaptive_max_pool_backward
)


def _windows(input_shape: tuple[int, ...], output_size: Any) -> list[list[range]]:
    no_empty_axis("x", input_shape[1:], input_shape)
    sizes = input_shape[2:]
    outputs = per_axis("output_size", output_size, len(sizes))
    return [adaptive_windows(*pair) for pair in zip(sizes, outputs, strict=True)]


def _from_the_last(windows: list[list[range]]) -> list[tuple[int, list[range]]]:
    """Pair the windows of each spatial axis with its number in an array (N, C, …), the last one first."""
    return list(enumerate(windows, start=2))[::-1]


def _part(a: Array, axis: int, cells: range) -> Array:
    """View the cells of one window on one axis."""
    before: Any = (slice(None),) * axis
    return a[(*before, slice(cells.start, cells.stop))]


def _counts(windows: list[list[range]]) -> Array:
    """Return the number of cells of each window: one plane (O…) of ints."""
    count = np.ones((), np.int64)
    for along in windows:
        count = np.multiply.outer(count, [len(cells) for cells in along])
    return count


def _first_largest(y: Array, indices: Array, axis: int) -> tuple[Array, Array]:
    at = np.expand_dims(np.argmax(y, axis), axis)
    return np.take_along_axis(y, at, axis), np.take_along_axis(indices, at, axis)
