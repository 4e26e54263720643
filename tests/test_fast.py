"""The tiles: bit-equal to the formula on whole numbers, inside their arrays, whatever the width, boxes and threads."""

import os
import subprocess
import sys
import threading
import warnings
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings

from cases import CONV, Case, real_numbers, whole_numbers
from compare import assert_close, assert_same
from convbp.geometry import conv_geometry
from convbp.kernels import set_num_threads, threads, vectorised
from guarded import Guarded
from test_any_layer import layers

compiled = import_module("convbp.kernels.compiled")
if compiled.fast is None:
    pytest.skip("the tiles are machine code: nothing runs under NUMBA_DISABLE_JIT", allow_module_level=True)
direct, filters, plan = (import_module(f"convbp.kernels.fast.{name}") for name in ("direct", "filters", "plan"))

BOXES = (
    Case((7, 9, 21, 26), (17, 9, 3, 3), {"padding": 1}),
    Case((5, 9, 13, 14), (8, 9, 3, 3), {"padding": 1}),
    Case((2, 6, 40, 90), (10, 3, 5, 2), {"stride": (3, 2), "groups": 2, "padding": ((2, 1), (0, 3))}),
    Case((3, 12, 33, 17), (12, 1, 3, 5), {"groups": 12, "padding": "same"}),
    Case((1, 5, 3001), (12, 5, 7), {"dilation": 3, "padding": 4}),
    Case((2, 30, 19, 23), (70, 30, 1, 1), {}),
    Case((2, 3, 11, 12, 13), (9, 3, 3, 2, 3), {"stride": (2, 1, 2), "padding": 1}),
)


def geometry(case: Case):
    return conv_geometry(case.x, case.w, **case.options)


def by_tiles(x, w, dy, g):
    return direct.conv(x, w, g), direct.conv_dx(dy, w, g), filters.conv_dw(dy, x, g)


def by_numpy(x, w, dy, g):
    return vectorised.conv(x, w, g), vectorised.conv_dx(dy, w, g), vectorised.conv_dw(dy, x, g)


def assert_all_same(actual, expected):
    for got, want in zip(actual, expected, strict=True):
        assert_same(got, want)


@pytest.fixture(params=[1 << 9, 1 << 13, None], ids=["smallest boxes", "small boxes", "boxes as they are"])
def box_bytes(request, monkeypatch):
    """Cut the work into boxes of another size: every strip and every last, partial box comes up."""
    if request.param:
        monkeypatch.setattr(plan, "BOX_BYTES", request.param)
        monkeypatch.setattr(plan, "BOX_CELLS", request.param // 8)
    for cached in (direct.forward_pieces, direct.dx_pieces, filters.work_for):
        cached.cache_clear()
    yield
    for cached in (direct.forward_pieces, direct.dx_pieces, filters.work_for):
        cached.cache_clear()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", [*CONV, *BOXES], ids=str)
def test_tiles_equal_numpy_on_whole_numbers(case, dtype, box_bytes):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    assert_all_same(by_tiles(x, w, dy, g), by_numpy(x, w, dy, g))


@settings(max_examples=100, deadline=None)
@given(layers())
def test_tiles_equal_numpy_on_any_layer(case):
    x, w, _, dy = whole_numbers(case)
    g = geometry(case)
    assert_all_same(by_tiles(x, w, dy, g), by_numpy(x, w, dy, g))


@pytest.mark.parametrize("case", BOXES, ids=str)
def test_single_precision_errs_by_its_rounding_alone(case):
    x, w, _, dy = real_numbers(case)
    g = geometry(case)
    exact = by_tiles(x, w, dy, g)
    for got, want in zip(by_tiles(*(a.astype(np.float32) for a in (x, w, dy)), g), exact, strict=True):
        error = np.linalg.norm(got - want) / np.linalg.norm(want)
        assert error < 2e-6
        assert np.max(np.abs(got - want)) < 1e-5 * np.max(np.abs(want))
    for got, want in zip(exact, by_numpy(x, w, dy, g), strict=True):
        assert_close(got, want, terms=g.multiplies)


@pytest.mark.parametrize("case", [*CONV, *BOXES], ids=str)
def test_the_result_does_not_depend_on_the_number_of_threads(case, monkeypatch):
    monkeypatch.setattr(threads, "_wanted", 0)
    x, w, _, dy = real_numbers(case, np.float32)
    g = geometry(case)
    set_num_threads(1)
    alone = by_tiles(x, w, dy, g)
    for number in (2, 5):
        set_num_threads(number)
        assert_all_same(by_tiles(x, w, dy, g), alone)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", [*CONV, *BOXES], ids=str)
def test_tiles_leave_the_cells_around_their_arrays_alone(case, dtype, box_bytes, monkeypatch):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    guarded = Guarded()
    guarded.take_over(monkeypatch, direct, filters)
    assert_all_same(by_tiles(*guarded.copies(x, w, dy), g), by_numpy(x, w, dy, g))
    assert guarded.are_alive()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("case", BOXES[:3], ids=str)
def test_what_is_not_finite_stays_where_it_is_read(case, place, bad):
    x, w, _, dy = arrays = whole_numbers(case)
    (x, w, dy)[place].flat[5] = bad
    g = geometry(case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = by_numpy(*arrays[:2], dy, g)
    actual = compiled.conv(x, w, g), compiled.conv_dx(dy, w, g), compiled.conv_dw(dy, x, g)
    assert g.multiplies > compiled.SMALL
    for got, want in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
        assert_same(got[np.isfinite(got)], want[np.isfinite(want)])


OTHER_PROCESSORS = {
    "avx2": ("haswell", "+avx,+avx2,+fma,+sse2,+sse4.2"),
    "sse2": ("generic", "+sse2"),
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names processors of one kind")
@pytest.mark.parametrize("kind", OTHER_PROCESSORS)
def test_narrower_vectors_give_the_same_numbers(kind, tmp_path):
    name, features = OTHER_PROCESSORS[kind]
    code = f"""
import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_fast import *
from convbp.kernels.fast import vectors
for case in (*CONV, *BOXES):
    for dtype in (np.float32, np.float64):
        x, w, _, dy = whole_numbers(case, dtype)
        assert_all_same(by_tiles(x, w, dy, geometry(case)), by_numpy(x, w, dy, geometry(case)))
print(vectors.VECTOR_BITS)
"""
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == {"avx2": "256", "sse2": "128"}[kind]


def test_threads_may_call_at_once():
    case = BOXES[0]
    x, w, _, dy = whole_numbers(case)
    g = geometry(case)
    expected = by_numpy(x, w, dy, g)
    results = []
    callers = [threading.Thread(target=lambda: results.append(by_tiles(x, w, dy, g))) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(results) == len(callers)
    for actual in results:
        assert_all_same(actual, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_after_use_works():
    code = """
import os, numpy as np, convbp
x, w = np.ones((8, 16, 32, 32)), np.ones((16, 16, 3, 3))
first = convbp.conv2d(x, w, backend="numba")
child = os.fork()
if child == 0:
    same = np.array_equal(convbp.conv2d(x, w, backend="numba"), first)
    os._exit(0 if same else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert answer.stdout.strip() == "0"


def test_an_error_in_a_job_reaches_the_caller():
    def work(job):
        if job == 3:
            raise ArithmeticError("job 3")

    with pytest.raises(ArithmeticError, match="job 3"):
        threads.run_jobs(work, 6)


def test_the_number_of_threads_must_be_a_positive_int():
    with pytest.raises(ValueError, match="threads must be at least 1; got 0"):
        set_num_threads(0)
    with pytest.raises(TypeError, match="threads must be"):
        set_num_threads(1.5)
