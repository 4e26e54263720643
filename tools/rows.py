"""The rows: every point of the four documents that the book starts from, and the pages that cover it.

tools/rows.toml names the points. A cell of a notebook names the rows that it covers in its metadata, as
`convbp: {sources: ["N1", …]}`. Both are read as text; the Sphinx page and tests/test_rows.py ask the same functions.

    python tools/rows.py    print the numbers, and every row that is not covered
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
DATA = ROOT / "tools" / "rows.toml"
ERRATA = "errata"
NAME = re.compile(r"[A-Z]E?[1-9]\d*")


@dataclass(frozen=True)
class Document:
    """One of the documents: its title, its key in the bibliography, and a phrase for each of its rows."""

    title: str
    cite: str
    rows: dict[str, str]


@dataclass(frozen=True)
class Cover:
    """A cell that covers a row: the page it stands on, and whether it can fail."""

    row: str
    page: str
    asserts: bool


def is_error(row: str) -> bool:
    """Tell an error row, like NE1, from a row of content, like N1."""
    return row[1] == "E"


def documents(data: Path = DATA) -> list[Document]:
    """Read the rows of all documents, in the order of the file."""
    found = [Document(**document) for document in tomllib.loads(data.read_text(encoding="utf-8"))["document"]]
    for document in found:
        for row, phrase in document.rows.items():
            if not NAME.fullmatch(row):
                raise ValueError(f"row must be a letter, E for an error, and a number; got {row}")
            if not phrase.strip():
                raise ValueError(f"phrase of {row} must not be empty; got {phrase!r}")
    return found


def covers(book: Path = BOOK) -> Iterator[Cover]:
    """Yield every pair of a cell and a row it names, page by page."""
    for page in sorted(book.glob("*.ipynb")):
        for cell in json.loads(page.read_text(encoding="utf-8"))["cells"]:
            asserts = cell["cell_type"] == "code" and "assert " in "".join(cell["source"])
            for row in cell["metadata"].get("convbp", {}).get("sources", []):
                yield Cover(row, page.stem, asserts)


def pages(book: Path = BOOK) -> dict[str, list[str]]:
    """List for each row the pages that cover it, each page once."""
    found: dict[str, dict[str, None]] = {}
    for cover in covers(book):
        found.setdefault(cover.row, {})[cover.page] = None
    return {row: list(names) for row, names in found.items()}


def problems(book: Path = BOOK, data: Path = DATA) -> list[str]:
    """Say which row is not covered, which error has no proof, and which tag or phrase is amiss, one sentence each."""
    listed = [(row, phrase) for document in documents(data) for row, phrase in document.rows.items()]
    names = [row for row, _ in listed]
    covered = pages(book)
    proved = {cover.row for cover in covers(book) if cover.page == ERRATA and cover.asserts}
    twice = [phrase for phrase, count in Counter(phrase for _, phrase in listed).items() if count > 1]
    return (
        [f"{row} is covered by no page" for row in names if row not in covered]
        + [f"{row} has no proof on the page {ERRATA}" for row in names if is_error(row) and row not in proved]
        + [f"{row} is no row, but {', '.join(on)} names it" for row, on in covered.items() if row not in names]
        + [f"two rows are called {phrase!r}" for phrase in twice]
    )


def main() -> int:
    rows = [row for document in documents() for row in document.rows]
    print(f"{len(rows)} rows, {sum(map(is_error, rows))} of them errors; {len(pages())} are covered")
    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
