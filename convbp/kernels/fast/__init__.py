"""The fast tiles: explicit vectors, an offset table instead of columns, and threads that the package owns.

`plan` turns a geometry into boxes and offsets, `boxes` copies cells into them, `direct` and `filters` run the tiles of
`vectors` over them; `winograd` and `winograd_dw` need less than half of the products where filters are 3 × 3.
"""

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast import direct, filters, winograd, winograd_dw

__all__ = ["conv", "conv_dw", "conv_dx"]


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    """As the contract says, for finite w: Winograd where it pays and finds all finite, else the direct tile."""
    y = winograd.conv(x, w, g) if winograd.is_for(g, x.dtype) else None
    return direct.conv(x, w, g) if y is None else y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    """As `conv`, with the roles of channels and filters exchanged."""
    dx = winograd.conv_dx(dy, w, g) if winograd.is_for(g, dy.dtype) else None
    return direct.conv_dx(dy, w, g) if dx is None else dx


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    """As the contract says, where all numbers are finite: else not all of dw is."""
    if winograd.is_for(g, dy.dtype):
        dw = winograd_dw.conv_dw(dy, x, g)
        if np.isfinite(dw).all():
            return dw
    return filters.conv_dw(dy, x, g)
