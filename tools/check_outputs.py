"""Check the stored chapters by reading the files alone: what a cell shows is there, and nothing else.

nbval runs the cells and compares, but a notebook whose outputs were stripped passes it in silence, and pictures are
never compared. Here nothing is run.

    python tools/check_outputs.py [notebooks …]    without names: every chapter of the book
"""

from __future__ import annotations

import ast
import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
PICTURE_BYTES = 110_000
CELL_LINES = 20
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
LOCAL = re.compile(r"(?:/(?:home|Users|root|tmp|opt)/|[A-Z]:\\Users\\|site-packages)[^\s\"']*|\b0x[0-9a-f]{8,}\b")

Cell = dict[str, Any]


def joined(text: str | list[str]) -> str:
    """Return a text that the format may store as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def shown_text(output: Cell) -> str:
    """Return what an output shows as text."""
    data = output.get("data", {})
    return joined(output.get("text", "")) + "".join(joined(data[kind]) for kind in data if kind.startswith("text/"))


def calls_print(statement: ast.stmt) -> bool:
    """Tell whether a statement prints when it runs: a call inside a function or a branch may not happen."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def must_show(source: str) -> bool:
    """Tell whether a cell's last line leaves something to see: an expression without a semicolon, or a print."""
    plain = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    statements = ast.parse(plain).body
    if any(map(calls_print, statements)):
        return True
    if not statements or not isinstance(statements[-1], ast.Expr) or plain.rstrip().endswith(";"):
        return False
    value = statements[-1].value
    named = ast.unparse(value.func).split(".")[-1] if isinstance(value, ast.Call) else ""
    return not named.startswith("assert")


def source_problems(cell: Cell) -> Iterator[str]:
    """Complain about what a cell asks of a reader's machine, or of a reader's patience."""
    source = joined(cell["source"])
    if len(source.splitlines()) > CELL_LINES:
        yield f"has {len(source.splitlines())} lines; at most {CELL_LINES} are allowed"
    if re.search(r"^\s*(!|%pip|%conda|%%bash|%%sh)", source, re.MULTILINE):
        yield "runs a shell command"


def output_problems(cell: Cell, models: set[str]) -> Iterator[str]:
    """Complain about each output of a cell that a reader should not meet."""
    may_fail = "raises-exception" in cell["metadata"].get("tags", [])
    for output in cell["outputs"]:
        data = output.get("data", {})
        if output["output_type"] == "error" and not may_fail:
            yield f"stores an error: {output['ename']}"
        if output["output_type"] == "error" and len(output["traceback"]) > 1:
            yield "stores a whole traceback"
        if output.get("name") == "stderr":
            yield f"stores a message on stderr: {joined(output['text']).strip()[:80]}"
        if local := LOCAL.search(shown_text(output)):
            yield f"shows a path or an address of one machine: {local[0]}"
        if WIDGET_VIEW in data and data[WIDGET_VIEW]["model_id"] not in models:
            yield "shows a widget whose state is not stored"
        for kind in ("image/png", "image/jpeg", "image/svg+xml"):
            if kind in data:
                yield from picture_problems(cell, kind, joined(data[kind]))


def picture_problems(cell: Cell, kind: str, picture: str) -> Iterator[str]:
    """Complain about a picture that is too heavy, or that says nothing to a reader who does not see it."""
    size = len(picture.encode()) if kind == "image/svg+xml" else len(base64.b64decode(picture))
    if size > PICTURE_BYTES:
        yield f"stores a picture of {size / 1000:.0f} kB; at most {PICTURE_BYTES / 1000:.0f} are allowed"
    if not cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "").strip():
        yield "stores a picture without a text for those who do not see it (metadata mystnb: image: alt)"


def cell_problems(cell: Cell, models: set[str]) -> Iterator[str]:
    """Complain about one code cell."""
    yield from source_problems(cell)
    yield from output_problems(cell, models)
    try:
        if must_show(joined(cell["source"])) and not cell["outputs"]:
            yield "shows something when it runs, and nothing is stored (end its last line with ; if it shows nothing)"
    except SyntaxError as error:
        yield f"is no Python: {error.msg}"


def notebook_problems(path: Path) -> Iterator[str]:
    """Complain about one stored notebook, each sentence with its place."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        yield f"{path.name}: is format {notebook['nbformat']}.{notebook['nbformat_minor']}, not 4.5"
    identities = [cell.get("id") for cell in notebook["cells"]]
    if None in identities or len(set(identities)) < len(identities):
        yield f"{path.name}: cells need ids, each its own"
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and joined(cell["source"]).strip()]
    if [cell["execution_count"] for cell in code] != list(range(1, len(code) + 1)):
        yield f"{path.name}: cells were not run once each from first to last (make notebooks)"
    models = set(notebook["metadata"].get("widgets", {}).get(WIDGET_STATE, {}).get("state", {}))
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            yield from (f"{path.name}: cell {number} {problem}" for problem in cell_problems(cell, models))


def main(arguments: list[str]) -> int:
    paths = [Path(name) for name in arguments] or sorted(BOOK.glob("*.ipynb"))
    found = [problem for path in paths for problem in notebook_problems(path)]
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"{len(paths)} notebooks read, {len(found)} problems")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
