"""ConvMatrix: the sparse matrix behind a convolution, and its transpose, which is the backward pass."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.geometry import window_axes
from convbp.options import per_axis
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, WholeNumbers, ints, numbers, whole, window_options
from convbp.widgets.matrix_table import MatrixTable, cells_named, make_matrix_table
from convbp.widgets.table_figure import TableFigure
from convbp.widgets.tables import DY_VALUES, W_VALUES, X_VALUES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("input", "weight", "output", "entry")
MOST_CELLS = 240


class ConvMatrix(TableFigure):
    """Show a convolution as a matrix: a row is a window, a column holds all uses of a cell, a weight its diagonal.

    ``y.ravel() = A @ x.ravel()``, with A from `convbp.matrix.conv_matrix`. Transposed, the same picture is the backward
    pass, ``dx.ravel() = A.T @ dy.ravel()``. A stride leaves rows out of the matrix for stride 1.

    Parameters
    ----------
    size, kernel : int or two ints
        Cells of the input and taps of the filter, on one axis or two.
    stride, dilation, padding : one option or a tuple of options
        What the reader can choose from, as in `AffectedRegion`.
    x, w : array of int, optional
        The numbers in the cells of the input and of the filter.
    dy : array of int, optional
        The gradients of the outputs in reading order, repeated as often as needed.
    selection : dict, optional
        What is pinned at the start, such as ``{"kind": "entry", "index": [1, 2]}`` for a row and a column of A; kind
        is "input", "weight", "output" or "entry". The second output when not given, nothing for ``{}``.

    Attributes
    ----------
    selection : dict
        What is pinned, ``{}`` for nothing; follows the reader, and can be set.
    transpose : bool
        Whether the transpose is shown; follows the reader, and can be set.
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
    >>> matrix = ConvMatrix(size=4, kernel=2, x=[1, 2, 4, 7], w=[2, -1], dy=[-1, 0, 1])
    >>> matrix.sentence()
    'Row 1 of A is the window of y[1]: w[0] at x[1] and w[1] at x[2].'
    >>> matrix.transpose, matrix.selection = True, {"kind": "input", "index": [1]}
    >>> matrix.equation()
    'dx[1] = w[1]·dy[0] + w[0]·dy[1] = (−1)·(−1) + 2·0 = 1'
    """

    _esm = joined("frame.js", "options.js", "affected_pointing.js", "matrix_terms.js", "conv_matrix.js")
    _css = styled("conv_matrix.css")

    stride: Any = Option().tag(sync=True)
    dilation: Any = Option().tag(sync=True)
    padding: Any = Option().tag(sync=True)
    transpose = traitlets.Bool(False).tag(sync=True)
    x: Any = WholeNumbers()
    w: Any = WholeNumbers()
    dy: Any = WholeNumbers(flat=True)

    def __init__(
        self,
        size: Any = 7,
        kernel: Any = 3,
        stride: Any = (1, 2, 3),
        dilation: Any = (1, 2),
        padding: Any = (0, 1),
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
        super().__init__(options, arrays, selection={} if selection is None else selection)
        outputs = cells_named(self.table, "output")
        if selection is None and outputs:
            self.selection = {"kind": "output", "index": list(outputs[min(1, len(outputs) - 1)])}
        alone = {name: values[0] if len(values) == 1 else values for name, values in options.items()}
        self._arguments = {"size": size, "kernel": kernel, **alone}

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> MatrixTable:
        """Ask the library for the matrix that one combination of the options shows."""
        x, w, rank = arrays["x"], arrays["w"], arrays["x"].ndim
        strides, dilations = (per_axis(name, chosen[name], rank) for name in ("stride", "dilation"))
        axes = window_axes(x.shape, w.shape, strides, chosen["padding"], dilations)
        rows = prod(a.outputs for a in axes)
        cells = rows * x.size + rows + x.size + w.size
        if cells > MOST_CELLS:
            shown = x.shape[0] if rank == 1 else x.shape
            raise ValueError(f"size must keep every matrix within {MOST_CELLS} cells; got {shown}, which needs {cells}")
        return make_matrix_table(axes, x.astype(float), w.astype(float), [int(n) for n in np.ravel(arrays["dy"])])

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the present table has the selected cell or entry."""
        return tuple(selection["index"]) in cells_named(self.table, selection["kind"])

    def equation(self) -> str:
        """Write the sum of the pinned row or weight in letters and in numbers; an empty string for anything else."""
        kind, cell = self._pinned()
        return "" if kind in ("", "entry") else str(self.table.equation(kind, cell, self.transpose))

    def sentence(self) -> str:
        """Say what the pinned row, column, weight or entry is; an empty string when nothing is pinned."""
        kind, cell = self._pinned()
        if kind == "entry":
            return str(self.table.entry(*self.selection["index"], self.transpose))
        return str(self.table.sentence(kind, cell, self.transpose)) if kind else ""

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.matrix_figure import draw

        words = " ".join(filter(None, (self.sentence(), self.equation()))) or self.table.cells.empty
        return draw(self.table, *self._pinned(), self.transpose, words)

    def __repr__(self) -> str:
        return f"ConvMatrix({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _pinned(self) -> tuple[str, int]:
        """Return the kind and the number of what is pinned; padding counts among the numbers of x."""
        if not self.selection:
            return "", -1
        kind = self.selection["kind"]
        place = cells_named(self.table, kind).index(tuple(self.selection["index"]))
        return kind, self.table.columns[place] if kind == "input" else place

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"kind", "index"} or value["kind"] not in KINDS:
            raise ValueError(f'selection must be {{}} or hold a "kind" out of {KINDS} and an "index"; got {value}')
        found = {"kind": value["kind"], "index": [int(n) for n in np.ravel(whole("selection", value["index"]))]}
        if not self.has_selected(found):
            raise ValueError(f"selection must name a cell of the present table; got {value}")
        return found
