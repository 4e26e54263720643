"""Global pooling: one number for each channel, whatever the rank."""

from math import prod
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.options import no_empty_axis
from convbp.pool import MaxPooled, must_be_ordered, put_back
from convbp.ranks import CELLS, checked_shape


def global_avg_pool(x: Any) -> Array:
    """Average each channel over all its cells.

    Parameters
    ----------
    x : array (N, C, L), (N, C, H, W), (N, C, D, H, W)
        Object arrays (fractions, symbols) stay exact.

    Returns
    -------
    y : array (N, C, 1…)
        As many axes as x has.

    Raises
    ------
    ValueError
        If x has no spatial axis, or an axis besides the batch is empty.
    TypeError
        If x is not an array of real numbers.

    See Also
    --------
    global_avg_pool_backward : the gradient.

    Notes
    -----
    The cells of a channel may be moved about, turned and mirrored: their average stays.

    Examples
    --------
    >>> global_avg_pool([[[[1, 2], [3, 6]]]])
    array([[[[3.]]]])
    """
    (x,), dtype = checked(x=x)
    rank = _rank("x", x.shape)
    no_empty_axis("x", x.shape[1:], x.shape)
    y = np.add.reduce(x, axis=tuple(range(2, 2 + rank)), keepdims=True) / prod(x.shape[2:])
    return y.astype(dtype, copy=False)


def global_avg_pool_backward(dy: Any, input_shape: Any) -> Array:
    """Carry the gradient of a loss back through `global_avg_pool`: an equal part to every cell.

    Parameters
    ----------
    dy : array (N, C, 1…)
    input_shape : (N, C, L), (N, C, H, W), (N, C, D, H, W)
        Shape of the input of the forward call.

    Returns
    -------
    dx : array of `input_shape`

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns.
    TypeError
        If `dy` is not an array of real numbers or `input_shape` is not made of ints.

    Examples
    --------
    >>> global_avg_pool_backward([[[[8]]]], (1, 1, 2, 2))
    array([[[[2., 2.],
             [2., 2.]]]])
    """
    (dy,), dtype = checked(dy=dy)
    rank = _rank("dy", dy.shape)
    shape = checked_shape("input_shape", input_shape, rank)
    must_have_shape("dy", dy, (*shape[:2], *(1,) * rank), "as the forward call returns")
    share = (dy / prod(shape[2:])).astype(dtype, copy=False)
    return np.broadcast_to(share, shape).copy()


def global_max_pool(x: Any) -> MaxPooled:
    """Keep the largest cell of each channel and remember which one it was.

    Parameters
    ----------
    x : array (N, C, L), (N, C, H, W), (N, C, D, H, W)
        Object arrays whose elements can be ordered (fractions) stay exact.

    Returns
    -------
    MaxPooled
        ``y`` (N, C, 1…) and ``indices``, int64 of the same shape: flat in the plane of a channel.

    Raises
    ------
    ValueError, TypeError
        As in `global_avg_pool`.

    See Also
    --------
    global_max_pool_backward : the gradient.

    Notes
    -----
    Of equal cells the first wins; NaN wins over every number.

    Examples
    --------
    >>> global_max_pool([[[[1, 2], [6, 6]]]])
    MaxPooled(y=array([[[[6.]]]]), indices=array([[[[2]]]]))
    """
    (x,), dtype = checked(x=x)
    one = (*x.shape[:2], *(1,) * _rank("x", x.shape))
    no_empty_axis("x", x.shape[1:], x.shape)
    planes = x.reshape(*x.shape[:2], prod(x.shape[2:]))
    with must_be_ordered(x):
        indices = np.argmax(planes, axis=-1, keepdims=True)
    y = np.take_along_axis(planes, indices, axis=-1)
    return MaxPooled(y.reshape(one).astype(dtype, copy=False), indices.reshape(one).astype(np.int64, copy=False))


def global_max_pool_backward(dy: Any, indices: Any, input_shape: Any, *, backend: str = "auto") -> Array:
    """Carry the gradient of a loss back through `global_max_pool`: all of it to the largest cell.

    Parameters
    ----------
    dy : array (N, C, 1…)
    indices : array of int (N, C, 1…)
        As the forward call returned them.
    input_shape : (N, C, L), (N, C, H, W), (N, C, D, H, W)
        Shape of the input of the forward call.
    backend : {"auto", "loops", "numpy", "numba"}

    Returns
    -------
    dx : array of `input_shape`

    Raises
    ------
    ValueError, TypeError
        As in `max_pool2d_backward`.

    Examples
    --------
    >>> global_max_pool_backward([[[[8]]]], [[[[2]]]], (1, 1, 2, 2))
    array([[[[0., 0.],
             [8., 0.]]]])
    """
    (dy,), _ = checked(dy=dy)
    rank = _rank("dy", dy.shape)
    must_have_shape("dy", dy, (*dy.shape[:2], *(1,) * rank), "as the forward call returns")
    return put_back(dy, indices, input_shape, backend, rank=rank)


def _rank(name: str, shape: tuple[int, ...]) -> int:
    rank = len(shape) - 2
    if rank not in CELLS:
        raise ValueError(f"{name} must have 3 to 5 axes (N, C and one to three spatial ones); got shape {shape}")
    return rank
