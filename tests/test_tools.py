"""The guards notice what they are there to notice, and storing a notebook twice changes no byte."""

from __future__ import annotations

import base64
import inspect
import json
import re
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import nbformat
import pytest

import check_offline
import check_outputs
import convbp
import environment
import execute_notebooks
import run_tests
import sphinx_reference
import vendor

# ---- notebooks as the guard of stored outputs sees them ----


def code(source: str, *outputs: dict[str, Any], count: int | None = 1, **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"c{abs(hash(source)) % 10**8}",
        "source": source,
        "outputs": list(outputs),
        "execution_count": count,
        "metadata": metadata,
    }


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def failed(*traceback: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": list(traceback)}


def outputs_found(folder: Path, *cells: dict[str, Any], minor: int = 5, widgets: tuple[str, ...] = ()) -> list[str]:
    state = {check_outputs.WIDGET_STATE: {"state": {name: {} for name in widgets}}}
    metadata = {"widgets": state} if widgets else {}
    path = folder / "chapter.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": cells}))
    return list(check_outputs.notebook_problems(path))


PICTURE = base64.b64encode(b"small").decode()
HEAVY = base64.b64encode(bytes(check_outputs.PICTURE_BYTES + 1)).decode()
ALT = {"mystnb": {"image": {"alt": "a curve"}}}
WIDGET = shown({check_outputs.WIDGET_VIEW: {"model_id": "one"}})


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (code("x"), "nothing is stored"),
        (code("x = 1\nx + 1"), "nothing is stored"),
        (code("show(x)"), "nothing is stored"),
        (code("print(x)\ny = 2"), "nothing is stored"),
        (code("1 +"), "is no Python"),
        (code("x = 1", count=2), "not run once each"),
        (code("x = 1", count=None), "not run once each"),
        (code("f()", failed("ValueError: no")), "stores an error: ValueError"),
        (code("f()", failed("a", "b"), tags=["raises-exception"]), "a whole traceback"),
        (code("f();", printed("careful", "stderr")), "on stderr: careful"),
        (code("x", printed("<A object at 0x7f0123456789>")), "of one machine: 0x7f0123456789"),
        (code("x", printed("/home/someone/book")), "of one machine: /home/someone/book"),
        (code("x", WIDGET), "state is not stored"),
        (code("x", shown({"image/png": HEAVY}), **ALT), "a picture of 110 kB"),
        (code("x", shown({"image/png": PICTURE})), "without a text"),
        (code("x", shown({"image/svg+xml": ["<svg>", "</svg>"]})), "without a text"),
        (code("x = 1\n" * 21), "has 21 lines"),
        (code("!ls"), "runs a shell command"),
        (code("%pip install x"), "runs a shell command"),
    ],
)
def test_outputs_guard_complains(tmp_path: Path, cell: dict[str, Any], complaint: str) -> None:
    assert any(complaint in problem for problem in outputs_found(tmp_path, cell))


@pytest.mark.parametrize(
    "cell",
    [
        code("x = 1"),
        code("f();"),
        code("np.testing.assert_allclose(x, y)"),
        code("x", printed("1")),
        code("print(x)", printed("1")),
        code("f()", failed("ValueError: no"), tags=["raises-exception"]),
        code("x", shown({"image/png": PICTURE}), **ALT),
        code("%matplotlib inline\nx = 1"),
    ],
)
def test_outputs_guard_is_content(tmp_path: Path, cell: dict[str, Any]) -> None:
    assert outputs_found(tmp_path, cell) == []


def test_outputs_guard_accepts_a_widget_with_its_state(tmp_path: Path) -> None:
    assert outputs_found(tmp_path, code("x", WIDGET), widgets=("one",)) == []


def test_outputs_guard_wants_format_and_ids(tmp_path: Path) -> None:
    assert "not 4.5" in outputs_found(tmp_path, code("x = 1"), minor=4)[0]
    twins = outputs_found(tmp_path, code("x = 1", count=1), code("x = 1", count=2))
    assert "each its own" in twins[0]


def test_outputs_guard_fails_when_there_is_nothing_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_outputs, "BOOK", tmp_path)
    assert check_outputs.main([]) == 1


# ---- pages as the offline guard sees them ----


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<script src="https://example.org/a.js"></script>'),
        ("a.html", '<script src="//example.org/a.js"></script>'),
        ("a.html", '<link rel="stylesheet" href="https://example.org/a.css">'),
        ("a.html", '<link rel="preconnect" href="https://example.org">'),
        ("a.html", '<img src="a.png" srcset="a.png 1x, https://example.org/b.png 2x">'),
        ("a.html", '<iframe src="https://example.org"></iframe>'),
        ("a.html", "<p style=\"background: url('https://example.org/a.png')\">"),
        ("a.html", "<style>@import 'https://example.org/a.css';</style>"),
        ("a.html", '<script>import("https://example.org/a.js")</script>'),
        ("a.html", '<script type="application/json">"import x from \\"https://example.org/a.js\\""</script>'),
        ("a.html", '<meta http-equiv="refresh" content="0; url=https://example.org">'),
        ("a.css", "@font-face { src: url(https://example.org/a.woff2) }"),
        ("a.js", "fetch('https://example.org/data.json')"),
        ("a.js", "new WebSocket(`wss://example.org`)"),
    ],
)
def test_offline_guard_complains(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert "example.org" in next(check_offline.problems(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://example.org">a link</a>',
        '<link rel="canonical" href="https://example.org">',
        '<script src="_static/a.js"></script><img src="data:image/png;base64,AA==">',
        "<p>https://example.org</p><style>p { background: url(a.png) }</style>",
        "<script>// see https://example.org</script>",
    ],
)
def test_offline_guard_is_content(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.html").write_text(text)
    assert list(check_offline.problems(tmp_path)) == []
    assert check_offline.main([str(tmp_path)]) == 0


def test_offline_guard_fails_when_there_is_no_page(tmp_path: Path) -> None:
    assert check_offline.main([str(tmp_path)]) == 1


# ---- notebooks as they are stored ----


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    def pack(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join(pack(kind, data) for kind, data in chunks)


def test_a_picture_keeps_what_draws_and_loses_what_dates() -> None:
    drawn = ((b"IHDR", bytes(13)), (b"IDAT", b"pixels"), (b"IEND", b""))
    dated = (drawn[0], (b"tEXt", b"Software\0x 1.2"), (b"tIME", bytes(7)), *drawn[1:])
    assert execute_notebooks.plain_png(png(*dated)) == png(*drawn)


NOTEBOOK = """
import sys, time, warnings
import ipywidgets
print(1); sys.stdout.flush(); time.sleep(0.05); print(2)
ipywidgets.HBox([ipywidgets.IntSlider()])
""".strip()


def test_a_second_run_changes_no_byte(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(metadata={"author": "someone"})
    notebook.cells = [
        nbformat.v4.new_code_cell(NOTEBOOK, metadata={"tags": ["a"], "collapsed": False}),
        nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        nbformat.v4.new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]);"),
    ]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(notebook, path)
    assert execute_notebooks.store(path)
    first = path.read_bytes()
    assert not execute_notebooks.store(path)
    assert path.read_bytes() == first

    stored = json.loads(first)
    assert set(stored["metadata"]) == {"kernelspec", "language_info", "widgets"}
    assert "version" not in stored["metadata"]["language_info"]
    assert [cell["metadata"] for cell in stored["cells"]] == [{"tags": ["a"]}, {"tags": ["raises-exception"]}, {}]
    assert stored["cells"][1]["outputs"][0]["traceback"] == ["ZeroDivisionError: division by zero"]
    state = stored["metadata"]["widgets"][execute_notebooks.WIDGET_STATE]["state"]
    assert set(state) == {f"{number:032x}" for number in range(1, len(state) + 1)}
    view = stored["cells"][0]["outputs"][-1]["data"][check_outputs.WIDGET_VIEW]
    assert view["model_id"] in state


def test_a_notebook_that_fails_is_not_stored(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    path = tmp_path / "chapter.ipynb"
    nbformat.write(notebook, path)
    before = path.read_bytes()
    assert execute_notebooks.main([str(path)]) == 1
    assert path.read_bytes() == before


# ---- vendored files ----


def test_vendored_files_are_the_ones_that_were_taken() -> None:
    assert vendor.problems(vendor.VENDOR) == []


def test_vendor_check_notices_every_kind_of_difference(tmp_path: Path) -> None:
    assert vendor.problems(tmp_path) == ["manifest.json is missing"]
    for name in ("same", "changed", "extra"):
        (tmp_path / name).write_text(name)
    sums = {"same": vendor.sha256(tmp_path / "same"), "changed": "0" * 64, "gone": "0" * 64}
    (tmp_path / "manifest.json").write_text(json.dumps({"files": sums}))
    assert vendor.problems(tmp_path) == ["changed has changed", "extra is not in the manifest", "gone is missing"]


# ---- the verdict ----


def stage(name: str, program: str) -> run_tests.Stage:
    return run_tests.Stage(name, (run_tests.PYTHON, "-c", program))


def test_one_failed_stage_fails_the_run_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_tests, "STAGES", [stage("bad", "print('why'); raise SystemExit(3)"), stage("good", "")])
    assert run_tests.main([]) == 1
    said = capsys.readouterr().out
    assert "why" in said
    assert "FAIL bad" in said
    assert "ok   good" in said
    assert "FAILED: bad" in said


def test_what_was_not_checked_is_said_and_fails_a_build_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_tests, "STAGES", [stage("good", "")])
    monkeypatch.setattr(run_tests.shutil, "which", lambda *_, **__: None)
    monkeypatch.delenv("CI", raising=False)
    assert run_tests.main([]) == 0
    assert "NOT CHECKED: no Chromium" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert run_tests.main([]) == 1


def test_results_of_pytest_are_added_up(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>')
    assert run_tests.counted(report) == {"passed": 3, "failed": 3, "skipped": 3}


def test_compiled_code_is_kept_by_the_hash_of_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "convbp").mkdir()
    source = tmp_path / "convbp" / "a.py"
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    source.write_text("x = 1")
    first = environment.numba_cache()
    source.write_text("x = 2")
    assert environment.numba_cache() != first


# Modules that only serve the others: what a caller may write, what may enter, how ranks and axes are shared.
INNER_MODULES = {"arrays", "axis_map", "draw", "options", "ranks", "windows"}


def test_the_reference_pages_name_all_that_the_library_offers() -> None:
    pages = "\n".join(path.read_text() for path in sorted((environment.ROOT / "book").glob("api*.md")))
    sections = re.findall(r"\{offered-by\} (\S+)", pages)
    named = [name for module in sections for name in sphinx_reference.offered_by(module)]
    whole = set(re.findall(r"(?:automodule|currentmodule):: convbp\.(\w+)", pages))
    modules = {name for name in convbp.__all__ if inspect.ismodule(getattr(convbp, name))}
    assert sorted([*named, *modules]) == sorted(convbp.__all__)
    assert modules <= whole
    exist = {
        path.name.removesuffix(".py") for path in (environment.ROOT / "convbp").iterdir() if path.name[0] not in "_."
    }
    documented = whole | {section.split(".")[1] for section in sections}
    assert documented | INNER_MODULES | {"py.typed"} == exist


def test_make_help_names_every_target() -> None:
    said = subprocess.run(["make", "help"], cwd=environment.ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in said.splitlines()} >= {"book", "test", "lab", "notebooks", "clean", "help"}
