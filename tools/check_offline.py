"""Check that no built page asks anything of another site: read every reference in its HTML, styles and scripts.

A link that a reader may click is allowed; whatever a browser fetches by itself is not. The browser tests record the
requests that really happen; this scan also sees what happens only later or elsewhere.

    python tools/check_offline.py [folder]    without a name: _build/html
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
FOREIGN = re.compile(r"\s*(?:https?:|wss?:)?//", re.IGNORECASE)
FETCHING = {"audio", "embed", "iframe", "image", "img", "input", "object", "script", "source", "track", "use", "video"}
ADDRESSES = {"data", "href", "poster", "src", "srcset", "xlink:href"}
# Relations of <link> that name a page and fetch nothing.
NAMING = {"alternate", "author", "canonical", "help", "index", "license", "next", "prev", "search"}
IN_STYLE = re.compile(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
IN_SCRIPT = re.compile(
    r"(?:\bimport\s*\(?|\bfrom|\bfetch\s*\(|\bimportScripts\s*\(|\bsendBeacon\s*\(|\bnew\s+(?:WebSocket|EventSource|Worker)\s*\()"
    r"\s*\\*[\"'`]((?:(?:https?|wss?):)?//[^\"'`\s\\]+)"
)


class References(HTMLParser):
    """Collect the foreign addresses that a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.inside = tag
        fetches = tag in FETCHING or (tag == "link" and not set(given.get("rel", "").split()) <= NAMING)
        if fetches:
            addresses = (address for name in ADDRESSES & given.keys() for address in given[name].split(","))
            self.found += [address.strip() for address in addresses if FOREIGN.match(address)]
        self.found += IN_STYLE.findall(given.get("style", ""))
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.found += re.findall(r"url=\s*((?:https?:)?//\S+)", given.get("content", ""), re.IGNORECASE)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += IN_STYLE.findall(data)
        if self.inside == "script":
            self.found += IN_SCRIPT.findall(data)


def foreign_references(path: Path) -> list[str]:
    """List the foreign addresses that one built file makes a browser fetch."""
    text = path.read_text(encoding="utf-8", errors="replace")
    match path.suffix:
        case ".html":
            parser = References()
            parser.feed(text)
            return parser.found
        case ".css" | ".svg":
            return IN_STYLE.findall(text)
        case ".js" | ".mjs":
            return IN_SCRIPT.findall(text)
    return []


def problems(folder: Path) -> Iterator[str]:
    """Complain about each foreign reference below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from (f"{path.relative_to(folder)} fetches {address}" for address in foreign_references(path))


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else HTML
    pages = len(list(folder.rglob("*.html")))
    found = list(problems(folder))
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"{pages} pages read, {len(found)} foreign references")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
