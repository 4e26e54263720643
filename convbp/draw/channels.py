"""Figures of chapter 6: which maps meet which, which axes a sum removes, and the blocks of a grouped layer."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import get_sample_data
from matplotlib.figure import Figure
from PIL import Image

from convbp.arrays import Array
from convbp.draw.cells import arrow, blank, cell, frame
from convbp.draw.photo import HEAD, PHOTOGRAPH
from convbp.draw.style import MUTED, ROLES, TEXT, styled

Edge = tuple[int, int]
Point = tuple[float, float]

# The columns of a contraction: what an axis counts, and the letters it goes by.
AXES = {"sample": ("n",), "filter": ("f",), "channel": ("c",), "place": ("ij", "rs"), "tap": ("pq",)}


def channel_paths(filters: int, channels: int, at: Edge) -> Figure:
    """Show the slices w[f, c] as arrows between maps, and those that meet in y[f], dx[c], dw[f, c] and db[f].

    Parameters
    ----------
    filters, channels : int
    at : (f, c)
        The output map, the input map and the slice that are followed.
    """
    f, c = at
    arriving = {(f, other) for other in range(channels)}
    leaving = {(other, c) for other in range(filters)}
    with styled(5.6, 4.5, columns=2, rows=2) as (figure, grid):
        panels = np.ravel(grid)
        _paths(panels[0], filters, channels, arriving, f"y[{f}]: all slices that arrive", "y")
        _paths(panels[1], filters, channels, leaving, f"dx[{c}]: all slices that leave", "dx")
        _paths(panels[2], filters, channels, {at}, f"dw[{f},{c}]: one slice alone", "dw")
        _paths(panels[3], filters, channels, set(), f"db[{f}]: one map, no slice", "db", f)
    return figure


def _paths(
    axes: Axes, filters: int, channels: int, active: set[Edge], title: str, result: str, alone: int | None = None
) -> None:
    """Draw the maps of one panel and the arrows between them; they lead back for dx. Map `alone` needs no arrow."""
    height, right = max(filters, channels) * 1.5, 3.6
    blank(axes, right + 1.4, height)
    axes.set_xlim(-0.5, right + 1.9)
    axes.set_title(title, fontsize=10)
    left_top = [(height - channels * 1.5) / 2 + 1.5 * c + 0.25 for c in range(channels)]
    right_top = [(height - filters * 1.5) / 2 + 1.5 * f + 0.25 for f in range(filters)]
    left_role, left_name = ("gradient", "dx") if result == "dx" else ("x", "x")
    right_role, right_name = ("y", "y") if result == "y" else ("gradient", "dy")
    met = {("left", c) for _, c in active} | {("right", f) for f, _ in active} | {("right", alone)}
    for c, top in enumerate(left_top):
        cell(axes, top, 0, c, left_role, faded=("left", c) not in met)
        axes.text(-0.12, top + 0.5, left_name, color=ROLES[left_role].ink, fontsize=9, ha="right", va="center")
    for f, top in enumerate(right_top):
        cell(axes, top, right + 0.4, f, right_role, faded=("right", f) not in met)
        axes.text(right + 1.52, top + 0.5, right_name, color=ROLES[right_role].ink, fontsize=9, va="center")
    for f, c in product(range(filters), range(channels)):
        start, end = (left_top[c] + 0.5, 1.02), (right_top[f] + 0.5, right + 0.38)
        if (f, c) not in active:
            axes.plot([start[1], end[1]], [start[0], end[0]], color=MUTED, linewidth=0.6, linestyle=":")
            continue
        tail, head = (end, start) if result == "dx" else (start, end)
        arrow(axes, tail, head, "w")
        _slice_name(axes, start, end, f"{f},{c}", 0.7 if result == "dx" else 0.35)


def _slice_name(axes: Axes, start: Point, end: Point, text: str, along: float) -> None:
    """Write the name of a slice on its arrow, where the arrows that meet are apart."""
    (r0, c0), (r1, c1) = start, end
    axes.text(
        c0 + along * (c1 - c0),
        r0 + along * (r1 - r0),
        text,
        color=ROLES["w"].ink,
        fontsize=9,
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": ROLES["w"].ink, "linewidth": 0.7, "boxstyle": "round,pad=0.18"},
    )


def contractions(sums: Mapping[str, tuple[str, Sequence[str]]]) -> Figure:
    """Draw Einstein sums as axes in columns: a column that the result lacks is summed.

    Parameters
    ----------
    sums : mapping of result to (subscripts, names)
        Subscripts as np.einsum takes them, in the letters n f c, ij or rs, pq; the names of the factors in that order.
    """
    rows = -(-len(sums) // 2)
    with styled(5.8, 1.95 * rows, columns=2, rows=rows) as (figure, panels):
        for axes, (result, (subscripts, names)) in zip(np.ravel(panels), sums.items(), strict=True):
            _contraction(axes, result, subscripts, names)
    return figure


def _contraction(axes: Axes, result: str, subscripts: str, names: Sequence[str]) -> None:
    factors, kept = subscripts.split("->")
    operands = factors.split(",")
    lines = [*zip(names, operands, strict=True), (result, kept)]
    blank(axes, 6.6, 4.1)
    axes.set_xlim(-1.7, 5.4)
    for row, (name, letters) in enumerate(lines):
        top = _top(row, len(lines))
        role = name if name in ROLES else "gradient"
        axes.text(-0.2, top + 0.5, name, color=ROLES[role].ink, fontweight="bold", ha="right", va="center")
        for column, known in enumerate(AXES.values()):
            letter = next((word for word in known if word in letters), "")
            if letter:
                cell(axes, top, column, ",".join(letter), role)
    axes.plot([-1.6, 5.2], [2.95, 2.95], color=MUTED, lw=0.8)
    for column, (heading, known) in enumerate(AXES.items()):
        axes.text(column + 0.5, 0.55, heading, color=MUTED, fontsize=8, ha="center", va="center")
        if any(word in factors for word in known) and not any(word in kept for word in known):
            used = [_top(row, len(lines)) for row, letters in enumerate(operands) if any(w in letters for w in known)]
            frame(axes, min(used), column, max(used) - min(used) + 1, 1, "w")
            axes.text(column + 0.5, 3.58, "Σ", color=TEXT, fontsize=14, ha="center", va="center")


def _top(row: int, lines: int) -> float:
    """The result stands on the last line, below the rule; the factors end just above it."""
    return 3.05 if row == lines - 1 else 2.9 - (lines - 1 - row)


def filter_blocks(filters: int, channels: int, groups: int) -> Figure:
    """Show the table of slices of a grouped layer: full blocks on the diagonal, nothing beside them.

    Parameters
    ----------
    filters, channels, groups : int
        In a filled cell stands the place c′ of the slice within its filter.
    """
    maps, depth = filters // groups, channels // groups
    with styled(3.6, 3.6 * (filters + 1.2) / (channels + 1.8)) as (figure, axes):
        blank(axes, channels, filters)
        axes.set_xlim(-1.7, channels + 0.1)
        axes.set_ylim(filters + 0.1, -1.1)
        for f, c in product(range(filters), range(channels)):
            inside = f // maps == c // depth
            cell(axes, f, c, f"{f},{c % depth}" if inside else 0, "w" if inside else "padding", faded=not inside)
        for c in range(channels):
            axes.text(c + 0.5, -0.35, f"x[{c}]", color=ROLES["x"].ink, ha="center", va="center")
        for f in range(filters):
            axes.text(-0.2, f + 0.5, f"y[{f}]", color=ROLES["y"].ink, ha="right", va="center")
        for group in range(groups):
            frame(axes, group * maps, group * depth, maps, depth, "w")
    return figure


def colour_photograph() -> Array:
    """Return the photograph of `photograph` as three channels, red, green and blue.

    Returns
    -------
    array (3, 160, 135) of uint8
        Each level is the mean of 2 × 2 pixels of the portrait in the sample data of matplotlib.

    Examples
    --------
    >>> colour_photograph().shape
    (3, 160, 135)
    """
    with Image.open(get_sample_data(PHOTOGRAPH, asfileobj=False)) as picture:
        return np.moveaxis(np.asarray(picture.convert("RGB").crop(HEAD).reduce(2)), -1, 0).copy()
