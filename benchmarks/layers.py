"""The layers that the benchmarks run: what kind, the shapes of x and w, and the options of the call."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, conv_geometry, pool_geometry, transpose_geometry


class Layer(NamedTuple):
    """One layer; of a pool, w is the shape of the window."""

    name: str
    kind: str
    x: tuple[int, ...]
    w: tuple[int, ...]
    options: dict[str, Any]

    @property
    def rank(self) -> int:
        return len(self.x) - 2

    @property
    def is_pool(self) -> bool:
        return self.kind.endswith("pool")

    @property
    def geometry(self) -> ConvGeometry:
        """Of a transposed convolution, the one that maps its result back."""
        if self.is_pool:
            return pool_geometry(self.x, self.w, **self.options)
        geometry = transpose_geometry if self.kind == "conv_transpose" else conv_geometry
        return geometry(self.x, self.w, **self.options)

    @property
    def y(self) -> tuple[int, ...]:
        g = self.geometry
        return g.input_shape if self.kind == "conv_transpose" else g.output_shape

    @property
    def operations(self) -> int:
        """A multiply and an addition for each product of one forward pass; a pool is not counted in products."""
        return 0 if self.is_pool else 2 * self.geometry.multiplies

    @property
    def cells(self) -> int:
        """Numbers that a pass at least reads or writes once."""
        return prod(self.x) + prod(self.y) + (0 if self.is_pool else prod(self.w))

    @property
    def may_skip_products(self) -> bool:
        """Winograd's algorithm serves 3 × 3 filters that step by one cell and read all channels, dilated or not."""
        axes, groups = self.geometry.axes, self.geometry.groups
        is_three = len(axes) == 2 and all((a.kernel, a.stride) == (3, 1) for a in axes)
        return not self.is_pool and groups == 1 and is_three

    def arrays(self, dtype: Any) -> tuple[Array, Array, Array]:
        """Return x, w and dy, the same numbers on every call."""
        rng = np.random.default_rng(0)
        x, w, dy = (rng.standard_normal(shape).astype(dtype) for shape in (self.x, self.w, self.y))
        return x, w, dy


LAYERS = (
    Layer("tiny", "conv", (1, 1, 5, 5), (1, 1, 3, 3), {}),
    Layer("check", "conv", (4, 3, 5, 5), (2, 3, 4, 4), {"stride": 2, "padding": 1}),
    Layer("cs231n", "conv", (100, 3, 31, 31), (25, 3, 3, 3), {"stride": 2, "padding": 1}),
    Layer("lenet1", "conv", (64, 1, 28, 28), (6, 1, 5, 5), {}),
    Layer("lenet2", "conv", (64, 6, 12, 12), (16, 6, 5, 5), {}),
    Layer("vgg", "conv", (32, 64, 32, 32), (64, 64, 3, 3), {"padding": 1}),
    Layer("res56", "conv", (8, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    Layer("res14", "conv", (8, 256, 14, 14), (256, 256, 3, 3), {"padding": 1}),
    Layer("res_s2", "conv", (8, 128, 56, 56), (256, 128, 3, 3), {"stride": 2, "padding": 1}),
    Layer("one1x1", "conv", (8, 256, 28, 28), (512, 256, 1, 1), {}),
    Layer("first7x7", "conv", (8, 3, 112, 112), (64, 3, 7, 7), {"stride": 2, "padding": 3}),
    Layer("depthwise", "conv", (8, 128, 28, 28), (128, 1, 3, 3), {"padding": 1, "groups": 128}),
    Layer("dilated", "conv", (4, 32, 64, 64), (32, 32, 3, 3), {"padding": 2, "dilation": 2}),
    Layer("conv1d", "conv", (16, 64, 4096), (64, 64, 9), {"padding": 4}),
    Layer("up4", "conv_transpose", (8, 64, 28, 28), (64, 32, 4, 4), {"stride": 2, "padding": 1}),
    Layer("up3", "conv_transpose", (8, 128, 14, 14), (128, 64, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    Layer("up1d", "conv_transpose", (16, 32, 512), (32, 16, 4), {"stride": 2, "padding": 1}),
    Layer("max2", "max_pool", (8, 64, 56, 56), (2, 2), {"stride": 2}),
    Layer("max3", "max_pool", (8, 64, 112, 112), (3, 3), {"stride": 2, "padding": 1}),
    Layer("max2small", "max_pool", (32, 16, 28, 28), (2, 2), {"stride": 2}),
    Layer("avg2", "avg_pool", (8, 64, 56, 56), (2, 2), {"stride": 2}),
    Layer("avg2small", "avg_pool", (32, 16, 28, 28), (2, 2), {"stride": 2}),
)
BY_NAME = {layer.name: layer for layer in LAYERS}
