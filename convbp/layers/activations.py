"""The activations of `convbp.activation` as layers."""

from collections.abc import Callable
from typing import ClassVar

from convbp import activation
from convbp.arrays import Array
from convbp.layers.base import Layer


class _Activation(Layer):
    """A function of one number and its backward pass, with the options that both take."""

    functions: ClassVar[tuple[Callable[..., Array], Callable[..., Array]]]

    def __init__(self) -> None:
        self.options: dict[str, float] = {}

    def _forward(self, x: Array) -> tuple[Array, Array]:
        return self.functions[0](x, **self.options), x

    def _backward(self, dy: Array, kept: Array) -> Array:
        return self.functions[1](dy, kept, **self.options)

    def _described(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.options.items())


class Identity(_Activation):
    """Pass numbers on as they are: a place holder, and the shortcut of a residual block."""

    functions = activation.identity, activation.identity_backward


class ReLU(_Activation):
    """Pass positive numbers: `convbp.activation.relu`.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer([-2, 3]), layer.backward([10, 10])
    (array([0., 3.]), array([ 0., 10.]))
    """

    functions = activation.relu, activation.relu_backward


class LeakyReLU(_Activation):
    """Pass positive numbers, and a part of the others: `convbp.activation.leaky_relu`."""

    functions = activation.leaky_relu, activation.leaky_relu_backward

    def __init__(self, slope: float = 0.01) -> None:
        self.options = {"slope": activation.finite("slope", slope)}


class ELU(_Activation):
    """Pass positive numbers, let the others level off: `convbp.activation.elu`."""

    functions = activation.elu, activation.elu_backward

    def __init__(self, alpha: float = 1.0) -> None:
        self.options = {"alpha": activation.finite("alpha", alpha)}


class Sigmoid(_Activation):
    """Squeeze numbers between 0 and 1: `convbp.activation.sigmoid`."""

    functions = activation.sigmoid, activation.sigmoid_backward


class Tanh(_Activation):
    """Squeeze numbers between −1 and 1: `convbp.activation.tanh`."""

    functions = activation.tanh, activation.tanh_backward


class Softplus(_Activation):
    """A relu without its corner: `convbp.activation.softplus`."""

    functions = activation.softplus, activation.softplus_backward


class GELU(_Activation):
    """Weigh numbers by their normal probability: `convbp.activation.gelu`."""

    functions = activation.gelu, activation.gelu_backward


class SiLU(_Activation):
    """Weigh numbers by their sigmoid: `convbp.activation.silu`."""

    functions = activation.silu, activation.silu_backward
