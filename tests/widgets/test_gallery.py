"""The gallery of the book shows every widget that the library offers."""

import json
import re
from pathlib import Path

from convbp import widgets

# A quiz belongs to its chapter, and Live draws what a reader writes; every other widget stands in the gallery.
NO_FIGURES = {"Live", "SelfCheck"}
GALLERY = Path(__file__).resolve().parents[2] / "book" / "gallery.ipynb"


def sections():
    """The name in each heading of the gallery, with the cell below it."""
    cells = json.loads(GALLERY.read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    pairs = zip(sources[2::2], sources[3::2], strict=True)
    heads = [(re.fullmatch(r"## (\w+): .+\n\n(.+)", text), code) for text, code in pairs]
    return [(head[1], head[2], code) for head, code in heads if head]


def test_every_widget_has_a_section_of_its_own():
    missing = set(widgets.__all__) - NO_FIGURES - {name for name, _, _ in sections()}
    assert not missing, f"add a heading, a line and a cell to book/gallery.ipynb for {sorted(missing)}"


def test_each_section_says_what_to_try_and_makes_the_widget_that_it_names():
    assert sections()
    for name, line, code in sections():
        assert code.startswith(f"widgets.{name}(")
        assert line.endswith((".", "?"))


def test_every_cell_below_the_first_two_belongs_to_a_section():
    cells = json.loads(GALLERY.read_text("utf-8"))["cells"]
    assert len(cells) == 2 + 2 * len(sections())
