"""ChainByHand: a layer, its loss and its gradients in numbers that can be changed, and one step downhill."""

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from convbp.conv import conv1d, conv1d_backward
from convbp.geometry import conv_geometry
from convbp.widgets.chain_sums import STEPS, all_sums, equation, packed
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, offered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 1_000_000  # a larger number has run away, and would not fit into its cell
MOST_CELLS = 8
SHOWS_GRADIENTS = 6


class Numbers(traitlets.List):
    """As many finite numbers as at the start."""

    def validate(self, obj: Any, value: Any) -> list[float]:
        """Return floats; a whole number stays whole, so that it is written without a point."""
        name = str(self.name)
        found = [_finite(name, entry) for entry in np.ravel(np.asarray(value, dtype=object))]
        if name in obj._trait_values and len(obj._trait_values[name]) not in (0, len(found)):
            raise ValueError(f"{name} must have {len(obj._trait_values[name])} numbers; got {value!r}")
        return found


class ChainByHand(anywidget.AnyWidget):
    """Change a number of a small layer and watch its loss and all gradients follow.

    The picture has two lanes: forward from x to L, and backward from dL to dx, each gradient beside the number that it
    belongs to. Step by step a row appears; the reader may work out its numbers first. The last step updates the filter
    and the bias, L = ½‖y − t‖².

    Parameters
    ----------
    x, w, t : sequence of numbers
        The input, the filter, and one target for each output.
    b : number
        The bias.
    stride, padding : int
        As in `conv1d`.
    eta : number or tuple of numbers
        The learning rates that the reader can choose from, the first at the start.
    step : int
        The row that has appeared last: 0 for the given numbers alone, then y, L, dy, db, dw, dx and, at 7, the update.

    Attributes
    ----------
    x, w, t : list of float
        The numbers in the cells; follow the reader, and can be set to as many others.
    b, eta : float
        Likewise.
    step : int
        The row that has appeared last.
    losses : list of float
        The losses before each update that was taken since the numbers were last changed.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If a value is not a number.

    Examples
    --------
    >>> chain = ChainByHand(x=[1, 2, 4, 7], w=[2, -1], b=1, t=[2, 1, 0])
    >>> chain.equation("dw0")
    'dw[0] = x[0]·dy[0] + x[1]·dy[1] + x[2]·dy[2] = 1·(−1) + 2·0 + 4·2 = 7'
    >>> chain.take_step()
    >>> chain.equation("b")
    'b = 0.99'
    """

    _esm = joined("frame.js", "chain_sums.js", "chain_by_hand.js")
    _css = styled("chain_by_hand.css")

    x: Any = Numbers().tag(sync=True)
    w: Any = Numbers().tag(sync=True)
    t: Any = Numbers().tag(sync=True)
    b: Any = traitlets.Float().tag(sync=True)
    eta: Any = Option().tag(sync=True)
    step = traitlets.Int(SHOWS_GRADIENTS, min=0, max=len(STEPS) - 1).tag(sync=True)
    losses: Any = traitlets.List().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)
    sums = traitlets.Unicode().tag(sync=True)
    steps: Any = traitlets.List().tag(sync=True)
    start: Any = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        x: Sequence[float] = (1, 2, 4, 7),
        w: Sequence[float] = (2, -1),
        b: float = 1,
        t: Sequence[float] = (2, 1, 0),
        *,
        stride: int = 1,
        padding: int = 0,
        eta: Any = (0.01, 0.003, 0.03, 0.05, 0.1),
        step: int = SHOWS_GRADIENTS,
    ) -> None:
        lines = {"x": _line("x", x), "w": _line("w", w), "t": _line("t", t)}
        rates = tuple(_positive(rate) for rate in offered("eta", eta))
        if isinstance(step, bool) or not isinstance(step, int):
            raise TypeError(f"step must be an int; got {step!r}")
        if not 0 <= step < len(STEPS):
            raise ValueError(f"step must be between 0 and {len(STEPS) - 1}; got {step}")
        self._geometry = conv_geometry((1, 1, len(lines["x"])), (1, 1, len(lines["w"])), stride=stride, padding=padding)
        outputs = self._geometry.output_shape[-1]
        if len(lines["t"]) != outputs:
            raise ValueError(f"t must have one number for each of the {outputs} outputs; got {t!r}")
        if max(len(lines["x"]), outputs) > MOST_CELLS:
            raise ValueError(f"x must have at most {MOST_CELLS} cells and outputs; got {len(lines['x'])} and {outputs}")
        self._arguments = {"stride": stride, "padding": padding, "eta": eta}
        self._sums = all_sums(self._geometry)
        given = {**lines, "b": _finite("b", b)}
        super().__init__(
            options={"eta": sorted(rates)},
            sums=packed(self._sums),
            steps=[list(texts) for texts in STEPS],
            start=given,
            step=step,
            eta=rates[0],
            **given,
        )

    @property
    def values(self) -> dict[str, float]:
        """Every number of the picture, such as ``values["dw0"]``, from the library."""
        x, w, t, b = np.array(self.x), np.array(self.w), np.array(self.t), float(self.b)
        y, loss = self._forward(x, w, b, t)
        dy = y - t
        options: Any = self._arguments["stride"], self._arguments["padding"]
        back: Any = conv1d_backward(
            dy[None, None], x[None, None], w[None, None], stride=options[0], padding=options[1], backend="loops"
        )
        dx, dw, db = back.dx[0, 0], back.dw[0, 0], float(back.db[0])
        new_w, new_b = w - self.eta * dw, b - self.eta * db
        new_y, new_loss = self._forward(x, new_w, new_b, t)
        rows = {"x": x, "w": w, "t": t, "y": y, "m": dy, "dy": dy, "dw": dw, "dx": dx}
        rows |= {"w′": new_w, "y′": new_y, "m′": new_y - t}
        alone = {"b": b, "L": loss, "dL": 1.0, "db": db, "η": float(self.eta), "b′": new_b, "L′": new_loss}
        cells = {f"{row}{at}": float(n) for row, numbers in rows.items() for at, n in enumerate(numbers)}
        return cells | alone

    def equation(self, cell: str) -> str:
        """Write the sum that makes a cell, such as ``"dw0"`` or ``"L"``, in letters and in numbers."""
        values = self.values
        if cell not in values:
            raise ValueError(f"cell must be one of {', '.join(values)}; got {cell!r}")
        return equation(self._sums, values, cell)

    def take_step(self) -> None:
        """Replace the filter and the bias by the updated ones."""
        values = self.values
        w, b = [values[f"w′{k}"] for k in range(len(self.w))], values["b′"]
        if max(map(abs, [*w, b])) > MOST:
            raise ValueError(f"eta must be small enough to keep w and b within {MOST}; got {self.eta}")
        with self.hold_sync():
            self.losses = [*self.losses, values["L"]]
            self.w, self.b = w, b

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.chain_figure import draw

        return draw(self.values, self._sums, self.step)

    def __repr__(self) -> str:
        lines = {name: [_short(n) for n in getattr(self, name)] for name in "xw"}
        numbers = {**lines, "b": _short(self.b), "t": [_short(n) for n in self.t]}
        arguments = {**numbers, **self._arguments, "step": self.step}
        return f"ChainByHand({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"

    def _forward(self, x: np.ndarray, w: np.ndarray, b: float, t: np.ndarray) -> tuple[np.ndarray, float]:
        stride, padding = self._arguments["stride"], self._arguments["padding"]
        layer: Any = conv1d
        y = layer(x[None, None], w[None, None], np.array([b]), stride=stride, padding=padding, backend="loops")[0, 0]
        return y, float(np.sum((y - t) ** 2) / 2)

    @traitlets.observe("x", "t")
    def _other_layer(self, _: Any) -> None:
        self.losses = []

    @traitlets.validate("b")
    def _finite_bias(self, proposal: Any) -> float:
        return _finite("b", proposal["value"])


def _line(name: str, value: Any) -> list[float]:
    entries: Any = value
    if np.ndim(entries) != 1 or not np.size(entries):
        raise ValueError(f"{name} must be a list of numbers; got {value!r}")
    return [_finite(name, entry) for entry in entries]


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be made of numbers; got {value!r}")
    number = float(value)
    if not isfinite(number) or abs(number) > MOST:
        raise ValueError(f"{name} must hold finite numbers within {MOST}; got {value!r}")
    return number


def _positive(rate: Any) -> float:
    number = _finite("eta", rate)
    if number <= 0:
        raise ValueError(f"eta must be above 0; got {rate}")
    return number


def _short(value: float) -> float:
    """Return a whole number as an int, which is written shorter."""
    return int(value) if value == int(value) else value
