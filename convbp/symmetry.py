"""Group convolution for quarter turns (C4), and for these with mirror images (D4): one filter serves all its copies.

An element h of the group acts on an image as T_h. A lifted map has an axis for the group: y[h] = x ⋆ T_h w. Turning the
input by g turns every map and permutes the group axis, (g y)[h] = T_g y[g⁻¹h]: the layer is equivariant.
"""

from collections.abc import Collection
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_axes, must_have_shape
from convbp.conv import GRADIENTS, ConvGradients, conv2d, conv2d_backward
from convbp.turns import act, act_back, must_have_group_axis, order_of, tables

POOLS = ("max", "mean")


def lift_conv2d(
    x: Any, w: Any, b: Any = None, *, group: str = "C4", stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Array:
    """Convolve images with every turned copy of each filter: y[n, f, h] = x[n] ⋆ T_h w[f] + b[f].

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (F, C, K, K)
        Square filters, each for G maps: 4 in C4, 8 in D4.
    b : array (F,), optional
    group : {"C4", "D4"}
    stride, padding, dilation
        As in `convbp.conv2d`.

    Returns
    -------
    y : array (N, F, G, OH, OW)

    Raises
    ------
    ValueError
        If the filters are not square, the group is unknown, or as in `convbp.conv2d`.

    Notes
    -----
    For even padding and a stride that divides what remains, (H + 2p − K) mod s = 0, turning x turns y exactly:
    ``lift_conv2d(act(x, g), w) = act_on_lifted(lift_conv2d(x, w), g)``.

    References
    ----------
    T. Cohen and M. Welling, "Group equivariant convolutional networks", arXiv:1602.07576.

    Examples
    --------
    >>> x, w = [[[[1, 2], [3, 4]]]], [[[[1, 0], [0, 0]]]]
    >>> lift_conv2d(x, w).ravel()
    array([1., 3., 4., 2.])
    """
    w = _square(w, "F, C, K, K")
    y = conv2d(x, _lifted_filters(w, group), _for_each(b, group), stride=stride, padding=padding, dilation=dilation)
    return _with_group_axis(y, group)


def lift_conv2d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    group: str = "C4",
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    need: Collection[str] = GRADIENTS,
) -> ConvGradients:
    """Carry a gradient back through `lift_conv2d`; the copies of a filter add up what they receive, turned back.

    Parameters
    ----------
    dy : array (N, F, G, OH, OW)
    x, w, group, stride, padding, dilation
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, H, W), ``dw`` (F, C, K, K) and ``db`` (F,).

    Notes
    -----
    dw = Σ_h T_hᵀ dw_h, where dw_h is the gradient for the copy T_h w; T_hᵀ is the turn back.

    Examples
    --------
    Maps 0 to 3 read the four corners of x, and send them back to the one weight that read them:

    >>> x, w = [[[[1, 2], [3, 4]]]], [[[[1, 0], [0, 0]]]]
    >>> lift_conv2d_backward([[[[[1]], [[10]], [[100]], [[1000]]]]], x, w).dx
    array([[[[   1., 1000.],
             [  10.,  100.]]]])
    """
    w = _square(w, "F, C, K, K")
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    dx, dw, db = conv2d_backward(_without_group_axis(dy, group), x, _lifted_filters(w, group), need=need, **options)
    if dw is not None:
        dw_h = dw.reshape(len(w), order_of(group), *w.shape[1:])
        dw = np.sum([act_back(dw_h[:, h], h, group) for h in range(order_of(group))], axis=0)
    return ConvGradients(dx, dw, _sum_over_group(db, group))


def group_conv2d(
    x: Any, w: Any, b: Any = None, *, group: str = "C4", stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Array:
    """Convolve maps that have a group axis: y[n, f, h] = Σ_c Σ_g x[n, c, g] ⋆ T_h w[f, c, h⁻¹g] + b[f].

    Parameters
    ----------
    x : array (N, C, G, H, W)
        The output of `lift_conv2d` or of another group convolution.
    w : array (F, C, G, K, K)
    b : array (F,), optional
    group, stride, padding, dilation
        As in `lift_conv2d`.

    Returns
    -------
    y : array (N, F, G, OH, OW)

    Raises
    ------
    ValueError
        If the group axes do not have G elements, or as in `lift_conv2d`.

    Examples
    --------
    >>> x = np.arange(4).reshape(1, 1, 4, 1, 1)
    >>> group_conv2d(x, np.array([1, 0, 0, 0]).reshape(1, 1, 4, 1, 1)).ravel()
    array([0., 1., 2., 3.])
    """
    w = _square(w, "F, C, G, K, K")
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    y = conv2d(_without_group_axis(x, group, "x"), _group_filters(w, group), _for_each(b, group), **options)
    return _with_group_axis(y, group)


def group_conv2d_backward(
    dy: Any,
    x: Any,
    w: Any,
    *,
    group: str = "C4",
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    need: Collection[str] = GRADIENTS,
) -> ConvGradients:
    """Carry a gradient back through `group_conv2d`.

    Parameters
    ----------
    dy : array (N, F, G, OH, OW)
    x, w, group, stride, padding, dilation
        What the forward call took, unchanged.
    need : collection of {"dx", "dw", "db"}

    Returns
    -------
    ConvGradients
        ``dx`` (N, C, G, H, W), ``dw`` (F, C, G, K, K) and ``db`` (F,).

    Notes
    -----
    dw[f, c, u] = Σ_h T_hᵀ dw_h[f, c, hu]: each copy's gradient is turned back and put where its slice came from.

    Examples
    --------
    >>> x = np.arange(4).reshape(1, 1, 4, 1, 1)
    >>> w, dy = np.array([1, 0, 0, 0]).reshape(1, 1, 4, 1, 1), np.ones((1, 1, 4, 1, 1))
    >>> group_conv2d_backward(dy, x, w).dw.ravel()
    array([6., 6., 6., 6.])
    """
    w = _square(w, "F, C, G, K, K")
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    flat_dy, flat_x = _without_group_axis(dy, group), _without_group_axis(x, group, "x")
    dx, dw, db = conv2d_backward(flat_dy, flat_x, _group_filters(w, group), need=need, **options)
    if dw is not None:
        order, (compose, _) = order_of(group), tables(group)
        dw_h = dw.reshape(len(w), order, w.shape[1], order, *w.shape[3:])
        dw = np.sum([act_back(dw_h[:, h][:, :, compose[h]], h, group) for h in range(order)], axis=0)
    return ConvGradients(None if dx is None else _with_group_axis(dx, group), dw, _sum_over_group(db, group))


def group_pool(y: Any, kind: str = "max") -> Array:
    """Pool over the group axis: what was equivariant becomes invariant to the group, up to turning the map.

    Parameters
    ----------
    y : array (N, F, G, H, W)
    kind : {"max", "mean"}

    Returns
    -------
    array (N, F, H, W)

    Raises
    ------
    ValueError
        If `kind` is none of the two.

    Examples
    --------
    >>> group_pool(np.array([1, 3, 4, 2]).reshape(1, 1, 4, 1, 1))
    array([[[[4.]]]])
    """
    (y,), dtype = checked(y=y)
    must_have_axes("y", y, "N, F, G, H, W")
    pooled = y.max(axis=2) if _known_pool(kind) == "max" else y.mean(axis=2)
    return pooled.astype(dtype, copy=False)


def group_pool_backward(dy: Any, y: Any, kind: str = "max") -> Array:
    """Carry a gradient back through `group_pool`: to the first largest element, or evenly to all.

    Parameters
    ----------
    dy : array (N, F, H, W)
    y, kind
        What the forward call took, unchanged.

    Returns
    -------
    array (N, F, G, H, W)

    Examples
    --------
    >>> group_pool_backward([[[[8]]]], np.array([1, 4, 4, 2]).reshape(1, 1, 4, 1, 1)).ravel()
    array([0., 8., 0., 0.])
    """
    (dy, y), dtype = checked(dy=dy, y=y)
    must_have_axes("y", y, "N, F, G, H, W")
    must_have_shape("dy", dy, (*y.shape[:2], *y.shape[3:]), "as the forward call returns")
    spread = np.repeat(dy[:, :, None], y.shape[2], axis=2)
    if _known_pool(kind) == "mean":
        return (spread / y.shape[2]).astype(dtype, copy=False)
    winners = np.arange(y.shape[2])[:, None, None] == y.argmax(axis=2)[:, :, None]
    return np.where(winners, spread, 0).astype(dtype)


def _known_pool(kind: str) -> str:
    if kind not in POOLS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, POOLS))}; got {kind!r}")
    return kind


def _square(w: Any, axes: str) -> Array:
    (array,), dtype = checked(w=w)
    must_have_axes("w", array, axes)
    if array.shape[-1] != array.shape[-2]:
        raise ValueError(f"w must be square to be turned; got {array.shape[-2]} by {array.shape[-1]} taps")
    return array.astype(dtype, copy=False)


def _lifted_filters(w: Array, group: str) -> Array:
    """Stack the turned copies of each filter: (F·G, C, K, K)."""
    copies = [act(w, h, group) for h in range(order_of(group))]
    return np.stack(copies, axis=1).reshape(-1, *w.shape[1:])


def _group_filters(w: Array, group: str) -> Array:
    """Stack the turned copies with their slices permuted: (F·G, C·G, K, K)."""
    must_have_group_axis("w", w, group)
    compose, inverse = tables(group)
    copies = [act(w[:, :, compose[inverse[h]]], h, group) for h in range(order_of(group))]
    return np.stack(copies, axis=1).reshape(len(w) * order_of(group), -1, *w.shape[3:])


def _for_each(b: Any, group: str) -> Any:
    return None if b is None else np.repeat(np.asarray(b), order_of(group))


def _sum_over_group(db: Array | None, group: str) -> Array | None:
    return None if db is None else db.reshape(-1, order_of(group)).sum(axis=1)


def _with_group_axis(a: Array, group: str) -> Array:
    return a.reshape(len(a), a.shape[1] // order_of(group), order_of(group), *a.shape[2:])


def _without_group_axis(a: Any, group: str, name: str = "dy") -> Array:
    array = np.asarray(a)
    must_have_axes(name, array, "N, F, G, H, W" if name == "dy" else "N, C, G, H, W")
    must_have_group_axis(name, array, group)
    return array.reshape(len(array), array.shape[1] * array.shape[2], *array.shape[3:])
