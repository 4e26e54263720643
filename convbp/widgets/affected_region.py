"""AffectedRegion: point at one cell of a convolution and see the products that meet in it."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.geometry import window_axes
from convbp.options import per_axis
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, WholeNumbers, ints, numbers, whole, window_options
from convbp.widgets.pointing import GRID, cells_of, equation
from convbp.widgets.table_figure import TableFigure
from convbp.widgets.tables import DY_VALUES, W_VALUES, X_VALUES, Table, make_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OPTIONS = ("stride", "dilation", "padding")
MOST_CELLS = 200


class AffectedRegion(TableFigure):
    """Show which products of x, w and dy meet in the cell that the reader points at.

    Pointing at an input cell lights the outputs that read it, at a weight its patch, at an output its window, and the
    sum is written out in letters and numbers. All windows and numbers are computed here, for every combination of the
    options, so that the figure lives on in a page without Python.

    Parameters
    ----------
    size, kernel : int or two ints
        Cells of the input and taps of the filter, on one axis or two.
    stride, dilation, padding : one option or a tuple of options
        What the reader can choose from, the first at the start. An option is an int, a tuple for two axes, or for
        padding also "same" or "valid". Options for which no window fits are shown as such.
    x, w : array of int, optional
        The numbers in the cells of the input and of the filter.
    dy : array of int, optional
        The gradients of the outputs in reading order, repeated as often as needed.
    selection : dict, optional
        What is pinned at the start, such as ``{"kind": "input", "index": [4]}``; kind is "input", "weight" or
        "output". The middle input cell when not given, nothing for ``{}``.

    Attributes
    ----------
    selection : dict
        What is pinned, ``{}`` for nothing; follows the reader, and can be set.
    stride, dilation, padding
        The option shown; follows the reader, and can be set to any of the options.
    x, w, dy : numpy.ndarray
        The numbers in the cells. Another array can be set, of another size too; then everything is computed again.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If a size or an option is not made of ints.

    Examples
    --------
    >>> region = AffectedRegion(size=8, kernel=3, stride=(1, 2, 3))
    >>> region.stride = 2
    >>> region.equation()
    'dx[4] = w[2]·dy[1] + w[0]·dy[2] = 2·2 + 1·(−1) = 3'
    """

    _esm = joined("frame.js", "options.js", "affected_pointing.js", "affected_region.js")
    _css = styled("affected_region.css")

    stride: Any = Option().tag(sync=True)
    dilation: Any = Option().tag(sync=True)
    padding: Any = Option().tag(sync=True)
    x: Any = WholeNumbers()
    w: Any = WholeNumbers()
    dy: Any = WholeNumbers(flat=True)

    def __init__(
        self,
        size: Any = 8,
        kernel: Any = 3,
        stride: Any = (1, 2, 3),
        dilation: Any = 1,
        padding: Any = 0,
        *,
        x: Any = None,
        w: Any = None,
        dy: Sequence[int] | None = None,
        selection: dict[str, Any] | None = None,
    ) -> None:
        sizes, taps = ints("size", size), ints("kernel", kernel)
        if len(sizes) != len(taps):
            raise ValueError(f"kernel must have as many ints as size = {size}; got {kernel!r}")
        options = window_options(len(sizes), stride=stride, dilation=dilation, padding=padding)
        arrays = {
            "x": numbers("x", x, X_VALUES, sizes),
            "w": numbers("w", w, W_VALUES, taps),
            "dy": whole("dy", DY_VALUES if dy is None else dy),
        }
        middle = {"kind": "input", "index": [n // 2 for n in sizes]}
        super().__init__(options, arrays, selection=middle if selection is None else selection)
        alone = {name: values[0] if len(values) == 1 else values for name, values in options.items()}
        self._arguments = {"size": size, "kernel": kernel, **alone}

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> Table:
        """Ask the geometry and the convolution everything that one combination of the options shows."""
        x, w, rank = arrays["x"], arrays["w"], arrays["x"].ndim
        strides, dilations = (per_axis(name, chosen[name], rank) for name in ("stride", "dilation"))
        axes = window_axes(x.shape, w.shape, strides, chosen["padding"], dilations)
        _must_be_readable(prod(a.padded for a in axes) + w.size + prod(a.outputs for a in axes), x.shape)
        return make_table(axes, x.astype(float), w.astype(float), [int(n) for n in np.ravel(arrays["dy"])])

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the present table has the selected cell."""
        return tuple(selection["index"]) in cells_of(self.table, GRID[selection["kind"]])

    def equation(self) -> str:
        """Write the sum of the pinned cell in letters and in numbers; an empty string when nothing is pinned."""
        return equation(self.table, *self._pinned()) if self.selection else ""

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.affected_figure import draw

        return draw(self.table, *(self._pinned() if self.selection else ("", -1)))

    def __repr__(self) -> str:
        return f"AffectedRegion({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _pinned(self) -> tuple[str, int]:
        kind = self.selection["kind"]
        return kind, cells_of(self.table, GRID[kind]).index(tuple(self.selection["index"]))

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"kind", "index"} or value["kind"] not in GRID:
            rule = f'be {{}} or hold a "kind" out of {tuple(GRID)} and an "index"'
            raise ValueError(f"selection must {rule}; got {value}")
        index = [int(n) for n in np.ravel(whole("selection", value["index"]))]
        if tuple(index) not in cells_of(self.table, GRID[value["kind"]]):
            raise ValueError(f"selection must name a cell of the present table; got {value}")
        return {"kind": value["kind"], "index": index}


def _must_be_readable(cells: int, size: tuple[int, ...]) -> None:
    if cells > MOST_CELLS:
        shown = size[0] if len(size) == 1 else size
        raise ValueError(f"size must keep every picture within {MOST_CELLS} cells; got {shown}, which needs {cells}")
