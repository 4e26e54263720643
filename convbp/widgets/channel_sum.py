"""ChannelSum: a layer with samples, channels and filters, and the sums that make y, dx, dw and db."""

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.geometry import Axis, conv_geometry
from convbp.options import at_least, integer
from convbp.widgets.channel_table import ARRAY, RESULT, WAYS, ChannelTable, make_channel_table
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, WholeNumbers, numbers, offered, whole
from convbp.widgets.table_figure import TableFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The layer of chapter 6, with its second sample.
X_VALUES = (1, 2, 4, 7, 3, 0, 1, 2, 0, 1, 1, 0, 2, 0, -1, 1)
W_VALUES = (2, -1, 1, 3, 0, 1, -1, 1, 1, 1, 0, -2)
B_VALUES = (1, 0, -1)
DY_VALUES = (-1, 0, 2, 3, -5, 1, 0, 1, -2, 1, 1, 0, 0, 2, 0, -1, 0, 1)
MOST_CELLS = 200


class ChannelSum(TableFigure):
    """Show which sums run over samples, filters, channels and taps for y, dx, dw and db.

    A layer on a line: its maps stand as rows of cells. Pointing at an output shows its sum in lanes, one for each
    channel or for each tap; pointing at an input cell, a weight or a bias shows the sum of its gradient, one lane for
    each filter, sample, tap or output. Read backwards, an output shows where the copies of its gradient go.

    Parameters
    ----------
    samples, channels, filters : int
        How many samples there are, maps that go in and maps that come out.
    size, kernel : int
        Cells of a map that goes in, and taps of a filter.
    groups : int or tuple of int
        Numbers of groups to choose from, the first at the start; each divides channels and filters.
    x : array of int (samples, channels, size), optional
    w : array of int (filters, channels, kernel), optional
        With groups, only the blocks on the diagonal are used.
    b : array of int (filters,), optional
    dy : array of int, optional
        The gradients of the outputs in reading order, repeated as often as needed.
    selection : dict, optional
        What is pinned at the start, such as ``{"kind": "input", "index": [0, 1, 1]}``; kind is "output", "input",
        "weight" or "bias". The second output when not given, nothing for ``{}``.

    Attributes
    ----------
    selection : dict
        What is pinned, ``{}`` for nothing; follows the reader, and can be set.
    lanes : "maps" or "places"
        Whether a lane is a sample, filter or channel, or an output or tap; follows the reader, and can be set.
    back : bool
        Whether an output shows the copies of its gradient instead of its sum; follows the reader, and can be set.
    groups : int
        The number of groups shown; follows the reader, and can be set to any that was offered.
    x, w, b, dy : numpy.ndarray
        The numbers in the cells. Others can be set; then everything is computed again.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If a number is not an int.

    Examples
    --------
    >>> layer = ChannelSum()
    >>> layer.selection = {"kind": "input", "index": [0, 1, 1]}
    >>> layer.sentence()
    'dx[0,1,1] adds up one lane for each filter: (−3) + 8 + 0 = 5.'
    """

    _esm = joined("frame.js", "options.js", "sums.js", "channel_terms.js", "channel_sum.js")
    _css = styled("channel_sum.css")

    groups: Any = Option().tag(sync=True)
    lanes = traitlets.Enum(WAYS, default_value="maps").tag(sync=True)
    back = traitlets.Bool(False).tag(sync=True)
    x: Any = WholeNumbers()
    w: Any = WholeNumbers()
    b: Any = WholeNumbers()
    dy: Any = WholeNumbers(flat=True)

    def __init__(
        self,
        samples: int = 2,
        channels: int = 2,
        filters: int = 3,
        size: int = 4,
        kernel: int = 2,
        groups: Any = 1,
        *,
        x: Any = None,
        w: Any = None,
        b: Any = None,
        dy: Any = None,
        selection: dict[str, Any] | None = None,
    ) -> None:
        sizes = {"samples": samples, "channels": channels, "filters": filters, "size": size, "kernel": kernel}
        n, c, f, cells, taps = (at_least(1, name, integer(name, value)) for name, value in sizes.items())
        options = {"groups": tuple(at_least(1, "groups", integer("groups", g)) for g in offered("groups", groups))}
        arrays = {
            "x": numbers("x", x, X_VALUES, (n, c, cells)),
            "w": numbers("w", w, W_VALUES, (f, c, taps)),
            "b": numbers("b", b, B_VALUES, (f,)),
            "dy": whole("dy", DY_VALUES if dy is None else dy),
        }
        second = {"kind": "output", "index": [0, 0, min(1, Axis(cells, taps).outputs - 1)]}
        super().__init__(options, arrays, selection=second if selection is None else selection)
        self._arguments = {**sizes, "groups": groups}

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> ChannelTable:
        """Compute the layer with one number of groups."""
        x, w, b, groups = arrays["x"], arrays["w"], arrays["b"], chosen["groups"]
        _must_fit_together(x, w, b, groups)
        g = conv_geometry(x.shape, (len(w), x.shape[1] // groups, w.shape[2]), groups=groups)
        cells = x.size + w.size + b.size + prod(g.output_shape)
        if cells > MOST_CELLS:
            raise ValueError(f"size must keep every picture within {MOST_CELLS} cells; got {x.shape[2]}: {cells} cells")
        return make_channel_table(x, w, b, np.ravel(arrays["dy"]).astype(float), groups)

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the present table has the selected cell."""
        return tuple(selection["index"]) in self.table.sums.cells(ARRAY[selection["kind"]])

    def equation(self) -> str:
        """Write the sum of the pinned cell in letters and in numbers; an empty string when nothing is pinned."""
        if not self.selection:
            return ""
        kind, cell = self._pinned()
        return str(self.table.equation(RESULT[kind], cell))

    def sentence(self) -> str:
        """Say how the lanes of the pinned cell add up, or where its copies go; an empty string when nothing is."""
        return str(self.table.sentence(*self._pinned(), self.lanes, self.back)) if self.selection else ""

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.channel_figure import draw

        kind, cell = self._pinned() if self.selection else ("", -1)
        return draw(self.table, kind, cell, self.lanes, self.back)

    def __repr__(self) -> str:
        return f"ChannelSum({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _pinned(self) -> tuple[str, int]:
        kind = self.selection["kind"]
        return kind, self.table.sums.cells(ARRAY[kind]).index(tuple(self.selection["index"]))

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"kind", "index"} or value["kind"] not in ARRAY:
            rule = f'be {{}} or hold a "kind" out of {tuple(ARRAY)} and an "index"'
            raise ValueError(f"selection must {rule}; got {value}")
        found = {"kind": value["kind"], "index": [int(n) for n in np.ravel(whole("selection", value["index"]))]}
        if not self.has_selected(found):
            raise ValueError(f"selection must name a cell of the present table; got {value}")
        return found


def _must_fit_together(x: np.ndarray, w: np.ndarray, b: np.ndarray, groups: int) -> None:
    if w.shape[1] != x.shape[1]:
        raise ValueError(f"w must have {x.shape[1]} channels, as x has; got shape {w.shape}")
    if b.shape != w.shape[:1]:
        raise ValueError(f"b must have {len(w)} numbers, one for each filter; got shape {b.shape}")
    if x.shape[1] % groups or len(w) % groups:
        raise ValueError(f"groups must divide channels and filters; got {groups} with {x.shape[1]} and {len(w)}")
