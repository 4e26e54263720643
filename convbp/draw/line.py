"""Figures of a convolution along one axis, seen from the backward pass."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convbp.draw.cells import arrow, blank, cell, grid
from convbp.draw.style import MUTED, ROLES, TEXT, styled
from convbp.geometry import Axis


def line_readers(axis: Axis, x: Sequence[Any]) -> Figure:
    """Draw one panel for each input cell: arrows lead to the outputs that read it, each through its tap.

    Parameters
    ----------
    axis : Axis
    x : sequence of axis.size values
    """
    width = max(axis.size, axis.outputs)
    rows = -(-axis.size // 2)
    with styled(5.4, 2.1 * rows, columns=2, rows=rows) as (figure, panels):
        for spare in np.ravel(panels)[axis.size :]:
            spare.axis("off")
        for i, axes in zip(range(axis.size), np.ravel(panels), strict=False):
            _readers_panel(blank(axes, width, 3.3), axis, x, i, (width - axis.outputs) / 2)
    return figure


def _readers_panel(axes: Axes, axis: Axis, x: Sequence[Any], i: int, shift: float) -> None:
    readers = dict(axis.readers(i))
    axes.set_title(f"Who reads x[{i}]?", fontsize=11)
    for other in range(axis.size):
        cell(axes, 0, other, x[other], "x", faded=other != i)
    for o in range(axis.outputs):
        cell(axes, 2.2, shift + o, f"y[{o}]", "y", faded=o not in readers)
    for o, k in readers.items():
        middle = shift + o + 0.5
        arrow(axes, (1.02, i + 0.5), (2.22, middle), "w")
        axes.text(
            middle + (0.12 if middle >= i + 0.5 else -0.12),
            1.9,
            f"w[{k}]",
            color=ROLES["w"].ink,
            fontsize=9.5,
            ha="left" if middle >= i + 0.5 else "right",
            va="center",
        )


def kronecker_grid(axis: Axis, w: Sequence[Any], dy: Sequence[Any], dx: Sequence[Any]) -> Figure:
    """Draw where every product w[k]·dy[o] lands: row o is what output o sends back, column i adds up to dx[i].

    Parameters
    ----------
    axis : Axis
    w, dy : sequences of axis.kernel and axis.outputs values
    dx : sequence of axis.size values
        The sums of the columns.
    """
    left, bottom = 1.7, axis.outputs + 0.5
    small = min(8, 46 / (left + axis.size))  # the widest product still fits its cell
    with styled(5.6, 5.6 * (bottom + 1.5) / (left + axis.size)) as (figure, axes):
        blank(axes, left + axis.size, bottom + 1)
        axes.set_ylim(bottom + 1, -0.5)
        for o in range(axis.outputs):
            axes.text(0, o + 0.5, f"dy[{o}]", color=ROLES["gradient"].ink, fontweight="bold", va="center")
            cell(axes, o, 0.65, dy[o], "gradient")
            for k, i in axis.window(o):
                cell(axes, o, left + i, role="w")
                axes.text(
                    left + i + 0.5, o + 0.36, f"w[{k}]·dy[{o}]", color=TEXT, fontsize=small, ha="center", va="center"
                )
                axes.text(left + i + 0.5, o + 0.66, _signed(w[k] * dy[o]), color=TEXT, ha="center", va="center")
        axes.text(0, bottom + 0.5, "dx[i]", color=ROLES["gradient"].ink, fontweight="bold", va="center")
        axes.text(0.72, bottom + 0.5, "sum of\ncolumn", color=MUTED, fontsize=9, va="center")
        for i in range(axis.size):
            axes.text(left + i + 0.5, -0.25, f"i = {i}", color=MUTED, ha="center", va="center")
            cell(axes, bottom, left + i, dx[i], "gradient")
    return figure


def flipped_filter(back: Axis, w: Sequence[Any], dy: Sequence[Any], dx: Sequence[Any], cells: Sequence[int]) -> Figure:
    """Draw dx as a correlation: the flipped filter under padded dy, one panel for each of some cells of dx.

    Parameters
    ----------
    back : Axis
        The window that slides over dy: `size` outputs of the layer, padded on both sides.
    w : sequence of back.kernel values
        The filter of the layer, not flipped.
    dy, dx : sequences of back.size and back.outputs values
    cells : sequence of int
    """
    with styled(5.4, 1.75 * len(cells), rows=len(cells)) as (figure, panels):
        for i, axes in zip(cells, np.atleast_1d(np.asarray(panels, object)), strict=True):
            blank(axes, back.padded + 2.2, 2.4)
            padded = [(back.before + o, dy[o]) for o in range(back.size)]
            reads = {back.before + back.input_cell(i, a) for a in range(back.kernel)}
            for column in set(range(back.padded)) - {column for column, _ in padded}:
                cell(axes, 0, column, 0, "padding", faded=column not in reads)
            for column, value in padded:
                cell(axes, 0, column, value, "gradient", faded=column not in reads)
            for column, tap in zip(sorted(reads), reversed(range(back.kernel)), strict=True):
                cell(axes, 1, column, w[tap], "w")
                axes.text(column + 0.5, 2.2, f"w[{tap}]", color=ROLES["w"].ink, fontsize=9, ha="center", va="center")
            axes.text(back.padded + 0.15, 0.53, "padded dy", color=ROLES["gradient"].ink, va="center", fontsize=10)
            axes.text(back.padded + 0.15, 1.53, f"dx[{i}] = {_signed(dx[i])}", va="center", fontweight="bold")
    return figure


def tap_matrices(matrices: Mapping[str, Any]) -> Figure:
    """Draw the tap through which each output (row) reads each input cell (column), one panel for each convention.

    Parameters
    ----------
    matrices : mapping of title to array (outputs, cells)
        Tap numbers, −1 where the output does not read the cell.
    """
    lengths = [len(table) for table in matrices.values()]
    tallest = [max(lengths[at : at + 2]) for at in range(0, len(lengths), 2)]
    with styled(5.6, 0.5 * sum(tallest) + 0.75 * len(tallest), columns=2, rows=len(tallest)) as (figure, panels):
        np.ravel(panels)[0].get_gridspec().set_height_ratios([height + 1.2 for height in tallest])
        for at, ((title, table), axes) in enumerate(zip(matrices.items(), np.ravel(panels), strict=True)):
            outputs, cells = np.shape(table)
            blank(axes, cells, tallest[at // 2])
            axes.set_title(title, fontsize=11)
            axes.set_xlim(-0.75, cells + 0.1)
            axes.set_ylim(tallest[at // 2] + 0.1, -0.6)
            for i in range(cells):
                axes.text(i + 0.5, -0.3, f"x[{i}]", color=ROLES["x"].ink, fontsize=9, ha="center", va="center")
            for o in range(outputs):
                axes.text(-0.1, o + 0.5, f"y[{o}]", color=ROLES["y"].ink, fontsize=9, ha="right", va="center")
            for (o, i), tap in np.ndenumerate(np.asarray(table)):
                if tap >= 0:
                    cell(axes, o, i, role="w")
                    axes.text(i + 0.5, o + 0.5, f"w[{int(tap)}]", color=TEXT, fontsize=9, ha="center", va="center")
    return figure


def spread_gradient(axis: Axis, dy: Sequence[Any], dx: Sequence[Any]) -> Figure:
    """Draw the backward pass of a stride: dy with zeros between, above dx with its leftover cells marked.

    Parameters
    ----------
    axis : Axis
    dy, dx : sequences of axis.outputs and axis.size values
    """
    with styled(5.4, 2.4) as (figure, axes):
        blank(axes, axis.size, 3.3)
        axes.set_xlim(-1.3, axis.size + 0.1)
        spread = {axis.input_cell(o, 0): dy[o] for o in range(axis.outputs)}
        for column in range(max(spread) + 1):
            cell(axes, 0, column, spread.get(column, 0), "gradient" if column in spread else "padding")
        axes.text(-0.25, 0.5, "dy spread", color=ROLES["gradient"].ink, ha="right", va="center", fontsize=9.5)
        axes.text(-0.25, 2.0, "dx", color=ROLES["gradient"].ink, fontweight="bold", ha="right", va="center")
        unread = {i for i in range(axis.size) if not axis.readers(i)}
        grid(axes, [dx], "gradient", at=(1.5, 0), roles={(0, i): "leftover" for i in unread})
        for i in range(axis.size):
            note = "∅ unread" if i in unread else f"i = {i}"
            axes.text(i + 0.5, 2.85, note, color=MUTED, fontsize=8.5, ha="center", va="center")
    return figure


def _signed(value: Any) -> str:
    return f"{int(value)}".replace("-", "−")
