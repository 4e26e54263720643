"""The tables that StepSize draws from: errors to two digits, and where each point stands, in hundredths."""

from collections.abc import Sequence
from math import log2, log10
from typing import Any, NamedTuple

from convbp.check import best_step
from convbp.widgets.frame import minus
from convbp.widgets.step_cases import MARKS, Case, marks_of, measure

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWEST = -16  # the decade at the foot of the picture; the line of the zeros is below it
FOOT = 92.0


class Line(NamedTuple):
    """One type: two digits of each error ("" for no answer), one mark each, and the height of each point."""

    dtype: str
    errors: list[str]
    marks: str
    heights: list[float]
    best: float


class Table(NamedTuple):
    """One case: its lines, the notes in the picture as (mark, text, across, height), and a sentence for each mark."""

    title: str
    lines: list[Line]
    notes: list[tuple[str, str, float, float]]
    words: dict[str, str]

    def packed(self) -> dict[str, Any]:
        """Write every list as one string."""
        lines = {
            line.dtype: {
                "errors": ";".join(map(power_of_ten, line.errors)),
                "marks": line.marks,
                "heights": " ".join(f"{height:g}" for height in line.heights),
                "best": line.best,
            }
            for line in self.lines
        }
        return {"title": self.title, "lines": lines, "notes": [list(note) for note in self.notes], "words": self.words}


def make_table(case: Case, dtypes: Sequence[str], exponents: range) -> Table:
    """Check the case in every type and at every step, and lay out what was found."""
    lines = []
    for dtype in dtypes:
        curve = measure(case, dtype, [2.0**exponent for exponent in exponents])
        errors = ["" if error is None else "0" if error == 0 else f"{error:.1e}" for error in curve.errors]
        best = _percent((log2(best_step(dtype)) - exponents[0]) / (exponents[-1] - exponents[0]))
        lines.append(Line(dtype, errors, marks_of(case, curve), [height_of(error) for error in errors], best))
    words = MARKS | case.marks
    used = {mark for line in lines for mark in line.marks}
    return Table(case.title, lines, _notes(case, lines, exponents), {mark: words[mark] for mark in sorted(used)})


def across(at: float, exponents: range) -> float:
    """Where a step stands between the left and the right edge."""
    return _percent(at / (len(exponents) - 1))


def sentence(table: Table, at: int) -> str:
    """Say what each type measures at one step, and what rules there."""
    said = []
    for number, line in enumerate(table.lines):
        error, mark = power_of_ten(line.errors[at]), line.marks[at]
        same = number and mark == table.lines[number - 1].marks[at]
        what = "no answer" if mark == "n" else f"error {error}"
        said.append(f"{line.dtype}: {what}, likewise." if same else f"{line.dtype}: {what}: {table.words[mark]}")
    return " ".join(said)


def power_of_ten(text: str) -> str:
    """Write 2.5e-07 as 2.5·10⁻⁷."""
    if "e" not in text:
        return text
    digits, _, exponent = text.partition("e")
    return f"{digits}·10{str(int(exponent)).translate(RAISED)}" if int(exponent) else digits


def step_text(exponent: int) -> str:
    """Write a power of two, and beside it about what it is."""
    power = f"2{str(exponent).translate(RAISED)}"
    if exponent >= -4:
        return f"{power} = {minus(f'{2.0**exponent:g}')}"
    return f"{power} ≈ {power_of_ten(f'{2.0**exponent:.1e}')}"


def height_of(error: str) -> float:
    """Where an error stands between the upper and the lower edge; no answer and zero stand on the lower one."""
    if error in ("", "0"):
        return 100.0
    # From the two digits that are written: so no last digit of a logarithm can move a point.
    return min(FOOT, _percent(log10(float(error)) / LOWEST * FOOT / 100))


def _percent(part: float) -> float:
    return round(100 * part, 1) + 0.0  # no −0


def _notes(case: Case, lines: list[Line], exponents: range) -> list[tuple[str, str, float, float]]:
    """Put each note of the case among the steps with its mark, on the line that has most of them."""
    found = []
    for mark, text in case.notes.items():
        line = max(lines, key=lambda line: line.marks.count(mark))
        steps = [at for at, letter in enumerate(line.marks) if letter == mark]
        if steps:
            place = steps[len(steps) // 3]
            found.append((mark, text, across(place, exponents), line.heights[place]))
    return found
