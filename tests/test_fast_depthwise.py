"""Depthwise walks: bit-equal to the formula on whole numbers, local, thread-independent, and inside their arrays."""

import os
import subprocess
import sys
import warnings
from importlib import import_module

import numpy as np
import pytest

from cases import Case, real_numbers, whole_numbers
from compare import assert_same
from convbp.geometry import conv_geometry
from convbp.kernels import set_num_threads, threads, vectorised
from guarded import Guarded

compiled = import_module("convbp.kernels.compiled")
if compiled.fast is None:
    pytest.skip("the walks are machine code: nothing runs under NUMBA_DISABLE_JIT", allow_module_level=True)
depthwise = import_module("convbp.kernels.fast.depthwise")

CASES = (
    Case((2, 3, 7, 9), (3, 1, 3, 3), {"padding": 1, "groups": 3}),
    Case((3, 65, 28, 30), (65, 1, 3, 3), {"padding": 1, "groups": 65}),
    Case((2, 5, 20, 37), (5, 1, 3, 3), {"padding": ((0, 3), (2, 1)), "dilation": (2, 3), "groups": 5}),
    Case((1, 3, 4, 5), (3, 1, 3, 3), {"padding": 4, "dilation": (3, 1), "groups": 3}),
    Case((2, 4, 3, 70), (4, 1, 3, 3), {"groups": 4}),
    Case((1, 6, 5, 8), (6, 1, 3, 3), {"padding": ((5, 0), (0, 9)), "groups": 6}),
    Case((1, 1, 9, 33), (1, 1, 3, 3), {"dilation": (4, 1)}),
)


def geometry(case: Case):
    return conv_geometry(case.x, case.w, **case.options)


def by_walks(x, w, dy, g):
    return depthwise.conv(x, w, g), depthwise.conv_dx(dy, w, g), depthwise.conv_dw(dy, x, g)


def by_numpy(x, w, dy, g):
    return vectorised.conv(x, w, g), vectorised.conv_dx(dy, w, g), vectorised.conv_dw(dy, x, g)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_walks_equal_numpy_on_whole_numbers(case, dtype):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    assert depthwise.is_for(g)
    for got, want in zip(by_walks(x, w, dy, g), by_numpy(x, w, dy, g), strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_single_precision_errs_by_its_rounding_alone(case):
    x, w, _, dy = real_numbers(case)
    g = geometry(case)
    single = by_walks(*(a.astype(np.float32) for a in (x, w, dy)), g)
    for got, want in zip(single, by_numpy(x, w, dy, g), strict=True):
        assert np.linalg.norm((got - want).ravel()) < 5e-7 * np.linalg.norm(want.ravel())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_result_does_not_depend_on_the_number_of_threads(case, monkeypatch):
    monkeypatch.setattr(threads, "_wanted", 0)
    monkeypatch.setattr(depthwise, "WORTH_A_JOB", 100)
    x, w, _, dy = real_numbers(case, np.float32)
    g = geometry(case)
    set_num_threads(1)
    alone = by_walks(x, w, dy, g)
    set_num_threads(3)
    for got, want in zip(by_walks(x, w, dy, g), alone, strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_walks_leave_the_cells_around_their_arrays_alone(case, dtype, monkeypatch):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    guarded = Guarded()
    guarded.take_over(monkeypatch, depthwise)
    for got, want in zip(by_walks(*guarded.copies(x, w, dy), g), by_numpy(x, w, dy, g), strict=True):
        assert_same(got, want)
    assert guarded.are_alive()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_not_finite_stays_where_it_is_read(place, bad, dtype):
    case = CASES[1]
    x, w, _, dy = whole_numbers(case, dtype)
    (x, w, dy)[place].flat[61] = bad
    g = geometry(case)
    assert g.multiplies > compiled.SMALL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = by_numpy(x, w, dy, g)
    actual = compiled.conv(x, w, g), compiled.conv_dx(dy, w, g), compiled.conv_dw(dy, x, g)
    for got, want in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
        assert_same(got[np.isfinite(got)], want[np.isfinite(want)])


OTHER_LAYERS = (
    ((2, 6, 9, 9), (6, 1, 3, 3), {"groups": 6, "stride": (2, 1)}),
    ((2, 6, 9, 9), (12, 1, 3, 3), {"groups": 6}),
    ((2, 6, 9, 9), (3, 2, 3, 3), {"groups": 3}),
    ((2, 6, 9, 9), (6, 1, 3, 5), {"groups": 6}),
    ((2, 6, 9), (6, 1, 3), {"groups": 6}),
)


@pytest.mark.parametrize(("x", "w", "options"), OTHER_LAYERS)
def test_other_layers_are_left_to_other_tiles(x, w, options):
    assert not depthwise.is_for(conv_geometry(x, w, **options))


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names processors of one kind")
@pytest.mark.parametrize(("name", "features"), [("haswell", "+avx,+avx2,+fma,+sse2,+sse4.2"), ("generic", "+sse2")])
def test_narrower_vectors_give_the_same_numbers(name, features):
    code = f"""
import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_fast_depthwise import *
for case in CASES:
    test_walks_equal_numpy_on_whole_numbers(case, np.float64)
    test_walks_equal_numpy_on_whole_numbers(case, np.float32)
"""
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert answer.returncode == 0, answer.stderr
