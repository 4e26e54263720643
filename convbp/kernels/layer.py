"""A layer: the convolutions of a backend with the geometry given, to be kept for the next call of the same shapes."""

from typing import Protocol, cast

from convbp.arrays import Array
from convbp.geometry import ConvGeometry


class Convolutions(Protocol):
    """The functions of the contract that take a geometry with each call: those of a backend."""

    def conv(self, x: Array, w: Array, g: ConvGeometry) -> Array: ...
    def conv_dx(self, dy: Array, w: Array, g: ConvGeometry) -> Array: ...
    def conv_dw(self, dy: Array, x: Array, g: ConvGeometry) -> Array: ...
    def conv_backward(self, dy: Array, x: Array, w: Array, g: ConvGeometry) -> tuple[Array, Array, Array]: ...


class Layer(Protocol):
    """The same for one geometry."""

    def conv(self, x: Array, w: Array) -> Array: ...
    def conv_dx(self, dy: Array, w: Array) -> Array: ...
    def conv_dw(self, dy: Array, x: Array) -> Array: ...
    def conv_backward(self, dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]: ...


def layer_for(backend: Convolutions, g: ConvGeometry) -> Layer:
    """Return what the backend has `prepared` for such a layer, else its functions with g bound to them."""
    if hasattr(backend, "prepared") and (layer := backend.prepared(g)) is not None:
        return cast(Layer, layer)
    return Bound(backend, g)


class Bound:
    """A layer that hands the geometry to a backend with each call."""

    def __init__(self, backend: Convolutions, g: ConvGeometry) -> None:
        self.backend, self.g = backend, g

    def conv(self, x: Array, w: Array) -> Array:
        return self.backend.conv(x, w, self.g)

    def conv_dx(self, dy: Array, w: Array) -> Array:
        return self.backend.conv_dx(dy, w, self.g)

    def conv_dw(self, dy: Array, x: Array) -> Array:
        return self.backend.conv_dw(dy, x, self.g)

    def conv_backward(self, dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
        return self.backend.conv_backward(dy, x, w, self.g)
