"""The tables that SignConvention draws from: which cells lie under one another, for one sign, one result and one range.

Every cell stands in the column of its own index: x[i] in column i, y[o] in column o. Then the filter, laid on what it
multiplies, meets each cell in the column where both stand.
"""

from typing import Any, NamedTuple

import numpy as np

from convbp.conv import conv1d_backward
from convbp.correlation import convolve, correlate, flip, range_geometry
from convbp.geometry import Axis
from convbp.widgets.frame import minus

CONVENTIONS = ("correlation", "convolution")
SHOWN = ("y", "dx", "dw")
SIGN = {"correlation": "+", "convolution": "−"}
TURNED = {"+": "−", "−": "+"}
PRODUCT = {
    ("correlation", "y"): "y = x ⋆ w",
    ("correlation", "dx"): "dx = dy ∗ w",
    ("correlation", "dw"): "dw = x ⋆ dy",
    ("convolution", "y"): "y = x ∗ w",
    ("convolution", "dx"): "dx = dy ⋆ w",
    ("convolution", "dw"): "dw = dy ⋆ x",
}
# What the library is asked in the valid range; the forward calls hold in every range.
CALL = {
    ("correlation", "y"): 'y = correlate(x, w, "{mode}")',
    ("correlation", "dx"): "dx = convolve(dy, w)",
    ("correlation", "dw"): "dw = correlate(x, dy)",
    ("convolution", "y"): 'y = convolve(x, w, "{mode}")',
    ("convolution", "dx"): 'dx = correlate(dy, w, "full")',
    ("convolution", "dw"): "dw = flip(correlate(x, dy))",
}


class Row(NamedTuple):
    """Cells of one letter: the index of each, which is its column too, and its number."""

    letter: str
    at: list[int]
    values: list[int]

    def value(self, index: int) -> int:
        """The number of the cell with this index."""
        return self.values[self.at.index(index)]


class Table(NamedTuple):
    """One setting. `moved` is the row that is laid on `still`; `result` has one cell for each place of it.

    `columns` are all columns of the picture, `real` counts the cells of the input without its padding, and `places`
    says for each cell of the result where the cells of `moved` lie: pairs of a column and an index; `turned` if the
    columns fall where the indices grow. `formula` and `code` have the sign that makes the difference in braces.
    """

    columns: list[int]
    real: int
    turned: bool
    still: Row
    moved: Row
    result: Row
    places: list[list[tuple[int, int]]]
    product: str
    formula: str
    code: str
    empty: str

    def packed(self) -> dict[str, Any]:
        """Write every list as one string."""
        rows = {
            name: f"{row.letter};{_spaced(row.at)};{_spaced(row.values)}"
            for name, row in (("still", self.still), ("moved", self.moved), ("result", self.result))
        }
        places = ";".join(_spaced([number for pair in place for number in pair]) for place in self.places)
        texts = {"product": self.product, "formula": self.formula, "code": self.code, "empty": self.empty}
        numbers = {"columns": _spaced(self.columns), "real": self.real, "turned": self.turned}
        return {**numbers, "places": places, **rows, **texts}


def _spaced(numbers: Any) -> str:
    return " ".join(map(str, numbers))


def make_table(convention: str, shown: str, mode: str, x: np.ndarray, w: np.ndarray, dy: np.ndarray) -> Table:
    """Ask the geometry where everything lies and the library for every number."""
    cells, taps = x.size, w.size
    full = range_geometry(x.shape, w.shape, "full").axes[0]
    columns = [*range(full.input_cell(0, 0), full.input_cell(full.outputs - 1, taps - 1) + 1)]
    axis = _axis(cells, taps, mode)
    # A window is named after its first cell by the correlation, after its last one by the convolution, which lays the
    # filter down turned round.
    name = 0 if convention == "correlation" else taps - 1
    tap = [*range(taps)] if convention == "correlation" else flip(range(taps)).tolist()
    outputs = [axis.input_cell(o, name) for o in range(axis.outputs)] if axis else []
    read = [*range(-axis.before, cells + axis.after)] if axis else [*range(cells)]
    numbers = _numbers(convention, mode, x, w, np.resize(dy, len(outputs)), axis)
    rows = {
        "x": Row("x", read, [int(x[i]) if 0 <= i < cells else 0 for i in read]),
        "w": Row("w", [*range(taps)], numbers["w"]),
        **{letter: Row(letter, outputs, numbers[letter]) for letter in ("y", "dy")},
        "dx": Row("dx", [*range(cells)], numbers["dx"]),
        "dw": Row("dw", [*range(taps)], numbers["dw"]),
    }
    if shown == "y":
        still, moved = rows["x"], rows["w"]
        windows = [[(axis.input_cell(o, k), tap[k]) for k in range(taps)] for o in range(axis.outputs)] if axis else []
    elif shown == "dx":
        # Every tap, also one over an output that this range leaves out: those of the full range are asked.
        still, moved = rows["dy"], rows["w"]
        windows = [[(full.input_cell(o, name), tap[k]) for o, k in full.readers(i)] for i in range(cells)]
    else:
        still, moved = rows["x"], rows["dy"]
        at = {tap[k]: k for k in range(taps)}
        windows = [
            [(axis.input_cell(o, at[k]), outputs[o]) for o in range(axis.outputs)] if axis else [] for k in range(taps)
        ]
    places = [sorted(window, key=lambda pair: pair[1]) for window in windows]
    return Table(
        columns,
        cells,
        any(window[0][0] > window[-1][0] for window in places if window),
        still,
        moved,
        rows[shown],
        places,
        PRODUCT[convention, shown],
        formula(convention, shown),
        _code(convention, shown, mode, outputs, cells, taps) if axis else "",
        "" if axis else f"No window fits: the filter has {taps} taps, the input {cells} cells.",
    )


def formula(convention: str, shown: str) -> str:
    """Return how one cell is collected, with the sign in braces."""
    sign = SIGN[convention]
    return {
        "y": f"y[o] = Σ w[k]·x[o {{{sign}}} k]",
        "dx": f"dx[i] = Σ w[k]·dy[i {{{TURNED[sign]}}} k]",
        "dw": f"dw[k] = Σ x[o {{{sign}}} k]·dy[o]",
    }[shown]


def terms(table: Table, step: int) -> list[tuple[int, int]]:
    """Return the (column, index) pairs of the cells that meet in one cell of the result."""
    return [pair for pair in table.places[step] if pair[0] in table.still.at]


def is_padding(table: Table, row: Row, index: int) -> bool:
    """Tell whether a cell of a row lies in the padding of the input."""
    return row.letter == "x" and not 0 <= index < table.real


def equation(table: Table, step: int) -> str:
    """Write the sum of one cell of the result in letters and in numbers."""
    still, moved, result = table.still, table.moved, table.result
    met = terms(table, step)
    sides = [f"{result.letter}[{result.at[step]}]"]
    if met:
        order = slice(None, None, -1 if still.letter == "x" and moved.letter == "dy" else 1)
        letters = [
            (f"{moved.letter}[{at}]", "0" if is_padding(table, still, c) else f"{still.letter}[{c}]") for c, at in met
        ]
        numbers = [(_bracketed(moved.value(at)), _bracketed(still.value(c))) for c, at in met]
        sides += [" + ".join("·".join(pair[order]) for pair in pairs) for pairs in (letters, numbers)]
    return minus(" = ".join([*sides, str(result.values[step])]))


def _bracketed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _axis(cells: int, taps: int, mode: str) -> Axis | None:
    try:
        return range_geometry((cells,), (taps,), mode).axes[0]
    except ValueError:  # no window fits
        return None


def _numbers(
    convention: str, mode: str, x: np.ndarray, w: np.ndarray, dy: np.ndarray, axis: Axis | None
) -> dict[str, list[int]]:
    y, dx, dw = np.zeros(0), np.zeros(x.shape), np.zeros(w.shape)
    if axis:
        turn = flip if convention == "convolution" else np.asarray
        y = (convolve if convention == "convolution" else correlate)(x, w, mode)
        padding = [(axis.before, axis.after)]
        back: Any = conv1d_backward(dy[None, None], x[None, None], turn(w)[None, None], padding=padding)
        dx, dw = back.dx[0, 0], turn(back.dw[0, 0])
    return {name: [int(n) for n in a] for name, a in {"w": w, "y": y, "dy": dy, "dx": dx, "dw": dw}.items()}


def _code(convention: str, shown: str, mode: str, outputs: list[int], cells: int, taps: int) -> str:
    """Return Python that collects the products in the order of the forward pass: all three results have its sign."""
    cell = f"o {{{SIGN[convention]}}} k"
    line = {
        "y": f"y[o] += w[k] * x[{cell}]",
        "dx": f"dx[{cell}] += w[k] * dy[o]",
        "dw": f"dw[k] += x[{cell}] * dy[o]",
    }[shown]
    inner = line if mode == "valid" else f"if {cell} in range({cells}):\n            {line}"
    loops = f"for o in range({outputs[0]}, {outputs[-1] + 1}):\n    for k in range({taps}):\n        {inner}"
    call = CALL[convention, shown].format(mode=mode) if mode == "valid" or shown == "y" else ""
    return loops + (f"\n\n{call}" if call else "")
