"""Depthwise, pointwise and separable convolution."""

from collections.abc import Collection
from typing import Any, NamedTuple, cast

from convbp.arrays import Array, checked, must_have_axes
from convbp.conv import (
    GRADIENTS,
    ConvGradients,
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
)
from convbp.ranks import TAPS, each_rank, must_have_rank

CONV = {1: conv1d, 2: conv2d, 3: conv3d}
CONV_BACKWARD = {1: conv1d_backward, 2: conv2d_backward, 3: conv3d_backward}


class SeparableGradients(NamedTuple):
    """The gradients of a separable convolution: through both stages."""

    dx: Array
    dw_depth: Array
    dw_point: Array
    db: Array


def _depthwise_conv(
    rank: int,
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    backend: str = "auto",
) -> Array:
    """Convolve every channel with filters of its own: no sum over channels.

    Parameters
    ----------
    x : array (N, C, L…)
    w : array (C, M, K…)
        M filters for each channel; M is called the multiplier.
    b : array (C·M,), optional
    stride, padding, dilation, backend
        As in `convbp.conv2d`.

    Returns
    -------
    y : array (N, C·M, O…)
        Map c·M+m is channel c filtered by w[c, m].

    Raises
    ------
    ValueError
        If `w` does not have one slice for each channel, or as in `convbp.conv2d`.
    TypeError
        As in `convbp.conv2d`.

    Notes
    -----
    A convolution with as many groups as channels.

    Examples
    --------
    >>> depthwise_conv1d([[[1, 2, 4], [10, 20, 40]]], [[[1, 1]], [[1, -1]]])
    array([[[  3.,   6.],
            [-10., -20.]]])

    >>> depthwise_conv2d([[[[1, 2]], [[10, 20]]]], [[[[1, 1]]], [[[1, -1]]]]).ravel()
    array([  3., -10.])

    >>> depthwise_conv3d([[[[[1, 2]]], [[[10, 20]]]]], [[[[[1, 1]]]], [[[[1, -1]]]]]).ravel()
    array([  3., -10.])
    """
    x, w = _channels_match(rank, x, w)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": w.shape[0], "backend": backend}
    return CONV[rank](x, _as_groups(w), b, **options)


def _depthwise_conv_backward(
    rank: int,
    dy: Any,
    x: Any,
    w: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    need: Collection[str] = GRADIENTS,
    backend: str = "auto",
) -> ConvGradients:
    """Carry a gradient back through `depthwise_conv*d`.

    Parameters
    ----------
    dy : array (N, C·M, O…)
    x, w, stride, padding, dilation, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, L…), ``dw`` (C, M, K…) and ``db`` (C·M,).

    Examples
    --------
    >>> x, w = [[[1, 2, 4], [10, 20, 40]]], [[[1, 1]], [[1, -1]]]
    >>> depthwise_conv1d_backward([[[1, 0], [0, 1]]], x, w).dw
    array([[[ 1.,  2.]],
    <BLANKLINE>
           [[20., 40.]]])

    >>> x, w = [[[[1, 2]], [[10, 20]]]], [[[[1, 1]]], [[[1, -1]]]]
    >>> depthwise_conv2d_backward([[[[3]], [[1]]]], x, w).dx.ravel()
    array([ 3.,  3.,  1., -1.])

    >>> x, w = [[[[[1, 2]]], [[[10, 20]]]]], [[[[[1, 1]]]], [[[[1, -1]]]]]
    >>> depthwise_conv3d_backward([[[[[3]]], [[[1]]]]], x, w).dx.ravel()
    array([ 3.,  3.,  1., -1.])
    """
    x, w = _channels_match(rank, x, w)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": w.shape[0], "backend": backend}
    dx, dw, db = CONV_BACKWARD[rank](dy, x, _as_groups(w), need=need, **options)
    return ConvGradients(dx, None if dw is None else dw.reshape(w.shape), db)


def _separable_conv(
    rank: int,
    x: Any,
    w_depth: Any,
    w_point: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    backend: str = "auto",
) -> Array:
    """Filter every channel on its own, then mix the results cell by cell.

    Parameters
    ----------
    x : array (N, C, L…)
    w_depth : array (C, M, K…)
        The filters of the first, depthwise stage.
    w_point : array (F, C·M)
        The weights of the second, pointwise stage: a 1 × 1 convolution.
    b : array (F,), optional
    stride, padding, dilation, backend
        Of the first stage, as in `convbp.conv2d`.

    Returns
    -------
    y : array (N, F, O…)

    Raises
    ------
    ValueError
        If the shapes do not fit together, or as in `convbp.conv2d`.
    TypeError
        As in `convbp.conv2d`.

    Notes
    -----
    The same as an ordinary convolution with the filters w[f, c] = Σ_m w_point[f, c·M+m] · w_depth[c, m].

    Examples
    --------
    >>> separable_conv1d([[[1, 2, 4], [10, 20, 40]]], [[[1, 1]], [[1, -1]]], [[1, 0], [2, 1]])
    array([[[ 3.,  6.],
            [-4., -8.]]])

    >>> separable_conv2d([[[[1, 2]], [[10, 20]]]], [[[[1, 1]]], [[[1, -1]]]], [[1, 0], [2, 1]]).ravel()
    array([ 3., -4.])

    >>> separable_conv3d([[[[[1, 2]]], [[[10, 20]]]]], [[[[[1, 1]]]], [[[[1, -1]]]]], [[1, 0], [2, 1]]).ravel()
    array([ 3., -4.])
    """
    mixing = _point_filters(rank, w_point)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "backend": backend}
    return CONV[rank](DEPTHWISE[rank](x, w_depth, **options), mixing, b, backend=backend)


def _separable_conv_backward(
    rank: int,
    dy: Any,
    x: Any,
    w_depth: Any,
    w_point: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    backend: str = "auto",
) -> SeparableGradients:
    """Carry a gradient back through both stages of `separable_conv*d`.

    Parameters
    ----------
    dy : array (N, F, O…)
    x, w_depth, w_point, stride, padding, dilation, backend
        What the forward call took, unchanged. The first stage is computed again.

    Returns
    -------
    SeparableGradients
        ``dx`` (N, C, L…), ``dw_depth`` (C, M, K…), ``dw_point`` (F, C·M) and ``db`` (F,).

    Examples
    --------
    >>> x, w_depth, w_point = [[[1, 2], [10, 20]]], [[[1, 1]], [[1, -1]]], [[2, 3]]
    >>> separable_conv1d_backward([[[1]]], x, w_depth, w_point).dw_point
    array([[  3., -10.]])

    >>> x, w_depth, w_point = [[[[1, 2]], [[10, 20]]]], [[[[1, 1]]], [[[1, -1]]]], [[2, 3]]
    >>> separable_conv2d_backward([[[[1]]]], x, w_depth, w_point).dw_depth.ravel()
    array([ 2.,  4., 30., 60.])

    >>> x, w_depth, w_point = [[[[[1, 2]]], [[[10, 20]]]]], [[[[[1, 1]]]], [[[[1, -1]]]]], [[2, 3]]
    >>> separable_conv3d_backward([[[[[1]]]]], x, w_depth, w_point).dw_depth.ravel()
    array([ 2.,  4., 30., 60.])
    """
    mixing = _point_filters(rank, w_point)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "backend": backend}
    between = DEPTHWISE[rank](x, w_depth, **options)
    second = CONV_BACKWARD[rank](dy, between, mixing, backend=backend)
    first = DEPTHWISE_BACKWARD[rank](second.dx, x, w_depth, need=("dx", "dw"), **options)
    dx, dw_depth, dmixing, db = cast(tuple[Array, ...], (first.dx, first.dw, second.dw, second.db))
    return SeparableGradients(dx, dw_depth, dmixing.reshape(mixing.shape[:2]), db)


depthwise_conv1d, depthwise_conv2d, depthwise_conv3d = each_rank(_depthwise_conv)
depthwise_conv1d_backward, depthwise_conv2d_backward, depthwise_conv3d_backward = each_rank(_depthwise_conv_backward)
separable_conv1d, separable_conv2d, separable_conv3d = each_rank(_separable_conv)
separable_conv1d_backward, separable_conv2d_backward, separable_conv3d_backward = each_rank(_separable_conv_backward)
DEPTHWISE = {1: depthwise_conv1d, 2: depthwise_conv2d, 3: depthwise_conv3d}
DEPTHWISE_BACKWARD = {1: depthwise_conv1d_backward, 2: depthwise_conv2d_backward, 3: depthwise_conv3d_backward}


def _channels_match(rank: int, x: Any, w: Any) -> tuple[Array, Array]:
    (x, w), dtype = checked(x=x, w=w)
    must_have_rank("x", x, rank)
    must_have_axes("w", w, f"C, M, {TAPS[rank]}")
    if w.shape[0] != x.shape[1]:
        raise ValueError(f"w must have one slice for each of the {x.shape[1]} channels on axis 0; got shape {w.shape}")
    return x.astype(dtype, copy=False), w.astype(dtype, copy=False)


def _as_groups(w: Array) -> Array:
    """View (C, M, taps…) as the filters (C·M, 1, taps…) of a convolution with C groups."""
    return w.reshape(w.shape[0] * w.shape[1], 1, *w.shape[2:])


def _point_filters(rank: int, w_point: Any) -> Array:
    (w,), dtype = checked(w_point=w_point)
    must_have_axes("w_point", w, "F, C·M")
    return w.reshape(*w.shape, *(1,) * rank).astype(dtype, copy=False)
