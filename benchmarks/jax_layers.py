"""The layers in JAX: every one is `lax.conv_general_dilated` or `lax.reduce_window` under XLA's compiler."""

from collections.abc import Callable
from math import prod
from typing import Any

from jax import lax, numpy

from layers import Layer

AXES = {1: ("NCH", "OIH", "NCH"), 2: ("NCHW", "OIHW", "NCHW"), 3: ("NCDHW", "OIDHW", "NCDHW")}


def forward_of(layer: Layer) -> Callable[..., Any]:
    """Return the layer as a function of x and, if it has one, w."""
    return {"conv": _conv, "conv_transpose": _conv_transpose, "max_pool": _pool, "avg_pool": _pool}[layer.kind](layer)


def _conv(layer: Layer) -> Callable[..., Any]:
    axes = layer.geometry.axes
    return lambda x, w: lax.conv_general_dilated(
        x,
        w,
        [a.stride for a in axes],
        [(a.before, a.after) for a in axes],
        rhs_dilation=[a.dilation for a in axes],
        feature_group_count=layer.geometry.groups,
        dimension_numbers=AXES[layer.rank],
    )


def _conv_transpose(layer: Layer) -> Callable[..., Any]:
    """A convolution of the input with zeros between its cells and the filter flipped, its first two axes exchanged."""
    axes, spatial = layer.geometry.axes, tuple(range(2, 2 + layer.rank))
    room = [(a.reach - 1 - a.before, a.reach - 1 - a.after + a.leftover) for a in axes]
    return lambda x, w: lax.conv_general_dilated(
        x,
        numpy.flip(w, spatial).swapaxes(0, 1),
        [1] * layer.rank,
        room,
        lhs_dilation=[a.stride for a in axes],
        rhs_dilation=[a.dilation for a in axes],
        dimension_numbers=AXES[layer.rank],
    )


def _pool(layer: Layer) -> Callable[..., Any]:
    axes = layer.geometry.axes
    window = (1, 1, *(a.kernel for a in axes)), (1, 1, *(a.stride for a in axes))
    ends = ((0, 0), (0, 0), *((a.before, a.after) for a in axes))
    if layer.kind == "max_pool":
        return lambda x: lax.reduce_window(x, -numpy.inf, lax.max, *window, ends)
    return lambda x: lax.reduce_window(x, 0.0, lax.add, *window, ends) / prod(layer.w)
