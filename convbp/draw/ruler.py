"""Figures of chapter 7: windows on a ruler, counts of readers, folded padding and a stride taken apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convbp.draw.cells import arrow, blank, cell, frame, grid
from convbp.draw.style import MUTED, ROLES, styled
from convbp.geometry import Axis

UNREAD = "∅"


def ruler(axis: Axis, x: Sequence[Any]) -> Figure:
    """Draw the padded cells of one axis as a ruler and a bracket for each window, with its taps.

    Cells that no window reads are dotted and marked ∅, padding cells among them too.

    Parameters
    ----------
    axis : Axis
    x : sequence of axis.size values
    """
    top, step = 0.55, 0.95
    height = top + 1.2 + step * axis.outputs
    with styled(0.52 * (axis.padded + 2.4), 0.52 * height) as (figure, axes):
        blank(axes, axis.padded + 1.2, height)
        axes.set_xlim(-1.1, axis.padded + 1.2)
        reads = [[axis.input_cell(o, k) for k in range(axis.kernel)] for o in range(axis.outputs)]
        reached = set(np.ravel(reads))
        for column, i in enumerate(range(-axis.before, axis.size + axis.after)):
            real = 0 <= i < axis.size
            role = "x" if real else "padding"
            cell(axes, top, column, x[i] if real else 0, role if i in reached else "leftover")
            _word(axes, 0.25, column + 0.5, f"{i}" if i in reached else f"{i} {UNREAD}")
        _word(axes, 0.25, -0.15, "i", align="right")
        for o, cells in enumerate(reads):
            _bracket(axes, top + 1.35 + step * o, [axis.before + i for i in cells], f"y[{o}]")
    return figure


def _bracket(axes: Axes, row: float, columns: Sequence[int], name: str) -> None:
    """Draw a line over the reach of a window, a post and the number of the tap under each cell that it reads."""
    look: dict[str, Any] = {"color": ROLES["w"].ink, "linewidth": 1.6, "solid_capstyle": "butt", "linestyle": "-"}
    axes.plot([columns[0] + 0.5, columns[-1] + 0.5], [row, row], **look)
    for k, column in enumerate(columns):
        axes.plot([column + 0.5] * 2, [row - 0.18, row], **look)
        _word(axes, row + 0.3, column + 0.5, f"{k}", "w")
    _word(axes, row, columns[-1] + 0.75, name, "y", align="left")


def coverage_map(counts: Sequence[Sequence[int]], window: tuple[int, int]) -> Figure:
    """Draw how many windows read each cell of an image, the counts of its row and its column beside it.

    Parameters
    ----------
    counts : two sequences of int
        Readers of each row and of each column, as `convbp.coverage` gives them.
    window : (rows, columns)
        Reach of a window, framed at the first position.
    """
    down, across = counts
    table = np.outer(down, across)
    with styled(0.5 * (len(across) + 2), 0.5 * (len(down) + 2)) as (figure, axes):
        blank(axes, len(across) + 1.3, len(down) + 1.3)
        unread = {(int(r), int(s)): "leftover" for r, s in np.argwhere(table == 0)}
        grid(axes, table, "x", at=(1.2, 1.2), roles=unread)
        for r, count in enumerate(down):
            _word(axes, r + 1.7, 0.6, f"{count}")
        for s, count in enumerate(across):
            _word(axes, 0.6, s + 1.7, f"{count}")
        _word(axes, 0.6, 0.6, "×")
        frame(axes, 1.2, 1.2, *window)
    return figure


def padding_fold(sources: Mapping[str, Sequence[int]], dx_padded: Sequence[Any], dx: Mapping[str, Any]) -> Figure:
    """Draw the backward pass of padding: where the gradient of each padded cell goes, one panel for each mode.

    Parameters
    ----------
    sources : mapping of mode to sequence of int
        The cell of x that each padded cell is a copy of, −1 for none.
    dx_padded : sequence
        Gradients of the padded cells.
    dx : mapping of mode to sequence
        What the cells of x receive.
    """
    with styled(5.6, 1.75 * len(sources), rows=len(sources)) as (figure, panels):
        for (mode, cells), axes in zip(sources.items(), np.ravel(panels), strict=True):
            before = list(sources["zero"]).index(0)
            inside = range(before, before + len(dx[mode]))
            blank(axes, len(cells) + 0.2, 3.0)
            axes.set_xlim(-1.5, len(cells) + 0.2)
            for column, (value, source) in enumerate(zip(dx_padded, cells, strict=True)):
                cell(axes, 0, column, value, "gradient" if column in inside else "padding")
                if source < 0:
                    _word(axes, 1.3, column + 0.5, "cut")
                else:
                    role = "gradient" if column in inside else "padding"
                    arrow(axes, (0.98, column + 0.5), (2.0, before + source + 0.5), role)
            grid(axes, [dx[mode]], "gradient", at=(2.0, before))
            _word(axes, 0.5, -0.15, mode, align="right")
            _word(axes, 2.5, before - 0.15, "dx", "gradient", align="right")
    return figure


def stride_apart(axis: Axis, dense: Sequence[Any], dy: Sequence[Any], spread: Sequence[Any]) -> Figure:
    """Draw a stride as a layer of its own: which dense outputs it keeps, and what comes back to each of them.

    Parameters
    ----------
    axis : Axis
    dense : sequence
        The outputs of the same layer with stride 1.
    dy : sequence of axis.outputs values
    spread : sequence like dense
        The gradient of the dense outputs; zeros after the last kept one are drawn as leftover.
    """
    kept = list(range(len(dense)))[:: axis.stride]
    with styled(5.6, 3.4) as (figure, axes):
        blank(axes, len(dense), 4.6)
        axes.set_xlim(-1.9, len(dense) + 0.1)
        for column, value in enumerate(dense):
            cell(axes, 0, column, value, "y", faded=column not in kept)
            role = "gradient" if column in kept else "padding" if column < kept[-1] else "leftover"
            cell(axes, 3.6, column, spread[column], role)
        for o, column in enumerate(kept):
            cell(axes, 1.8, column, dy[o], "gradient")
            _word(axes, 1.4, column + 0.5, f"o = {o}")
            arrow(axes, (2.82, column + 0.5), (3.6, column + 0.5), "gradient")
        for row, name, role in ((0.5, "stride 1", "y"), (2.3, "dy", "gradient"), (4.1, "spread", "gradient")):
            _word(axes, row, -0.2, name, role, align="right")
    return figure


def _word(axes: Axes, row: float, column: float, text: str, role: str = "", align: Any = "center") -> None:
    ink = ROLES[role].ink if role else MUTED
    axes.text(column, row, text.replace("-", "−"), color=ink, fontsize=9.5, ha=align, va="center")
