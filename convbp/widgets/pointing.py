"""What pointing at one cell of AffectedRegion means: its products, the sum written out, and a name for every cell."""

from itertools import product
from typing import NamedTuple

from convbp.widgets.frame import minus
from convbp.widgets.tables import Table

GRID = {"input": "x", "weight": "w", "output": "y"}


class Product(NamedTuple):
    """One scalar product: the numbers of its cell of x, its weight and its output."""

    x: int
    w: int
    y: int


def products_of(table: Table, kind: str, cell: int) -> list[Product]:
    """Collect the products that meet in a cell, in the order of the outputs and then of the taps."""
    everything = (Product(x, w, y) for y, window in enumerate(table.reads) for w, x in enumerate(window))
    return [found for found in everything if getattr(found, GRID[kind]) == cell]


def cells_of(table: Table, grid: str) -> list[tuple[int, ...]]:
    """List the coordinates of the cells of x, w or y by their number."""
    return list(product(*getattr(table, grid)))


def name(table: Table, grid: str, cell: int, gradient: bool = False) -> str:
    """Write a cell as x[4] or, for its gradient, dx[4]."""
    numbers = ",".join(map(str, cells_of(table, grid)[cell]))
    return minus(f"{'d' if gradient else ''}{grid}[{numbers}]")


def label(table: Table, grid: str, cell: int, gradient: bool) -> str:
    """Write what stands in a cell: on two axes there is room for the numbers only, and "∂" for a gradient."""
    full = name(table, grid, cell, gradient)
    return full if len(table.x) == 1 else f"{'∂ ' * gradient}{full[full.index('[') + 1 : -1]}"


def is_padding(table: Table, cell: int) -> bool:
    """Tell whether a cell of x lies in the padding."""
    return table.marks[cell] in "pq"


def equation(table: Table, kind: str, cell: int) -> str:
    """Write the sum that belongs to a cell, in letters and in numbers."""
    grid = GRID[kind]
    if kind == "input" and is_padding(table, cell):
        return f"{name(table, 'x', cell)} is padding: it counts as 0 and has no gradient."
    met = products_of(table, kind, cell)
    result = "y" if kind == "output" else f"d{grid}"
    sides = [name(table, grid, cell, gradient=kind != "output")]
    if met:
        factors = {"input": ("w", "dy"), "weight": ("x", "dy"), "output": ("w", "x")}[kind]
        sides.append(" + ".join("·".join(_letter(table, which, item) for which in factors) for item in met))
        sides.append(" + ".join("·".join(_number(table, which, item) for which in factors) for item in met))
    return " = ".join([*sides, minus(table.values[result][cell])])


def _letter(table: Table, which: str, item: Product) -> str:
    grid = which[-1]
    cell = getattr(item, grid)
    return "0" if grid == "x" and is_padding(table, cell) else name(table, grid, cell, gradient=len(which) == 2)


def _number(table: Table, which: str, item: Product) -> str:
    value = table.values[which][getattr(item, which[-1])]
    return f"({minus(value)})" if value < 0 else str(value)
