"""The Sphinx directive `{ledger-table}`: every numbered equation beside the tests that prove it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import ledger

HEADING = ["| no. | what its test states | equal |", "|---|---|---|"]


def rows() -> list[str]:
    """Write one table row for each pair of equation and test; an equation's later rows leave its own cells empty."""
    proofs = defaultdict(list)
    for proof in ledger.proofs():
        proofs[proof.label].append(proof)
    written = []
    for equation in ledger.equations():
        label = equation.label
        number = f"{{eq}}`{label}`"
        for proof in proofs[label]:
            written.append(f"| {number} | {statement(proof.test)} `{label}` | {proof.closeness} |")
            number = ""
        if not proofs[label]:
            written.append(f"| {number} | **none yet** `{label}` | |")
    return written


def statement(test: str) -> str:
    """Read "file.py::test_a_fact" as a sentence: the name of a test is what it states."""
    file, _, name = test.rpartition("::")
    return f"{name.removeprefix('test_').replace('_', ' ')} `{file}`"


class LedgerTable(SphinxDirective):
    """Fill the table from the book and from tests/equations as they are when the book is built."""

    def run(self) -> list[nodes.Node]:
        # The table depends on files that Sphinx does not watch.
        self.env.note_reread()
        found = rows()
        if not found:
            return self.parse_text_to_nodes("*No equation carries a label yet.*")
        return [nodes.container("", *self.parse_text_to_nodes("\n".join(HEADING + found)), classes=["cb-ledger"])]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("ledger-table", LedgerTable)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
