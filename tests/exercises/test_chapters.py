"""The exercises in the stored chapters: each has a cell to fill in, and a solution that the checker accepts."""

import json
import re
from pathlib import Path

import pytest

from convbp.exercises import CHAPTERS, EXERCISES

BOOK = Path(__file__).resolve().parents[2] / "book"
FENCE = re.compile(r"^`{3,}\{solution-(start|end)\}", re.MULTILINE)


def cells_of(chapter):
    """The cells of a chapter with their source, and whether they stand inside a solution."""
    (path,) = BOOK.glob(f"{chapter:02}_*.ipynb")
    inside = False
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            inside = ([mark == "start" for mark in FENCE.findall(source)] or [inside])[-1]
        yield cell, source, inside


def shown(cell):
    return "".join("".join(output["data"]["text/plain"]) for output in cell["outputs"])


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_asked_once_and_solved_once_in_its_chapter(name):
    (chapter,) = [number for number, module in CHAPTERS.items() if name in module.EXERCISES]
    found = [(cell, inside) for cell, source, inside in cells_of(chapter) if f'exercises.check("{name}", ' in source]
    (asked, outside), (solved, inside) = found
    title = EXERCISES[name].title
    assert shown(asked).startswith(f"○ {title}: not written yet.")
    assert shown(solved).startswith(f"✓ {title}: right in all")
    assert (outside, inside) == (False, True)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_code_of_solutions_is_folded_in_jupyterlab(chapter):
    for cell, _, inside in cells_of(chapter):
        if cell["cell_type"] == "code":
            assert cell["metadata"].get("jupyter", {}).get("source_hidden", False) == inside


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_six_to_ten_exercises(chapter):
    text = "\n".join(source for cell, source, _ in cells_of(chapter) if cell["cell_type"] == "markdown")
    assert 6 <= len(re.findall(r"^`{3,}\{exercise\}", text, re.MULTILINE)) <= 10
