"""Figures of chapter 8: a matrix with its diagonals, windows as columns, a ring that is too short, Winograd's tile."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convbp.draw.cells import arrow, blank, cell, grid
from convbp.draw.style import MUTED, PAGE, ROLES, TEXT, styled
from convbp.geometry import Axis
from convbp.winograd import FILTER_TRANSFORM, INPUT_TRANSFORM, OUTPUT_TRANSFORM


def matrix_diagonals(taps: Any, names: Sequence[str], blocks: tuple[int, int] | None = None) -> Figure:
    """Draw where the weights stand in the matrix of a convolution, each tap in its own shade and with its name.

    Parameters
    ----------
    taps : array (outputs, cells) of int
        1 + the number of the tap at each entry, and 0 where there is none.
    names : sequence of str
        What is written for each tap.
    blocks : (rows, columns), optional
        Size of the blocks to be divided by lines: a row of y, a row of x.
    """
    table = np.asarray(taps, int)
    rows, columns = table.shape
    side = min(0.5, 7.2 / (columns + 1))
    with styled(side * (columns + 1.2), side * (rows + 1.2)) as (figure, axes):
        blank(axes, columns, rows)
        axes.set_xlim(-0.9, columns + 0.1)
        axes.set_ylim(rows + 0.1, -0.9)
        _numbers(axes, columns, rows)
        for (row, column), tap in np.ndenumerate(table):
            box = Rectangle((column, row), 1, 1, edgecolor=MUTED, linewidth=0.4)
            box.set_facecolor(_shade(tap - 1, len(names)) if tap else PAGE)
            axes.add_patch(box)
            word = names[tap - 1] if tap else "·"
            axes.text(
                column + 0.5, row + 0.52, word, fontsize=9, color=TEXT if tap else MUTED, ha="center", va="center"
            )
        high, wide = blocks or (rows, columns)
        for at in range(0, rows + 1, high):
            axes.plot([0, columns], [at, at], color=TEXT, linestyle="-", linewidth=1.6)
        for at in range(0, columns + 1, wide):
            axes.plot([at, at], [0, rows], color=TEXT, linestyle="-", linewidth=1.6)
    return figure


def _numbers(axes: Axes, columns: int, rows: int) -> None:
    for column in range(columns):
        axes.text(column + 0.5, -0.4, f"{column}", color=ROLES["x"].ink, fontsize=9, ha="center", va="center")
    for row in range(rows):
        axes.text(-0.4, row + 0.5, f"{row}", color=ROLES["y"].ink, fontsize=9, ha="center", va="center")


def _shade(tap: int, taps: int) -> tuple[float, float, float]:
    """Mix a light brown for tap 0 with a stronger one for the last."""
    light, strong = (np.array(to_rgb(colour)) for colour in (ROLES["w"].fill, "#D9803F"))
    share = tap / max(taps - 1, 1)
    red, green, blue = (1 - share) * light + share * strong
    return float(red), float(green), float(blue)


def window_columns(axis: Axis, x: Sequence[Any]) -> Figure:
    """Draw the windows of a row of cells as the columns of a table, and under each cell how often it was copied.

    Parameters
    ----------
    axis : Axis
    x : sequence of axis.size values
    """
    left, top = 1.6, 2.5
    width, height = left + max(axis.size, axis.outputs), top + axis.kernel
    with styled(0.58 * (width + 0.4), 0.58 * (height + 0.6)) as (figure, axes):
        blank(axes, width, height)
        axes.set_ylim(height + 0.1, -0.2)
        axes.text(0, 0.5, "x", color=ROLES["x"].ink, fontweight="bold", va="center")
        axes.text(0, 1.25, "copies", color=MUTED, fontsize=9.5, va="center")
        for i, value in enumerate(x):
            cell(axes, 0, left + i, value, "x" if axis.readers(i) else "leftover")
            axes.text(left + i + 0.5, 1.25, f"{len(axis.readers(i))}", fontsize=9.5, ha="center", va="center")
        for o in range(axis.outputs):
            axes.text(left + o + 0.5, top - 0.3, f"y[{o}]", color=ROLES["y"].ink, fontsize=9.5, ha="center")
            read = dict(axis.window(o))
            for k in range(axis.kernel):
                inside = k in read
                cell(axes, top + k, left + o, x[read[k]] if inside else 0, "x" if inside else "padding")
        for k in range(axis.kernel):
            axes.text(0, top + k + 0.5, f"tap {k}", color=ROLES["w"].ink, va="center")
    return figure


def wrap_around(full: Sequence[Any], period: int) -> Figure:
    """Draw a full convolution above what a transform of `period` cells makes of it: the end lands on the beginning.

    Parameters
    ----------
    full : sequence of values, at most 2 · period
    period : int
    """
    left, folded = 2.6, [sum(full[o::period]) for o in range(period)]
    with styled(0.58 * (left + len(full) + 0.4), 2.9) as (figure, axes):
        blank(axes, left + len(full), 4.4)
        for row, words in ((0.5, "full"), (1.9, "the end, moved"), (3.9, "wrapped")):
            axes.text(0, row, words, va="center", fontsize=10)
        for o, value in enumerate(full):
            cell(axes, 0, left + o, value, "y" if o < period else "leftover")
        for o, value in enumerate(full[period:]):
            cell(axes, 1.4, left + o, value, "leftover")
            arrow(axes, (1.0, left + period + o + 0.35), (1.45, left + o + 0.95), "leftover")
        axes.plot([left, left + period], [2.9, 2.9], color=TEXT, linestyle="-", linewidth=1.2)
        grid(axes, [folded], "y", at=(3.4, left))
    return figure


def winograd_tile() -> Figure:
    """Draw the four products of F(2, 3): sums of cells, times sums of weights, added to two outputs.

    Solid lines add and dashed lines subtract. Read upwards, the same lines carry dy to dx.
    """
    weights = ["w[0]", "½(w[0]+w[1]+w[2])", "½(w[0]−w[1]+w[2])", "w[2]"]
    assert FILTER_TRANSFORM.shape == (len(weights), 3)
    with styled(7.0, 4.2) as (figure, axes):
        axes.set_xlim(-1.0, 15.0)
        axes.set_ylim(8.4, -0.6)
        axes.axis("off")
        centres = [1.0, 5.2, 9.4, 13.6]
        ends = [3.1, 11.5]
        _lines(axes, INPUT_TRANSFORM, centres, (0.55, 2.7), centres)
        _lines(axes, OUTPUT_TRANSFORM.T, ends, (7.3, 5.3), centres)
        for i, centre in enumerate(centres):
            _label(axes, centre, 0.1, f"x[{i}]", "x")
            axes.text(centre, 3.15, "+", ha="center", va="center", fontsize=13)
            _label(axes, centre, 4.1, f"× {weights[i]}", "w")
            axes.text(centre, 4.95, f"z[{i}]", ha="center", va="center", fontsize=10.5)
        for o, centre in enumerate(ends):
            _label(axes, centre, 7.75, f"y[{o}]", "y")
    return figure


def _lines(axes: Axes, matrix: Any, starts: Sequence[float], rows: tuple[float, float], ends: Sequence[float]) -> None:
    """Join start c with end r wherever matrix[r, c] is not 0."""
    for (r, c), sign in np.ndenumerate(matrix):
        if sign:
            style = "-" if sign > 0 else (0, (4, 2.5))
            axes.plot([starts[c], ends[r]], rows, color=TEXT, linestyle=style, linewidth=1.2)


def _label(axes: Axes, column: float, row: float, words: str, role: str) -> None:
    look = ROLES[role]
    box = {"boxstyle": "round,pad=0.35", "facecolor": look.fill, "edgecolor": look.ink}
    axes.text(column, row, words, color=look.ink, ha="center", va="center", fontsize=9.5, bbox=box)
