"""Transposed convolution: the gradient of a convolution for its input, used as a forward pass.

Its geometry is that of the convolution which maps the result back, so its three kernels are the same three, exchanged.
"""

from collections.abc import Collection
from typing import Any

from convbp.arrays import Array, checked, must_have_shape, shape_must_have_axes
from convbp.conv import GRADIENTS, ConvGradients, checked_need, rounded
from convbp.geometry import ConvGeometry, transpose_geometry
from convbp.kernels import backend as choose_backend
from convbp.kernels.bias import add_bias, bias_gradient
from convbp.options import remembered
from convbp.ranks import CELLS, TAPS, each_rank


def _conv_transpose(
    rank: int,
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

    This is the transpose of the linear map of `conv*d`, not its inverse: it gives back the shape, not the values.

    Parameters
    ----------
    x : array (N, C, L…)
    w : array (C, F/groups, K…)
        Axis 0 counts the channels of x: it is the filter of the convolution that maps y back to the shape of x.
    b : array (F,), optional
        One bias for each output map.
    stride : int or one int per axis
        Cells from one stamp to the next.
    padding : int, one int per axis, one (before, after) pair per axis, "valid" or "same"
        Cells cut off the result: the padding of the convolution that maps y back. With "same" an axis of the result
        has stride·L cells.
    output_padding : int or one int per axis, smaller than the stride
        Cells added after the last: which of the `stride` sizes that the convolution maps to the same size is meant.
    dilation, groups, backend
        As in `conv*d`.

    Returns
    -------
    y : array (N, F, O…)
        Along an axis of L cells and K taps, O = stride·(L−1) + dilation·(K−1) + 1 − before − after + output_padding.

    Raises
    ------
    ValueError
        If a shape or a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If an array is not of real numbers or an option is not made of ints.

    See Also
    --------
    conv*d_backward : gives the same numbers as `dx`.
    conv_transpose*d_backward : the gradients.

    Notes
    -----
    y[n,f,o] = b[f] + Σ_c Σ_k w[c,f,k] · x[n,c,i] over the cells i with o = stride·i + dilation·k − before along each
    axis.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, section 4.

    Examples
    --------
    Stamps overlap where the stride is smaller than the filter's reach:

    >>> conv_transpose1d([[[1, 10]]], [[[1, 2, 3]]], stride=2, output_padding=1)
    array([[[ 1.,  2., 13., 20., 30.,  0.]]])

    >>> conv_transpose2d([[[[1, 10]]]], [[[[1, 1, 1]]]], stride=(1, 2))
    array([[[[ 1.,  1., 11., 10., 10.]]]])

    >>> conv_transpose3d([[[[[1, 10]]]]], [[[[[1, 2]]]]])
    array([[[[[ 1., 12., 20.]]]]])
    """
    if b is None:
        (x, w), dtype = checked(x=x, w=w)
    else:
        (x, w, b), dtype = checked(x=x, w=w, b=b)
    g = _geometry((x.shape, w.shape), rank, stride, padding, output_padding, dilation, groups)
    y = choose_backend(backend, x.dtype, g.multiplies).conv_dx(x, w, g)
    if b is not None:
        must_have_shape("b", b, y.shape[1:2], "one bias for each output map")
        add_bias(y, b)
    return y.astype(dtype, copy=False)


def _conv_transpose_backward(
    rank: int,
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
    """Carry the gradient of a loss back through `conv_transpose*d`.

    Parameters
    ----------
    dy : array (N, F, O…)
        Gradient of the loss with respect to the output of the forward call.
    x, w, stride, padding, output_padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}
        The gradients to compute.

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, L…), ``dw`` (C, F/groups, K…) and ``db`` (F,), with None for what was not asked.

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `conv_transpose*d`.
    TypeError
        As in `conv_transpose*d`.

    Notes
    -----
    `dx` is the ordinary convolution of `dy` with the same filter, since the transpose of a transpose is the map itself;
    `dw` exchanges the roles of input and output in that of `conv*d`.

    Examples
    --------
    >>> conv_transpose1d_backward([[[1, 1, 1, 1]]], [[[1, 10]]], [[[1, 2, 3]]], need=["dx"]).dx
    array([[[6., 6.]]])

    >>> dx, dw, db = conv_transpose2d_backward([[[[1, 2, 3, 4, 5]]]], [[[[1, 10]]]], [[[[1, 1, 1]]]], stride=(1, 2))
    >>> dx, dw, db
    (array([[[[ 6., 12.]]]]), array([[[[31., 42., 53.]]]]), array([15.]))

    >>> conv_transpose3d_backward([[[[[1, 10]]]]], [[[[[7]]]]], [[[[[1, 2]]]]], need=["dx"]).dx
    array([[[[[21.]]]]])
    """
    wanted = checked_need(need)
    (dy, x, w), dtype = checked(dy=dy, x=x, w=w)
    g = _geometry((x.shape, w.shape), rank, stride, padding, output_padding, dilation, groups)
    must_have_shape("dy", dy, g.input_shape, "as the forward call returns")
    kernels = choose_backend(backend, x.dtype, g.multiplies)
    dx = kernels.conv(dy, w, g) if "dx" in wanted else None
    dw = kernels.conv_dw(x, dy, g) if "dw" in wanted else None
    gradients = ConvGradients(dx, dw, bias_gradient(dy) if "db" in wanted else None)
    return gradients if x.dtype == dtype else rounded(gradients, dtype)


conv_transpose1d, conv_transpose2d, conv_transpose3d = each_rank(_conv_transpose)
conv_transpose1d_backward, conv_transpose2d_backward, conv_transpose3d_backward = each_rank(_conv_transpose_backward)


@remembered
def _geometry(
    shapes: tuple[tuple[int, ...], ...],
    rank: int,
    stride: Any,
    padding: Any,
    output_padding: Any,
    dilation: Any,
    groups: Any,
) -> ConvGeometry:
    x_shape, w_shape = shapes
    shape_must_have_axes("x", x_shape, f"N, C, {CELLS[rank]}")
    shape_must_have_axes("w", w_shape, f"C, F/groups, {TAPS[rank]}")
    spacing = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    return transpose_geometry(x_shape, w_shape, groups=groups, **spacing)
