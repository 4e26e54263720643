"""Lp and log-sum-exp pooling: two families of pools that end at the maximum."""

from math import inf
from numbers import Real
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.geometry import ConvGeometry, pool_geometry
from convbp.kernels import Backend
from convbp.kernels import backend as choose_backend
from convbp.ranks import each_rank, must_have_rank


def _lp_pool(
    rank: int,
    x: Any,
    p: float,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    backend: str = "auto",
) -> Array:
    """Take the p-norm of each window: p = 1 sums the absolute values, p = 2 is the length, large p nears the maximum.

    Parameters
    ----------
    x : array (N, C, L…)
    p : float
        At least 1 and finite.
    kernel_size, stride, padding, dilation, ceil_mode, backend
        As in `max_pool*d`; the padding counts as zeros.

    Returns
    -------
    y : array (N, C, O…)

    Raises
    ------
    ValueError, TypeError
        As in `max_pool*d`; also if `p` is below 1 or not finite, and for arrays of objects.

    See Also
    --------
    lp_pool*d_backward : the gradient.

    Notes
    -----
    On one axis ``y[o] = (Σ_k |x[i]|^p)^(1/p)`` with i = stride·o + dilation·k − before. The sum is taken of ``|x|/m``,
    with m the largest ``|x|`` of the window, and the root multiplied by m: no power overflows, and none that matters
    underflows.

    Examples
    --------
    >>> lp_pool1d([[[3, -4, 5, 12]]], 2, 2)
    array([[[ 5., 13.]]])

    >>> lp_pool2d([[[[3, -4], [0, 0]]]], 2, 2)
    array([[[[5.]]]])

    >>> lp_pool3d([[[[[3, -4], [0, 0]]]]], 2, (1, 2, 2))
    array([[[[[5.]]]]])
    """
    p = _checked_power(p)
    x, dtype, g, kernels = _prepared(rank, x, kernel_size, stride, padding, dilation, ceil_mode, backend)
    scale, total = _scaled_powers(x, p, g, kernels)
    with np.errstate(over="ignore"):
        y = scale * total ** (1 / p)
    return y.astype(dtype, copy=False)


def _lp_pool_backward(
    rank: int,
    dy: Any,
    x: Any,
    p: float,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    backend: str = "auto",
) -> Array:
    """Carry the gradient of a loss back through `lp_pool*d`: the larger the cell, the larger its part.

    Parameters
    ----------
    dy : array (N, C, O…)
        Gradient of the loss with respect to the output of the forward call.
    x, p, kernel_size, stride, padding, dilation, ceil_mode, backend
        What the forward call took, unchanged.

    Returns
    -------
    dx : array (N, C, L…)

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `lp_pool*d`.
    TypeError
        As in `lp_pool*d`.

    Notes
    -----
    ``dx[i] = Σ_o dy[o] · sign(x[i]) · (|x[i]|/y[o])^(p−1)`` over the windows that read cell i. At a window of zeros,
    where a norm has a corner, its part is 0: one of the subgradients.

    Examples
    --------
    >>> lp_pool1d_backward([[[10]]], [[[3, -4]]], 2, 2)
    array([[[ 6., -8.]]])

    >>> lp_pool2d_backward([[[[10]]]], [[[[3, -4], [0, 0]]]], 2, 2)
    array([[[[ 6., -8.],
             [ 0.,  0.]]]])

    >>> lp_pool3d_backward([[[[[10]]]]], [[[[[3, -4]]]]], 2, (1, 1, 2))
    array([[[[[ 6., -8.]]]]])
    """
    p = _checked_power(p)
    (dy, x), dtype = checked(dy=dy, x=x)
    x, _, g, kernels = _prepared(rank, x, kernel_size, stride, padding, dilation, ceil_mode, backend)
    must_have_shape("dy", dy, g.output_shape, "as the forward call returns")
    scale, total = _scaled_powers(x, p, g, kernels)
    with np.errstate(invalid="ignore", over="ignore"):
        share = dy / _not_zero(total) ** ((p - 1) / p)
        dx = kernels.lp_dx(share, x, scale, p, g)
    return dx.astype(dtype, copy=False)


def _logsumexp_pool(
    rank: int,
    x: Any,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    backend: str = "auto",
) -> Array:
    """Take the logarithm of the sum of exponentials of each window: a maximum without corners.

    Parameters
    ----------
    x : array (N, C, L…)
    kernel_size, stride, padding, dilation, ceil_mode, backend
        As in `max_pool*d`; the padding adds nothing to the sum.

    Returns
    -------
    y : array (N, C, O…)

    Raises
    ------
    ValueError, TypeError
        As in `max_pool*d`; also for arrays of objects.

    See Also
    --------
    logsumexp_pool*d_backward : the gradient.

    Notes
    -----
    On one axis y[o] = m + log Σ_k exp(x[i] − m) with i = stride·o + dilation·k − before and m the largest x of the
    window, so that no exponential overflows. y is above m by at most the logarithm of the number of cells. It is
    log-sum-exp(t·x)/t that nears the maximum as t grows.

    Examples
    --------
    Exponentials that add up, 1 + 3:

    >>> np.exp(logsumexp_pool1d(np.log([[[1, 3]]]), 2)).round(12)
    array([[[4.]]])

    >>> np.exp(logsumexp_pool2d(np.log([[[[1, 3]]]]), (1, 2))).round(12)
    array([[[[4.]]]])

    >>> np.exp(logsumexp_pool3d(np.log([[[[[1, 3]]]]]), (1, 1, 2))).round(12)
    array([[[[[4.]]]]])
    """
    x, dtype, g, kernels = _prepared(rank, x, kernel_size, stride, padding, dilation, ceil_mode, backend)
    shift, total = _shifted_exponentials(x, g, kernels)
    with np.errstate(divide="ignore"):
        y = shift + np.log(total)
    return y.astype(dtype, copy=False)


def _logsumexp_pool_backward(
    rank: int,
    dy: Any,
    x: Any,
    kernel_size: Any,
    *,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    backend: str = "auto",
) -> Array:
    """Carry the gradient of a loss back through `logsumexp_pool*d`: the softmax of each window says who gets how much.

    Parameters
    ----------
    dy : array (N, C, O…)
        Gradient of the loss with respect to the output of the forward call.
    x, kernel_size, stride, padding, dilation, ceil_mode, backend
        What the forward call took, unchanged.

    Returns
    -------
    dx : array (N, C, L…)

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `logsumexp_pool*d`.
    TypeError
        As in `logsumexp_pool*d`.

    Notes
    -----
    dx[i] = Σ_o dy[o] · exp(x[i] − y[o]) over the windows that read cell i; the parts of one window add up to dy[o].
    They are computed from the shifted exponentials, since a large y has no digits left for the logarithm in it. A
    window in which every cell is −∞ hands on 0.

    Examples
    --------
    One quarter and three quarters:

    >>> logsumexp_pool1d_backward([[[8]]], np.log([[[1, 3]]]), 2).round(12)
    array([[[2., 6.]]])

    >>> logsumexp_pool2d_backward([[[[8]]]], np.log([[[[1, 3]]]]), (1, 2)).round(12)
    array([[[[2., 6.]]]])

    >>> logsumexp_pool3d_backward([[[[[8]]]]], np.log([[[[[1, 3]]]]]), (1, 1, 2)).round(12)
    array([[[[[2., 6.]]]]])
    """
    (dy, x), dtype = checked(dy=dy, x=x)
    x, _, g, kernels = _prepared(rank, x, kernel_size, stride, padding, dilation, ceil_mode, backend)
    must_have_shape("dy", dy, g.output_shape, "as the forward call returns")
    shift, total = _shifted_exponentials(x, g, kernels)
    with np.errstate(invalid="ignore", over="ignore"):
        dx = kernels.exp_dx(dy / _not_zero(total), x, shift, g)
    return dx.astype(dtype, copy=False)


lp_pool1d, lp_pool2d, lp_pool3d = each_rank(_lp_pool)
lp_pool1d_backward, lp_pool2d_backward, lp_pool3d_backward = each_rank(_lp_pool_backward)
logsumexp_pool1d, logsumexp_pool2d, logsumexp_pool3d = each_rank(_logsumexp_pool)
logsumexp_pool1d_backward, logsumexp_pool2d_backward, logsumexp_pool3d_backward = each_rank(_logsumexp_pool_backward)


def _scaled_powers(x: Array, p: float, g: ConvGeometry, kernels: Backend) -> tuple[Array, Array]:
    """Return the largest |x| of each window, and Σ (|x|/largest)^p."""
    largest = kernels.max_pool(np.abs(x), g)[0]
    # An infinite cell is divided by a finite scale and stays infinite; at zero and NaN the scale does not matter.
    scale = np.where(largest > 0, np.minimum(largest, np.finfo(x.dtype).max), 1).astype(x.dtype, copy=False)
    with np.errstate(over="ignore"):
        return scale, kernels.lp_sum(x, scale, p, g)


def _shifted_exponentials(x: Array, g: ConvGeometry, kernels: Backend) -> tuple[Array, Array]:
    """Return the largest x of each window, and Σ exp(x − largest)."""
    largest = kernels.max_pool(x, g)[0]
    # From a finite shift, an infinite cell is still infinitely far away, and never x − shift = ∞ − ∞.
    end = np.finfo(x.dtype).max
    shift = np.clip(largest, -end, end)
    with np.errstate(over="ignore"):
        return shift, kernels.exp_sum(x, shift, g)


def _not_zero(total: Array) -> Array:
    """Return `total` with 1 for 0: nothing in such a window has a part to be divided."""
    return np.where(total == 0, 1, total).astype(total.dtype, copy=False)


def _prepared(
    rank: int, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any, backend: str
) -> tuple[Array, np.dtype[Any], ConvGeometry, Backend]:
    (x,), dtype = checked(x=x)
    if x.dtype == object:
        raise TypeError(f"x must be an array of floats or integers, which have roots and logarithms; got {x.dtype}")
    must_have_rank("x", x, rank)
    g = pool_geometry(x.shape, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    return x, dtype, g, choose_backend(backend, x.dtype)


def _checked_power(p: Any) -> float:
    if isinstance(p, bool) or not isinstance(p, Real):
        raise TypeError(f"p must be a number; got {p!r}")
    power = float(p)
    if not 1 <= power < inf:
        raise ValueError(f"p must be finite and at least 1; got {p}")
    return power
