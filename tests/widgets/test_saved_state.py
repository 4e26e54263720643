"""What a page has to carry for each widget: its whole state, script and style included."""

import gzip
import json
import re
from pathlib import Path

import pytest

from convbp import widgets
from convbp.widgets.frame import joined
from widgets.state import outside_of

BOOK = Path(__file__).resolve().parents[2] / "book"
PAGES = [page for part in ("[0-9]*.ipynb", "gallery_*.ipynb") for page in sorted(BOOK.glob(part))]
NAMES = sorted(set(widgets.__all__) - {"Live"})
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.mark.parametrize("name", NAMES)
def test_a_widget_keeps_at_most_60_kb(name):
    made = getattr(widgets, name)(*([4] if name == "SelfCheck" else []))
    assert len(json.dumps(made.get_state(), ensure_ascii=False).encode()) < 60_000


@pytest.mark.parametrize("name", NAMES)
def test_a_style_holds_for_its_own_widget_alone(name):
    scope = "cb-" + re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()
    assert outside_of(getattr(widgets, name), f".{scope}") == ""
    assert f'rendered("{scope}",' in getattr(widgets, name)._esm


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_and_styles_of_a_page_are_at_most_50_kb_compressed(page):
    state = json.loads(page.read_text("utf-8"))["metadata"]["widgets"][STATE]["state"]
    texts = [entry["state"][part] for entry in state.values() for part in ("_esm", "_css") if part in entry["state"]]
    assert texts
    assert len(gzip.compress("".join(texts).encode())) < 50_000  # each widget brings its own, even one like another


def test_shortening_keeps_what_is_said():
    script, style = joined("frame.js"), joined("frame.css")
    assert 'element("summary", {}, "Guess first: " + question)' in script
    assert "// " not in script
    assert "/*" not in style
    assert ".cb-frame :is(" in style  # the blank before a colon means "inside"
