"""The fast tiles: explicit vectors, an offset table instead of columns, and threads that the package owns.

`plan` turns a geometry into boxes and offsets, `boxes` copies cells into them, `direct` and `filters` run the tiles of
`vectors` over them: that serves every layer. Where filters are 3 × 3 and step by one cell, `winograd` and `winograd_dw`
need less than half of the products, `dilated` brings them dilated layers, and `depthwise` reads each cell once.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast import depthwise, dilated, direct, filters, winograd, winograd_dw

__all__ = ["conv", "conv_dw", "conv_dx"]

DENSE = SimpleNamespace(conv=winograd.conv, conv_dx=winograd.conv_dx, conv_dw=winograd_dw.conv_dw)
ANY = SimpleNamespace(conv=direct.conv, conv_dx=direct.conv_dx, conv_dw=filters.conv_dw)


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    """As the contract says, for finite w: where a special road finds a number that is not finite, the direct tile."""
    y = _road(g, x.dtype).conv(x, w, g)
    return ANY.conv(x, w, g) if y is None else y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    """As `conv`, with the roles of channels and filters exchanged."""
    dx = _road(g, dy.dtype).conv_dx(dy, w, g)
    return ANY.conv_dx(dy, w, g) if dx is None else dx


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    """As the contract says, where all numbers are finite: else not all of dw is."""
    road = _road(g, dy.dtype)
    dw = road.conv_dw(dy, x, g)
    return dw if road is ANY or np.isfinite(dw).all() else ANY.conv_dw(dy, x, g)


def _road(g: ConvGeometry, dtype: np.dtype[Any]) -> Any:
    """Choose who computes this layer."""
    if depthwise.is_for(g):
        return depthwise
    if winograd.is_for(g, dtype):
        return DENSE
    return dilated if dilated.is_for(g, dtype) else ANY
