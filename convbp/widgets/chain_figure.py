"""Hand the present state of ChainByHand to the figures of the book, for print."""

from typing import TYPE_CHECKING

from convbp.draw.affected import Look, affected_region
from convbp.widgets.chain_sums import STEPS, Sums, equation, name, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# From top to bottom: what goes forward, and beside it what comes back.
ROWS = (("x", "dx"), ("w b", "dw db"), ("y", "dy"), ("t", ""), ("m", ""), ("L", "dL"), ("w′ b′", "L′"))
ROLES = {"x": "x", "w": "w", "b": "w", "w′": "w", "b′": "w", "y": "y"}
HEIGHT = 1.6


def draw(values: dict[str, float], sums: Sums, step: int) -> "Figure":
    """Draw both lanes; what the step has not reached is a question mark, and the sums of the step stand below."""
    shown = {letter for names, _ in STEPS[: step + 1] for letter in names.split()} | {"x", "w", "b", "t"}
    rows = ROWS if step == len(STEPS) - 1 else ROWS[:-1]
    right = 1.0 + max(len(_cells(values, left)) for left, _ in rows)
    looks = []
    for level, lanes in enumerate(rows):
        for names, column in zip(lanes, (0.0, right), strict=True):
            looks += [
                _look(cell, values[cell], _letters(cell) in shown, 0.5 + HEIGHT * level, column + at)
                for at, cell in enumerate(_cells(values, names))
            ]
    captions = [(0.4, 0.0, "forward, downwards"), (0.4, right, "backward, upwards")]
    return affected_region(looks, captions, [], "y", _sentence(values, sums, step))


def _cells(values: dict[str, float], names: str) -> list[str]:
    return [cell for letter in names.split() for cell in values if _letters(cell) == letter]


def _letters(cell: str) -> str:
    return cell.rstrip("0123456789")


def _look(cell: str, value: float, shown: bool, row: float, column: float) -> Look:
    letter = _letters(cell)
    role = "gradient" if letter in ("dx", "dw", "db", "dy") else ROLES.get(letter, "y")
    text = number(value) if shown else "?"
    return Look(row, column, name(cell).replace("(y−t)", "y−t "), text, role, not shown, False, "")


def _sentence(values: dict[str, float], sums: Sums, step: int) -> str:
    names, sentence = STEPS[step]
    cells = [cell for cell in sums if _letters(cell) in names.split()]
    return " ".join([sentence, "; ".join(equation(sums, values, cell) for cell in cells)])
