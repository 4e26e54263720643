"""Fixtures that open the built book in Chromium. For a test of a page or a widget:

    def test_something(page, visit):
        visit(page, "04_one_dimension.html")              # over http; scheme="file" opens the file itself
        page.locator(".convbp-widget").first.hover()

`page`      a Playwright page, 1280 × 900. When the test ends it fails on a script error, on a console error and on a
            request that left the book: a test needs no line for that.
`new_page`  the same with options of Playwright's `new_context`, for instance
            `new_page(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")`.
`visit`     `visit(page, "intro.html", scheme="http")` opens a page and waits until formulas and widgets stand.
`book_url`  `book_url("intro.html", scheme="http")`, the address alone; `scheme` is "http" or "file".

The book must be built (`make book`); CONVBP_BOOK names its folder when that is not _build/html. Without Chromium these
tests are skipped, and with CI=true they fail.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

HTML = Path(os.environ.get("CONVBP_BOOK", Path(__file__).resolve().parents[2] / "_build" / "html")).resolve()
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Settled means: MathJax has typeset what it found, and every widget on the page has something to show.
SETTLED = """async () => {
    if (document.readyState !== "complete") return false;  // index.html leads on to the cover, which may still load
    if (!document.querySelector(".bd-main")) return false;  // and for a moment neither of the two is there
    if (document.querySelector(".math")) {
        if (!window.MathJax?.startup?.promise) return false;
        await window.MathJax.startup.promise;
    }
    await document.fonts.ready;
    const views = [...document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]')];
    return views.every(view => view.parentElement.querySelector(".jupyter-widgets, .lm-Widget"));
}"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files without a line on stderr for each."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def book_folder() -> Path:
    """The built book."""
    if not (HTML / "index.html").is_file():
        pytest.fail(f"no book in {HTML.name}/: run `make book` first", pytrace=False)
    return HTML


@pytest.fixture(scope="session")
def book_url(book_folder: Path) -> Iterator[Callable[..., str]]:
    """Serve the book, and give the address of one of its pages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(book_folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    bases = {"http": f"http://127.0.0.1:{server.server_port}/", "file": book_folder.as_uri() + "/"}
    yield lambda name, scheme="http": bases[scheme] + name
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop("NO CHROMIUM on this machine: nothing of the built pages was checked")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


def is_foreign(url: str, home: str) -> bool:
    """Tell whether a request leaves the book: another host, or a file outside its folder."""
    parts = urlsplit(url)
    if parts.scheme in {"data", "blob", "about"}:
        return False
    return not url.startswith(home)


@pytest.fixture
def new_page(browser: Any, book_url: Callable[..., str]) -> Iterator[Callable[..., Any]]:
    """Make watched pages; every complaint of theirs fails the test at its end."""
    homes = (book_url("", "http"), book_url("", "file"))
    complaints: list[str] = []
    contexts: list[Any] = []

    def note_request(request: Any) -> None:
        if all(is_foreign(request.url, home) for home in homes):
            complaints.append(f"request left the book: {request.url}")

    def note_console(message: Any) -> None:
        if message.type == "error":
            complaints.append(f"console error: {message.text} ({message.location.get('url', '')})")

    def make(**options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", note_request)
        page.on("websocket", lambda socket: complaints.append(f"socket left the book: {socket.url}"))
        page.on("requestfailed", lambda request: complaints.append(f"request failed: {request.url}"))
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("console", note_console)
        page.complaints = complaints
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """One watched page."""
    return new_page()


@pytest.fixture
def visit(book_url: Callable[..., str]) -> Callable[..., None]:
    """Open a page of the book and wait until formulas and widgets stand."""

    def open_and_wait(page: Any, name: str, scheme: str = "http") -> None:
        page.goto(book_url(name, scheme), wait_until="load")
        page.wait_for_function(SETTLED, timeout=20_000)

    return open_and_wait
