"""Hand the present state of SignConvention to the figures of the book, for print."""

from typing import TYPE_CHECKING

from convbp.draw.affected import Look, affected_region
from convbp.widgets.frame import minus
from convbp.widgets.sign_tables import Row, Table, equation, is_padding, terms

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROLE = {"x": "x", "w": "w", "y": "y", "dy": "gradient", "dx": "gradient", "dw": "gradient"}
HEIGHT = {"still": 0.5, "moved": 1.5, "result": 3.3}
WORDS = {"x": "input", "w": "filter", "y": "output"}


def draw(table: Table, step: int) -> "Figure":
    """Draw the row that lies still, the row laid on it, and the results, each cell in the column of its index."""
    met = {column for column, _ in terms(table, step)} if table.places else set()
    looks = [_look(table, table.still, "still", i, bool(table.places) and i not in met, False) for i in table.still.at]
    if table.places:
        looks += [
            _look(table, table.moved, "moved", index, column not in met, False)._replace(
                column=float(table.columns.index(column))
            )
            for column, index in table.places[step]
        ]
        chosen = table.result.at[step]
        looks += [_look(table, table.result, "result", i, i != chosen, i == chosen) for i in table.result.at]
    captions = [(HEIGHT[name], 0.0, _caption(row)) for name, row in _rows(table) if name != "moved"]
    return affected_region(looks, captions, [], "y", _sentence(table, step))


def _rows(table: Table) -> list[tuple[str, Row]]:
    return [("still", table.still), ("moved", table.moved), ("result", table.result)]


def _caption(row: Row) -> str:
    return f"{row.letter}  {WORDS.get(row.letter, f'gradient of {row.letter[-1]}')}"


def _sentence(table: Table, step: int) -> str:
    plain = table.formula.replace("{", "").replace("}", "")
    return f"{plain}: {equation(table, step)}" if table.places else table.empty


def _look(table: Table, row: Row, level: str, index: int, faded: bool, active: bool) -> Look:
    padding = is_padding(table, row, index)
    return Look(
        HEIGHT[level],
        float(table.columns.index(index)) if index in table.columns else 0.0,
        name="" if padding else minus(f"{row.letter}[{index}]"),
        text=minus(row.value(index)),
        role="padding" if padding else ROLE[row.letter],
        faded=faded,
        active=active,
        tag="",
    )
