"""Rows and grids of numbered cells, the ink of every figure: a cell's role is told by hue, border and mark."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from convbp.draw.style import MUTED, PAGE, ROLES

INSET = 0.06


def blank(axes: Axes, width: float, height: float) -> Axes:
    """Prepare axes that measure in cells, row 0 on top, without ticks."""
    axes.set_xlim(-0.1, width + 0.1)
    axes.set_ylim(height + 0.1, -0.1)
    axes.set_aspect("equal")
    axes.axis("off")
    return axes


def cell(axes: Axes, row: float, column: float, text: object = "", role: str = "x", faded: bool = False) -> None:
    """Draw one cell of side 1 with its top left corner at (row, column)."""
    look = ROLES[role]
    ink, fill = (MUTED, PAGE) if faded else (look.ink, look.fill)
    side = 1 - 2 * INSET
    corner = (column + INSET, row + INSET)
    style = {"solid": "-", "double": "-", "underline": "-", "hatched": "-", "dotted": ":", "dashed": "--"}[look.border]
    shape: Any = (
        FancyBboxPatch((corner[0] + 0.1, corner[1] + 0.1), side - 0.2, side - 0.2, boxstyle="round,pad=0.1")
        if look.border == "underline"
        else Rectangle(corner, side, side)
    )
    shape.set(facecolor=fill, edgecolor=ink, linewidth=1.2, linestyle=style)
    axes.add_patch(shape)
    if look.border == "double":
        inner = Rectangle((corner[0] + 0.08, corner[1] + 0.08), side - 0.16, side - 0.16)
        axes.add_patch(inner)
        inner.set(facecolor="none", edgecolor=ink, linewidth=0.7)
    if look.border == "underline":
        axes.plot(
            [column + 0.2, column + 0.8],
            [row + 1 - INSET] * 2,
            color=ink,
            linestyle="-",
            linewidth=2.4,
            solid_capstyle="butt",
        )
    if look.border == "hatched":
        band = Rectangle(corner, side, 0.14)
        axes.add_patch(band)
        band.set(facecolor=fill, edgecolor=ink, linewidth=0, hatch="//////")
    italic = "italic" if role == "padding" else "normal"
    axes.text(column + 0.5, row + 0.53, _label(text), color=ink, ha="center", va="center", fontstyle=italic)


def grid(
    axes: Axes,
    values: Any,
    role: str = "x",
    *,
    at: tuple[float, float] = (0, 0),
    name: str = "",
    roles: Mapping[tuple[int, int], str] | None = None,
    faded: Any = (),
) -> None:
    """Draw a matrix, or a vector as one row, of cells.

    `roles` overrides the role of single cells (row, column), `faded` lists cells that step back, and `name` stands
    to the left.
    """
    table = np.atleast_2d(np.asarray(values, dtype=object))
    for (r, c), value in np.ndenumerate(table):
        cell(axes, at[0] + r, at[1] + c, value, (roles or {}).get((r, c), role), (r, c) in faded)
    if name:
        middle = at[0] + table.shape[0] / 2
        axes.text(at[1] - 0.25, middle, name, ha="right", va="center", fontweight="bold", color=ROLES[role].ink)


def frame(axes: Axes, row: float, column: float, height: float, width: float, role: str = "y") -> None:
    """Outline a window of cells."""
    look = ROLES[role]
    outline = Rectangle((column + 0.01, row + 0.01), width - 0.02, height - 0.02)
    axes.add_patch(outline)
    outline.set(facecolor="none", edgecolor=look.ink, linewidth=2.4)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], role: str = "y", text: str = "") -> None:
    """Draw an arrow between two points (row, column), with a word beside its middle."""
    ink = ROLES[role].ink
    axes.annotate(
        "", (end[1], end[0]), (start[1], start[0]), arrowprops={"arrowstyle": "-|>", "color": ink, "linewidth": 1.4}
    )
    if text:
        axes.text(
            (start[1] + end[1]) / 2 + 0.12,
            (start[0] + end[0]) / 2,
            text,
            color=ink,
            ha="left",
            va="center",
            fontsize=9.5,
        )


def _label(value: object) -> str:
    """Write whole numbers without a point and with a true minus sign."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).replace("-", "−")
