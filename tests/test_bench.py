"""The benchmark's parts: peers compute the same, errors are measured, and what is written keeps its form."""

import json
from pathlib import Path

import numpy as np
import pytest

import accuracy
import bench
import fresh
import im2col
import peers
import scipy_loops
import timing
from compare import assert_close
from convbp import check
from convbp.geometry import conv_geometry
from layers import BY_NAME, LAYERS, Layer

RESULTS = sorted((Path(bench.__file__).parent / "results").glob("*.json"))
SMALL = (
    Layer("plain", "conv", (2, 3, 7, 6), (5, 3, 3, 2), {"padding": 1}),
    Layer("all", "conv", (2, 4, 9, 8), (6, 2, 2, 3), {"stride": 2, "padding": 1, "dilation": 2, "groups": 2}),
    Layer("line", "conv", (2, 3, 9), (5, 3, 4), {"stride": 2}),
    Layer("up", "conv_transpose", (2, 3, 4, 5), (3, 4, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    Layer("max", "max_pool", (2, 3, 7, 6), (3, 3), {"stride": 2, "padding": 1}),
    Layer("avg", "avg_pool", (2, 3, 6, 6), (2, 2), {"stride": 2}),
)


@pytest.mark.parametrize("layer", SMALL, ids=lambda layer: layer.name)
@pytest.mark.parametrize("name", [name for name in peers.PEERS if name != "numba"])
def test_every_peer_computes_the_same_layer(layer, name, request):
    if name == "torch":
        request.getfixturevalue("torch")
    arrays = layer.arrays("float64")
    calls = peers.PEERS[name](layer, *arrays)
    if calls is None:
        assert name == "scipy" or (name == "im2col" and layer.kind != "conv")
        return
    for call, ours in zip(calls, peers.PEERS["numba"](layer, *arrays), strict=True):
        for theirs, mine in zip(call(), ours(), strict=False):
            if mine.dtype == np.int64:
                np.testing.assert_array_equal(np.asarray(theirs), mine)
            else:
                assert_close(np.asarray(theirs), mine, terms=200)


def test_a_peer_that_computes_something_else_is_stopped():
    y = np.ones((2, 3))
    peers.must_agree("other", SMALL[0], "forward", [y * (1 + 1e-6)], [y])
    for wrong in (y * 1.01, np.full((2, 3), np.nan)):
        with pytest.raises(ValueError, match=r"other must compute what convbp does on plain, forward"):
            peers.must_agree("other", SMALL[0], "forward", [wrong], [y])


@pytest.mark.parametrize("layer", [layer for layer in SMALL if layer.kind == "conv"], ids=lambda layer: layer.name)
def test_loops_over_scipy_are_gradients(layer):
    g = conv_geometry(layer.x, layer.w, **layer.options)
    rng = np.random.default_rng(1)
    x, w, dy = (rng.integers(-3, 4, shape).astype(float) for shape in (layer.x, layer.w, layer.y))
    dx, dw = scipy_loops.dx(dy, w, g), scipy_loops.dw(dy, x, g)
    np.testing.assert_array_equal(dx, check.integer_gradient(lambda x: im2col.conv(x, w, g), x, dy))
    np.testing.assert_array_equal(dw, check.integer_gradient(lambda w: im2col.conv(x, w, g), w, dy))


@pytest.mark.parametrize("layer", SMALL, ids=lambda layer: layer.name)
def test_the_error_is_that_of_one_wrong_digit(layer):
    x, w, dy = layer.arrays("float64")
    forward, backward = (call() for call in peers.PEERS["numba"](layer, x, w, dy))
    assert max(accuracy.errors(layer, x, w, dy, forward, backward)) < 1e-14
    off = [1.001 * a for a in forward], [1.001 * a for a in backward]
    for error in accuracy.errors(layer, x, w, dy, *off):
        assert abs(error - 1e-3) < 1e-9


def test_calls_take_turns_and_slow_ones_stop_early(monkeypatch):
    clock, order = [0.0], []
    monkeypatch.setitem(timing.CLOCKS, "fake", lambda: clock[0])
    monkeypatch.setattr(timing, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(timing, "sleep", lambda seconds: None)

    def call(name, seconds):
        order.append(name)
        clock[0] += seconds

    calls = {"quick": lambda: call("quick", 0.25), "slow": lambda: call("slow", 4.0)}
    found = timing.medians(calls, 3, 1.0, "fake", 1)
    assert found == {"quick": 0.25, "slow": 4.0}
    assert order[:2] == ["quick", "slow"]  # once to count, then in turns
    assert sorted(order[2:4]) == ["quick", "slow"]
    assert order[4:] == ["quick", "quick"]


def test_layers_know_their_size():
    vgg = BY_NAME["vgg"]
    assert vgg.operations == 2 * 32 * 64 * 32 * 32 * 64 * 9
    assert vgg.cells == 2 * 32 * 64 * 32 * 32 + 64 * 64 * 9
    assert [layer.name for layer in LAYERS if layer.may_skip_products] == ["tiny", "vgg", "res56", "res14", "dilated"]
    assert BY_NAME["up3"].y == (8, 64, 28, 28)
    assert BY_NAME["max3"].operations == 0


def test_three_digits_are_kept():
    assert bench.rounded({"a": [1.23456, 7], "b": None, "c": "1.23456"}) == {"a": [1.23, 7], "b": None, "c": "1.23456"}


def test_a_drawing_is_named_for_those_who_do_not_see_it():
    assert bench.titled('<svg width="2">\n</svg>', "a roof") == (
        '<svg width="2" role="img" aria-label="a roof">\n <title>a roof</title>\n</svg>'
    )


@pytest.mark.skipif(not fresh.can_measure_memory(), reason="only Linux forgets the peak of a running process")
def test_the_memory_of_columns_is_measured():
    columns = 4e-6 * 32 * 32 * 32 * 64 * 9  # large: Linux counts pages in lots, and may be wrong by half a megabyte
    found = fresh.ask_memory("im2col", "vgg", "float32")
    assert 0.98 * columns < found["forward"] < 1.2 * columns  # the windows are copied, and the product is turned
    assert 0.98 * columns < found["backward"] < 1.5 * columns  # and their gradient is as large
    assert fresh.ask_memory("im2col", "max2", "float32") == {}


def test_the_first_steps_are_timed_in_order(monkeypatch):
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)  # the first step that counts is to compile
    steps = fresh.ask("first_use", "float32")
    assert list(steps) == ["import", "first forward", "first backward", "second forward", "second backward"]
    assert all(seconds > 0 for seconds in steps.values())


def assert_schema(results):
    assert results["schema"] == 1
    assert set(results) == {
        *("schema", "machine", "versions", "layers", "limits", "rows", "memory", "first_use"),
    }
    assert set(results["machine"]) == {"processor", "processors", "system"}
    for layer in results["layers"].values():
        assert set(layer) == {"kind", "x", "w", "options", "operations", "may_skip_products", "megabytes"}
        assert set(layer["megabytes"]) == {"4", "8"}
    for limit in results["limits"]:
        assert set(limit) == {"dtype", "threads", "gflops", "gigabytes_per_second"}
    runs = [(limit["dtype"], limit["threads"]) for limit in results["limits"]]
    assert [(row["dtype"], row["threads"], row["layer"], row["pass"]) for row in results["rows"]] == [
        (*run, name, which) for run in runs for name in results["layers"] for which in ("forward", "backward")
    ]
    for row in results["rows"]:
        assert set(row) == {"layer", "pass", "dtype", "threads", "milliseconds", "error"}
        assert all(value is None or value > 0 for value in row["milliseconds"].values())
        assert row["error"] < {"float32": 3e-6, "float64": 1e-14}[row["dtype"]]


def test_one_small_run_is_measured_printed_and_written(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)  # the processes that measure compile
    words = ["--layers", "check", "avg2small", "--dtype", "float32", "--threads", "1", "--budget", "0.001"]
    bench.main([*words, "--to", str(tmp_path)])
    shown = capsys.readouterr().out
    assert "float32, 1 thread: times of convbp" in shown
    (path,) = tmp_path.glob("*.json")
    results = json.loads(path.read_text())
    assert_schema(results)
    assert list(results["layers"]) == ["check", "avg2small"]
    svg = path.with_suffix(".svg").read_text()
    assert "<title>Roofline of convbp's forward passes on " in svg


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_stored_results_are_whole_and_name_no_place_of_the_machine(path):
    results = json.loads(path.read_text(encoding="utf-8"))
    assert_schema(results)
    assert list(results["layers"]) == list(BY_NAME)
    assert set(results["memory"]) == set(BY_NAME)
    assert set(results["first_use"]) == {"compiling", "compiled before"}
    assert "/home" not in path.read_text(encoding="utf-8")
    assert path.with_suffix(".svg").is_file()
