"""The right answers that several exercises share, from the library's loops: no batch, no channels, one filter."""

from typing import Any, cast

import numpy as np

from convbp.arrays import Array
from convbp.conv import conv1d_backward, conv2d_backward


def line_dx(dy: Any, w: Any, size: int, **options: Any) -> Array:
    """Return dx of a layer on a line of `size` cells."""
    g = conv1d_backward([[dy]], np.zeros((1, 1, size)), [[w]], backend="loops", **options)
    return cast(Array, g.dx)[0, 0]


def line_dw(dy: Any, x: Any, taps: int, **options: Any) -> Array:
    """Return dw of a layer on a line."""
    g = conv1d_backward([[dy]], [[x]], np.zeros((1, 1, taps)), backend="loops", **options)
    return cast(Array, g.dw)[0, 0]


def plane_dx(dy: Any, w: Any, H: int, W: int) -> Array:
    """Return dx of a layer on a plane of H rows and W columns."""
    return cast(Array, conv2d_backward([[dy]], np.zeros((1, 1, H, W)), [[w]], backend="loops").dx)[0, 0]


def plane_dw(dy: Any, x: Any) -> Array:
    """Return dw of a layer on a plane."""
    taps = np.subtract(np.shape(x), np.shape(dy)) + 1
    return cast(Array, conv2d_backward([[dy]], [[x]], np.zeros((1, 1, *taps)), backend="loops").dw)[0, 0]
