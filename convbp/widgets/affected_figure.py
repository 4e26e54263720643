"""Hand the present state of AffectedRegion to the figures of the book, for print."""

from typing import TYPE_CHECKING

from convbp.draw.affected import Corners, Look, affected_region
from convbp.widgets.frame import minus
from convbp.widgets.pointing import GRID, Product, equation, is_padding, label, products_of
from convbp.widgets.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Places = dict[str, list[tuple[float, float]]]


def draw(table: Table, kind: str, cell: int) -> "Figure":
    """Draw the table with the cell pointed at; an empty kind points at nothing."""
    met = products_of(table, kind, cell) if kind else []
    places = places_of(table)
    numbered = [(grid, number, at) for grid in places for number, at in enumerate(places[grid])]
    looks = [_look(table, kind, cell, met, grid, number, at) for grid, number, at in numbered]
    backward = kind in ("input", "weight")
    words = {"w": "w  filter", "x": "x  input", "y": "dy  gradient of the output" if backward else "y  output"}
    captions = [(*places[grid][0], word) for grid, word in words.items() if places[grid]]
    if len(table.x) == 1 and table.at:
        row, column, word = captions.pop()  # the wedges end above the outputs, so their name stands below
        captions.append((row + 1.45, column, word))
    sentence = equation(table, kind, cell) if kind else table.empty
    return affected_region(looks, captions, _wedges(table, kind, met), "gradient" if backward else "y", sentence)


def places_of(table: Table) -> Places:
    """Return (row, column) of every cell: one grid above the other on one axis, side by side on two."""
    if len(table.x) == 1:
        rows = {"w": (0.5, range(len(table.w[0]))), "x": (2.0, range(len(table.x[0]))), "y": (4.4, table.at)}
        return {grid: [(row, float(column)) for column in columns] for grid, (row, columns) in rows.items()}
    right = len(table.x[1]) + 1.0
    corners = {"w": (0.5, right), "x": (0.5, 0.0), "y": (len(table.w[0]) + 1.2, right)}
    return {
        grid: [
            (top + row, left + column)
            for row in range(len(getattr(table, grid)[0]))
            for column in range(len(getattr(table, grid)[1]))
        ]
        for grid, (top, left) in corners.items()
    }


def _look(
    table: Table, kind: str, cell: int, met: list[Product], grid: str, number: int, at: tuple[float, float]
) -> Look:
    active = bool(kind) and GRID[kind] == grid and number == cell
    padding = grid == "x" and is_padding(table, number)
    gradient = kind in ("input", "weight") and (grid == "y" or (active and not padding))
    partner = next((item for item in met if getattr(item, grid) == number), None)
    unread = grid == "x" and table.marks[number] in "tgn"
    role = "padding" if padding else "gradient" if gradient else "leftover" if unread else grid
    shows_tap = partner is not None and grid != "w" and kind in ("input", "output") and not active
    return Look(
        *at,
        name="" if padding else label(table, grid, number, gradient),
        text=minus(table.values[f"{'d' * gradient}{grid}"][number]),
        role=role,
        faded=bool(kind) and not active and partner is None,
        active=active,
        tag=label(table, "w", partner.w, False) if shows_tap and partner else "∅" if unread else "",
    )


def _wedges(table: Table, kind: str, met: list[Product]) -> list[Corners]:
    if len(table.x) == 2:
        return []
    above, below = {"input": (0.3, 0.1), "output": (0.1, 0.3)}.get(kind, (0.35, 0.35))
    ends = [(float(item.x), table.at[item.y]) for item in met]
    return [((3, x + above), (3, x + 1 - above), (4.4, y + 1 - below), (4.4, y + below)) for x, y in ends]
