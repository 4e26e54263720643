"""Draw the present state of TransposedConv for print, with the cells of the book's figures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convbp.draw.cells import blank, cell
from convbp.draw.ruler import coverage_map
from convbp.draw.style import MUTED, styled
from convbp.widgets.transposed_table import Stamps

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(table: Stamps, view: str, reading: str, x: Sequence[int], w: Sequence[int]) -> "Figure":
    """Draw stamps above their sum, or the hollow input above it, or the counts of an image."""
    counts = [count for at, count in enumerate(table.ruler.counts) if not table.is_cut(at)]
    if view == "plane" and counts:
        reach = min(table.ruler.reach, len(counts))
        figure = coverage_map((counts, counts), (reach, reach))
    else:
        figure = _rows(table, view, reading == "gradient", x, w)
    figure.supxlabel(table.reason or f"{'dx' if reading == 'gradient' else 'y'} has {table.formula} cells", fontsize=10)
    return figure


def _rows(table: Stamps, view: str, gradient: bool, x: Sequence[int], w: Sequence[int]) -> "Figure":
    wide, high = max(len(table.ruler.marks), len(table.hollow.cells), 6), 3.4 + len(x)
    names, roles = (("dy", "dx"), ("gradient", "gradient")) if gradient else (("x", "y"), ("x", "y"))
    with styled(0.6 * (wide + 1), 0.6 * high) as (figure, axes):
        blank(axes, wide, high)
        axes.set_xlim(-1.1, wide + 0.1)
        if table.reason:
            return figure
        small: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9, "color": MUTED}
        shift = 0.0
        axes.text(-0.6, 0.5, names[0], **small)
        if view == "hollow":
            for column, o in enumerate(table.hollow.cells):
                cell(axes, 0, column, 0 if o < 0 else x[o], "padding" if o < 0 else roles[0])
            first = next(read for read in table.hollow.reads if read)
            for column, weight in zip(first, reversed(w), strict=True):
                cell(axes, 1.3, column, weight, "w")
            shift = (first[0] + first[-1]) / 2 - table.axis.before
            bottom = 2.6
        else:
            for o, window in enumerate(table.ruler.windows):
                cell(axes, 0, (window[0] + window[-1]) / 2, x[o], roles[0])
                for k, column in enumerate(window):
                    cell(axes, 1.2 + o, column, x[o] * w[k], "w")
            bottom = 1.4 + len(x)
        axes.text(-0.6, bottom + 0.5, names[1], **small)
        for at, count in enumerate(table.ruler.counts):
            role = "padding" if table.is_cut(at) else roles[1] if count else "leftover"
            if view != "hollow" or not table.is_cut(at):
                cell(axes, bottom, at + shift, "cut" if table.is_cut(at) else table.stamped(at, x, w), role)
                axes.text(at + shift + 0.5, bottom + 1.25, f"{count}×" if count else "∅", **small)
    return figure
