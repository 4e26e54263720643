"""The fast tiles: explicit vectors, an offset table instead of columns, and threads that the package owns.

`plan` turns a geometry into boxes and offsets, `boxes` copies cells into them, `direct` and `filters` run the tiles of
`vectors` over them; `winograd` does a third of the work where filters are 3 × 3.
"""

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast import direct, winograd
from convbp.kernels.fast.filters import conv_dw

__all__ = ["conv", "conv_dw", "conv_dx"]


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    """As the contract says, for finite w: Winograd where it pays and finds all finite, else the direct tile."""
    y = winograd.conv(x, w, g) if winograd.is_for(g, x.dtype) else None
    return direct.conv(x, w, g) if y is None else y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    """As `conv`, with the roles of channels and filters exchanged."""
    dx = winograd.conv_dx(dy, w, g) if winograd.is_for(g, dy.dtype) else None
    return direct.conv_dx(dy, w, g) if dx is None else dx
