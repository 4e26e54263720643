"""NetworkStepper: a real digit forward and backward through a trained network, every map and every gradient."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from convbp.layers import Sequential
from convbp.widgets.digit_network import digit_network
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import whole
from convbp.widgets.network_stages import (
    Passed,
    Stage,
    field,
    packed,
    passed,
    stages_of,
    texts,
    unit_name,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_UNITS = 200
MOST_MAPS = 8


class NetworkStepper(anywidget.AnyWidget):
    """Show a sample at every layer of a network: what it makes going forward, and its gradient coming back.

    Parameters
    ----------
    samples : sequence of int
        Numbers of the digits to choose from, as `convbp.data.digits` counts them; the first is shown at the start.
    model : Sequential, optional
        Ends in one score for each class. A small network that has learnt the digits when not given. It is not changed.
    images : array (N, C, H, W), optional
        Samples of your own instead of the digits; then `labels` is needed, and `samples` counts these.
    labels : array of int (N,), optional
    selection : dict, optional
        The unit pointed at, such as ``{"stage": 1, "index": [0, 2, 3]}``: map, row and column, or the number of a
        score.

    Attributes
    ----------
    sample : int
        Which of `samples` is shown, from 0; follows the reader, and can be set.
    direction : {"forward", "backward"}
        What the enlarged map shows: the numbers, or their gradients.
    step : int
        How far the passes have come: the stages forward first, then backward.
    selection : dict
        Follows the reader, and can be set.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    ImportError
        If digits are asked for and scikit-learn is not installed.

    Examples
    --------
    >>> stepper = NetworkStepper(samples=[3])
    >>> stepper.selection = {"stage": 3, "index": [1, 0, 2]}
    >>> stepper.sentence()
    'pool[1,0,2] = 0.87, δ = −0.010. It reads rows 0 to 3 and columns 4 to 7 of the picture.'
    """

    _esm = joined("frame.js", "network_maps.js", "network_stepper.js")
    _css = styled("network_stepper.css")

    stages: Any = traitlets.List().tag(sync=True)
    passes: Any = traitlets.List().tag(sync=True)
    labels: Any = traitlets.List().tag(sync=True)
    sample = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    direction = traitlets.Unicode("forward").tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        samples: Sequence[int] = (2, 9, 5, 53),
        model: Sequential | None = None,
        *,
        images: Any = None,
        labels: Any = None,
        selection: dict[str, Any] | None = None,
    ) -> None:
        x, classes = _chosen(samples, images, labels)
        network = digit_network() if model is None else model
        self._stages = stages_of(network, (1, *x.shape[1:]))
        _must_be_readable(self._stages)
        self._passes = [passed(network, x[n : n + 1], int(classes[n])) for n in range(len(x))]
        super().__init__(
            stages=[stage.packed() for stage in self._stages],
            passes=[[packed(stage) for stage in one] for one in self._passes],
            labels=[int(label) for label in classes],
            step=2 * len(self._stages) - 1,
        )
        self.selection = (
            {"stage": 1, "index": [n // 2 for n in self._stages[1].shape]} if selection is None else selection
        )
        self._arguments = {"samples": list(samples)} | ({"selection": selection} if selection is not None else {})

    def at(self, stage: int) -> tuple[Stage, Passed]:
        """Return a stage, and the shown sample there."""
        return self._stages[stage], self._passes[self.sample][stage]

    def sentence(self) -> str:
        """Say what the selected unit holds, what comes back to it, and which part of the picture it reads."""
        if not self.selection:
            return ""
        (stage, here), index = self.at(self.selection["stage"]), tuple(self.selection["index"])
        number = int(np.ravel_multi_index(index, stage.shape))
        y, dy = texts(here.y)[number], texts(here.dy)[number]
        words = [
            f"{axis} {span[0]} to {span[1]}" if span[1] > span[0] else f"{axis[:-1]} {span[0]}"
            for axis, span in zip(("rows", "columns"), field(stage, index), strict=True)
            if span is not None
        ]
        reads = f"It reads {' and '.join(words)} of the picture." if len(words) == 2 else "It reads padding only."
        return f"{unit_name(stage, index)} = {y}, δ = {dy}. {reads}"

    def verdict(self) -> str:
        """Say what the network reads, and what the right answer costs."""
        label, (p, loss) = self.labels[self.sample], (stage.y for stage in self._passes[self.sample][-2:])
        costs = f"p({label}) = {texts(p)[label]}, loss = {texts(loss)[0]}"
        return f"A {label} is read as {int(np.argmax(p))}; {costs}."

    def figure(self) -> "Figure":
        """Draw every map and every gradient of the shown sample as a Matplotlib figure, for print."""
        from convbp.widgets.network_figure import draw

        return draw(self._stages, self._passes[self.sample], f"{self.verdict()} {self.sentence()}")

    def __repr__(self) -> str:
        return f"NetworkStepper({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    @traitlets.validate("sample")
    def _known_sample(self, proposal: Any) -> int:
        return _within("sample", proposal["value"], len(self._passes))

    @traitlets.validate("step")
    def _known_step(self, proposal: Any) -> int:
        return _within("step", proposal["value"], 2 * len(self._stages))

    @traitlets.validate("direction")
    def _known_direction(self, proposal: Any) -> str:
        if proposal["value"] not in ("forward", "backward"):
            raise ValueError(f"direction must be 'forward' or 'backward'; got {proposal['value']!r}")
        return str(proposal["value"])

    @traitlets.validate("selection")
    def _known_unit(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"stage", "index"}:
            raise ValueError(f'selection must be {{}} or hold a "stage" and an "index"; got {value}')
        stage = _within("stage of the selection", value["stage"], len(self._stages))
        shape, index = self._stages[stage].shape, [int(n) for n in np.ravel(whole("selection", value["index"]))]
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise ValueError(f"selection must name a unit of {self._stages[stage].name}, shape {shape}; got {value}")
        return {"stage": stage, "index": index}


def _chosen(samples: Sequence[int], images: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    if images is None:
        from convbp.data import digits

        images, labels = digits()
    x, classes = np.asarray(images, dtype=float), whole("labels", [] if labels is None else labels)
    if x.ndim != 4 or classes.shape != x.shape[:1]:
        raise ValueError(f"images must be (N, C, H, W) with N labels; got shapes {x.shape} and {classes.shape}")
    chosen = [_within("samples", int(n), len(x)) for n in whole("samples", list(samples))]
    return x[chosen], classes[chosen]


def _within(name: str, value: int, count: int) -> int:
    if not 0 <= value < count:
        raise ValueError(f"{name} must lie in 0 to {count - 1}; got {value}")
    return value


def _must_be_readable(stages: Sequence[Stage]) -> None:
    for stage in stages:
        maps, units = (stage.shape[0], int(np.prod(stage.shape[1:]))) if len(stage.shape) > 1 else (1, stage.shape[0])
        if maps > MOST_MAPS or units > MOST_UNITS:
            rule = f"have at most {MOST_MAPS} maps of {MOST_UNITS} units in each layer"
            raise ValueError(f"model must {rule}; got shape {stage.shape} behind {stage.layer}")
