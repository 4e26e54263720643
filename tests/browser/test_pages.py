"""Every page of the built book: formulas stand, nothing complains, nothing leaves the book, nothing sticks out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HTML = Path(os.environ.get("CONVBP_BOOK", Path(__file__).resolve().parents[2] / "_build" / "html"))
PAGES = sorted(path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html") if "_static" not in path.parts)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
STICKS_OUT = """() => [...document.querySelectorAll("body *")]
    .filter(element => element.getBoundingClientRect().right > 391)
    .map(element => `${element.tagName}.${element.className}`).slice(0, 8)"""

# Formulas in a line of text that are wider than what is seen of them, and do not scroll, or not by keys.
CUT = """() => [...document.querySelectorAll("span.math")].filter(formula => {
    const wide = (formula.querySelector("mjx-math")?.getBoundingClientRect().width ?? 0) > formula.clientWidth + 1;
    const scrolls = getComputedStyle(formula).overflowX === "auto" && formula.tabIndex === 0;
    return formula.clientWidth && wide && !scrolls;
}).map(formula => formula.textContent)"""

OPEN_ALL = """() => {
    document.querySelectorAll("article details").forEach(box => (box.open = true));
    document.querySelectorAll("article .toggle-button").forEach(button => button.click());
}"""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def test_the_book_has_a_cover_and_a_ledger() -> None:
    assert {"intro.html", "ledger.html"} <= set(PAGES), "run `make book` first"


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("name", PAGES)
def test_page_opens_without_complaint(page: Any, visit: Callable[..., None], name: str, scheme: str) -> None:
    visit(page, name, scheme)
    formulas = page.locator("span.math, div.math")
    assert page.locator("span.math:has(mjx-container), div.math:has(mjx-container)").count() == formulas.count()
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_phone(new_page: Callable[..., Any], visit: Callable[..., None], name: str) -> None:
    page = new_page(**PHONE)
    visit(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.evaluate(STICKS_OUT)
    page.evaluate(OPEN_ALL)
    page.evaluate(TWO_FRAMES)  # what is in the boxes is measured once they are open
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_follows_the_reader_s_colours(
    new_page: Callable[..., Any], visit: Callable[..., None], theme: str
) -> None:
    page = new_page(color_scheme=theme)
    visit(page, "intro.html")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    expected = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 20, 23)"}[theme]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == expected
