"""PoolRouting: who wins each window of a pool, and where its gradient goes."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.options import at_least, integer, per_axis
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, WholeNumbers, ints, numbers, offered, whole, window_options
from convbp.widgets.pool_reading import KINDS, Pooled, backward_equation, check_line, forward_equation, pool
from convbp.widgets.pool_tables import PoolTable, answers, make_pool_table
from convbp.widgets.table_figure import TableFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

X_VALUES = (1, 3, 2, 0, 4, 4, 2, 3, 5, 1, 0, 2, 0, 1, 5, 2, 3, 3, 2, 0, 1, 4, 1, 0)
DY_VALUES = (4, 8, 12, 4, 16, 8)
DIRECTIONS = ("forward", "backward")
USUAL_VALUES = range(-5, 10)
USUAL = {"kind": KINDS, "p": 2, "values": USUAL_VALUES, "direction": "backward"}
GRID = {"input": "x", "output": "y"}


def _sent(array: np.ndarray, _: object) -> Any:
    return array.astype(int).tolist()


class PoolRouting(TableFigure):
    """Show which cells win the windows of a pool, and how each window's gradient drops back to them.

    The numbers can be edited in the page, with no Python behind: it holds the windows of every setting, and what the
    library answers for the numbers that are allowed.

    Parameters
    ----------
    size : int or two ints
        Cells of the input, on one axis or two.
    kernel_size, stride, padding : one option or a tuple of options
        What the reader can choose from, the first at the start. An option is an int, a tuple for two axes, or for
        padding also "same" or "valid". Options that the library refuses are shown with its reason.
    kind : one of `KINDS` or a tuple of them, optional
        How a window is summed up; all of them when not given.
    p : int
        The power of Lp.
    values : sequence of int
        The numbers allowed in x, one after the other.
    x : array of int, optional
    dy : array of int, optional
        The gradients of the outputs in reading order, repeated as often as needed.
    selection : dict, optional
        What is pinned at the start, such as ``{"kind": "output", "index": [0, 1]}``; kind is "input" or "output".
    direction : {"backward", "forward"}

    Attributes
    ----------
    x, dy : numpy.ndarray
        The numbers in the cells; they follow the reader, and can be set, x to another size too.
    kernel_size, stride, padding, kind, direction, selection
        What is shown; follows the reader, and can be set.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If a size or an option is not made of ints.

    Examples
    --------
    The largest cell wins both windows, so that it collects both gradients:

    >>> routing = PoolRouting(size=3, kernel_size=2, stride=1, padding=0, x=[1, 5, 2], dy=[4, 3])
    >>> routing.selection = {"kind": "input", "index": [1]}
    >>> routing.equation()
    'dx[1] = 4 + 3 = 7'
    >>> routing.check_line()
    'sum in: Σ dy = 7; sum out: Σ dx = 7 ✓'
    """

    _esm = joined("frame.js", "options.js", "pool_tables.js", "pool_routing.js")
    _css = styled("pool_routing.css")

    kernel_size: Any = Option().tag(sync=True)
    stride: Any = Option().tag(sync=True)
    padding: Any = Option().tag(sync=True)
    x: Any = WholeNumbers().tag(sync=True, to_json=_sent)
    dy: Any = WholeNumbers(flat=True).tag(sync=True, to_json=_sent)
    kinds = traitlets.List(list(KINDS)).tag(sync=True)
    kind = traitlets.Unicode(KINDS[0]).tag(sync=True)
    direction = traitlets.Unicode("backward").tag(sync=True)
    p = traitlets.Int(2).tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        size: Any = (4, 6),
        kernel_size: Any = (2, 3),
        stride: Any = (2, 1),
        padding: Any = (0, 1),
        *,
        kind: Any = KINDS,
        p: int = 2,
        values: Sequence[int] = USUAL_VALUES,
        x: Any = None,
        dy: Sequence[int] | None = None,
        selection: dict[str, Any] | None = None,
        direction: str = "backward",
    ) -> None:
        sizes = ints("size", size)
        options = window_options(len(sizes), kernel_size=kernel_size, stride=stride, padding=padding)
        kinds = offered("kind", kind)
        if not set(kinds) <= set(KINDS):
            raise ValueError(f"kind must be one of {KINDS}; got {kind!r}")
        at_least(1, "p", integer("p", p))
        allowed = _successive(values)
        self._values = range(allowed[0], allowed[-1] + 1)
        most = max(prod(per_axis("kernel_size", option, len(sizes))) for option in options["kernel_size"])
        arrays = {
            "x": numbers("x", x, X_VALUES, sizes),
            "dy": whole("dy", DY_VALUES if dy is None else dy),
        }
        super().__init__(
            options,
            arrays,
            kinds=list(kinds),
            kind=kinds[0],
            p=p,
            answers=answers(allowed, p, most),
            direction=direction,
            selection={},
        )
        self.dy = np.resize(self.dy, max(len(table.reads) for table in self.tables) or 1)
        self.selection = self._first_window() if selection is None else selection
        alone = {name: choices[0] if len(choices) == 1 else choices for name, choices in options.items()}
        others = {
            "kind": kind,
            "p": p,
            "values": values,
            "x": x,
            "dy": dy,
            "selection": selection,
            "direction": direction,
        }
        plain = {name: _plain(value) for name, value in others.items()}
        self._arguments = {"size": size, **alone} | {n: v for n, v in plain.items() if v != USUAL.get(n)}

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> PoolTable:
        """Ask the geometry which cells the windows read under one combination of the options."""
        x = arrays["x"]
        if not set(np.ravel(x)) <= set(self._values):
            raise ValueError(f"x must lie in {self._values[0]} to {self._values[-1]}; got {np.asarray(x).tolist()}")
        return make_pool_table(x.shape, chosen["kernel_size"], chosen["stride"], chosen["padding"])

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the present table has the selected cell."""
        axes = getattr(self.table, GRID[selection["kind"]])
        index = selection["index"]
        return len(index) == len(axes) and all(i in along for i, along in zip(index, axes, strict=True))

    def pooled(self) -> Pooled:
        """Return y, dx and the part that each output sends to each input cell, as the library computes them."""
        names = ("kernel_size", "stride", "padding")
        return pool(self.kind, self.table, self.x, self._shown_dy(), self.p, **{n: getattr(self, n) for n in names})

    def equation(self) -> str:
        """Write how the pinned cell is made, or what it collects or sends back; an empty string when none is pinned."""
        if not self.selection:
            return ""
        found = self.pooled()
        if self.direction == "backward":
            return backward_equation(self.table, found, self._shown_dy(), *self._pinned())
        return forward_equation(self.table, found, self.x, self.kind, self.p, *self._pinned())

    def check_line(self) -> str:
        """Compare the sum of all gradients that come in with the sum of those that go out."""
        return check_line(self.kind, self.pooled(), self.x, self._shown_dy())

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.pool_figure import draw

        lines = [self.equation(), self.check_line() if self.direction == "backward" else ""]
        pinned = self._pinned() if self.selection else ("", -1)
        words = self.table.empty or ". ".join(filter(None, lines))
        return draw(self.table, self.x, self._shown_dy(), self.pooled(), self.direction, *pinned, words)

    def __repr__(self) -> str:
        return f"PoolRouting({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _shown_dy(self) -> np.ndarray:
        return np.resize(self.dy, len(self.table.reads))

    def _first_window(self) -> dict[str, Any]:
        return {"kind": "output", "index": [0] * self.x.ndim} if self.table.reads else {}

    def _pinned(self) -> tuple[str, int]:
        kind, index = self.selection["kind"], self.selection["index"]
        axes = getattr(self.table, GRID[kind])
        places = [along.index(i) for along, i in zip(axes, index, strict=True)]
        return kind, int(np.ravel_multi_index(places, [len(along) for along in axes]))

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"kind", "index"} or value["kind"] not in GRID:
            raise ValueError(
                f'selection must be {{}} or hold a "kind" out of {tuple(GRID)} and an "index"; got {value}'
            )
        index = [int(n) for n in np.ravel(whole("selection", value["index"]))]
        if not self.has_selected({"kind": value["kind"], "index": index}):
            raise ValueError(f"selection must name a cell of the present table; got {value}")
        return {"kind": value["kind"], "index": index}

    @traitlets.validate("kind")
    def _known_kind(self, proposal: Any) -> str:
        if proposal["value"] not in self.kinds:
            raise ValueError(f"kind must be one of {self.kinds}; got {proposal['value']!r}")
        return str(proposal["value"])

    @traitlets.validate("direction")
    def _known_direction(self, proposal: Any) -> str:
        if proposal["value"] not in DIRECTIONS:
            raise ValueError(f"direction must be one of {DIRECTIONS}; got {proposal['value']!r}")
        return str(proposal["value"])


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _successive(values: Sequence[int]) -> tuple[int, ...]:
    found = tuple(int(v) for v in whole("values", list(values)))
    if found != tuple(range(found[0], found[0] + len(found))) or len(found) < 2:
        raise ValueError(f"values must be two or more ints, one after the other; got {values!r}")
    return found
