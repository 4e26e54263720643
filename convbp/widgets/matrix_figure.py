"""Draw the present state of ConvMatrix for print."""

from itertools import product
from typing import TYPE_CHECKING, Any

from convbp.draw.affected import Look, affected_region
from convbp.widgets.frame import minus
from convbp.widgets.matrix_table import MatrixTable
from convbp.widgets.pointing import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Lit = dict[str, set[Any]]
TOP, MATRIX = 2.3, 3.6


def draw(table: MatrixTable, kind: str, cell: int, transpose: bool, words: str) -> "Figure":
    """Draw the filter, the vector above the matrix, the matrix, and the vector beside it."""
    cells, lit = table.cells, _lit(table, kind, cell)
    rows, columns = (table.columns, cells.reads) if transpose else (cells.reads, table.columns)
    looks = [_cell(table, kind, cell, lit, transpose, "w", k, (0.5, k)) for k in range(len(cells.values["w"]))]
    above, beside = ("y", "x") if transpose else ("x", "y")
    side = len(columns) + 0.6
    looks += [_cell(table, kind, cell, lit, transpose, above, n, (TOP, n)) for n in range(len(columns))]
    looks += [_cell(table, kind, cell, lit, transpose, beside, n, (MATRIX + n, side)) for n in range(len(rows))]
    zeros = []
    for o, i in product(range(len(table.taps)), range(len(table.columns))):
        row, column = (i, o) if transpose else (o, i)
        here = kind == "entry" and cell == o * len(table.columns) + i
        tap = table.taps[o][i] - 1
        if tap < 0 and not here:
            zeros.append((MATRIX + row + 0.7, column + 0.36, "·"))
            continue
        faded = bool(kind) and not here and (o, i) not in lit["entries"]
        word, text = (label(cells, "w", tap, False), _text(table, "w", tap)) if tap >= 0 else ("", "0")
        looks.append(Look(MATRIX + row, float(column), word, text, "w" if tap >= 0 else "padding", faded, here, ""))
    given, made = ("dy", "dx = Aᵀ dy") if transpose else ("x", "y = A x")
    if kind == "weight":  # x and dy meet in dw, whichever way the matrix stands
        made = "x" if transpose else "dy"
    captions = [(0.5, 0.0, "w  filter"), (TOP, 0.0, given), (MATRIX, side, made), *zeros]
    return affected_region(looks, captions, [], "y", words)


def _lit(table: MatrixTable, kind: str, cell: int) -> Lit:
    """Collect the cells and the entries (row, column) that belong to what is pointed at."""
    if kind == "entry":
        row, column = divmod(cell, len(table.columns))
        return {"x": {table.columns[column]}, "y": {row}, "w": {table.taps[row][column] - 1}, "entries": set()}
    met = table.uses(kind, cell) if kind else []
    entries = {(use.y, table.columns.index(use.x)) for use in met}
    return {"x": {use.x for use in met}, "w": {use.w for use in met}, "y": {use.y for use in met}, "entries": entries}


def _cell(
    table: MatrixTable, kind: str, cell: int, lit: Lit, transpose: bool, array: str, place: int, at: tuple[float, float]
) -> Look:
    """Return the look of a cell of x, w or y; a weight that is pointed at and the cells beside it show gradients."""
    number = table.columns[place] if array == "x" else place
    active, faded = _state(kind, cell, lit, array, number)
    beside = kind == "weight"
    gradient = {"w": beside and active, "x": transpose and not beside, "y": transpose or beside}[array]
    unread = array == "x" and table.cells.marks[number] in "tgn"
    role = "leftover" if unread else "gradient" if gradient else array
    text = _text(table, "d" * gradient + array, number)
    name = label(table.cells, array, number, gradient)
    return Look(*at, name, text, role, faded, active, "∅" if unread else "")


def _state(kind: str, cell: int, lit: Lit, array: str, number: int) -> tuple[bool, bool]:
    """Tell whether a cell is the one pointed at, and whether it steps back."""
    active = {"input": "x", "weight": "w", "output": "y"}.get(kind) == array and number == cell
    return active, bool(kind) and not active and number not in lit[array]


def _text(table: MatrixTable, which: str, number: int) -> str:
    return minus(table.cells.values[which][number])
