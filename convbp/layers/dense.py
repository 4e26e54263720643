"""Dense layers, and the step from maps to rows of numbers before them."""

from math import prod
from typing import Any

import numpy as np

from convbp.arrays import Array, checked
from convbp.layers.base import Layer, Parameter, Shape, Spans, joined
from convbp.layers.initial import Seed, initial_weights
from convbp.options import at_least, integer


class Linear(Layer):
    """A dense layer: y[n,f] = b[f] + Σ_c w[f,c]·x[n,c].

    It is a convolution whose filters are as large as the input.

    Parameters
    ----------
    channels : int
        Numbers in a row of x.
    filters : int
        Numbers in a row of y.
    bias, init, rng, dtype
        As in `Conv2d`, with `channels` terms in an output and `filters` in an input.

    Attributes
    ----------
    w : Parameter (F, C)
    b : Parameter (F,) or None

    Examples
    --------
    >>> layer = Linear(2, 1, rng=0)
    >>> layer.w.value[...] = [[3, 5]]
    >>> layer([[1, 10]]), layer.backward([[2]]), layer.w.grad
    (array([[53.]]), array([[ 6., 10.]]), array([[ 2., 20.]]))
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        *,
        bias: bool = True,
        init: str = "he",
        rng: Seed = None,
        dtype: Any = np.float64,
    ) -> None:
        shape = (
            at_least(1, "filters", integer("filters", filters)),
            at_least(1, "channels", integer("channels", channels)),
        )
        self.w = Parameter(initial_weights(shape, shape[1], shape[0], init, rng, dtype))
        self.b = Parameter(np.zeros(shape[0], self.w.value.dtype)) if bias else None

    def _forward(self, x: Array) -> tuple[Array, Array]:
        (read, w), dtype = checked(x=x, w=self.w.value)
        self.output_shape(read.shape)
        y = read @ w.T
        if self.b is not None:
            y += self.b.value
        return y.astype(dtype, copy=False), x

    def _backward(self, dy: Array, kept: Array) -> Array:
        (dy, x, w), dtype = checked(dy=dy, x=kept, w=self.w.value)
        self.w.grad += dy.T @ x
        if self.b is not None:
            self.b.grad += dy.sum(axis=0)
        return (dy @ w).astype(dtype, copy=False)

    def output_shape(self, input_shape: Shape) -> Shape:
        filters, channels = self.w.value.shape
        if len(input_shape) != 2 or input_shape[1] != channels:
            raise ValueError(f"x must have shape (N, {channels}), one row for each sample; got {tuple(input_shape)}")
        return input_shape[0], filters

    def multiplies(self, input_shape: Shape) -> int:
        return input_shape[0] * self.w.value.size

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        return tuple((joined(cells),) for cells in below)

    def _described(self) -> str:
        filters, channels = self.w.value.shape
        return f"{channels}→{filters}"


class Flatten(Layer):
    """Write each sample as one row: (N, C, H, W) becomes (N, C·H·W), in that order.

    Examples
    --------
    >>> Flatten()([[[1, 2], [3, 4]]])
    array([[1., 2., 3., 4.]])
    """

    def _forward(self, x: Array) -> tuple[Array, Shape]:
        (x,), dtype = checked(x=x)
        return x.reshape(self.output_shape(x.shape)).astype(dtype), x.shape

    def _backward(self, dy: Array, kept: Shape) -> Array:
        (dy,), dtype = checked(dy=dy)
        return dy.reshape(kept).astype(dtype)

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) < 2:
            raise ValueError(f"x must have at least 2 axes, the samples first; got shape {tuple(input_shape)}")
        return input_shape[0], prod(input_shape[1:])
