"""Figures of chapter 5: windows, patches, regions of influence and stamps on grids of cells."""

from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convbp.arrays import Array
from convbp.correlation import flip
from convbp.draw.cells import arrow, blank, cell, frame, grid
from convbp.draw.style import MUTED, ROLES, TEXT, styled
from convbp.geometry import Axis, conv_geometry

Place = tuple[int, int]


def plane_window(x: Array, w: Array, y: Array, at: Place) -> Figure:
    """Show y = x ⋆ w with the window that output `at` reads."""
    rows, columns = ([i for _, i in axis.window(o)] for axis, o in zip(_axes(x, w), at, strict=True))
    with styled(7.0, 2.6) as (figure, axes):
        right = _three(axes, (x, "x", "x"), (w, "w", "w"), (y, "y", "y"), "⋆", "=")
        frame(axes, rows[0], columns[0], len(rows), len(columns), "y")
        frame(axes, right[0] + at[0], right[1] + at[1], 1, 1, "y")
    return figure


def plane_patch(x: Array, dy: Array, dw: Array, at: Place) -> Figure:
    """Show dw = x ⋆ dy with the patch of `x` that tap `at` multiplies, one cell for each output."""
    taps = zip(_axes(x, dw), at, strict=True)
    rows, columns = (axis.patch(k) for axis, k in taps)
    with styled(7.0, 2.6) as (figure, axes):
        right = _three(axes, (x, "x", "x"), (dy, "gradient", "dy"), (dw, "gradient", "dw"), "⋆", "=")
        frame(axes, rows[0], columns[0], len(rows), len(columns), "gradient")
        frame(axes, right[0] + at[0], right[1] + at[1], 1, 1, "gradient")
    return figure


def plane_regions(size: Place, kernel: Place, at: Place) -> Figure:
    """Show which outputs input cell `at` reaches and through which tap: Q for y = x ⋆ w, P for the full y = x ∗ w.

    The full convolution is the correlation with the flipped filter on K−1 cells of padding: one geometry for both.
    """
    tap = [[(p, q) for q in range(kernel[1])] for p in range(kernel[0])]
    turned = [row[::-1] for row in tap[::-1]]
    valid = [Axis(n, k) for n, k in zip(size, kernel, strict=True)]
    full = [Axis(n, k, before=k - 1, after=k - 1) for n, k in zip(size, kernel, strict=True)]
    with styled(7.4, 5.2, columns=2) as (figure, pair):
        left, right = pair
        _region(left, valid, at, tap, "Q, correlation y = x ⋆ w (valid)")
        _region(right, full, at, turned, "P, convolution y = x ∗ w (full)")
    return figure


def _region(axes: Axes, window: list[Axis], at: Place, tap: list[list[Place]], title: str) -> None:
    """Draw the input above the output, and on each output that reads cell `at` the tap through which it does."""
    height, width = (axis.size for axis in window)
    down, across = (axis.outputs for axis in window)
    middle, top = 3.0, height + 1.2
    left_x, left_y = middle - width / 2, middle - across / 2
    blank(axes, 2 * middle, top + 7)
    axes.set_title(title, fontsize=10.5)
    for r, s in product(range(height), range(width)):
        cell(axes, r, left_x + s, f"{r},{s}" if (r, s) == at else "", "x", faded=(r, s) != at)
    found = {(i, j): tap[p][q] for i, p in window[0].readers(at[0]) for j, q in window[1].readers(at[1])}
    for i, j in product(range(down), range(across)):
        p_q = found.get((i, j))
        cell(axes, top + i, left_y + j, f"{p_q[0]},{p_q[1]}" if p_q else "", "w" if p_q else "y", faded=not p_q)
    (i, j), last = min(found), max(found)
    frame(axes, top + i, left_y + j, last[0] - i + 1, last[1] - j + 1, "gradient")
    arrow(axes, (height + 0.1, middle), (top - 0.1, middle), "x", "is read by")
    for name, row, column in (("x", height / 2, left_x), ("y", top + down / 2, left_y)):
        axes.text(column - 0.2, row, name, ha="right", va="center", fontweight="bold", color=ROLES[name].ink)


def plane_stamps(dy: Array, w: Array, stamps: Array, dx: Array) -> Figure:
    """Show `stamps[i, j]`, the filter `w` times dy[i, j] set down at window (i, j), and their sum `dx`."""
    (down, across), (height, width) = dy.shape, dx.shape
    rows, columns = _axes(dx, w)
    with styled(7.4, 5.2) as (figure, axes):
        blank(axes, across * (width + 0.8) + width + 1.6, down * (height + 1.0))
        for i, j in product(range(down), range(across)):
            top, left = i * (height + 1.0) + 0.8, j * (width + 0.8)
            axes.text(left + 0.1, top - 0.1, f"dy[{i},{j}] = {dy[i, j]:.0f}".replace("-", "−"), fontsize=8, va="bottom")
            touched = {(r, s) for _, r in rows.window(i) for _, s in columns.window(j)}
            _stamp(axes, stamps[i, j], touched, (top, left), faded=not dy[i, j])
        top, left = (down * (height + 1.0) - height) / 2 + 0.4, across * (width + 0.8) + 1.4
        axes.text(left - 0.9, top + height / 2, "Σ =", ha="center", va="center", fontsize=13, color=TEXT)
        grid(axes, dx, "gradient", at=(top, left))
        axes.text(left + 0.1, top - 0.15, "dx", fontweight="bold", color=ROLES["gradient"].ink, va="bottom")
    return figure


def _stamp(axes: Axes, values: Array, touched: set[Place], at: tuple[float, float], faded: bool) -> None:
    for r, s in product(*(range(n) for n in values.shape)):
        if (r, s) in touched:
            cell(axes, at[0] + r, at[1] + s, values[r, s], "gradient", faded=faded)
        else:
            cell(axes, at[0] + r, at[1] + s, "", "padding", faded=True)


def plane_flip(dy: Array, w: Array, dx: Array, at: Place) -> Figure:
    """Show dx = (dy padded by K−1) ⋆ Jw with the window that makes cell `at` of dx."""
    window = [Axis(o, k, before=k - 1, after=k - 1) for o, k in zip(dy.shape, w.shape, strict=True)]
    padded = np.pad(dy, [(axis.before, axis.after) for axis in window])
    real = np.pad(np.ones_like(dy), [(axis.before, axis.after) for axis in window])
    outside = {(r, s): "padding" for (r, s), inside in np.ndenumerate(real) if not inside}
    corner = [axis.input_cell(cell, 0) + axis.before for axis, cell in zip(window, at, strict=True)]
    with styled(7.4, 2.9) as (figure, axes):
        right = _three(
            axes, (padded, "gradient", "dy"), (flip(w), "w", "Jw"), (dx, "gradient", "dx"), "⋆", "=", outside
        )
        frame(axes, corner[0], corner[1], w.shape[0], w.shape[1], "gradient")
        frame(axes, right[0] + at[0], right[1] + at[1], 1, 1, "gradient")
    return figure


def _axes(x: Array, w: Array) -> tuple[Axis, ...]:
    return conv_geometry((1, 1, *x.shape), (1, 1, *w.shape)).axes


def _three(
    axes: Axes, first: Any, second: Any, third: Any, between: str, equals: str, roles: dict[Place, str] | None = None
) -> tuple[float, float]:
    """Draw first ⋆ second = third, each (values, role, name), and return the corner of the third."""
    sizes = [(len(values), len(values[0])) for values, _, _ in (first, second, third)]
    height = max(rows for rows, _ in sizes)
    blank(axes, sum(columns for _, columns in sizes) + 3.6, height + 0.9)
    left = 0.0
    corners = []
    for (values, role, name), (rows, columns) in zip((first, second, third), sizes, strict=True):
        top = (height - rows) / 2
        grid(axes, values, role, at=(top, left), roles=roles if values is first[0] else None)
        axes.text(
            left + columns / 2,
            top + rows + 0.5,
            name,
            ha="center",
            va="center",
            fontweight="bold",
            color=ROLES[role].ink,
        )
        corners.append((top, left))
        left += columns + 1.8
    for sign, (_, start) in zip((between, equals), corners[1:], strict=True):
        axes.text(start - 0.9, height / 2, sign, ha="center", va="center", fontsize=16, color=MUTED)
    return corners[2]
