"""Run chapters and store what they show, so that a second run changes no byte.

Whatever differs from run to run or from machine to machine is left out: times, versions, the random ids of widgets, the
machine's paths in a traceback. `make notebooks` runs every chapter; a chapter in which a cell fails is not stored.

    python tools/execute_notebooks.py book/04_one_dimension.ipynb …
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import struct
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from environment import environment

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
CELL_METADATA = {"convbp", "jupyter", "mystnb", "tags"}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
# Of a PNG file, what draws the picture and how large it is; not the texts, which name versions and times.
PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"}
SECONDS_PER_CELL = 600


def plain_png(data: bytes) -> bytes:
    """Drop the chunks of a PNG file that do not draw."""
    kept, place = [data[:8]], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        end = place + 12 + length
        if data[place + 4 : place + 8] in PNG_CHUNKS:
            kept.append(data[place:end])
        place = end
    return b"".join(kept)


def plain_output(output: NotebookNode) -> None:
    """Take out of an output what is not the same on every run."""
    output.pop("transient", None)
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]
    data = output.get("data", {})
    if "image/png" in data:
        data["image/png"] = base64.b64encode(plain_png(base64.b64decode(data["image/png"]))).decode()
    if "image/svg+xml" in data:
        data["image/svg+xml"] = re.sub(r"\s*<metadata>.*?</metadata>", "", data["image/svg+xml"], flags=re.DOTALL)


def renumber_widgets(notebook: NotebookNode) -> NotebookNode:
    """Give the widgets of a notebook the ids 1, 2, 3, … in the order in which they were made."""
    text = nbformat.writes(notebook)
    for number, model_id in enumerate(notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {}), 1):
        text = text.replace(model_id, f"{number:032x}")
    return nbformat.reads(text, as_version=4)


def plain_notebook(notebook: NotebookNode) -> str:
    """Write an executed notebook without anything that a second run would change."""
    notebook = renumber_widgets(notebook)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    widgets = {"widgets": notebook.metadata.widgets} if "widgets" in notebook.metadata else {}
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info=LANGUAGE, **widgets)
    for number, cell in enumerate(notebook.cells):
        cell.id = cell.get("id", f"cell-{number}")
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in sorted(CELL_METADATA & cell.metadata.keys())})
        for output in cell.get("outputs", []):
            plain_output(output)
    return json.dumps(json.loads(nbformat.writes(notebook)), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def execute(path: Path) -> str:
    """Run a notebook in a fresh kernel, in its own folder, and return its plain text."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env=environment())
    return plain_notebook(notebook)


def store(path: Path) -> bool:
    """Run a notebook and store it; tell whether a byte of it changed."""
    new = execute(path)
    if path.read_text(encoding="utf-8") == new:
        return False
    path.write_text(new, encoding="utf-8")
    return True


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run chapters and store their outputs.")
    parser.add_argument("notebooks", nargs="+", type=Path)
    failed = False
    for path in parser.parse_args(arguments).notebooks:
        try:
            print(f"{path.name}: {'stored' if store(path) else 'unchanged'}", flush=True)
        except CellExecutionError as error:
            print(f"{path.name}: not stored\n{error}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
