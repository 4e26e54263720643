"""Transposed convolution: the gradient of a convolution for its input, used as a forward pass.

Its geometry is that of the convolution which maps the result back, so its three kernels are the same three, exchanged.
"""

from collections.abc import Collection
from typing import Any

from convbp.arrays import Array, checked, must_have_axes, must_have_shape
from convbp.conv import (
    GRADIENTS,
    INPUT_AXES,
    ConvGradients,
    add_bias,
    bias_gradient,
    checked_need,
)
from convbp.geometry import transpose_geometry
from convbp.kernels import backend as choose_backend

TRANSPOSED_FILTER_AXES = {1: "C, F/groups, K", 2: "C, F/groups, KH, KW", 3: "C, F/groups, KD, KH, KW"}


def conv_transpose2d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    backend: str = "auto",
) -> Array:
    """Stamp each filter, weighted by each input cell, onto a larger map, and add up where the stamps overlap.

    This is the transpose of the linear map of `conv2d`, not its inverse: it gives back the shape, not the values.

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (C, F/groups, KH, KW)
        Axis 0 counts the channels of x: it is the filter of the convolution that maps y back to the shape of x.
    b : array (F,), optional
        One bias for each output map.
    stride : int or one int per axis
        Cells from one stamp to the next.
    padding : int, one int per axis, one (before, after) pair per axis, "valid" or "same"
        Cells cut off the result: the padding of the convolution that maps y back. With "same" the result has
        stride·H rows.
    output_padding : int or one int per axis, smaller than the stride
        Rows added after the last: which of the `stride` sizes that the convolution maps to the same size is meant.
    dilation, groups, backend
        As in `conv2d`.

    Returns
    -------
    y : array (N, F, OH, OW)
        OH = stride·(H−1) + dilation·(KH−1) + 1 − before − after + output_padding, and OW alike.

    Raises
    ------
    ValueError
        If a shape or a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If an array is not of real numbers or an option is not made of ints.

    See Also
    --------
    conv2d_backward : gives the same numbers as `dx`.
    conv_transpose2d_backward : the gradients.

    Notes
    -----
    y[n,f,r,s] = b[f] + Σ_c Σ_p Σ_q w[c,f,p,q] · x[n,c,i,j] over the cells (i, j) with
    r = stride·i + dilation·p − before, and s from j and q alike.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, section 4.

    Examples
    --------
    Two stamps of three ones, two cells apart, overlap in one cell:

    >>> conv_transpose2d([[[[1, 10]]]], [[[[1, 1, 1]]]], stride=(1, 2))
    array([[[[ 1.,  1., 11., 10., 10.]]]])
    """
    spacing = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return _conv_transpose(2, x, w, b, backend, groups=groups, **spacing)


def conv_transpose1d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    backend: str = "auto",
) -> Array:
    """Stamp filters onto longer signals: `conv_transpose2d` along one axis.

    Parameters
    ----------
    x : array (N, C, L)
    w : array (C, F/groups, K)
    b : array (F,), optional
    stride, padding, output_padding, dilation, groups, backend
        As in `conv_transpose2d`.

    Returns
    -------
    y : array (N, F, O)
        O = stride·(L−1) + dilation·(K−1) + 1 − before − after + output_padding.

    Examples
    --------
    >>> conv_transpose1d([[[1, 10]]], [[[1, 2, 3]]], stride=2, output_padding=1)
    array([[[ 1.,  2., 13., 20., 30.,  0.]]])
    """
    spacing = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return _conv_transpose(1, x, w, b, backend, groups=groups, **spacing)


def conv_transpose3d(
    x: Any,
    w: Any,
    b: Any = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    backend: str = "auto",
) -> Array:
    """Stamp filters into larger volumes: `conv_transpose2d` along three axes.

    Parameters
    ----------
    x : array (N, C, D, H, W)
    w : array (C, F/groups, KD, KH, KW)
    b : array (F,), optional
    stride, padding, output_padding, dilation, groups, backend
        As in `conv_transpose2d`.

    Returns
    -------
    y : array (N, F, OD, OH, OW)

    Examples
    --------
    >>> conv_transpose3d([[[[[7]]]]], [[[[[1, 2]]]]])
    array([[[[[ 7., 14.]]]]])
    """
    spacing = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return _conv_transpose(3, x, w, b, backend, groups=groups, **spacing)


def conv_transpose2d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    need: Collection[str] = GRADIENTS,
    backend: str = "auto",
) -> ConvGradients:
    """Carry the gradient of a loss back through `conv_transpose2d`.

    Parameters
    ----------
    dy : array (N, F, OH, OW)
        Gradient of the loss with respect to the output of the forward call.
    x, w, stride, padding, output_padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}
        The gradients to compute.

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, H, W), ``dw`` (C, F/groups, KH, KW) and ``db`` (F,), with None for what was not asked.

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `conv_transpose2d`.
    TypeError
        As in `conv_transpose2d`.

    Notes
    -----
    `dx` is the ordinary convolution of `dy` with the same filter, since the transpose of a transpose is the map itself;
    `dw` exchanges the roles of input and output in that of `conv2d`.

    Examples
    --------
    >>> dx, dw, db = conv_transpose2d_backward([[[[1, 2, 3, 4, 5]]]], [[[[1, 10]]]], [[[[1, 1, 1]]]], stride=(1, 2))
    >>> dx, dw, db
    (array([[[[ 6., 12.]]]]), array([[[[31., 42., 53.]]]]), array([15.]))
    """
    spacing = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return _conv_transpose_backward(2, dy, x, w, need, backend, groups=groups, **spacing)


def conv_transpose1d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    need: Collection[str] = GRADIENTS,
    backend: str = "auto",
) -> ConvGradients:
    """Carry the gradient of a loss back through `conv_transpose1d`; see `conv_transpose2d_backward`.

    Parameters
    ----------
    dy : array (N, F, O)
    x, w, stride, padding, output_padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, L), ``dw`` (C, F/groups, K) and ``db`` (F,).

    Examples
    --------
    >>> conv_transpose1d_backward([[[1, 1, 1, 1]]], [[[1, 10]]], [[[1, 2, 3]]], need=["dx"]).dx
    array([[[6., 6.]]])
    """
    spacing = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return _conv_transpose_backward(1, dy, x, w, need, backend, groups=groups, **spacing)


def conv_transpose3d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    need: Collection[str] = GRADIENTS,
    backend: str = "auto",
) -> ConvGradients:
    """Carry the gradient of a loss back through `conv_transpose3d`; see `conv_transpose2d_backward`.

    Parameters
    ----------
    dy : array (N, F, OD, OH, OW)
    x, w, stride, padding, output_padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, D, H, W), ``dw`` (C, F/groups, KD, KH, KW) and ``db`` (F,).

    Examples
    --------
    >>> conv_transpose3d_backward([[[[[1, 10]]]]], [[[[[7]]]]], [[[[[1, 2]]]]], need=["dx"]).dx
    array([[[[[21.]]]]])
    """
    spacing = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return _conv_transpose_backward(3, dy, x, w, need, backend, groups=groups, **spacing)


def _conv_transpose(rank: int, x: Any, w: Any, b: Any, backend: str, **options: Any) -> Array:
    given = {"x": x, "w": w} if b is None else {"x": x, "w": w, "b": b}
    (x, w, *bias), dtype = checked(**given)
    must_have_axes("x", x, INPUT_AXES[rank])
    must_have_axes("w", w, TRANSPOSED_FILTER_AXES[rank])
    g = transpose_geometry(x.shape, w.shape, **options)
    y = choose_backend(backend, x.dtype).conv_dx(x, w, g)
    return add_bias(y, bias, g.channels).astype(dtype, copy=False)


def _conv_transpose_backward(
    rank: int, dy: Any, x: Any, w: Any, need: Collection[str], backend: str, **options: Any
) -> ConvGradients:
    wanted = checked_need(need)
    (dy, x, w), dtype = checked(dy=dy, x=x, w=w)
    must_have_axes("x", x, INPUT_AXES[rank])
    must_have_axes("w", w, TRANSPOSED_FILTER_AXES[rank])
    g = transpose_geometry(x.shape, w.shape, **options)
    must_have_shape("dy", dy, g.input_shape, "as the forward call returns")
    kernels = choose_backend(backend, x.dtype)
    return ConvGradients(
        dx=kernels.conv(dy, w, g).astype(dtype, copy=False) if "dx" in wanted else None,
        dw=kernels.conv_dw(x, dy, g).astype(dtype, copy=False) if "dw" in wanted else None,
        db=bias_gradient(dy).astype(dtype, copy=False) if "db" in wanted else None,
    )
