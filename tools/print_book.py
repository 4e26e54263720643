"""Print the built book as one PDF: each page by Chromium, joined in the order of the contents. `make pdf` calls this.

Sphinx's own ways to a PDF have no form for the theorems, exercises and widgets of this book; the browser has.
Solutions and written twins are opened before printing, and links between pages lead to their place in the PDF.

    python tools/print_book.py [file]    without a name: _build/convbp.pdf
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject, NullObject, NumberObject

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
OPEN_EVERYTHING = """async () => {
    document.querySelectorAll("details:not(.cb-guess)").forEach(part => { part.open = true; });
    document.querySelectorAll(".toggle-hidden").forEach(part => part.classList.remove("toggle-hidden"));
    await window.MathJax?.startup?.promise;
    await document.fonts.ready;
}"""
SHEET: dict[str, Any] = {
    "format": "A4",
    "scale": 0.72,  # a line of code of 88 signs fits between the margins
    "margin": dict.fromkeys(("top", "bottom", "left", "right"), "16mm"),
    "display_header_footer": True,
    "header_template": "<span></span>",
    "footer_template": '<div style="width:100%; font-size:8px; text-align:center"><span class="title"></span></div>',
}


def pages(toc: dict[str, Any]) -> Iterator[str]:
    """List the pages of a table of contents in reading order."""
    for name in ("root", "file"):
        if name in toc:
            yield toc[name]
    for kind in ("parts", "chapters", "sections"):
        for entry in toc.get(kind, []):
            yield from pages(entry)


class Quiet(SimpleHTTPRequestHandler):
    """Serve files without a line for each."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


def printed(names: list[str], home: str, browser: Any) -> Iterator[tuple[str, str, PdfReader]]:
    """Print each page, and give its name, its title and its PDF."""
    page = browser.new_page(color_scheme="light", reduced_motion="reduce")
    for name in names:
        page.goto(f"{home}{name}.html", wait_until="load")
        page.evaluate(OPEN_EVERYTHING)
        page.wait_for_timeout(300)  # a widget draws itself after the page has loaded
        content = page.pdf(**SHEET)
        yield name, page.title().split(" — ")[0], PdfReader(BytesIO(content))


def place(writer: PdfWriter, sheet: int, top: Any) -> ArrayObject:
    """Name a place in the joined file: a sheet, and how far up on it."""
    page = writer.pages[sheet].indirect_reference
    assert page is not None
    return ArrayObject([page, NameObject("/XYZ"), NullObject(), top, NumberObject(0)])


def lead_inside(writer: PdfWriter, home: str, parts: dict[str, tuple[int, PdfReader]]) -> None:
    """Let links lead to places in this file: pages that were printed alone share the names of their sections."""
    for start, reader in parts.values():
        for sheet in writer.pages[start : start + len(reader.pages)]:
            for reference in sheet.get("/Annots", []):
                link = reference.get_object()
                address = str(link.get("/A", {}).get("/URI", ""))
                if isinstance(link.get("/Dest"), str):
                    target = reader.named_destinations[str(link["/Dest"])]
                    number = reader.get_destination_page_number(target)
                    link[NameObject("/Dest")] = place(writer, start + (number or 0), target.get("/Top", NullObject()))
                elif address.startswith(home):
                    del link["/A"]
                    name = address.removeprefix(home).split("#")[0].removesuffix(".html")
                    if name in parts:
                        link[NameObject("/Dest")] = place(writer, parts[name][0], NullObject())


def joined(printouts: Iterator[tuple[str, str, PdfReader]], home: str) -> PdfWriter:
    """Join the pages, with a bookmark for each."""
    writer, parts = PdfWriter(), {}
    for name, title, reader in printouts:
        parts[name] = (len(writer.pages), reader)
        writer.append(reader, outline_item=title, import_outline=False)
    lead_inside(writer, home, parts)
    writer.add_metadata({"/Title": "Backpropagation in Convolutional Networks", "/Author": "The convbp authors"})
    return writer


def main(arguments: list[str]) -> int:
    target = Path(arguments[0]) if arguments else ROOT / "_build" / "convbp.pdf"
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None or not (HTML / "index.html").is_file():
        print("Chromium and a built book are needed: see README.md and `make book`.", file=sys.stderr)
        return 1
    names = list(pages(yaml.safe_load((ROOT / "book" / "_toc.yml").read_text("utf-8"))))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HTML)))
    Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        writer = joined(printed(names, home, browser), home)
        browser.close()
    server.shutdown()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        writer.write(file)
    print(f"{len(writer.pages)} pages: {target.resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
