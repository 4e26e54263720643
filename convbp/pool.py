"""Max pooling and unpooling: the winner of each window, and the way back to where it came from."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any, NamedTuple, NoReturn

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.geometry import pool_geometry
from convbp.kernels import backend as choose_backend
from convbp.kernels.places import all_inside
from convbp.ranks import checked_shape, each_rank, must_have_rank


class MaxPooled(NamedTuple):
    """The largest cells, and where each was found: its flat index in the unpadded plane of its channel."""

    y: Array
    indices: Array


def _max_pool(
    rank: int,
    x: Any,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    backend: str = "auto",
) -> MaxPooled:
    """Keep the largest cell of each window and remember which one it was.

    Parameters
    ----------
    x : array (N, C, L…)
        Integers are computed in float64; object arrays whose elements can be ordered (fractions) stay exact.
    kernel_size : int or one int per axis
        Cells of a window.
    stride : int or one int per axis, optional
        Cells from one window to the next; the window's own size if not given, so that windows touch.
    padding : int, one int per axis, one (before, after) pair per axis, "valid" or "same"
        Cells around each plane, smaller than the window's reach. They never win, not even over −∞.
    dilation : int or one int per axis
        Cells from one cell of a window to the next; 1 is dense.
    ceil_mode : bool
        Keep a last, partial window, unless it would start behind the real cells.
    backend : {"auto", "loops", "numpy", "numba"}
        See `use_backend`.

    Returns
    -------
    MaxPooled
        ``y`` (N, C, O…) and ``indices``, int64 of the same shape: the flat index of each winner in the unpadded
        plane (L…) of its channel.

    Raises
    ------
    ValueError
        If a shape or a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If x is not an array of numbers that can be ordered or an option is not made of ints.

    See Also
    --------
    max_pool*d_backward : the gradient.
    max_unpool*d : puts the winners back.

    Notes
    -----
    On one axis y[o] is the largest x[i] with i = stride·o + dilation·k − before, 0 ≤ k < K and 0 ≤ i < L. Of equal
    cells the first wins; NaN wins over every number, and of several the first. There are
    ⌊(L + before + after − dilation·(K−1) − 1)/stride⌋ + 1 outputs, with `ceil_mode` rounded up.

    Examples
    --------
    >>> max_pool1d([[[1, 3, 3, 2, 5]]], 2)
    MaxPooled(y=array([[[3., 3.]]]), indices=array([[[1, 2]]]))

    >>> max_pool2d([[[[1, 4, 2], [3, 0, 5]]]], 2, stride=1)
    MaxPooled(y=array([[[[4., 5.]]]]), indices=array([[[[1, 5]]]]))

    >>> max_pool3d([[[[[1, 4], [7, 2]], [[3, 0], [5, 6]]]]], 2)
    MaxPooled(y=array([[[[[7.]]]]]), indices=array([[[[[2]]]]]))
    """
    (x,), dtype = checked(x=x)
    must_have_rank("x", x, rank)
    g = pool_geometry(x.shape, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    with must_be_ordered(x):
        y, indices = choose_backend(backend, x.dtype).max_pool(x, g)
    return MaxPooled(y.astype(dtype, copy=False), indices)


def _max_pool_backward(rank: int, dy: Any, indices: Any, input_shape: Any, *, backend: str = "auto") -> Array:
    """Carry the gradient of a loss back through `max_pool*d`: each winner gets all of its window's gradient.

    A cell that wins several windows collects one term from each of them; a cell that wins none gets 0.

    Parameters
    ----------
    dy : array (N, C, O…)
        Gradient of the loss with respect to the output of the forward call.
    indices : array of int (N, C, O…)
        As the forward call returned them.
    input_shape : (N, C, L…)
        Shape of the input of the forward call.
    backend : {"auto", "loops", "numpy", "numba"}

    Returns
    -------
    dx : array (N, C, L…)

    Raises
    ------
    ValueError
        If the shapes do not fit, or an index lies outside its plane.
    TypeError
        If an index is not an int or `dy` is not an array of real numbers.

    Notes
    -----
    dx[n,c,i] = Σ dy[n,c,o] over the outputs o with indices[n,c,o] = i. Where cells tie, this is one of the
    subgradients: the forward pass has only one winner, the first.

    Examples
    --------
    The windows overlap in cell 1, which wins both:

    >>> max_pool1d_backward([[[10, 1]]], [[[1, 1]]], (1, 1, 3))
    array([[[ 0., 11.,  0.]]])

    >>> max_pool2d_backward([[[[10, 1]]]], [[[[1, 1]]]], (1, 1, 1, 3))
    array([[[[ 0., 11.,  0.]]]])

    >>> max_pool3d_backward([[[[[10, 1]]]]], [[[[[1, 1]]]]], (1, 1, 1, 1, 3))
    array([[[[[ 0., 11.,  0.]]]]])
    """
    return put_back(dy, indices, input_shape, backend, rank=rank)


def _max_unpool(rank: int, x: Any, indices: Any, output_shape: Any, *, backend: str = "auto") -> Array:
    """Put each cell of a pooled array back to where its winner was found, and 0 everywhere else.

    Parameters
    ----------
    x : array (N, C, O…)
        Shaped as `max_pool*d` returned it.
    indices : array of int (N, C, O…)
        Flat indices in the plane of one channel, as `max_pool*d` returned them.
    output_shape : (N, C, L…)
        Shape of the result: the pooling forgets which of several it was.
    backend : {"auto", "loops", "numpy", "numba"}

    Returns
    -------
    y : array (N, C, L…)

    Raises
    ------
    ValueError, TypeError
        As in `max_pool*d_backward`.

    See Also
    --------
    max_pool*d_backward : the same map, used as a backward pass.

    Notes
    -----
    y[n,c,i] = Σ x[n,c,o] over the cells o with indices[n,c,o] = i. Cells with the same index add up, so that the map
    is linear.

    Examples
    --------
    >>> y, indices = max_pool1d([[[1, 3, 2, 5]]], 2)
    >>> max_unpool1d(y, indices, (1, 1, 4))
    array([[[0., 3., 0., 5.]]])

    >>> max_unpool2d([[[[3, 5]]]], [[[[1, 2]]]], (1, 1, 2, 2))
    array([[[[0., 3.],
             [5., 0.]]]])

    >>> max_unpool3d([[[[[3, 5]]]]], [[[[[1, 2]]]]], (1, 1, 2, 2, 1))
    array([[[[[0.],
              [3.]],
    <BLANKLINE>
             [[5.],
              [0.]]]]])
    """
    return put_back(x, indices, output_shape, backend, rank=rank, names=("x", "output_shape"))


def _max_unpool_backward(rank: int, dy: Any, indices: Any, output_shape: Any) -> Array:
    """Carry the gradient of a loss back through `max_unpool*d`: each cell reads the one it was put into.

    Parameters
    ----------
    dy : array (N, C, L…)
    indices, output_shape
        What the forward call took, unchanged.

    Returns
    -------
    dx : array (N, C, O…)
        dx[n,c,o] = dy[n,c,i] with i = indices[n,c,o].

    Raises
    ------
    ValueError, TypeError
        As in `max_pool*d_backward`.

    Examples
    --------
    >>> max_unpool1d_backward([[[10, 20, 30, 40]]], [[[1, 3]]], (1, 1, 4))
    array([[[20., 40.]]])

    >>> max_unpool2d_backward([[[[10, 20], [30, 40]]]], [[[[1, 2]]]], (1, 1, 2, 2))
    array([[[[20., 30.]]]])

    >>> max_unpool3d_backward([[[[[10], [20]], [[30], [40]]]]], [[[[[1, 2]]]]], (1, 1, 2, 2, 1))
    array([[[[[20., 30.]]]]])
    """
    (dy,), dtype = checked(dy=dy)
    must_have_rank("dy", dy, rank)
    shape = checked_shape("output_shape", output_shape, rank)
    must_have_shape("dy", dy, shape, "the output_shape of the forward call")
    at = _places(indices, rank, shape)
    if not all_inside(at, prod(shape[2:])):
        _refuse(indices, prod(shape[2:]))
    planes = dy.reshape(*shape[:2], prod(shape[2:]))
    dx = np.take_along_axis(planes, at.reshape(*shape[:2], prod(at.shape[2:])), axis=-1)
    return dx.reshape(at.shape).astype(dtype, copy=False)


max_pool1d, max_pool2d, max_pool3d = each_rank(_max_pool)
max_pool1d_backward, max_pool2d_backward, max_pool3d_backward = each_rank(_max_pool_backward)
max_unpool1d, max_unpool2d, max_unpool3d = each_rank(_max_unpool)
max_unpool1d_backward, max_unpool2d_backward, max_unpool3d_backward = each_rank(_max_unpool_backward)


def put_back(
    values: Any, indices: Any, shape: Any, backend: str, *, rank: int, names: tuple[str, str] = ("dy", "input_shape")
) -> Array:
    """Add each value to the cell of its plane that its index says, in an array of zeros; `names` are for messages."""
    (values,), dtype = checked(**{names[0]: values})
    must_have_rank(names[0], values, rank)
    shape = checked_shape(names[1], shape, rank)
    at = _places(indices, rank, shape)
    must_have_shape(names[0], values, at.shape, "as indices has")
    whole = choose_backend(backend, values.dtype).max_pool_dx(values, at, shape[2:])
    if whole is None:
        _refuse(indices, prod(shape[2:]))
    return whole.astype(dtype, copy=False)


def _places(indices: Any, rank: int, shape: tuple[int, ...]) -> Array:
    """Return the indices as int64; whether they lie inside the planes of `shape` is seen where they are used."""
    at = np.asarray(indices)
    if at.dtype.kind not in "iu":
        raise TypeError(f"indices must be an array of ints; got dtype {at.dtype}")
    must_have_rank("indices", at, rank)
    if at.shape[:2] != shape[:2]:
        raise ValueError(f"indices must have N, C = {shape[:2]}; got shape {at.shape}")
    return at.astype(np.int64, copy=False)


def _refuse(indices: Any, cells: int) -> NoReturn:
    """Say which index lies outside its plane."""
    at = np.asarray(indices)
    wrong = at[(at < 0) | (at >= cells)]
    raise ValueError(f"indices must be at least 0 and below the {cells} cells of a plane; got {wrong[0]}")


@contextmanager
def must_be_ordered(x: Array) -> Iterator[None]:
    """Say which argument it is when objects cannot be compared."""
    try:
        yield
    except TypeError as error:
        if x.dtype != object:
            raise
        kind = type(x.flat[0]).__name__
        raise TypeError(f"x must hold objects that can be ordered; got {kind} ({error})") from error
