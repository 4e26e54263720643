"""Every numbered equation has a test, every such test names an equation, and the ledger notices when it is not so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ledger


def test_every_equation_has_a_test_and_every_test_an_equation() -> None:
    assert ledger.equations(), "the book has no labelled equation"
    assert ledger.problems() == []


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    """A book of two equations, one in each way of writing them, with a test for each."""
    book, tests = tmp_path / "book", tmp_path / "tests"
    book.mkdir()
    tests.mkdir()
    dollars = {"cell_type": "markdown", "source": ["text\n", "$$\n", "a = b\n", "$$ (eq-two)\n"]}
    code = {"cell_type": "code", "source": ["x = '$$ a $$ (eq-not-text)'"]}
    (book / "02_b.ipynb").write_text(json.dumps({"cells": [dollars, code]}))
    (book / "01_a.md").write_text("# A\n\n```{math}\n:class: wide\n:label: eq-one\na = b\n```\n")
    (tests / "test_a.py").write_text(
        'import pytest\n\n@pytest.mark.equation("eq-one", exact=True)\ndef test_one(): ...\n\n'
        'class TestB:\n    @pytest.mark.equation("eq-two", tolerance="1e-12 relative")\n    def test_two(self): ...\n'
    )
    return book, tests


def test_both_ways_of_writing_an_equation_are_read_in_the_order_of_the_book(small: tuple[Path, Path]) -> None:
    assert [(equation.page, equation.label) for equation in ledger.equations(small[0])] == [
        ("01_a", "eq-one"),
        ("02_b", "eq-two"),
    ]


def test_a_mark_says_exact_or_how_close(small: tuple[Path, Path]) -> None:
    assert [(proof.test, proof.closeness) for proof in ledger.proofs(small[1])] == [
        ("test_a.py::test_one", "exact"),
        ("test_a.py::test_two", "1e-12 relative"),
    ]


def test_a_complete_ledger_has_no_problems(small: tuple[Path, Path]) -> None:
    assert ledger.problems(*small) == []


@pytest.mark.parametrize(
    ("added_text", "added_test", "problem"),
    [
        ("$$ c = d $$ (eq-three)", "", "eq-three has no test"),
        ("$$ c = d $$ (eq-two)", "", "eq-two stands 2 times in the book"),
        ("", '@pytest.mark.equation("eq-lost", exact=True)\ndef test_c(): ...', "test_b.py::test_c names eq-lost"),
        ("", "def test_alone(): ...", "test_b.py::test_alone names no equation"),
        ("", "async def test_waits(): ...", "test_b.py::test_waits names no equation"),
    ],
)
def test_the_ledger_notices(small: tuple[Path, Path], added_text: str, added_test: str, problem: str) -> None:
    book, tests = small
    (book / "03_c.md").write_text(added_text)
    (tests / "test_b.py").write_text(f"import pytest\n\n{added_test}\n")
    (found,) = ledger.problems(book, tests)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "mark",
    [
        '"eq-one"',
        '"eq-one", exact=False',
        '"eq-one", tolerance=1e-9',
        '"eq-one", exact=True, tolerance="0"',
        "LABEL, exact=True",
    ],
)
def test_a_mark_that_promises_nothing_is_refused(small: tuple[Path, Path], mark: str) -> None:
    (small[1] / "test_b.py").write_text(f"import pytest\n\n@pytest.mark.equation({mark})\ndef test_vague(): ...\n")
    with pytest.raises(ValueError, match="equation mark must"):
        ledger.proofs(small[1])
