"""The Sphinx directive `{ledger-table}`: every numbered equation beside the tests that prove it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import ledger

HEADING = ["| equation | label | tests | must be | test |", "|---|---|---|---|---|"]


def rows() -> list[str]:
    """Write one table row for each pair of equation and test; an equation's later rows leave its own cells empty."""
    proofs = defaultdict(list)
    for proof in ledger.proofs():
        proofs[proof.label].append(proof)
    written = []
    for equation in ledger.equations():
        label = equation.label
        first = f"| {{eq}}`{label}` | `{label}` | {len(proofs[label])} "
        for proof in proofs[label]:
            written.append(f"{first}| {proof.closeness} | `{proof.test}` |")
            first = "| | | "
        if not proofs[label]:
            written.append(f"{first}| | **none yet** |")
    return written


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
