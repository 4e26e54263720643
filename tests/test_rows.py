"""Every row of the four documents is covered by a page, every error has a proof, and it shows when it is not so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rows
import sphinx_rows

SMALL = """
[[document]]
title = "A"
cite = "a"
rows = {N1 = "the size", NE1 = "a letter"}

[[document]]
title = "B"
cite = "b"
rows = {C1 = "the topics"}
"""


def cell(*tags: str, source: str = "assert True", kind: str = "code") -> dict[str, object]:
    return {"cell_type": kind, "source": [source], "metadata": {"convbp": {"sources": list(tags)}}}


def write(page: Path, *cells: dict[str, object]) -> None:
    page.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    """A book of two pages that covers the three rows of two documents."""
    book, data = tmp_path / "book", tmp_path / "rows.toml"
    book.mkdir()
    data.write_text(SMALL, encoding="utf-8")
    write(book / "01_a.ipynb", cell("N1", "C1"), cell("N1"), {"cell_type": "code", "source": [], "metadata": {}})
    write(book / "errata.ipynb", cell("NE1", kind="markdown"), cell("NE1"))
    return book, data


def test_every_row_is_covered_and_every_error_proved() -> None:
    assert rows.problems() == []


def test_the_documents_have_144_rows_and_43_of_them_are_errors() -> None:
    names = [row for document in rows.documents() for row in document.rows]
    assert len(names) == len(set(names)) == 144
    assert sum(map(rows.is_error, names)) == 43


@pytest.mark.parametrize(("letter", "content", "errors"), [("N", 24, 11), ("C", 30, 13), ("B", 29, 9), ("J", 18, 10)])
def test_the_rows_of_a_document_are_numbered_without_gaps(letter: str, content: int, errors: int) -> None:
    (document,) = (document for document in rows.documents() if f"{letter}1" in document.rows)
    expected = [f"{letter}{n}" for n in range(1, content + 1)] + [f"{letter}E{n}" for n in range(1, errors + 1)]
    assert list(document.rows) == expected


def test_every_document_is_in_the_bibliography() -> None:
    entries = (rows.BOOK / "references.bib").read_text(encoding="utf-8")
    assert all(f"{{{document.cite}," in entries for document in rows.documents())


def test_every_error_has_an_entry_of_its_own_with_what_is_printed_what_is_right_and_why() -> None:
    cells = json.loads((rows.BOOK / "errata.ipynb").read_text(encoding="utf-8"))["cells"]
    entries = [text for one in cells if (text := "".join(one["source"])).startswith("(errata-") and "### " in text]
    errors = [row for document in rows.documents() for row in document.rows if rows.is_error(row)]
    assert [entry.split("### ")[1].split(".")[0] for entry in entries] == errors
    for entry in entries:
        assert all(f"- **{part}:**" in entry for part in ("As printed", "Right", "Why")), entry


def test_a_complete_book_has_no_problems(small: tuple[Path, Path]) -> None:
    assert rows.problems(*small) == []


def test_a_page_is_listed_once_for_a_row(small: tuple[Path, Path]) -> None:
    assert rows.pages(small[0]) == {"N1": ["01_a"], "C1": ["01_a"], "NE1": ["errata"]}


@pytest.mark.parametrize(
    ("page", "cells", "problem"),
    [
        ("01_a", [cell("N1")], "C1 is covered by no page"),
        ("02_b", [cell("N2")], "N2 is no row, but 02_b names it"),
        ("errata", [cell("NE1", kind="markdown")], "NE1 has no proof on the page errata"),
        ("errata", [cell("NE1", source="x = 1")], "NE1 has no proof on the page errata"),
    ],
)
def test_what_is_missing_is_noticed(
    small: tuple[Path, Path], page: str, cells: list[dict[str, object]], problem: str
) -> None:
    write(small[0] / f"{page}.ipynb", *cells)
    assert rows.problems(*small) == [problem]


def test_a_proof_in_a_chapter_is_not_enough(small: tuple[Path, Path]) -> None:
    write(small[0] / "errata.ipynb")
    write(small[0] / "02_b.ipynb", cell("NE1"))
    assert rows.problems(*small) == ["NE1 has no proof on the page errata"]


def test_two_rows_with_one_phrase_are_noticed(small: tuple[Path, Path]) -> None:
    small[1].write_text(SMALL.replace("the topics", "the size"), encoding="utf-8")
    assert rows.problems(*small) == ["two rows are called 'the size'"]


@pytest.mark.parametrize("name", ["N0", "n1", "NE", "1", "NX1"])
def test_a_row_with_another_kind_of_name_is_refused(small: tuple[Path, Path], name: str) -> None:
    small[1].write_text(SMALL.replace("C1", name), encoding="utf-8")
    with pytest.raises(ValueError, match=f"row must be .* got {name}"):
        rows.documents(small[1])


def test_a_row_without_a_phrase_is_refused(small: tuple[Path, Path]) -> None:
    small[1].write_text(SMALL.replace("the topics", " "), encoding="utf-8")
    with pytest.raises(ValueError, match="phrase of C1 must not be empty"):
        rows.documents(small[1])


def test_a_row_links_to_its_chapter_and_an_error_to_its_proof() -> None:
    assert sphinx_rows.link("N1", "02_flip_and_size") == "{doc}`ch.\u00a02 <02_flip_and_size>`"
    assert sphinx_rows.link("NE1", "errata") == "{ref}`proof <errata-ne1>`"
    assert sphinx_rows.link("N3", "errata") == "{doc}`errata <errata>`"


def test_a_row_that_lives_nowhere_is_shown_so(small: tuple[Path, Path]) -> None:
    document = rows.documents(small[1])[1]
    assert sphinx_rows.table(document, {})[-1] == "| C1 | the topics | **nowhere yet** |"
