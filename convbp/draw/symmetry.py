"""Figures of chapter 13: a signal moved before and behind a layer, copies of a filter, windows of a turned picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convbp.arrays import Array
from convbp.draw.cells import arrow, blank, cell, frame, grid
from convbp.draw.style import ROLES, TEXT, styled
from convbp.geometry import Axis
from convbp.turns import act, order_of, tables


def moved_rows(panels: Mapping[str, tuple[Sequence[Any], Sequence[Any], Sequence[Any], Sequence[Any], int]]) -> Figure:
    """Draw x above y, and below them moved x above its own y, one panel for each layer.

    Parameters
    ----------
    panels : mapping of title to (x, y, moved x, y of moved x, stride)
        Output o stands under the first cell of its window.
    """
    width = max(len(panel[0]) for panel in panels.values())
    with styled(0.42 * (width + 1.5), 2.25 * len(panels), rows=len(panels)) as (figure, column):
        for axes, (title, (x, y, moved, of_moved, stride)) in zip(np.atleast_1d(column), panels.items(), strict=True):
            blank(axes, width, 4.6)
            axes.set_xlim(-0.9, width + 0.1)
            axes.set_title(title, fontsize=10.5)
            for top, name, above, below in ((0, "x", x, y), (2.4, "Tx", moved, of_moved)):
                grid(axes, above, "x", at=(top, 0), name=name)
                axes.text(-0.25, top + 1.6, "y", ha="right", va="center", fontweight="bold", color=ROLES["y"].ink)
                first_cells = Axis(len(x), kernel=1, stride=stride)
                for o, value in enumerate(below):
                    cell(axes, top + 1.1, first_cells.input_cell(o, 0), value, "y")
    return figure


def orbit(w: Any, group: str = "C4") -> Figure:
    """Draw every copy of a filter, four in a row, and outline the place where its tap (0, 0) went.

    Parameters
    ----------
    w : array (K, K)
    group : {"C4", "D4"}
    """
    taps = np.asarray(w)
    size, marked = len(taps), np.zeros(taps.shape, int)
    marked[0, 0] = 1
    rows, step, tall = order_of(group) // 4, size + 1.1, size + 1.0
    with styled(0.5 * 4 * step, 0.5 * rows * tall + 0.2) as (figure, axes):
        blank(axes, 4 * step - 1.1, rows * tall)
        for h in range(order_of(group)):
            top, left = (h // 4) * tall + 0.8, (h % 4) * step
            axes.text(left + 0.05, top - 0.35, f"$T_{h}w$", va="center", color=ROLES["w"].ink)
            grid(axes, act(taps, h, group), "w", at=(top, left))
            p, q = np.argwhere(act(marked, h, group))[0]
            frame(axes, top + p, left + q, 1, 1, "gradient")
    return figure


def turned_windows(axes_of: Mapping[str, Axis]) -> Figure:
    """Draw the middle of every window, and of every window of the picture turned by a quarter, turned back with it.

    Parameters
    ----------
    axes_of : mapping of title to Axis
        Each is used for both axes of a square picture.
    """
    with styled(3.1 * len(axes_of), 3.7, columns=len(axes_of)) as (figure, row):
        for axes, (title, axis) in zip(np.atleast_1d(row), axes_of.items(), strict=True):
            _window_middles(axes, axis)
            axes.set_title(title, fontsize=10.5)
        handles = np.atleast_1d(row)[0].get_lines()[-2:]
        figure.legend(handles, ["window of x", "window of turned x"], loc="outside lower center", ncols=2, fontsize=10)
    return figure


def _window_middles(axes: Axes, axis: Axis) -> None:
    blank(axes, axis.padded, axis.padded)
    start, end = -axis.before, axis.size + axis.after
    axes.set_xlim(start - 0.1, end + 0.1)
    axes.set_ylim(end + 0.1, start - 0.1)
    reached = {axis.input_cell(o, k) for o in range(axis.outputs) for k in range(axis.kernel)}
    for r in range(start, end):
        for s in range(start, end):
            real = 0 <= r < axis.size and 0 <= s < axis.size
            role = "leftover" if {r, s} - reached else "x" if real else "padding"
            cell(axes, r, s, "", role)
    middles = [axis.input_cell(o, 0) + axis.reach / 2 for o in range(axis.outputs)]
    both = [(row, column) for row in middles for column in middles]
    # A quarter turn takes columns to rows: turned back, the windows count the columns from the other end.
    back = [(row, axis.size - column) for row in middles for column in middles]
    look: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 1.8}
    axes.plot(*zip(*[(c, r) for r, c in both], strict=True), marker="s", markersize=6, color=ROLES["w"].ink, **look)
    ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": ROLES["gradient"].ink, "markersize": 14}
    axes.plot(*zip(*[(c, r) for r, c in back], strict=True), marker="o", **ring, **look)


def lifted_maps(rows: Mapping[str, tuple[Any, Any]]) -> Figure:
    """Show pictures, one in a row, each with its maps beside it, all maps on one scale with 0 as middle grey.

    Parameters
    ----------
    rows : mapping of name to (picture (H, W), maps (G, H, W))
    """
    count = max(len(maps) for _, maps in rows.values())
    top = max(float(np.abs(np.asarray(maps)).max()) for _, maps in rows.values())
    with styled(1.45 * (count + 1), 1.7 * len(rows), columns=count + 1, rows=len(rows)) as (figure, panels):
        for line, (name, (x, maps)) in zip(np.atleast_2d(panels), rows.items(), strict=True):
            line[0].imshow(np.asarray(x), cmap="Greys", interpolation="nearest")
            line[0].set_title(name, fontsize=10.5, color=ROLES["x"].ink)
            for h, (axes, y) in enumerate(zip(line[1:], maps, strict=True)):
                axes.imshow(np.asarray(y), cmap="Greys", vmin=-top, vmax=top, interpolation="nearest")
                axes.set_title(f"y[{h}]", fontsize=10.5, color=ROLES["y"].ink)
            for axes in line:
                axes.set(xticks=[], yticks=[])
    return figure


def turned_back(dw_h: Any, group: str = "C4") -> Figure:
    """Draw the gradient of each copy of a filter, each turned back below it, and their sum on the right.

    Parameters
    ----------
    dw_h : array (G, K, K)
    group : {"C4", "D4"}
    """
    gradients = np.asarray(dw_h)
    back = _turned_back(gradients, group)
    count, size = gradients.shape[:2]
    step, below = size + 1.0, size + 1.9
    width = (count + 1) * step
    with styled(0.5 * (width + 0.4), 0.5 * (below + size + 0.5)) as (figure, axes):
        blank(axes, width, below + size)
        axes.set_ylim(below + size + 0.1, -1.0)
        for h in range(count):
            left = h * step
            axes.text(left + 0.05, -0.45, f"$dw_{h}$", va="center", color=ROLES["gradient"].ink)
            grid(axes, gradients[h], "gradient", at=(0, left))
            arrow(axes, (size + 0.1, left + size / 2), (below - 0.75, left + size / 2), "gradient")
            axes.text(left + 0.05, below - 0.4, f"$T_{h}^⊤dw_{h}$", va="center", color=ROLES["gradient"].ink)
            grid(axes, back[h], "gradient", at=(below, left))
            sign = "=" if h == count - 1 else "+"
            axes.text(left + size + 0.5, below + size / 2, sign, ha="center", va="center", color=TEXT, fontsize=14)
        axes.text(count * step + 0.05, below - 0.4, "$dw$", va="center", color=ROLES["gradient"].ink)
        grid(axes, back.sum(axis=0), "gradient", at=(below, count * step))
    return figure


def _turned_back(gradients: Array, group: str) -> Array:
    _, inverse = tables(group)
    return np.stack([act(g, int(inverse[h]), group) for h, g in enumerate(gradients)])
