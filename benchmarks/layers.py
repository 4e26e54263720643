"""The layers that the benchmarks run: shapes of x and w, and the options of the call."""

from typing import Any, NamedTuple


class Layer(NamedTuple):
    """One convolution layer."""

    name: str
    x: tuple[int, ...]
    w: tuple[int, ...]
    options: dict[str, Any]


LAYERS = (
    Layer("tiny", (1, 1, 5, 5), (1, 1, 3, 3), {}),
    Layer("check", (4, 3, 5, 5), (2, 3, 4, 4), {"stride": 2, "padding": 1}),
    Layer("cs231n", (100, 3, 31, 31), (25, 3, 3, 3), {"stride": 2, "padding": 1}),
    Layer("lenet1", (64, 1, 28, 28), (6, 1, 5, 5), {}),
    Layer("lenet2", (64, 6, 12, 12), (16, 6, 5, 5), {}),
    Layer("vgg", (32, 64, 32, 32), (64, 64, 3, 3), {"padding": 1}),
    Layer("res56", (8, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    Layer("res14", (8, 256, 14, 14), (256, 256, 3, 3), {"padding": 1}),
    Layer("res_s2", (8, 128, 56, 56), (256, 128, 3, 3), {"stride": 2, "padding": 1}),
    Layer("one1x1", (8, 256, 28, 28), (512, 256, 1, 1), {}),
    Layer("first7x7", (8, 3, 112, 112), (64, 3, 7, 7), {"stride": 2, "padding": 3}),
    Layer("depthwise", (8, 128, 28, 28), (128, 1, 3, 3), {"padding": 1, "groups": 128}),
    Layer("dilated", (4, 32, 64, 64), (32, 32, 3, 3), {"padding": 2, "dilation": 2}),
    Layer("conv1d", (16, 64, 4096), (64, 64, 9), {"padding": 4}),
)
