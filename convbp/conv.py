"""Convolution layers in 1-D, 2-D and 3-D with all their gradients: check, normalise once, call one kernel."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array, checked, must_have_axes, must_have_shape
from convbp.geometry import ConvGeometry, conv_geometry
from convbp.kernels import backend as choose_backend

INPUT_AXES = {1: "N, C, L", 2: "N, C, H, W", 3: "N, C, D, H, W"}
FILTER_AXES = {1: "F, C/groups, K", 2: "F, C/groups, KH, KW", 3: "F, C/groups, KD, KH, KW"}
GRADIENTS = ("dx", "dw", "db")


class ConvGradients(NamedTuple):
    """The gradients of a convolution layer; None for what was not asked."""

    dx: Array | None
    dw: Array | None
    db: Array | None


def conv2d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    backend: str = "auto",
) -> Array:
    """Convolve images with filters, as frameworks do: cross-correlation, summed over the channels of a group.

    Parameters
    ----------
    x : array (N, C, H, W)
        N images of C channels. Integers are computed in float64; object arrays (fractions, symbols) stay exact.
    w : array (F, C/groups, KH, KW)
        One filter for each of the F output maps.
    b : array (F,), optional
        One bias for each map.
    stride : int or one int per axis
        Cells from one window to the next.
    padding : int, one int per axis, one (before, after) pair per axis, "valid" or "same"
        Zeros around each map. "same" gives ⌈size/stride⌉ outputs, the odd cell after.
    dilation : int or one int per axis
        Cells from one tap to the next; 1 is dense.
    groups : int
        Number of equal groups of channels that do not see each other.
    backend : {"auto", "loops", "numpy", "numba"}
        See `use_backend`.

    Returns
    -------
    y : array (N, F, OH, OW)
        OH = ⌊(H + before + after − dilation·(KH−1) − 1)/stride⌋ + 1, and OW alike.

    Raises
    ------
    ValueError
        If a shape or a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If an array is not of real numbers or an option is not made of ints.

    See Also
    --------
    conv2d_backward : the gradients.
    conv_transpose2d : the transpose.

    Notes
    -----
    y[n,f,i,j] = b[f] + Σ_c Σ_p Σ_q w[f,c,p,q] · x[n,c,r,s] with r = stride·i + dilation·p − before,
    s from j and q alike, where cells outside x count as 0.

    Examples
    --------
    >>> x = [[[[1, 2, 0], [3, 1, 1], [0, 2, 4]]]]
    >>> w = [[[[1, 0], [0, -1]]]]
    >>> conv2d(x, w)
    array([[[[ 0.,  1.],
             [ 1., -3.]]]])
    """
    return _conv(2, x, w, b, backend, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv1d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    backend: str = "auto",
) -> Array:
    """Convolve signals with filters: `conv2d` along one axis.

    Parameters
    ----------
    x : array (N, C, L)
    w : array (F, C/groups, K)
    b : array (F,), optional
    stride, padding, dilation, groups, backend
        As in `conv2d`; a (before, after) padding is written ``[(before, after)]``.

    Returns
    -------
    y : array (N, F, O)
        y[n,f,o] = b[f] + Σ_c Σ_k w[f,c,k] · x[n,c, stride·o + dilation·k − before].

    Examples
    --------
    >>> conv1d([[[1, 2, 4, 7]]], [[[1, 0, -1]]], padding="same")
    array([[[-2., -3., -5.,  4.]]])
    """
    return _conv(1, x, w, b, backend, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv3d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    backend: str = "auto",
) -> Array:
    """Convolve volumes with filters: `conv2d` along three axes.

    Parameters
    ----------
    x : array (N, C, D, H, W)
    w : array (F, C/groups, KD, KH, KW)
    b : array (F,), optional
    stride, padding, dilation, groups, backend
        As in `conv2d`.

    Returns
    -------
    y : array (N, F, OD, OH, OW)

    Examples
    --------
    A filter of eight ones adds up each cube of 2 × 2 × 2 cells:

    >>> conv3d(np.arange(8).reshape(1, 1, 2, 2, 2), np.ones((1, 1, 2, 2, 2)))
    array([[[[[28.]]]]])
    """
    return _conv(3, x, w, b, backend, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv2d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    need: Collection[str] = GRADIENTS,
    backend: str = "auto",
) -> ConvGradients:
    """Carry the gradient of a loss back through `conv2d`, to its input, its filters and its biases.

    Each input cell collects one term for every window that reads it, each weight one for every position of its filter,
    each bias one for every cell of its map.

    Parameters
    ----------
    dy : array (N, F, OH, OW)
        Gradient of the loss with respect to the output of the forward call.
    x, w, stride, padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}
        The gradients to compute.

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, H, W), ``dw`` (F, C/groups, KH, KW) and ``db`` (F,), with None for what was not asked. `db` is the
        sum of dy over images and positions, whether or not the forward call had a bias.

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `conv2d`.
    TypeError
        As in `conv2d`.

    Notes
    -----
    With r = stride·i + dilation·p − before, s from j and q alike, and cells outside x counting as 0:

    dw[f,c,p,q] = Σ_n Σ_i Σ_j dy[n,f,i,j] · x[n,c,r,s] over all outputs (i, j);
    dx[n,c,r,s] = Σ_f Σ_p Σ_q w[f,c,p,q] · dy[n,f,i,j] over the outputs (i, j) that read cell (r, s) through tap (p, q).

    Examples
    --------
    >>> x = [[[[1, 2, 0], [3, 1, 1], [0, 2, 4]]]]
    >>> w = [[[[1, 0], [0, -1]]]]
    >>> dx, dw, db = conv2d_backward([[[[1, 0], [0, 2]]]], x, w)
    >>> dx[0, 0]
    array([[ 1.,  0.,  0.],
           [ 0.,  1.,  0.],
           [ 0.,  0., -2.]])
    >>> dw[0, 0], db
    (array([[3., 4.],
           [7., 9.]]), array([3.]))
    """
    return _conv_backward(2, dy, x, w, need, backend, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv1d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    need: Collection[str] = GRADIENTS,
    backend: str = "auto",
) -> ConvGradients:
    """Carry the gradient of a loss back through `conv1d`; see `conv2d_backward`.

    Parameters
    ----------
    dy : array (N, F, O)
    x, w, stride, padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, L), ``dw`` (F, C/groups, K) and ``db`` (F,).

    Examples
    --------
    Cell 1 is read by both windows, through tap 1 of the first and tap 0 of the second:

    >>> conv1d_backward([[[1, 10]]], [[[1, 2, 4]]], [[[3, 5]]])
    ConvGradients(dx=array([[[ 3., 35., 50.]]]), dw=array([[[21., 42.]]]), db=array([11.]))
    """
    return _conv_backward(1, dy, x, w, need, backend, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv3d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    need: Collection[str] = GRADIENTS,
    backend: str = "auto",
) -> ConvGradients:
    """Carry the gradient of a loss back through `conv3d`; see `conv2d_backward`.

    Parameters
    ----------
    dy : array (N, F, OD, OH, OW)
    x, w, stride, padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, D, H, W), ``dw`` (F, C/groups, KD, KH, KW) and ``db`` (F,).

    Examples
    --------
    >>> dx, dw, db = conv3d_backward([[[[[2]]]]], np.arange(8).reshape(1, 1, 2, 2, 2), np.ones((1, 1, 2, 2, 2)))
    >>> dx.ravel(), dw.ravel(), db
    (array([2., 2., 2., 2., 2., 2., 2., 2.]), array([ 0.,  2.,  4.,  6.,  8., 10., 12., 14.]), array([2.]))
    """
    return _conv_backward(3, dy, x, w, need, backend, stride=stride, padding=padding, dilation=dilation, groups=groups)


def _conv(rank: int, x: Any, w: Any, b: Any, backend: str, **options: Any) -> Array:
    given = {"x": x, "w": w} if b is None else {"x": x, "w": w, "b": b}
    (x, w, *bias), dtype = checked(**given)
    must_have_axes("x", x, INPUT_AXES[rank])
    must_have_axes("w", w, FILTER_AXES[rank])
    g = conv_geometry(x.shape, w.shape, **options)
    y = choose_backend(backend, x.dtype).conv(x, w, g)
    return add_bias(y, bias, g.filters).astype(dtype, copy=False)


def _conv_backward(
    rank: int, dy: Any, x: Any, w: Any, need: Collection[str], backend: str, **options: Any
) -> ConvGradients:
    wanted = checked_need(need)
    (dy, x, w), dtype = checked(dy=dy, x=x, w=w)
    must_have_axes("x", x, INPUT_AXES[rank])
    must_have_axes("w", w, FILTER_AXES[rank])
    g: ConvGeometry = conv_geometry(x.shape, w.shape, **options)
    must_have_shape("dy", dy, g.output_shape, "as the forward call returns")
    kernels = choose_backend(backend, x.dtype)
    return ConvGradients(
        dx=kernels.conv_dx(dy, w, g).astype(dtype, copy=False) if "dx" in wanted else None,
        dw=kernels.conv_dw(dy, x, g).astype(dtype, copy=False) if "dw" in wanted else None,
        db=bias_gradient(dy).astype(dtype, copy=False) if "db" in wanted else None,
    )


def checked_need(need: Collection[str]) -> frozenset[str]:
    """Check the names of the gradients that are asked for."""
    if isinstance(need, str) or not isinstance(need, Collection):
        raise TypeError(f"need must be a collection of names out of {GRADIENTS}; got {need!r}")
    unknown = [name for name in need if name not in GRADIENTS]
    if unknown:
        raise ValueError(f"need must name gradients out of {GRADIENTS}; got {unknown[0]!r}")
    return frozenset(need)


def add_bias(y: Array, bias: list[Array], maps: int) -> Array:
    """Add one number to each map of `y`, where there is a bias."""
    for b in bias:
        must_have_shape("b", b, (maps,), "one bias for each output map")
        y += b.reshape(-1, *(1,) * (y.ndim - 2))
    return y


def bias_gradient(dy: Array) -> Array:
    """Sum `dy` over images and positions: a bias is added to every one of them."""
    return np.add.reduce(dy, axis=(0, *range(2, dy.ndim)))
