"""A small layer as a picture of paths: forward from left to right, backward over the same paths from right to left."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convbp.draw.cells import blank, cell
from convbp.draw.style import MUTED, PANEL, ROLES, styled
from convbp.geometry import Axis

STEP, RIGHT, END = 1.35, 3.9, 7.1  # rows from cell to cell; columns of the outputs and of the loss
DASHES = ("-", "--", ":", "-.")  # one for each tap, so that the taps differ without colour


def forward_paths(x: Any, w: Any, b: Any, y: Any, t: Any, loss: Any) -> Figure:
    """Draw every path from the cells of `x` over the taps of `w` to the outputs `y`, and on to the loss."""
    with styled(5.4, 3.7) as (figure, axes):
        rows = _stage(axes, len(x), len(w), len(y))
        _cells(axes, "x", x, "x", 0, rows[0])
        _cells(axes, "y", y, "y", RIGHT, rows[1])
        _paths(axes, w, len(x), rows, backward=False)
        middle = _loss_cell(axes, "L", loss, "y", rows[1])
        for o, row in enumerate(rows[1]):
            _line(axes, (row, RIGHT + 1), (middle, END), ROLES["y"].ink, "-")
            _tag(axes, ((row + middle) / 2, (RIGHT + 1 + END) / 2), f"t[{o}] = {_number(t[o])}", MUTED, PANEL)
        bottom, note = rows[1][-1] + 0.85, f"b = {_number(b)} is added to each y"
        axes.text(RIGHT + 0.5, bottom, note, ha="center", va="center", fontsize=9, color=ROLES["w"].ink)
    return figure


def backward_paths(dx: Any, w: Any, dy: Any) -> Figure:
    """Draw the same paths with the gradients in the places of the numbers that they belong to."""
    with styled(5.4, 3.7) as (figure, axes):
        rows = _stage(axes, len(dx), len(w), len(dy))
        _cells(axes, "dx", dx, "gradient", 0, rows[0])
        _cells(axes, "dy", dy, "gradient", RIGHT, rows[1])
        _paths(axes, w, len(dx), rows, backward=True)
        middle = _loss_cell(axes, "dL", 1, "gradient", rows[1])
        for row in rows[1]:
            _line(axes, (middle, END), (row, RIGHT + 1), ROLES["gradient"].ink, "-")
    return figure


def _stage(axes: Axes, cells: int, taps: int, outputs: int) -> tuple[list[float], list[float]]:
    """Prepare the axes and return the middle row of each input cell and of each output."""
    left = [STEP * i + 0.9 for i in range(cells)]
    right = [STEP * (o + (taps - 1) / 2) + 0.9 for o in range(outputs)]
    blank(axes, END + 1, max(*left, *right) + 0.6)
    return left, right


def _cells(axes: Axes, name: str, values: Any, role: str, column: float, rows: list[float]) -> None:
    for at, (row, value) in enumerate(zip(rows, values, strict=True)):
        cell(axes, row - 0.5, column, value, role)
        beside = column == 0
        place = (column - 0.1, row) if beside else (column + 0.5, row - 0.6)
        side = "right" if beside else "center"
        axes.text(*place, f"{name}[{at}]", ha=side, va="center", fontsize=9, color=ROLES[role].ink)


def _paths(axes: Axes, w: Any, size: int, rows: tuple[list[float], list[float]], *, backward: bool) -> None:
    left, right = rows
    axis = Axis(size, len(w))
    for o in range(axis.outputs):
        for k, i in axis.window(o):
            ends = (left[i], 1.0), (right[o], RIGHT)
            ink = ROLES["gradient" if backward else "w"].ink
            start, end = reversed(ends) if backward else ends
            _line(axes, start, end, ink, DASHES[k % len(DASHES)])
            middle = (left[i] + right[o]) / 2, (1 + RIGHT) / 2
            _tag(axes, middle, f"w[{k}] = {_number(w[k])}", ROLES["w"].ink, ROLES["w"].fill)


def _loss_cell(axes: Axes, name: str, value: Any, role: str, rows: list[float]) -> float:
    middle = float(np.mean(rows))
    cell(axes, middle - 0.5, END, value, role)
    axes.text(END + 0.5, middle - 0.62, name, ha="center", va="center", fontsize=9, color=ROLES[role].ink)
    return middle


def _line(axes: Axes, start: tuple[float, float], end: tuple[float, float], ink: str, style: str) -> None:
    """Draw an arrow from (row, column) to (row, column)."""
    look = {"arrowstyle": "-|>", "color": ink, "linewidth": 1.3, "linestyle": style, "shrinkA": 1, "shrinkB": 1}
    axes.annotate("", (end[1], end[0]), (start[1], start[0]), arrowprops=look)


def _tag(axes: Axes, at: tuple[float, float], text: str, ink: str, fill: str) -> None:
    """Write a framed word on an arrow, centred at (row, column)."""
    box = {"facecolor": fill, "edgecolor": ink, "boxstyle": "round,pad=0.25", "linewidth": 0.8}
    axes.text(at[1], at[0], text, ha="center", va="center", fontsize=8.5, color=ink, bbox=box)


def _number(value: Any) -> str:
    return f"{value:g}".replace("-", "−")
