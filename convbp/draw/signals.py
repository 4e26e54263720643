"""Windows along one axis: the two ways to slide, the ranges of outputs, and the cells that a stride leaves over."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convbp.draw.cells import blank, cell, grid
from convbp.draw.style import MUTED, ROLES, styled
from convbp.geometry import Axis


def two_slides(x: Any, w: Any, o: int, correlated: Any, convolved: Any) -> Figure:
    """Draw output `o` of x ⋆ w beside that of x ∗ w: tap 0 lies on cell o in both, the other taps go right or left."""
    taps = range(len(w))
    axis = Axis(len(x), len(w))
    to_the_right = [axis.input_cell(o, k) for k in taps]
    to_the_left = [2 * o - i for i in to_the_right]
    with styled(5.6, 2.7, columns=2) as (figure, panels):
        _slide(panels[0], x, w, to_the_right, correlated, f"$(x \\star w)[{o}]$")
        _slide(panels[1], x, w, to_the_left, convolved, f"$(x \\ast w)[{o}]$")
    return figure


def _slide(axes: Axes, x: Any, w: Any, read: list[int], value: Any, name: str) -> None:
    blank(axes, len(x), 4.6)
    grid(axes, x, "x", at=(0.5, 0), faded=[(0, i) for i in range(len(x)) if i not in read])
    _column_heads(axes, [f"x[{i}]" for i in range(len(x))], "x")
    for k, i in enumerate(read):
        cell(axes, 1.6, i, w[k], "w")
        _word(axes, 2.75, i, f"w[{k}]", ROLES["w"].ink)
    cell(axes, 3.2, read[0], value, "y")
    _word(axes, 4.4, read[0], name, ROLES["y"].ink, size=12)


def ranges(x: Any, w: Any, y: Any, kept: Mapping[str, range]) -> Figure:
    """Draw every window that touches `x`, its output in `y` = x ⋆ w, and which ranges keep it.

    `kept` has the outputs of each range, counted as in x ⋆ w, where a window is named after its first cell; x ∗ w names
    it after its last.
    """
    taps = len(w)
    axis = Axis(len(x), taps, before=taps - 1, after=taps - 1)
    with styled(6.8, 3.6) as (figure, axes):
        column = axis.padded + 0.6
        columns = [column + 3.9 + 1.6 * at for at in range(len(kept))]
        blank(axes, columns[-1] + 1, axis.outputs + 2.1)
        _ruler(axes, axis, x)
        heads = ["y", "first\ncell", "last\ncell", *kept]
        places = [column, column + 1.3, column + 2.5, *columns]
        for head, place in zip(heads, places, strict=True):
            _word(axes, 1.15, place, head, ROLES["y"].ink if head == "y" else MUTED)
        for window in range(axis.outputs):
            row = window + 1.7
            first, last = axis.input_cell(window, 0), axis.input_cell(window, taps - 1)
            for k in range(taps):
                cell(axes, row, axis.input_cell(window, k) + axis.before, w[k], "w")
            cell(axes, row, column, y[window], "y")
            _word(axes, row + 0.5, places[1], f"{first}")
            _word(axes, row + 0.5, places[2], f"{last}")
            for place, outputs in zip(columns, kept.values(), strict=True):
                _word(axes, row + 0.5, place, "●" if first in outputs else "·", size=13)
    return figure


def windows(axis: Axis) -> Figure:
    """Draw the input of one axis with its padding, and below it every window that fits."""
    with styled(0.44 * (axis.padded + 1.6), 0.44 * (axis.outputs + 2)) as (figure, axes):
        blank(axes, axis.padded + 1.6, axis.outputs + 1.8)
        _ruler(axes, axis, ["" if axis.readers(i) else "∅" for i in range(axis.size)])
        for o in range(axis.outputs):
            for k in range(axis.kernel):
                cell(axes, o + 1.7, axis.input_cell(o, k) + axis.before, f"{k}", "w")
            _word(axes, o + 2.2, axis.padded + 0.2, f"y[{o}]", ROLES["y"].ink)
    return figure


def _ruler(axes: Axes, axis: Axis, x: Any) -> None:
    """Draw padding and input cells in one row, the number of each cell above it; "∅" is a cell that no window reads."""
    for place in range(axis.padded):
        i = place - axis.before
        inside = 0 <= i < axis.size
        value = x[i] if inside else 0
        role = ("leftover" if value == "∅" else "x") if inside else "padding"
        cell(axes, 0.5, place, value, role)
        _word(axes, 0.25, place, f"{i}", MUTED)


def _column_heads(axes: Axes, heads: list[str], role: str) -> None:
    for at, head in enumerate(heads):
        _word(axes, 0.25, at, head, ROLES[role].ink)


def _word(axes: Axes, row: float, column: float, text: str, ink: str = MUTED, size: float = 10) -> None:
    """Write centred over the cell that starts at `column`."""
    axes.text(column + 0.5, row, text.replace("-", "−"), ha="center", va="center", color=ink, fontsize=size)
