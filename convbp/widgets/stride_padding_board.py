"""StridePaddingBoard: size, filter, stride, dilation and padding as sliders; who is read, and what is left over."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.widgets.board_table import Board, make_board, packed
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Choice, Option, WholeNumbers, numbers, whole, window_options
from convbp.widgets.ruler import MOST_CELLS
from convbp.widgets.table_figure import TableFigure
from convbp.widgets.tables import DY_VALUES, W_VALUES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OPTIONS = ("size", "kernel", "stride", "dilation", "padding")
SELECTIONS = ("input", "place")


def _as_text(array: Any, _: object) -> str:
    return " ".join(f"{n:g}" for n in np.resize(array, MOST_CELLS))


def _as_strings(boards: list[Board], _: object) -> dict[str, str]:
    return packed(boards)


class StridePaddingBoard(TableFigure):
    """Show a ruler of cells under a filter whose size, stride, dilation and padding are sliders.

    Forward, each window has a bracket, each cell the number of windows that read it, and what the stride leaves over
    is dotted. Backward, dy stands where the outputs stood, with zeros at the places that the stride jumped over, and
    the gradient of each cell is a sum over these places as if the stride were 1. On two axes the same setting counts
    the windows that read each cell of an image. All windows come from `convbp.geometry`, for every setting of the
    sliders, so that the figure lives on in a page without Python.

    Parameters
    ----------
    size, kernel, stride, dilation, padding : one option or a tuple of options
        What the sliders offer, the first at the start: ints, and for padding also "same" or one pair (before, after),
        written ``((2, 0),)`` as for a convolution along one axis.
    w, dy : array of int, optional
        The taps of the filter and the gradients of the outputs, repeated as often as needed.
    view : "line" or "plane"
        One axis, or an image with the same setting on both axes.
    direction : "forward" or "backward"
    selection : dict, optional
        What is pinned at the start, such as ``{"kind": "input", "index": [4]}``. An input cell has its number in x,
        negative before the first one; a "place" is an output of the layer without stride. Two ints in the plane.

    Attributes
    ----------
    size, kernel, stride, dilation, padding, view, direction, selection
        What is shown; follows the reader, and can be set.
    w, dy : numpy.ndarray
        Another array can be set.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If an option is not made of ints.

    Examples
    --------
    >>> board = StridePaddingBoard()
    >>> board.formula()
    '⌊(5+0−1·(2−1)−1)/2⌋+1 = ⌊3/2⌋+1 = 2, remainder 1'
    >>> board.counts()
    [1, 1, 1, 1, 0]
    """

    _esm = joined("frame.js", "options.js", "ruler.js", "board_reading.js", "board_looks.js", "stride_padding_board.js")
    _css = styled("ruler.css", "stride_padding_board.css")

    tables: Any = traitlets.List().tag(sync=True, to_json=_as_strings)
    size: Any = Option().tag(sync=True)
    kernel: Any = Option().tag(sync=True)
    stride: Any = Option().tag(sync=True)
    dilation: Any = Option().tag(sync=True)
    padding: Any = Option().tag(sync=True)
    w: Any = WholeNumbers(flat=True).tag(sync=True, to_json=_as_text)
    dy: Any = WholeNumbers(flat=True).tag(sync=True, to_json=_as_text)
    view: Any = Choice("line", "plane").tag(sync=True)
    direction: Any = Choice("forward", "backward").tag(sync=True)

    def __init__(
        self,
        size: Any = (5, 4, 6, 7, 8),
        kernel: Any = (2, 1, 3),
        stride: Any = (2, 1, 3, 4),
        dilation: Any = (1, 2, 3),
        padding: Any = (0, 1, 2, "same"),
        *,
        w: Sequence[int] | None = None,
        dy: Sequence[int] | None = None,
        view: str = "line",
        direction: str = "forward",
        selection: dict[str, Any] | None = None,
    ) -> None:
        given = {"size": size, "kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}
        options = window_options(1, **given)
        arrays = {
            "w": numbers("w", w, W_VALUES, (max(options["kernel"]),)),
            "dy": whole("dy", DY_VALUES if dy is None else dy),
        }
        stops = {name: _in_order(values) for name, values in options.items()}
        super().__init__(stops, arrays, view=view, direction=direction)
        for name, values in options.items():
            setattr(self, name, values[0])
        self.selection = selection or {}
        self._arguments = given

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> Board:
        """Ask the geometry for one combination of the sliders."""
        if arrays["w"].size < chosen["kernel"]:
            raise ValueError(f"w must have {chosen['kernel']} or more taps; got {arrays['w'].tolist()}")
        return make_board(**chosen)

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the present picture has the selected cell."""
        axis, places = self.table.axis, len(self.table.dense.windows)
        start, stop = (-axis.before, axis.size + axis.after) if selection["kind"] == "input" else (0, places)
        axes = 1 if self.view == "line" else 2
        return len(selection["index"]) == axes and all(start <= n < stop for n in selection["index"])

    def formula(self) -> str:
        """Write the size formula with the numbers of the present setting."""
        return self.table.formula()

    def counts(self) -> list[int]:
        """Count the windows that read each cell of the ruler, padding included."""
        return self.table.ruler.counts

    def equation(self) -> str:
        """Write the gradient of the pinned cell of the ruler; an empty string when there is none."""
        if self.view == "plane" or self.selection.get("kind") != "input":
            return ""
        return self.table.equation(self.selection["index"][0] + self.table.axis.before, *self._numbers())

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.board_figure import draw

        return draw(self.table, self.view, self.direction, *self._numbers())

    def __repr__(self) -> str:
        return f"StridePaddingBoard({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _numbers(self) -> tuple[list[int], list[int]]:
        count = len(self.table.ruler.windows)
        dy = [int(n) for n in self.dy]
        return [int(n) for n in self.w], [dy[o % len(dy)] for o in range(count)]

    @traitlets.observe("view")
    def _other_view(self, change: Any) -> None:
        self._let_go(change)

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"kind", "index"} or value["kind"] not in SELECTIONS:
            rule = f'be {{}} or hold a "kind" out of {SELECTIONS} and an "index"'
            raise ValueError(f"selection must {rule}; got {value}")
        cleaned = {"kind": value["kind"], "index": [int(n) for n in whole("selection", value["index"])]}
        if not self.has_selected(cleaned):
            raise ValueError(f"selection must name a cell of the present picture; got {value}")
        return cleaned


def _in_order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sort the stops of a slider: ints first, then pairs and words as they were given."""
    ints = sorted(value for value in values if isinstance(value, int))
    return (*ints, *(value for value in values if not isinstance(value, int)))
