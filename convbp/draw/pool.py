"""Figures of chapter 10: the ways of a gradient through a pool, on a line and in the plane, and who gets how much."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convbp.draw.cells import arrow, blank, cell, frame, grid
from convbp.draw.style import MUTED, ROLES, styled
from convbp.geometry import Axis

ROWS = {"x": 0.6, "y": 2.9, "dy": 4.2, "dx": 6.5}


def pool_paths(axis: Axis, x: Sequence[Any], y: Sequence[Any], dy: Sequence[Any], slopes: Any) -> Figure:
    """Draw one axis of a pool, forward and backward: an arrow wherever a cell moves an output.

    A thin line joins an output to the other cells of its window, which get nothing from it. Padding cells, marked ∅,
    never win.

    Parameters
    ----------
    axis : Axis
    x, y, dy : sequences of axis.size, axis.outputs and axis.outputs values
    slopes : array (axis.outputs, axis.size)
        Slope of each output in each cell; dx is dy times this matrix.
    """
    slopes = np.asarray(slopes)
    dx = np.asarray(dy) @ slopes
    with styled(0.62 * (axis.padded + 1.4), 0.62 * 8.0) as (figure, axes):
        blank(axes, axis.padded, 7.6)
        axes.set_xlim(-1.3, axis.padded + 0.1)
        for column, i in enumerate(range(-axis.before, axis.size + axis.after)):
            real = 0 <= i < axis.size
            cell(axes, ROWS["x"], column, x[i] if real else "∅", "x" if real else "padding")
            axes.text(column + 0.5, 0.3, f"{i}", color=MUTED, fontsize=9.5, ha="center", va="center")
            if real:
                unread = not axis.readers(i)
                cell(axes, ROWS["dx"], column, f"{dx[i]:.3g}", "leftover" if unread else "gradient")
        for o in range(axis.outputs):
            reads = [axis.before + axis.input_cell(o, k) for k in range(axis.kernel)]
            middle = sum(reads) / axis.kernel
            cell(axes, ROWS["y"], middle, y[o], "y")
            cell(axes, ROWS["dy"], middle, dy[o], "gradient")
            for column in reads:
                i = column - axis.before
                moves = 0 <= i < axis.size and slopes[o, i] != 0
                _path(axes, (ROWS["x"] + 1, column), (ROWS["y"], middle), "y" if moves else "")
                _path(axes, (ROWS["dy"] + 1, middle), (ROWS["dx"], column), "gradient" if moves else "")
        for name, row in ROWS.items():
            role = name if name in ROLES else "gradient"
            axes.text(-0.3, row + 0.5, name, color=ROLES[role].ink, fontweight="bold", ha="right", va="center")
    return figure


def _path(axes: Axes, start: tuple[float, float], end: tuple[float, float], role: str) -> None:
    """Draw an arrow in the ink of a role, or a thin dotted line for none, between the middles of two cells."""
    here, there = (start[0], start[1] + 0.5), (end[0], end[1] + 0.5)
    if role:
        arrow(axes, here, there, role)
    else:
        axes.plot([here[1], there[1]], [here[0], there[0]], color=MUTED, linewidth=0.7, linestyle=":")


def pool_planes(x: Any, y: Any, dy: Any, dx: Any, window: tuple[int, int], winners: Collection[int] = ()) -> Figure:
    """Draw a pool in the plane whose windows touch: x and y above, dx and dy below.

    Parameters
    ----------
    x, dx : arrays (H, W)
    y, dy : arrays (OH, OW)
    window : (rows, columns)
        Of each window; every one is framed.
    winners : collection of int
        Flat indices of the cells that won; the other cells of x and dx step back.
    """
    (high, wide), (rows, columns) = np.shape(x), np.shape(y)
    right = wide + 2.4
    down = high + 0.9
    with styled(0.55 * (right + columns + 1), 0.55 * (down + high + 0.6)) as (figure, axes):
        blank(axes, right + columns, down + high + 0.4)
        axes.set_xlim(-1.0, right + columns + 0.1)
        lost = [divmod(i, wide) for i in range(high * wide) if winners and i not in winners]
        for top, (name, large), (end, small) in (
            (0.2, ("x", x), ("y", y)),
            (0.2 + down, ("dx", dx), ("dy", dy)),
        ):
            forward = name == "x"
            grid(axes, large, "x" if forward else "gradient", at=(top, 0), name=name, faded=lost)
            middle = top + high / 2
            grid(axes, small, "y" if forward else "gradient", at=(middle - rows / 2, right), name=end)
            near, far = (middle, wide + 0.2), (middle, right - 1.0)
            if forward:
                arrow(axes, near, far, "y")
            else:
                arrow(axes, far, near, "gradient")
            for i in range(rows):
                for j in range(columns):
                    frame(axes, top + i * window[0], j * window[1], *window)
    return figure


def pool_shares(x: Sequence[Any], shares: Mapping[str, Sequence[float]]) -> Figure:
    """Draw how several pools divide a gradient of 1 among the cells of one window, a row of bars for each.

    Parameters
    ----------
    x : sequence
        The cells of the window.
    shares : mapping of name to sequence like x
        Slope of the output in each cell.
    """
    with styled(5.4, 0.82 * len(shares) + 0.6, rows=len(shares)) as (figure, panels):
        look = ROLES["gradient"]
        for axes, (name, parts) in zip(np.ravel(panels), shares.items(), strict=True):
            bars = axes.bar(range(len(x)), parts, 0.7, color=look.fill, edgecolor=look.ink, hatch="///", linewidth=1)
            axes.bar_label(bars, [f"{part:.2f}" for part in parts], fontsize=9.5, padding=1.5)
            axes.set(ylim=(0, 1.45), yticks=[], xticks=[])
            axes.spines["left"].set_visible(False)
            axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
        axes.set_xticks(range(len(x)), [f"x = {value}" for value in x])
        axes.tick_params(length=0, labelcolor=ROLES["x"].ink)
    return figure
