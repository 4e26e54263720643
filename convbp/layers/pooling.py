"""Poolings as layers: they have no weights, but the largest cells have to be remembered for the way back."""

from typing import Any, ClassVar

from convbp.activation import finite
from convbp.arrays import Array
from convbp.avg_pool import (
    avg_pool1d,
    avg_pool1d_backward,
    avg_pool2d,
    avg_pool2d_backward,
    avg_pool3d,
    avg_pool3d_backward,
)
from convbp.geometry import ConvGeometry, pool_geometry
from convbp.global_pool import global_avg_pool, global_avg_pool_backward
from convbp.layers.base import Layer, Shape, Spans, joined
from convbp.layers.convolution import shown, window_spans
from convbp.options import per_axis
from convbp.pool import (
    max_pool1d,
    max_pool1d_backward,
    max_pool2d,
    max_pool2d_backward,
    max_pool3d,
    max_pool3d_backward,
)
from convbp.smooth_pool import (
    lp_pool1d,
    lp_pool1d_backward,
    lp_pool2d,
    lp_pool2d_backward,
    lp_pool3d,
    lp_pool3d_backward,
)


class _Pool(Layer):
    """What all kinds share: windows, checked once."""

    rank: ClassVar[int]
    functions: ClassVar[dict[int, Any]]

    def __init__(
        self,
        kernel_size: Any,
        *,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel = per_axis("kernel_size", kernel_size, self.rank)
        strides = self.kernel if stride is None else per_axis("stride", stride, self.rank)
        dilations = per_axis("dilation", dilation, self.rank)
        self.windows = {"stride": strides, "padding": padding, "dilation": dilations, "ceil_mode": ceil_mode}
        large_enough = (d * k for d, k in zip(dilations, self.kernel, strict=True))
        self._geometry((1, 1, *large_enough))  # refuses malformed options before any input is there

    def _geometry(self, input_shape: Shape) -> ConvGeometry:
        if len(input_shape) != self.rank + 2:
            raise ValueError(f"x must have {self.rank + 2} axes, {self.rank} of them spatial; got {tuple(input_shape)}")
        return pool_geometry(input_shape, self.kernel, **self.windows)

    def output_shape(self, input_shape: Shape) -> Shape:
        return self._geometry(input_shape).output_shape

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        return window_spans(self._geometry(input_shape), below)

    def _described(self) -> str:
        plain = {"stride": self.kernel, "padding": 0, "dilation": (1,) * self.rank, "ceil_mode": False}
        return shown(self.kernel, self.windows, plain)


class _MaxPool(_Pool):
    functions: ClassVar[dict[int, Any]] = {
        1: (max_pool1d, max_pool1d_backward),
        2: (max_pool2d, max_pool2d_backward),
        3: (max_pool3d, max_pool3d_backward),
    }

    def _forward(self, x: Array) -> tuple[Array, tuple[Array, Shape]]:
        forward, _ = self.functions[self.rank]
        y, indices = forward(x, self.kernel, **self.windows)
        return y, (indices, x.shape)

    def _backward(self, dy: Array, kept: tuple[Array, Shape]) -> Array:
        _, backward = self.functions[self.rank]
        return backward(dy, *kept)


class _AvgPool(_Pool):
    functions: ClassVar[dict[int, Any]] = {
        1: (avg_pool1d, avg_pool1d_backward),
        2: (avg_pool2d, avg_pool2d_backward),
        3: (avg_pool3d, avg_pool3d_backward),
    }

    def __init__(
        self,
        kernel_size: Any,
        *,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
        self.options = {**self.windows, "count_include_pad": count_include_pad}

    def _forward(self, x: Array) -> tuple[Array, Shape]:
        forward, _ = self.functions[self.rank]
        return forward(x, self.kernel, **self.options), x.shape

    def _backward(self, dy: Array, kept: Shape) -> Array:
        _, backward = self.functions[self.rank]
        return backward(dy, kept, self.kernel, **self.options)


class _LpPool(_Pool):
    functions: ClassVar[dict[int, Any]] = {
        1: (lp_pool1d, lp_pool1d_backward),
        2: (lp_pool2d, lp_pool2d_backward),
        3: (lp_pool3d, lp_pool3d_backward),
    }

    def __init__(
        self,
        p: float,
        kernel_size: Any,
        *,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
        if not finite("p", p) >= 1:
            raise ValueError(f"p must be at least 1; got {p!r}")
        self.p = p

    def _forward(self, x: Array) -> tuple[Array, Array]:
        forward, _ = self.functions[self.rank]
        return forward(x, self.p, self.kernel, **self.windows), x

    def _backward(self, dy: Array, kept: Array) -> Array:
        _, backward = self.functions[self.rank]
        return backward(dy, kept, self.p, self.kernel, **self.windows)

    def _described(self) -> str:
        return f"p={self.p}, {super()._described()}"


class MaxPool2d(_MaxPool):
    """Keep the largest cell of each window: `convbp.max_pool2d` as a layer that remembers the winners.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode
        As in `convbp.max_pool2d`; by default windows touch.

    Examples
    --------
    >>> layer = MaxPool2d((1, 2))
    >>> layer([[[[1, 3, 5, 2]]]]), layer.backward([[[[10, 20]]]])
    (array([[[[3., 5.]]]]), array([[[[ 0., 10., 20.,  0.]]]]))
    """

    rank = 2


class MaxPool1d(_MaxPool):
    """Keep the largest cell of each window along one axis; options as in `MaxPool2d`."""

    rank = 1


class MaxPool3d(_MaxPool):
    """Keep the largest cell of each window along three axes; options as in `MaxPool2d`."""

    rank = 3


class AvgPool2d(_AvgPool):
    """Average each window: `convbp.avg_pool2d` as a layer.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        As in `convbp.avg_pool2d`; by default windows touch.

    Examples
    --------
    >>> layer = AvgPool2d((1, 2))
    >>> layer([[[[1, 3, 5, 2]]]]), layer.backward([[[[10, 20]]]])
    (array([[[[2. , 3.5]]]]), array([[[[ 5.,  5., 10., 10.]]]]))
    """

    rank = 2


class AvgPool1d(_AvgPool):
    """Average each window along one axis; options as in `AvgPool2d`."""

    rank = 1


class AvgPool3d(_AvgPool):
    """Average each window along three axes; options as in `AvgPool2d`."""

    rank = 3


class LpPool2d(_LpPool):
    """Take the norm (Σ|x|ᵖ)^(1/p) of each window: `convbp.lp_pool2d` as a layer.

    Parameters
    ----------
    p : float
        At least 1; 2 is the usual length.
    kernel_size, stride, padding, dilation, ceil_mode
        As in `convbp.lp_pool2d`; by default windows touch.

    Examples
    --------
    >>> layer = LpPool2d(2, (1, 2))
    >>> layer([[[[3, 4]]]]), layer.backward([[[[10]]]])
    (array([[[[5.]]]]), array([[[[6., 8.]]]]))
    """

    rank = 2


class LpPool1d(_LpPool):
    """Take the norm of each window along one axis; options as in `LpPool2d`."""

    rank = 1


class LpPool3d(_LpPool):
    """Take the norm of each window along three axes; options as in `LpPool2d`."""

    rank = 3


class GlobalAvgPool(Layer):
    """Average each channel over all its cells: `convbp.global_avg_pool` as a layer, for every rank.

    Examples
    --------
    >>> layer = GlobalAvgPool()
    >>> layer([[[[1, 2], [3, 6]]]]), layer.backward([[[[8]]]])
    (array([[[[3.]]]]), array([[[[2., 2.],
             [2., 2.]]]]))
    """

    def _forward(self, x: Array) -> tuple[Array, Shape]:
        return global_avg_pool(x), x.shape

    def _backward(self, dy: Array, kept: Shape) -> Array:
        return global_avg_pool_backward(dy, kept)

    def output_shape(self, input_shape: Shape) -> Shape:
        return *input_shape[:2], *(1 for _ in input_shape[2:])

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        return tuple((joined(cells),) for cells in below)
