"""The glossary is in order, names no term twice and says something of each."""

from __future__ import annotations

import re
from pathlib import Path

GLOSSARY = Path(__file__).resolve().parents[1] / "book" / "glossary.md"


def entries() -> list[tuple[list[str], str]]:
    """Read each entry as its terms and its definition."""
    body = GLOSSARY.read_text(encoding="utf-8").partition("```{glossary}\n")[2].partition("\n```")[0]
    found = []
    for block in body.split("\n\n"):
        lines = block.split("\n")
        found.append(
            ([line for line in lines if line[0] != " "], " ".join(line.strip() for line in lines if line[0] == " "))
        )
    return found


def test_the_entries_stand_in_the_order_of_the_alphabet() -> None:
    first = [terms[0].lower() for terms, _ in entries()]
    assert len(first) >= 60
    assert first == sorted(first)


def test_no_term_is_explained_twice() -> None:
    terms = [term for names, _ in entries() for term in names]
    assert len(terms) == len(set(terms))


def test_every_entry_has_a_definition_of_whole_sentences() -> None:
    for terms, text in entries():
        assert terms, text
        assert re.search(r"[.)]$", text), terms


def test_a_chapter_is_named_as_a_link() -> None:
    for terms, text in entries():
        if "Chapter" in text:
            assert re.search(r"Chapters?: \{doc\}`\d\d_", text), terms
