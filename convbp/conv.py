"""Convolution layers in 1-D, 2-D and 3-D with all their gradients: check, normalise once, call one kernel."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array, checked, must_be_shape, must_have_shape, ready, shape_must_have_axes
from convbp.geometry import conv_geometry
from convbp.kernels import Layer, layer_for, preferred
from convbp.kernels import backend as choose_backend
from convbp.kernels.bias import add_bias, bias_gradient
from convbp.options import remembered
from convbp.ranks import CELLS, TAPS, each_rank

GRADIENTS = ("dx", "dw", "db")


class ConvGradients(NamedTuple):
    """The gradients of a convolution layer; None for what was not asked."""

    dx: Array | None
    dw: Array | None
    db: Array | None


def _conv(
    rank: int,
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
    """Convolve with filters, as frameworks do: cross-correlation, summed over the channels of a group.

    Parameters
    ----------
    x : array (N, C, L…)
        N samples of C channels. Integers are computed in float64; object arrays (fractions, symbols) stay exact.
    w : array (F, C/groups, K…)
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
        "auto" is NumPy for small layers and Numba, if it is installed, for large ones; see `use_backend`.

    Returns
    -------
    y : array (N, F, O…)
        Along an axis of L cells and K taps, O = ⌊(L + before + after − dilation·(K−1) − 1)/stride⌋ + 1.

    Raises
    ------
    ValueError
        If a shape or a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If an array is not of real numbers or an option is not made of ints.

    See Also
    --------
    conv*d_backward : the gradients.
    conv_transpose*d : the transpose.

    Notes
    -----
    y[n,f,o] = b[f] + Σ_c Σ_k w[f,c,k] · x[n,c,i] with i = stride·o + dilation·k − before along each axis, where cells
    outside x count as 0.

    Examples
    --------
    >>> conv1d([[[1, 2, 4, 7]]], [[[1, 0, -1]]], padding="same")
    array([[[-2., -3., -5.,  4.]]])

    >>> x = [[[[1, 2, 0], [3, 1, 1], [0, 2, 4]]]]
    >>> w = [[[[1, 0], [0, -1]]]]
    >>> conv2d(x, w)
    array([[[[ 0.,  1.],
             [ 1., -3.]]]])

    >>> conv3d(np.arange(8).reshape(1, 1, 2, 2, 2), np.ones((1, 1, 2, 2, 2)))  # 0 + 1 + … + 7
    array([[[[[28.]]]]])
    """
    if b is not None:
        (x, w, b), dtype = checked(x=x, w=w, b=b)
    elif ready(x, w):  # as `checked` would find, but the names that it takes for its errors cost time
        dtype = x.dtype
    else:
        (x, w), dtype = checked(x=x, w=w)
    name = backend if backend != "auto" else preferred()
    y = _layer((x.shape, w.shape, None, x.dtype), rank, stride, padding, dilation, groups, name).conv(x, w)
    if b is not None:
        must_have_shape("b", b, y.shape[1:2], "one bias for each output map")
        add_bias(y, b)
    return y if x.dtype is dtype else y.astype(dtype, copy=False)


def _conv_backward(
    rank: int,
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
    """Carry the gradient of a loss back through `conv*d`, to its input, its filters and its biases.

    Each input cell collects one term for every window that reads it, each weight one for every position of its filter,
    each bias one for every cell of its map.

    Parameters
    ----------
    dy : array (N, F, O…)
        Gradient of the loss with respect to the output of the forward call.
    x, w, stride, padding, dilation, groups, backend
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}
        The gradients to compute.

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, L…), ``dw`` (F, C/groups, K…) and ``db`` (F,), with None for what was not asked. `db` is the sum
        of dy over samples and positions, whether or not the forward call had a bias.

    Raises
    ------
    ValueError
        If `dy` has another shape than the forward call returns, or as in `conv*d`.
    TypeError
        As in `conv*d`.

    Notes
    -----
    With i = stride·o + dilation·k − before along each axis, and cells outside x counting as 0:

    dw[f,c,k] = Σ_n Σ_o dy[n,f,o] · x[n,c,i] over all outputs o;
    dx[n,c,i] = Σ_f Σ_k w[f,c,k] · dy[n,f,o] over the outputs o that read cell i through tap k.

    Examples
    --------
    >>> conv1d_backward([[[1, 10]]], [[[1, 2, 4]]], [[[3, 5]]])  # both windows read cell 1
    ConvGradients(dx=array([[[ 3., 35., 50.]]]), dw=array([[[21., 42.]]]), db=array([11.]))

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

    >>> dx, dw, db = conv3d_backward([[[[[2]]]]], np.arange(8).reshape(1, 1, 2, 2, 2), np.ones((1, 1, 2, 2, 2)))
    >>> dx.ravel(), dw.ravel(), db
    (array([2., 2., 2., 2., 2., 2., 2., 2.]), array([ 0.,  2.,  4.,  6.,  8., 10., 12., 14.]), array([2.]))
    """
    wanted = checked_need(need)
    if ready(dy, x) and ready(x, w):
        dtype = x.dtype
    else:
        (dy, x, w), dtype = checked(dy=dy, x=x, w=w)
    name = backend if backend != "auto" else preferred()
    layer = _layer((x.shape, w.shape, dy.shape, x.dtype), rank, stride, padding, dilation, groups, name)
    if len(wanted) == len(GRADIENTS):
        gradients = ConvGradients(*layer.conv_backward(dy, x, w))
    else:
        dx = layer.conv_dx(dy, w) if "dx" in wanted else None
        dw = layer.conv_dw(dy, x) if "dw" in wanted else None
        gradients = ConvGradients(dx, dw, bias_gradient(dy) if "db" in wanted else None)
    return gradients if x.dtype is dtype else rounded(gradients, dtype)


conv1d, conv2d, conv3d = each_rank(_conv)
conv1d_backward, conv2d_backward, conv3d_backward = each_rank(_conv_backward)


@remembered
def _layer(
    given: tuple[Any, ...], rank: int, stride: Any, padding: Any, dilation: Any, groups: Any, backend: str
) -> Layer:
    """Return what computes a layer, given the shapes of x, w and (on the way back) dy, and the dtype to compute in."""
    x_shape, w_shape, dy_shape, dtype = given
    shape_must_have_axes("x", x_shape, f"N, C, {CELLS[rank]}")
    shape_must_have_axes("w", w_shape, f"F, C/groups, {TAPS[rank]}")
    g = conv_geometry(x_shape, w_shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    if dy_shape is not None:
        must_be_shape("dy", dy_shape, g.output_shape, "as the forward call returns")
    return layer_for(choose_backend(backend, dtype, g.multiplies), g)


def checked_need(need: Collection[str]) -> Collection[str]:
    """Check the names of the gradients that are asked for."""
    if need is GRADIENTS:
        return need
    if isinstance(need, str) or not isinstance(need, Collection):
        raise TypeError(f"need must be a collection of names out of {GRADIENTS}; got {need!r}")
    unknown = [name for name in need if name not in GRADIENTS]
    if unknown:
        raise ValueError(f"need must name gradients out of {GRADIENTS}; got {unknown[0]!r}")
    return frozenset(need)


def rounded(gradients: ConvGradients, dtype: np.dtype[Any]) -> ConvGradients:
    """Return the gradients in the dtype of the result, where that is another than they were computed in."""
    return ConvGradients(*(None if a is None else a.astype(dtype, copy=False) for a in gradients))
