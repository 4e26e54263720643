"""Widgets in a real JupyterLab: all stand, what the reader pins is known in Python, what Python sets is drawn."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import expect

from convbp import widgets

CELLS = [
    "from convbp.widgets import AffectedRegion\n\nregion = AffectedRegion(size=8, kernel=3, stride=(1, 2))\nregion",
    "print('selection', region.selection, 'stride', region.stride)",
    "region.stride = 1\nregion.selection = {'kind': 'weight', 'index': [2]}",
]
NAMES = sorted(set(widgets.__all__) - {"Live"})
CALLS = {"SelfCheck": "SelfCheck(4)", "NetworkStepper": "NetworkStepper(samples=(2,))"}
EVERY = "\n".join(
    ["from convbp.widgets import *", "from IPython.display import display", ""]
    + [f"display({CALLS.get(name, name + '()')})" for name in NAMES]
)
CHANGED = [
    "from convbp.widgets import ChainByHand, ConvMatrix\n\nchain = ChainByHand()\nchain",
    "matrix = ConvMatrix(size=5)\nmatrix",
    "matrix.x = [3, 1, 4, 1, 5, 9]\nmatrix.stride = 2\nchain.x = [7, 2, 4, 7]",
]
PATIENCE = 60


def wait_until_answering(address, server):
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer within {PATIENCE} s")


def write_notebook(path, sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab of its own, with three notebooks and no settings of the person who runs the test."""
    pytest.importorskip("jupyterlab")
    write_notebook(tmp_path / "play.ipynb", CELLS)
    write_notebook(tmp_path / "every.ipynb", [EVERY])
    write_notebook(tmp_path / "changed.ipynb", CHANGED)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}
    environment = os.environ | {name: str(tmp_path / folder) for name, folder in folders.items()}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_until_answering(f"http://127.0.0.1:{port}/api", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE)


def run_cell(page, number):
    """Run one cell and wait for its execution count."""
    cell = page.locator(".jp-CodeCell").nth(number)
    editor = cell.locator(".cm-content")
    editor.click()
    expect(editor).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(f"[{number + 1}]:", timeout=PATIENCE * 1000)
    return cell


def opened(browser, address, cells):
    """A notebook whose kernel is ready, and the errors that its page reports."""
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    expect(page.locator(".jp-CodeCell")).to_have_count(cells, timeout=PATIENCE * 1000)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=PATIENCE * 1000)
    return page, errors


def test_every_widget_stands(browser, lab):
    page, errors = opened(browser, f"{lab}/doc/tree/every.ipynb", 1)
    run_cell(page, 0)
    frames = page.locator(".jp-OutputArea-output .cb-widget")
    expect(frames).to_have_count(len(NAMES), timeout=PATIENCE * 1000)
    assert all(len(text) > 40 for text in frames.all_inner_texts())
    assert errors == []
    page.context.close()


def test_numbers_that_python_sets_are_computed_and_drawn(browser, lab):
    page, errors = opened(browser, f"{lab}/doc/tree/changed.ipynb", 3)
    for number in range(3):
        run_cell(page, number)
    chain, matrix = (page.locator(".cb-frame").nth(number) for number in range(2))
    expect(matrix.get_by_role("combobox", name="Stride")).to_have_value("2")
    expect(matrix.get_by_role("gridcell", name=re.compile(r"^x\[5\] = 9"))).to_have_count(1)
    expect(chain.get_by_label(re.compile(r"^x\[0\]")).first).to_have_value("7")
    assert errors == []
    page.context.close()


def test_selection_travels_both_ways_between_reader_and_python(browser, lab):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(f"{lab}/doc/tree/play.ipynb")
    expect(page.locator(".jp-CodeCell")).to_have_count(3, timeout=PATIENCE * 1000)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=PATIENCE * 1000)
    run_cell(page, 0)
    widget = page.locator(".cb-frame")
    expect(widget).to_be_visible(timeout=PATIENCE * 1000)

    widget.get_by_role("combobox", name="Stride").select_option(label="2")
    outputs = widget.get_by_role("grid", name="y, the output").get_by_role("gridcell")
    expect(outputs).to_have_count(3)
    outputs.nth(0).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(outputs.nth(1)).to_have_attribute("aria-selected", "true")

    answer = run_cell(page, 1).locator(".jp-OutputArea-output")
    expect(answer).to_have_text("selection {'kind': 'output', 'index': [1]} stride 2\n")

    run_cell(page, 2)
    expect(outputs).to_have_count(6)
    page.mouse.move(0, 0)
    expect(widget.locator("[aria-live=polite]")).to_contain_text("dw[2] = x[2]·dy[0] + x[3]·dy[1]")
    context.close()
