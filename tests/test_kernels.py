"""Backends: the contract, the choice between them, and that compiled code stays inside its arrays."""

import os
import subprocess
import sys
import threading
from importlib import import_module

import numpy as np
import pytest

import convbp
from cases import CONV, whole_numbers
from compare import assert_same
from convbp import kernels
from convbp.conv import _layer
from convbp.geometry import conv_geometry, products
from guarded import Guarded

DOUBLE, OBJECT = np.dtype(np.float64), np.dtype(object)


@pytest.mark.parametrize("name", kernels.MODULES)
def test_every_backend_keeps_the_contract(name):
    module = kernels.backend(name, DOUBLE)
    assert module is import_module(f"convbp.kernels.{kernels.MODULES[name]}")
    assert all(callable(getattr(module, function)) for function in kernels.CONTRACT)


def test_objects_go_to_the_loops():
    assert kernels.backend("auto", OBJECT).__name__ == "convbp.kernels.loops"


needs_numba = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")


@needs_numba
def test_auto_leaves_to_numpy_what_numpy_does_in_a_few_milliseconds():
    names = [kernels.backend("auto", DOUBLE, kernels.WORTH_COMPILING + more).__name__ for more in (-1, 0)]
    assert names == ["convbp.kernels.vectorised", "convbp.kernels.compiled"]
    assert kernels.backend("numpy", DOUBLE, 1 << 40).__name__ == "convbp.kernels.vectorised"
    assert kernels.backend("auto", OBJECT, 1 << 40).__name__ == "convbp.kernels.loops"
    with convbp.use_backend("numpy"):
        assert kernels.backend("auto", DOUBLE, 1 << 40).__name__ == "convbp.kernels.vectorised"


@pytest.fixture
def forget_layers():
    """Let no choice of before a test answer in it, and none of its own after it."""
    _layer.cache_clear()
    yield _layer.cache_clear
    _layer.cache_clear()


@needs_numba
def test_auto_asks_for_the_products_of_the_layer(monkeypatch, forget_layers):
    x, w, _, dy = whole_numbers(CONV[6])
    g = conv_geometry(CONV[6].x, CONV[6].w, **CONV[6].options)
    chosen = []
    real = kernels._imported
    monkeypatch.setattr(kernels, "_imported", lambda name: chosen.append(name) or real(name))
    for border in (g.multiplies + 1, g.multiplies):
        monkeypatch.setattr(kernels, "WORTH_COMPILING", border)
        forget_layers()
        convbp.conv2d(x, w)
        convbp.conv2d_backward(dy, x, w)
        convbp.conv_transpose2d(dy, w)
        convbp.conv_transpose2d_backward(x, dy, w)
    assert chosen == ["numpy"] * 4 + ["numba"] * 4


@pytest.mark.parametrize("name", kernels.MODULES)
@pytest.mark.parametrize("case", CONV, ids=str)
def test_a_layer_computes_what_the_functions_do_with_its_geometry(case, name):
    x, w, _, dy = whole_numbers(case)
    g, module = conv_geometry(case.x, case.w, **case.options), kernels.backend(name, DOUBLE)
    layer = kernels.layer_for(module, g)
    assert_same(layer.conv(x, w), module.conv(x, w, g))
    assert_same(layer.conv_dx(dy, w), module.conv_dx(dy, w, g))
    assert_same(layer.conv_dw(dy, x), module.conv_dw(dy, x, g))
    for got, want in zip(layer.conv_backward(dy, x, w), module.conv_backward(dy, x, w, g), strict=True):
        assert_same(got, want)


def test_only_tiny_layers_keep_their_table():
    compiled = import_module("convbp.kernels.compiled")
    sizes = compiled.TINY, compiled.TINY + 1
    tiny, larger = (kernels.layer_for(compiled, conv_geometry((1, 1, size), (1, 1, 1))) for size in sizes)
    assert len(tiny.table) <= 2 + 2 * compiled.TINY
    assert not hasattr(larger, "table")


def test_a_remembered_layer_is_that_of_the_block_around_the_call(monkeypatch, forget_layers):
    x, w, _, dy = whole_numbers(CONV[0])
    chosen = []
    real = kernels._imported
    monkeypatch.setattr(kernels, "_imported", lambda name: chosen.append(name) or real(name))
    for name in ("auto", "loops", "numpy") * 2:
        with convbp.use_backend(name):
            convbp.conv1d(x, w)
            convbp.conv1d_backward(dy, x, w)
    assert chosen == ["numpy"] * 2 + ["loops"] * 2 + ["numpy"] * 2
    objects = [a.astype(object) for a in (x, w)]
    assert convbp.conv1d(*objects).dtype == object
    with pytest.raises(TypeError, match='backend must be "loops" for arrays of objects'):
        convbp.conv1d(*objects, backend="numpy")


def test_use_backend_rules_the_block_and_nests():
    chosen = []
    with convbp.use_backend("loops"):
        chosen.append(kernels.backend("auto", DOUBLE).__name__)
        with convbp.use_backend("numba"):
            chosen.append(kernels.backend("auto", DOUBLE).__name__)
        chosen.append(kernels.backend("numpy", DOUBLE).__name__)
        chosen.append(kernels.backend("auto", DOUBLE).__name__)
    assert [name.removeprefix("convbp.kernels.") for name in chosen] == ["loops", "compiled", "vectorised", "loops"]


def test_use_backend_ends_with_its_block_even_after_an_error():
    before = kernels.backend("auto", DOUBLE)
    with pytest.raises(RuntimeError, match="inside"), convbp.use_backend("loops"):
        raise RuntimeError("inside")
    assert kernels.backend("auto", DOUBLE) is before


def test_another_thread_does_not_see_the_choice():
    seen = []
    with convbp.use_backend("loops"):
        thread = threading.Thread(target=lambda: seen.append(kernels.backend("auto", DOUBLE).__name__))
        thread.start()
        thread.join()
    assert seen == [kernels.backend("auto", DOUBLE).__name__]


def test_without_numba_everything_but_numba_works():
    code = """
import sys
sys.modules["numba"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "numba" else found(name)
import numpy as np, convbp
big = np.ones((4, 16, 32, 32))
print(convbp.conv2d(big, np.ones((16, 16, 3, 3)))[0, 0, 0, 0])
convbp.kernels.WORTH_COMPILING = 1
print(convbp.conv2d(big, np.ones((8, 16, 3, 3)))[0, 0, 0, 0])
try:
    convbp.conv1d([[[1.0, 2.0]]], [[[3.0]]], backend="numba")
except ImportError as error:
    print(error)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        "144.0",
        "144.0",
        'backend "numba" must have numba installed: pip install "convbp[fast]"',
    ]


def test_auto_never_leaves_the_loops_to_the_interpreter():
    code = """
import numpy as np, convbp
print(convbp.kernels.backend("auto", np.dtype(float), 1 << 40).__name__)
"""
    assert fresh(code, NUMBA_DISABLE_JIT="1") == ["convbp.kernels.vectorised"]


def test_an_unwritable_cache_folder_is_no_error(tmp_path):
    code = "import convbp; print(convbp.conv1d([[[1, 2, 4]]], [[[1, -1]]], backend='numba').tolist())"
    environment = {**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "", "NUMBA_CACHE_DIR": os.devnull}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert answer.stdout.strip() == "[[[-1.0, -2.0]]]"


@pytest.mark.parametrize("case", CONV, ids=str)
def test_compiled_loops_leave_the_cells_around_an_array_alone(case):
    """Run the loops on views into larger arrays and look at what stands around them."""
    compiled = import_module("convbp.kernels.compiled")
    x, w, _, dy = whole_numbers(case)
    g = conv_geometry(case.x, case.w, **case.options)
    table = compiled._table(g)
    all_three = compiled.conv_backward(dy, x, w, g)
    jobs = (
        (compiled._conv, (x, w), [compiled.conv(x, w, g)]),
        (compiled._conv_dx, (dy, w), [compiled.conv_dx(dy, w, g)]),
        (compiled._conv_dw, (dy, x), [compiled.conv_dw(dy, x, g)]),
        (compiled._conv_backward, (dy, x, w), all_three),
    )
    for loops, inputs, expected in jobs:
        guarded = Guarded()
        results = [guarded.new(a.shape, a.dtype) for a in expected]
        for result in results:
            result[...] = 0
        loops(*(a.ravel() for a in (*results, *guarded.copies(*inputs))), table)
        for got, want in zip(results, expected, strict=True):
            assert_same(got, want)
        assert guarded.are_alive()


@pytest.mark.parametrize("case", CONV, ids=str)
def test_the_table_takes_each_product_once_whichever_way_its_runs_go(case):
    compiled = import_module("convbp.kernels.compiled")
    g = conv_geometry(case.x, case.w, **case.options)
    table = compiled._table(g).tolist()
    (times, x_time, y_time, pairs), (x_step, y_step, images, outputs) = table[:2]
    planes, runs = table[2 : 2 + pairs], table[2 + pairs :]
    assert (images, outputs) == (g.batch, np.prod(g.output_shape[2:]))
    taken = [
        (n * x_time + x_plane + i + x_step * j, w_plane + k, n * y_time + y_plane + o + y_step * j)
        for n in range(times)
        for x_plane, w_plane, y_plane, _ in planes
        for k, i, o, count in runs
        for j in range(count)
    ]
    shapes = g.input_shape, g.weight_shape, g.output_shape
    flat = [tuple(map(int, map(np.ravel_multi_index, at, shapes))) for at in products(g)]
    assert sorted(taken) == sorted(flat)


def test_runs_go_through_the_batch_where_the_rows_are_shorter():
    compiled = import_module("convbp.kernels.compiled")
    tables = {images: compiled._table(conv_geometry((images, 1, 6), (1, 1, 4))) for images in (3, 4)}
    assert [tuple(table[0]) for table in tables.values()] == [(3, 6, 3, 1), (1, 0, 0, 1)]
    assert {images: set(table[3:, 3].tolist()) for images, table in tables.items()} == {3: {3}, 4: {4}}
    assert compiled._table(conv_geometry((9, 1, 8), (1, 1, 4)))[0, 0] == 9  # rows of 5: long enough for a vector


def test_threads_may_call_at_once():
    x, w, _, dy = whole_numbers(CONV[7])
    expected = convbp.conv2d_backward(dy, x, w, backend="loops", **CONV[7].options)
    results = []

    def work(backend):
        results.append(convbp.conv2d_backward(dy, x, w, backend=backend, **CONV[7].options))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("numpy", "numba") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(threads)
    for gradients in results:
        for got, want in zip(gradients, expected, strict=True):
            assert_same(got, want)


def fresh(code, **environment):
    """Run code in a new process and return what it prints."""
    settings = {**os.environ, **environment}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=settings)
    return answer.stdout.split()


def test_compiled_code_is_kept_under_the_name_of_its_sources(tmp_path):
    code = """
import convbp
convbp.conv1d([[[1, 2, 4]]], [[[1, -1]]], backend="numba")
from convbp.kernels.jit import cache_folder
print(cache_folder())
"""
    (folder,) = fresh(code, NUMBA_CACHE_DIR=str(tmp_path), NUMBA_DISABLE_JIT="0")
    assert [str(path) for path in tmp_path.iterdir()] == [folder]
    assert list(tmp_path.rglob("compiled._conv-*.nbi"))


def test_an_edit_of_any_kernel_changes_the_folder(tmp_path, monkeypatch):
    jit = import_module("convbp.kernels.jit")
    sources = tmp_path / "kernels"
    (sources / "fast").mkdir(parents=True)
    (sources / "loops.py").write_text("a = 1\n")
    (sources / "fast" / "tile.py").write_text("b = 1\n")
    monkeypatch.setattr(jit, "HERE", sources)
    monkeypatch.setattr(jit._settings, "CACHE_DIR", str(tmp_path / "cache"))
    names = []
    for text in ("b = 1\n", "b = 2\n"):
        (sources / "fast" / "tile.py").write_text(text)
        names.append(jit.cache_folder.__wrapped__())
    assert names[0] != names[1]
    monkeypatch.setattr(jit._settings, "CACHE_DIR", os.devnull)
    assert jit.cache_folder.__wrapped__() is None
