"""Hand the present state of PoolRouting to the figures of the book, for print."""

from typing import TYPE_CHECKING

import numpy as np

from convbp.draw.affected import Look, affected_region
from convbp.widgets.pool_reading import Pooled, name, real_cells, shown
from convbp.widgets.pool_tables import PoolTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(
    table: PoolTable, x: np.ndarray, dy: np.ndarray, found: Pooled, direction: str, kind: str, cell: int, words: str
) -> "Figure":
    """Draw the cells of x and y, or of their gradients, with what the pinned cell meets in full colour."""
    backward = direction == "backward"
    rank, real = len(table.x), real_cells(table)
    columns, right = len(table.x[-1]), (len(table.x[-1]) + 1.0 if rank == 2 else 0.0)
    below = 0.0 if rank == 2 else 2.2
    members = set(table.reads[cell]) if kind == "output" else {cell} if kind else set(range(len(table.marks)))
    readers = {o for o, cells in enumerate(table.reads) if kind != "input" or cell in cells}
    looks = []
    for number, letter in enumerate(table.marks):
        row, column = divmod(number, columns)
        place, padding = real.get(number, 0), letter in "pq"
        look = Look(
            row + 0.5,
            column,
            name="" if padding else f"x {shown(x.flat[place])}" if backward else name(table, "x", number)[2:-1],
            text="" if padding else shown(found.dx[place] if backward else x.flat[place]),
            role="padding" if padding else "gradient" if backward else "leftover" if letter in "tgn" else "x",
            faded=number not in members,
            active=kind == "input" and number == cell,
            tag="" if padding else wins(found, place),
        )
        looks.append(look)
    for o in range(len(table.reads)):
        row, column = divmod(o, max(1, len(table.y[-1])))
        at = (row + 0.5, right + column) if rank == 2 else (below + 0.5, table.at[o])
        look = Look(
            *at,
            name=f"y {shown(found.y[o])}" if backward else name(table, "y", o)[2:-1],
            text=shown(dy[o] if backward else found.y[o]),
            role="gradient" if backward else "y",
            faded=o != cell if kind == "output" else o not in readers,
            active=kind == "output" and o == cell,
            tag="",
        )
        looks.append(look)
    words_of = ("dx  gradient of the input", "dy  gradient of the output") if backward else ("x  input", "y  output")
    captions = [(0.5, 0.0, words_of[0]), (below + 0.5, right, words_of[1])]
    return affected_region(looks, captions, [], "y", words)


def wins(found: Pooled, place: int) -> str:
    """Mark a cell of x with one ▲ for each window that it wins."""
    won = sum(place in cells for cells in found.winners)
    return "▲" * won if won < 4 else f"▲×{won}"
