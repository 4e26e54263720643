"""A sample on its way through a network and back: the map of each stage, its gradient, and what each unit reads."""

from collections.abc import Sequence
from copy import deepcopy
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

import numpy as np

from convbp.layers import Flatten, Layer, Sequential
from convbp.layers.base import Span
from convbp.loss import softmax, softmax_cross_entropy, softmax_cross_entropy_backward
from convbp.widgets.frame import minus

MOST_DECIMALS = 6


class Stage(NamedTuple):
    """What a layer makes. `spans` holds for each spatial axis what each of its cells reads of the picture."""

    name: str
    layer: str
    shape: tuple[int, ...]
    spans: tuple[tuple[Span, ...], ...]

    def packed(self) -> dict[str, Any]:
        """Write the shape and the spans as strings."""
        spans = [";".join("" if span is None else f"{span[0]} {span[1]}" for span in cells) for cells in self.spans]
        return {"name": self.name, "layer": self.layer, "shape": list(self.shape), "spans": spans}


class Passed(NamedTuple):
    """One sample at one stage: y, its gradient, and the size of the gradient of the layer's weights, if it has any."""

    y: np.ndarray
    dy: np.ndarray
    dw: float | None


def short_name(layer: Layer) -> str:
    """Name a card: conv for Conv2d, pool for MaxPool2d, dense for Linear."""
    name = type(layer).__name__.removesuffix("2d").removesuffix("1d")
    known = {"Conv": "conv", "MaxPool": "pool", "AvgPool": "pool", "LpPool": "pool", "Linear": "dense"}
    return known.get(name, name.lower())


def stages_of(model: Sequential, shape: tuple[int, ...]) -> list[Stage]:
    """Follow a shape through a network; flattening moves nothing, so that it has no card."""
    spans: Any = tuple(tuple((i, i) for i in range(size)) for size in shape[2:])
    stages, whole = [Stage("x", "picture", shape[1:], spans)], spans
    for layer in model:
        spans, shape = layer.spans(shape, spans), layer.output_shape(shape)
        if not isinstance(layer, Flatten):
            whole = tuple(cells[:1] for cells in spans) if len(shape) == 2 else spans
            stages.append(Stage(short_name(layer), repr(layer), shape[1:], whole))
    last = tuple(cells[:1] for cells in whole)
    classes = shape[1:]
    return [*stages, Stage("softmax", "softmax", classes, last), Stage("loss", "cross-entropy", (1,), last)]


def passed(model: Sequential, x: np.ndarray, label: int) -> list[Passed]:
    """Send one sample forward, layer by layer, and its gradient back; the model itself stays as it is."""
    model = deepcopy(model).eval()
    model.zero_grad()
    maps = [x]
    for layer in model:
        maps.append(layer(maps[-1]))
    scores, labels = maps[-1], np.array([label])
    p = softmax(scores)
    gradients = [softmax_cross_entropy_backward(1.0, scores, labels)]
    for layer in reversed(list(model)):
        gradients.insert(0, layer.backward(gradients[0]))
    dp = np.zeros_like(p)
    dp[0, label] = -1 / p[0, label]
    made = [Passed(x[0], gradients[0][0], None)]
    for layer, y, dy in zip(model, maps[1:], gradients[1:], strict=True):
        if not isinstance(layer, Flatten):
            weights = [np.ravel(parameter.grad) for parameter in layer.parameters()]
            made.append(Passed(y[0], dy[0], norm(np.concatenate(weights)) if weights else None))
    loss = np.array([float(softmax_cross_entropy(scores, labels))])
    return [*made, Passed(p[0], dp[0], None), Passed(loss, np.ones(1), None)]


def norm(values: np.ndarray) -> float:
    """Return the Euclidean length of all entries together."""
    return float(np.sqrt(np.sum(values * values)))


def decimals(values: np.ndarray) -> int:
    """Choose how many decimals to show: the largest entry has three digits, 5.30, or two behind a zero, 0.053."""
    largest = Decimal(f"{float(np.max(np.abs(values), initial=0.0)):.9e}")
    power = largest.adjusted()
    return 0 if not largest else max(0, 2 - power) if power >= 0 else min(MOST_DECIMALS, 1 - power)


def rounded(values: np.ndarray, places: int) -> list[int]:
    """Round to whole numbers of 10^−places; the last bits, in which machines may differ, go first."""
    steady = (Decimal(f"{float(value):.10f}") for value in values.flat)
    unit = Decimal(1).scaleb(-places)
    return [int((value / unit).to_integral_value(ROUND_HALF_EVEN)) for value in steady]


def texts(values: np.ndarray) -> list[str]:
    """Write every number with the decimals of its map, as the page does."""
    places = decimals(values)
    return [minus(f"{Decimal(number).scaleb(-places):.{places}f}") for number in rounded(values, places)]


def packed(stage: Passed) -> dict[str, str]:
    """Write y and dy as whole numbers with their count of decimals in front, and the sizes of the gradients."""
    sent = {"norm": f"{norm(stage.dy):.3g}", "dw": "" if stage.dw is None else f"{stage.dw:.3g}"}
    for name, values in (("y", stage.y), ("dy", stage.dy)):
        places = decimals(values)
        sent[name] = f"{places};" + " ".join(map(str, rounded(values, places)))
    return sent


def unit_name(stage: Stage, index: Sequence[int]) -> str:
    """Write a unit as conv[2,3,4]: map, row, column."""
    return f"{stage.name}[{','.join(map(str, index))}]"


def field(stage: Stage, index: Sequence[int]) -> list[Span]:
    """Return the rows and the columns of the picture that a unit reads."""
    at = index[1:] if len(stage.shape) > 1 else [0] * len(stage.spans)
    return [cells[i] for cells, i in zip(stage.spans, at, strict=True)]
