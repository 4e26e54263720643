"""Every kind of layer once or more, on shapes whose axes all differ, with its counterpart in PyTorch."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from convbp import layers
from convbp.arrays import Array
from convbp.layers import Layer


class LayerCase(NamedTuple):
    """How to build a layer, what to put in, and how PyTorch builds the same."""

    name: str
    build: Callable[[Any], Layer]
    x: tuple[int, ...]
    judge: Callable[[Any], Any]

    def __str__(self) -> str:
        return self.name


def windowed(kind: str, x: tuple[int, ...], *args: Any, **options: Any) -> LayerCase:
    """A convolution: both libraries take the same arguments."""

    def build(dtype: Any) -> Layer:
        return getattr(layers, kind)(*args, rng=1, dtype=dtype, **options)

    return LayerCase(kind, build, x, lambda nn: getattr(nn, kind)(*args, **options))


def pooled(kind: str, x: tuple[int, ...], *args: Any, **options: Any) -> LayerCase:
    def judge(nn: Any) -> Any:
        return getattr(nn, kind.replace("Lp", "LP"))(*args, **options)

    return LayerCase(kind, lambda dtype: getattr(layers, kind)(*args, **options), x, judge)


def pointwise(kind: str, *args: Any) -> LayerCase:
    return LayerCase(
        kind, lambda dtype: getattr(layers, kind)(*args), (2, 3, 5, 4), lambda nn: getattr(nn, kind)(*args)
    )


def normalised(x: tuple[int, ...], torch_kind: str) -> LayerCase:
    def build(dtype: Any) -> Layer:
        layer = layers.BatchNorm(x[1], dtype=dtype, momentum=0.3)
        layer.scale.value += 0.5 * np.arange(x[1])
        layer.shift.value -= np.arange(x[1])
        return layer

    return LayerCase(f"BatchNorm-{len(x)}", build, x, lambda nn: getattr(nn, torch_kind)(x[1], momentum=0.3))


CASES = (
    windowed("Conv1d", (2, 3, 8), 3, 5, 3, stride=2, padding=1),
    windowed("Conv2d", (2, 4, 7, 9), 4, 6, (3, 2), stride=(2, 3), padding=(1, 0), dilation=(1, 2), groups=2),
    windowed("Conv2d", (2, 3, 5, 4), 3, 2, 1, bias=False),
    windowed("Conv3d", (2, 2, 4, 5, 6), 2, 3, (2, 3, 1), stride=(1, 2, 3)),
    windowed("ConvTranspose1d", (2, 3, 4), 3, 5, 3, stride=2, output_padding=1),
    windowed("ConvTranspose2d", (2, 4, 3, 5), 4, 6, (3, 2), stride=(2, 3), padding=(1, 0), groups=2, bias=False),
    windowed("ConvTranspose3d", (1, 2, 2, 3, 4), 2, 3, (3, 2, 1), stride=(1, 2, 3), output_padding=(0, 1, 2)),
    windowed("Linear", (4, 7), 7, 3),
    windowed("Linear", (4, 7), 7, 3, bias=False),
    LayerCase("Flatten", lambda dtype: layers.Flatten(), (2, 3, 4, 5), lambda nn: nn.Flatten()),
    pooled("MaxPool1d", (2, 3, 9), 3, stride=2, padding=1),
    pooled("MaxPool2d", (2, 3, 7, 8), (3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=True),
    pooled("MaxPool3d", (1, 2, 4, 5, 6), 2),
    pooled("AvgPool1d", (2, 3, 9), 3, stride=2, padding=1, count_include_pad=False),
    pooled("AvgPool2d", (2, 3, 7, 8), (3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=True),
    pooled("AvgPool3d", (1, 2, 4, 5, 6), 2),
    pooled("LpPool1d", (2, 3, 9), 2, 3, stride=2),
    pooled("LpPool2d", (2, 3, 7, 8), 2, (3, 2)),
    pooled("LpPool3d", (1, 2, 4, 5, 6), 2, 2),
    LayerCase("GlobalAvgPool", lambda dtype: layers.GlobalAvgPool(), (2, 3, 4, 5), lambda nn: nn.AdaptiveAvgPool2d(1)),
    normalised((5, 3), "BatchNorm1d"),
    normalised((2, 3, 4), "BatchNorm1d"),
    normalised((2, 3, 4, 5), "BatchNorm2d"),
    normalised((2, 3, 2, 3, 4), "BatchNorm3d"),
    *map(pointwise, ("Identity", "ReLU", "Sigmoid", "Tanh", "Softplus", "GELU", "SiLU")),
    pointwise("LeakyReLU", 0.2),
    pointwise("ELU", 1.5),
    LayerCase(
        "Sequential",
        lambda dtype: layers.Sequential(
            layers.Conv2d(3, 4, 3, padding=1, rng=2, dtype=dtype), layers.Tanh(), layers.AvgPool2d(2)
        ),
        (2, 3, 6, 4),
        lambda nn: nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2)),
    ),
)


def some_numbers(case: LayerCase, dtype: Any = np.float64) -> tuple[Layer, Array, Array]:
    """Return a layer, an input and a gradient for its output."""
    rng = np.random.default_rng(11)
    layer = case.build(dtype)
    x = rng.standard_normal(case.x).astype(dtype)
    return layer, x, rng.standard_normal(layer.output_shape(case.x)).astype(dtype)
