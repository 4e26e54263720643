"""What a pool makes of the numbers in its cells: outputs, the parts of every dy, and the words for them."""

from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from convbp.avg_pool import avg_pool1d, avg_pool1d_backward, avg_pool2d, avg_pool2d_backward
from convbp.pool import max_pool1d, max_pool1d_backward, max_pool2d, max_pool2d_backward
from convbp.smooth_pool import lp_pool1d, lp_pool1d_backward, lp_pool2d, lp_pool2d_backward
from convbp.widgets.pool_tables import PoolTable

KINDS = ("max, the first wins a tie", "max, a tie is shared", "average", "average of real cells", "Lp")
FIRST, SHARED, AVERAGE, REAL, LP = KINDS
MAX = {1: (max_pool1d, max_pool1d_backward), 2: (max_pool2d, max_pool2d_backward)}
MEAN = {1: (avg_pool1d, avg_pool1d_backward), 2: (avg_pool2d, avg_pool2d_backward)}
NORM = {1: (lp_pool1d, lp_pool1d_backward), 2: (lp_pool2d, lp_pool2d_backward)}


class Pooled(NamedTuple):
    """What a pool makes of x and dy, cells numbered in reading order.

    ``parts[o, i]`` is what output o sends back to input cell i; ``winners[o]`` lists the cells of x that receive the
    gradient of a maximum.
    """

    y: np.ndarray
    parts: np.ndarray
    dx: np.ndarray
    winners: list[list[int]]


def pool(kind: str, table: PoolTable, x: np.ndarray, dy: np.ndarray, p: int, **windows: Any) -> Pooled:
    """Pool x, and send each dy back through its own window, all windows as one batch."""
    if table.empty:
        return Pooled(np.zeros(0), np.zeros((0, x.size)), np.zeros(x.size), [])
    rank, count = x.ndim, len(table.reads)
    alone = np.diag(dy).reshape(count, 1, *map(len, table.y))
    batch = np.broadcast_to(x, (count, 1, *x.shape))
    winners: list[list[int]] = [[] for _ in range(count)]
    if kind in (FIRST, SHARED):
        y, indices = MAX[rank][0](batch, **windows)
        parts = MAX[rank][1](alone, indices, batch.shape)
        winners = [[int(first)] for first in indices[0].flat] if kind == FIRST else _largest(table, x, y[0])
    elif kind == LP:
        y, parts = NORM[rank][0](batch, p, **windows), NORM[rank][1](alone, batch, p, **windows)
    else:
        windows["count_include_pad"] = kind == AVERAGE
        y, parts = MEAN[rank][0](batch, **windows), MEAN[rank][1](alone, batch.shape, **windows)
    parts = parts.reshape(count, x.size)
    if kind == SHARED:
        for o, cells in enumerate(winners):
            parts[o, cells] = parts[o].sum() / len(cells)
    return Pooled(y[0].ravel(), parts, parts.sum(axis=0), winners)


def _largest(table: PoolTable, x: np.ndarray, y: np.ndarray) -> list[list[int]]:
    """List all cells of each window that are as large as its maximum."""
    real = real_cells(table)
    windows = ([real[cell] for cell in cells if cell in real] for cells in table.reads)
    return [[place for place in places if x.flat[place] == top] for places, top in zip(windows, y.flat, strict=True)]


def real_cells(table: PoolTable) -> dict[int, int]:
    """Map the number of each cell of x that is no padding to its place in x."""
    real = [number for number, letter in enumerate(table.marks) if letter not in "pq"]
    return {number: place for place, number in enumerate(real)}


def shown(value: float) -> str:
    """Write a number with at most two decimals, as the page does."""
    text = f"{Decimal(float(value)).quantize(Decimal('0.01'), ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def name(table: PoolTable, grid: str, cell: int) -> str:
    """Write a cell as x[1,2]."""
    return f"{grid}[{','.join(map(str, list(product(*getattr(table, grid)))[cell]))}]".replace("-", "−")


def forward_equation(table: PoolTable, found: Pooled, x: np.ndarray, how: str, p: int, kind: str, cell: int) -> str:
    """Write how an output is made from its window, or which outputs read an input cell."""
    real = real_cells(table)
    if kind == "output":
        values = [x.flat[real[c]] for c in table.reads[cell] if c in real]
        if how in (FIRST, SHARED):
            made = f"max({', '.join(map(shown, values))})"
        elif how == LP:
            made = f"({' + '.join(shown(abs(value) ** p) for value in values)})^(1/{p})"
        else:
            made = f"({' + '.join(map(_term, values))})/{table.counts[how == REAL][cell]}"
        return f"{name(table, 'y', cell)} = {made} = {shown(found.y[cell])}"
    if cell not in real:
        return f"{name(table, 'x', cell)} is padding."
    place = real[cell]
    readers = [name(table, "y", o) for o, cells in enumerate(table.reads) if cell in cells]
    won = [name(table, "y", o) for o, cells in enumerate(found.winners) if place in cells]
    wins = f"; it wins {', '.join(won) or 'none'}" if how in (FIRST, SHARED) else ""
    return f"{name(table, 'x', cell)} = {shown(x.flat[place])} is read by {', '.join(readers) or 'none'}{wins}"


def backward_equation(table: PoolTable, found: Pooled, dy: np.ndarray, kind: str, cell: int) -> str:
    """Write where an output sends its gradient, or what an input cell collects."""
    real = real_cells(table)
    if kind == "output":
        goals = {c: found.parts[cell, real[c]] for c in table.reads[cell] if c in real and found.parts[cell, real[c]]}
        goes = ", ".join(f"{name(table, 'x', c)}: {shown(part)}" for c, part in goals.items()) or "no cell"
        return f"d{name(table, 'y', cell)} = {shown(dy[cell])} goes to {goes}"
    if cell not in real:
        return f"{name(table, 'x', cell)} is padding: it has no gradient."
    terms = [part for part in found.parts[:, real[cell]] if part]
    sides = [f"d{name(table, 'x', cell)}", *([" + ".join(map(_term, terms))] if len(terms) > 1 else [])]
    return " = ".join([*sides, shown(found.dx[real[cell]])])


def _term(value: float) -> str:
    return f"({shown(value)})" if value < 0 else shown(value)


def check_line(kind: str, found: Pooled, x: np.ndarray, dy: np.ndarray) -> str:
    """Compare what came in with what went out; for Lp it is the sum weighted by the numbers themselves that is kept."""
    weighted = kind == LP
    came, went = (found.y @ dy, found.dx @ x.ravel()) if weighted else (dy.sum(), found.dx.sum())
    lost = came - went if kind == AVERAGE else 0.0
    agree = "✓" if abs(came - went - lost) < 1e-6 else "✗"
    words = ("Σ y·dy", "Σ x·dx") if weighted else ("Σ dy", "Σ dx")
    padding = f" + {shown(lost)} left on the padding" if shown(lost) != "0" else ""
    return f"sum in: {words[0]} = {shown(came)}; sum out: {words[1]} = {shown(went)}{padding} {agree}"
