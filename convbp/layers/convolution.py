"""Convolutions and transposed convolutions as layers that own their filters."""

from math import prod
from typing import Any, ClassVar

import numpy as np

from convbp.arrays import Array
from convbp.conv import (
    ConvGradients,
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
)
from convbp.conv_transpose import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
)
from convbp.geometry import ConvGeometry, conv_geometry, transpose_geometry, window_axes
from convbp.layers.base import Layer, Parameter, Shape, Spans, joined
from convbp.layers.initial import Seed, initial_weights
from convbp.options import at_least, integer, per_axis

CONV = {
    1: (conv1d, conv1d_backward),
    2: (conv2d, conv2d_backward),
    3: (conv3d, conv3d_backward),
}
CONV_TRANSPOSE = {
    1: (conv_transpose1d, conv_transpose1d_backward),
    2: (conv_transpose2d, conv_transpose2d_backward),
    3: (conv_transpose3d, conv_transpose3d_backward),
}


class _Filters(Layer):
    """What both kinds share: filters, biases and options that are checked once."""

    rank: ClassVar[int]
    functions: ClassVar[dict[int, Any]]

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel_size: Any,
        *,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        init: str = "he",
        rng: Seed = None,
        dtype: Any = np.float64,
    ) -> None:
        self.channels = at_least(1, "channels", integer("channels", channels))
        self.filters = at_least(1, "filters", integer("filters", filters))
        self.groups = at_least(1, "groups", integer("groups", groups))
        if self.channels % self.groups or self.filters % self.groups:
            raise ValueError(
                f"groups must divide channels and filters; got {groups} with {channels} channels, {filters} filters"
            )
        self.kernel = per_axis("kernel_size", kernel_size, self.rank)
        strides, dilations = per_axis("stride", stride, self.rank), per_axis("dilation", dilation, self.rank)
        window_axes((1,) * self.rank, self.kernel, strides, padding, dilations)  # refuses a malformed padding
        self.options = {"stride": strides, "padding": padding, "dilation": dilations, "groups": self.groups}
        shape = self._weight_shape()
        terms_in, terms_out = self._terms(prod(self.kernel), prod(strides))
        self.w = Parameter(initial_weights(shape, terms_in, terms_out, init, rng, dtype))
        self.b = Parameter(np.zeros(self.filters, self.w.value.dtype)) if bias else None

    def _weight_shape(self) -> Shape:
        raise NotImplementedError

    def _terms(self, taps: int, stride: int) -> tuple[float, float]:
        raise NotImplementedError

    def _geometry(self, input_shape: Shape) -> ConvGeometry:
        raise NotImplementedError

    def _forward(self, x: Array) -> tuple[Array, Array]:
        forward, _ = self.functions[self.rank]
        return forward(x, self.w.value, None if self.b is None else self.b.value, **self.options), x

    def _backward(self, dy: Array, kept: Array) -> Array:
        _, backward = self.functions[self.rank]
        gradients: ConvGradients = backward(dy, kept, self.w.value, **self.options)
        self.w.grad += gradients.dw
        if self.b is not None:
            self.b.grad += gradients.db
        assert gradients.dx is not None
        return gradients.dx

    def multiplies(self, input_shape: Shape) -> int:
        return self._geometry(input_shape).multiplies

    def _described(self) -> str:
        ones, zeros = (1,) * self.rank, (0,) * self.rank
        plain = {"stride": ones, "padding": 0, "output_padding": zeros, "dilation": ones, "groups": 1}
        return f"{self.channels}→{self.filters}, {shown(self.kernel, self.options, plain)}"


class _Conv(_Filters):
    functions = CONV

    def _weight_shape(self) -> Shape:
        return self.filters, self.channels // self.groups, *self.kernel

    def _terms(self, taps: int, stride: int) -> tuple[float, float]:
        return self.channels // self.groups * taps, self.filters // self.groups * taps / stride

    def _geometry(self, input_shape: Shape) -> ConvGeometry:
        return conv_geometry(input_shape, self.w.value.shape, **self.options)

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._geometry(input_shape).output_shape

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        return window_spans(self._geometry(input_shape), below)


class _ConvTranspose(_Filters):
    functions = CONV_TRANSPOSE

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel_size: Any,
        *,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        init: str = "he",
        rng: Seed = None,
        dtype: Any = np.float64,
    ) -> None:
        spacing = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        super().__init__(channels, filters, kernel_size, **spacing, bias=bias, init=init, rng=rng, dtype=dtype)
        self.options["output_padding"] = per_axis("output_padding", output_padding, self.rank, minimum=0)

    def _weight_shape(self) -> Shape:
        return self.channels, self.filters // self.groups, *self.kernel

    def _terms(self, taps: int, stride: int) -> tuple[float, float]:
        return self.channels // self.groups * taps / stride, self.filters // self.groups * taps

    def _geometry(self, input_shape: Shape) -> ConvGeometry:
        return transpose_geometry(input_shape, self.w.value.shape, **self.options)

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._geometry(input_shape).input_shape

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        axes = self._geometry(input_shape).axes
        return tuple(
            tuple(joined([cells[o] for o, _ in axis.readers(i)]) for i in range(axis.size))
            for axis, cells in zip(axes, below, strict=True)
        )


def window_spans(g: ConvGeometry, below: Spans) -> Spans:
    """Return what each window reads of the network's input, given what each cell under the window reads."""
    return tuple(
        tuple(joined([cells[i] for _, i in axis.window(o)]) for o in range(axis.outputs))
        for axis, cells in zip(g.axes, below, strict=True)
    )


def shown(kernel: tuple[int, ...], options: dict[str, Any], plain: dict[str, Any]) -> str:
    """Write the taps, and the options that are not the plain ones, each as one number where all axes agree."""
    words = ["×".join(map(str, kernel))]
    for name, value in options.items():
        if value != plain[name]:
            same = isinstance(value, tuple) and len(set(value)) == 1
            words.append(f"{name}={value[0] if same else value}".replace(" ", ""))
    return ", ".join(words)


class Conv2d(_Conv):
    """A layer of filters: `convbp.conv2d` with a `w` and a `b` of its own.

    Parameters
    ----------
    channels : int
        Channels of x.
    filters : int
        Maps of y.
    kernel_size : int or one int per axis
    stride, padding, dilation, groups
        As in `convbp.conv2d`.
    bias : bool
        Whether to add a bias to each map; it starts at 0.
    init : {"he", "glorot"}
        Variance of the first weights: "he" is 2/terms, for a relu behind the layer; "glorot" is
        2/(terms + terms of the backward pass). Terms are the products in one output, channels/groups·KH·KW, and in
        one input, filters/groups·KH·KW/stride². In a transposed convolution the two change places.
    rng : int, Generator or None
        Seed or generator of the first weights.
    dtype : float32 or float64
        Of the weights; y has NumPy's common type of x and w.

    Attributes
    ----------
    w : Parameter (F, C/groups, KH, KW)
    b : Parameter (F,) or None

    Raises
    ------
    ValueError, TypeError
        If an option breaks a rule.

    Examples
    --------
    >>> layer = Conv2d(1, 1, (1, 2), rng=0)
    >>> layer.w.value[...] = [1, -1]
    >>> layer([[[[5, 3, 4]]]])
    array([[[[ 2., -1.]]]])
    >>> layer.backward([[[[1, 10]]]])
    array([[[[  1.,   9., -10.]]]])
    >>> layer.w.grad, layer.b.grad
    (array([[[[35., 43.]]]]), array([11.]))
    """

    rank = 2


class Conv1d(_Conv):
    """A layer of filters along one axis: `convbp.conv1d` with a `w` and a `b` of its own; options as in `Conv2d`.

    Examples
    --------
    >>> Conv1d(3, 5, 2, stride=2, rng=0)(np.ones((1, 3, 7))).shape
    (1, 5, 3)
    """

    rank = 1


class Conv3d(_Conv):
    """A layer of filters along three axes: `convbp.conv3d` with a `w` and a `b` of its own; options as in `Conv2d`.

    Examples
    --------
    >>> Conv3d(1, 2, 3, padding="same", rng=0)(np.ones((1, 1, 4, 5, 6))).shape
    (1, 2, 4, 5, 6)
    """

    rank = 3


class ConvTranspose2d(_ConvTranspose):
    """A layer of stamps that enlarges maps: `convbp.conv_transpose2d` with a `w` and a `b` of its own.

    Parameters
    ----------
    channels, filters, kernel_size, stride, padding, dilation, groups, bias, init, rng, dtype
        As in `Conv2d`.
    output_padding : int or one int per axis
        As in `convbp.conv_transpose2d`.

    Attributes
    ----------
    w : Parameter (C, F/groups, KH, KW)
    b : Parameter (F,) or None

    Examples
    --------
    >>> ConvTranspose2d(3, 2, 2, stride=2, rng=0)(np.ones((1, 3, 4, 5))).shape
    (1, 2, 8, 10)
    """

    rank = 2


class ConvTranspose1d(_ConvTranspose):
    """A layer of stamps that lengthens signals: `convbp.conv_transpose1d`; options as in `ConvTranspose2d`.

    Examples
    --------
    >>> ConvTranspose1d(3, 2, 3, stride=2, output_padding=1, rng=0)(np.ones((1, 3, 4))).shape
    (1, 2, 10)
    """

    rank = 1


class ConvTranspose3d(_ConvTranspose):
    """A layer of stamps that enlarges volumes: `convbp.conv_transpose3d`; options as in `ConvTranspose2d`.

    Examples
    --------
    >>> ConvTranspose3d(3, 2, 2, rng=0)(np.ones((1, 3, 4, 5, 6))).shape
    (1, 2, 5, 6, 7)
    """

    rank = 3
