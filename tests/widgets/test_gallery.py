"""The gallery of the book shows every widget that the library offers, and its first page leads to each."""

import json
import re
from pathlib import Path

import pytest

from convbp import widgets

# A quiz belongs to its chapter, and Live draws what a reader writes; every other widget stands in the gallery.
NO_FIGURES = {"Live", "SelfCheck"}
BOOK = Path(__file__).resolve().parents[2] / "book"
PAGES = sorted(BOOK.glob("gallery_*.ipynb"))
FIRST = (BOOK / "gallery.md").read_text("utf-8")
LINKED = re.findall(r"- \{ref\}`(\w+) <([\w-]+)>`: (.+[^.])\.? In \{doc\}`(\w+)`\.", FIRST)


def sections(page):
    """The label, the name, the question and the line of each section of a page, with the cell below it."""
    sources = ["".join(cell["source"]) for cell in json.loads(page.read_text("utf-8"))["cells"]]
    pairs = zip(sources[2::2], sources[3::2], strict=True)
    heads = [(re.fullmatch(r"\(([\w-]+)\)=\n## (\w+): (.+)\n\n(.+)", text), code) for text, code in pairs]
    return [(*head.groups(), code) for head, code in heads if head]


def every_section():
    return [section for page in PAGES for section in sections(page)]


def test_every_widget_has_a_section_of_its_own():
    missing = set(widgets.__all__) - NO_FIGURES - {name for _, name, *_ in every_section()}
    assert not missing, f"add a heading, a line and a cell to a page of the gallery for {sorted(missing)}"


def test_each_section_says_what_to_try_and_makes_the_widget_that_it_names():
    assert every_section()
    for _, name, _, line, code in every_section():
        assert code.startswith(f"widgets.{name}(")
        assert line.endswith((".", "?"))


def test_the_first_page_leads_to_every_section_in_its_order():
    stand = {page.stem: sections(page) for page in PAGES}
    pages = re.findall(r"On the page \{doc\}`(\w+)`:", FIRST)
    assert sorted(pages) == sorted(stand)
    there = [(name, label, question) for page in pages for label, name, question, _, _ in stand[page]]
    assert [(name, label, question) for name, label, question, _ in LINKED] == there


@pytest.mark.parametrize(("name", "chapter"), [(name, chapter) for name, _, _, chapter in LINKED])
def test_a_widget_stands_in_the_chapter_that_the_first_page_names(name, chapter):
    assert f"{name}(" in (BOOK / f"{chapter}.ipynb").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_cell_below_the_first_two_belongs_to_a_section(page):
    cells = json.loads(page.read_text("utf-8"))["cells"]
    assert len(cells) == 2 + 2 * len(sections(page))
