"""The Sphinx directive `{source-rows}`: every row of the four documents beside the pages that cover it."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import rows

HEADING = ["| row | what it is | where it lives |", "|---|---|---|"]


def link(row: str, page: str) -> str:
    """Write a link to a page; on the page of errors, to the entry itself."""
    if page == rows.ERRATA:
        return f"{{ref}}`proof <{page}-{row.lower()}>`" if rows.is_error(row) else f"{{doc}}`errata <{page}>`"
    number = page.partition("_")[0]
    return f"{{doc}}`ch.\u00a0{int(number)} <{page}>`" if number.isdecimal() else f"{{doc}}`{page}`"


def table(document: rows.Document, covered: dict[str, list[str]]) -> list[str]:
    """Write the table of one document, one line for each row."""
    lines = []
    for row, phrase in document.rows.items():
        links = ", ".join(link(row, page) for page in covered.get(row, []))
        lines.append(f"| {row} | {phrase} | {links or '**nowhere yet**'} |")
    return HEADING + lines


class SourceRows(SphinxDirective):
    """Fill in one section for each document from the tags in the notebooks as they are when the book is built."""

    def run(self) -> list[nodes.Node]:
        # The tables depend on files that Sphinx does not watch.
        self.env.note_reread()
        covered = rows.pages()
        found: list[nodes.Node] = []
        for document in rows.documents():
            section = nodes.section(ids=[f"rows-{document.cite}"], names=[document.title.lower()])
            section += nodes.title(document.title, document.title)
            text = f"{len(document.rows)} rows of {{cite}}`{document.cite}`.\n\n" + "\n".join(table(document, covered))
            section += nodes.container("", *self.parse_text_to_nodes(text), classes=["cb-rows"])
            found.append(section)
        return found


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("source-rows", SourceRows)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
