"""axe-core finds nothing on the cover, on a page of tables, and on every chapter, in light and in dark."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HTML = Path(os.environ.get("CONVBP_BOOK", Path(__file__).resolve().parents[2] / "_build" / "html"))
PAGES = ["errata", "gallery", "glossary", "intro", "ledger", "notation", "rosetta", "rows", "speed"]
CHAPTERS = sorted(path.name for path in HTML.glob("[0-9]*.html"))
# axe does not read MathML, so a table's head that is a formula looks empty to it. Without preload: it would fetch every
# style sheet again, with the paths of nested ones wrong.
RUN_AXE = """async () => (await axe.run(
    {include: [document], exclude: [["th:has(math)"]]}, {resultTypes: ["violations"], preload: false}
)).violations"""


def axe_script() -> Path:
    """Find axe-core inside the wheel that ships it."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "axe.min.js"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [*(f"{name}.html" for name in PAGES), *CHAPTERS])
def test_axe_finds_nothing(new_page: Callable[..., Any], visit: Callable[..., None], name: str, theme: str) -> None:
    page = new_page(color_scheme=theme)
    visit(page, name)
    page.add_script_tag(path=axe_script())
    found = page.evaluate(RUN_AXE)
    assert not found, "\n".join(
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]}" for rule in found for node in rule["nodes"][:4]
    )
