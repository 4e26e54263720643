"""A layer: the convolutions of a backend with the geometry given, to be kept for the next call of the same shapes."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from convbp.arrays import Array
from convbp.geometry import ConvGeometry


class Layer(Protocol):
    """The functions of the contract for one geometry."""

    def conv(self, x: Array, w: Array) -> Array: ...
    def conv_dx(self, dy: Array, w: Array) -> Array: ...
    def conv_dw(self, dy: Array, x: Array) -> Array: ...
    def conv_backward(self, dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]: ...


class Functions(NamedTuple):
    """The functions of a backend that has nothing to prepare for a geometry."""

    conv: Callable[[Array, Array, ConvGeometry], Array]
    conv_dx: Callable[[Array, Array, ConvGeometry], Array]
    conv_dw: Callable[[Array, Array, ConvGeometry], Array]
    conv_backward: Callable[[Array, Array, Array, ConvGeometry], tuple[Array, Array, Array]]


class Bound:
    """A layer that hands the geometry to such functions with each call."""

    def __init__(self, g: ConvGeometry, functions: Functions) -> None:
        self.g, self.functions = g, functions

    def conv(self, x: Array, w: Array) -> Array:
        return self.functions.conv(x, w, self.g)

    def conv_dx(self, dy: Array, w: Array) -> Array:
        return self.functions.conv_dx(dy, w, self.g)

    def conv_dw(self, dy: Array, x: Array) -> Array:
        return self.functions.conv_dw(dy, x, self.g)

    def conv_backward(self, dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
        return self.functions.conv_backward(dy, x, w, self.g)
