"""Dilated layers by Winograd's tiles: exact on whole numbers, local, thread-independent, and inside their arrays."""

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
    pytest.skip("the tiles are machine code: nothing runs under NUMBA_DISABLE_JIT", allow_module_level=True)
dilated, winograd, winograd_dw = (
    import_module(f"convbp.kernels.fast.{name}") for name in ("dilated", "winograd", "winograd_dw")
)

CASES = (
    Case((2, 32, 40, 51), (40, 32, 3, 3), {"padding": 2, "dilation": 2}),
    Case((1, 37, 17, 70), (33, 37, 3, 3), {"padding": ((0, 2), (1, 3)), "dilation": (1, 2)}),
    Case((3, 32, 14, 29), (35, 32, 3, 3), {"padding": ((5, 0), (1, 0)), "dilation": (3, 1)}),
    Case((2, 33, 20, 79), (90, 33, 3, 3), {"dilation": (2, 3)}),
    Case((1, 64, 23, 67), (32, 64, 3, 3), {"padding": "same", "dilation": (4, 2)}),
)


def geometry(case: Case):
    return conv_geometry(case.x, case.w, **case.options)


def by_planes(x, w, dy, g):
    return dilated.conv(x, w, g), dilated.conv_dx(dy, w, g), dilated.conv_dw(dy, x, g)


def by_numpy(x, w, dy, g):
    return vectorised.conv(x, w, g), vectorised.conv_dx(dy, w, g), vectorised.conv_dw(dy, x, g)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_whole_numbers_stay_whole(case, dtype):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    assert dilated.is_for(g, x.dtype)
    for got, want in zip(by_planes(x, w, dy, g), by_numpy(x, w, dy, g), strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_layer_of_the_planes_has_every_output_and_every_cell_that_is_read(case):
    g = geometry(case)
    for axis, plane in zip(g.axes, dilated.dense_layer(g).axes, strict=True):
        assert plane.outputs == -(-axis.outputs // axis.dilation)
        rest = -axis.input_cell(0, 0) % axis.dilation
        for o in range(axis.outputs):
            for k in range(axis.kernel):
                t, phase = plane.input_cell(o // axis.dilation, k), o % axis.dilation
                assert axis.dilation * t + phase - rest == axis.input_cell(o, k)
                assert 0 <= t < plane.size or not 0 <= axis.input_cell(o, k) < axis.size


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_result_does_not_depend_on_the_number_of_threads(case, monkeypatch):
    monkeypatch.setattr(threads, "_wanted", 0)
    x, w, _, dy = real_numbers(case, np.float32)
    g = geometry(case)
    set_num_threads(1)
    alone = by_planes(x, w, dy, g)
    set_num_threads(3)
    for got, want in zip(by_planes(x, w, dy, g), alone, strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_tiles_leave_the_cells_around_their_arrays_alone(case, dtype, monkeypatch):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    guarded = Guarded()
    guarded.take_over(monkeypatch, dilated, winograd, winograd_dw)
    for got, want in zip(by_planes(*guarded.copies(x, w, dy), g), by_numpy(x, w, dy, g), strict=True):
        assert_same(got, want)
    assert guarded.are_alive()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_not_finite_stays_where_it_is_read(place, bad, dtype):
    case = CASES[0]
    x, w, _, dy = whole_numbers(case, dtype)
    (x, w, dy)[place].flat[77] = bad
    g = geometry(case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = by_numpy(x, w, dy, g)
    actual = compiled.conv(x, w, g), compiled.conv_dx(dy, w, g), compiled.conv_dw(dy, x, g)
    for got, want in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
        assert_same(got[np.isfinite(got)], want[np.isfinite(want)])


OTHER_LAYERS = (
    ((2, 32, 40, 51), (32, 32, 3, 3), {"dilation": 2, "stride": (1, 2)}),
    ((2, 64, 40, 51), (64, 32, 3, 3), {"dilation": 2, "groups": 2}),
    ((2, 32, 40, 51), (32, 32, 3, 3), {"dilation": 4}),
    ((2, 32, 40, 51), (32, 32, 3, 5), {"dilation": 2}),
    ((2, 32, 40, 51), (32, 32, 3, 3), {}),
    ((2, 32, 511), (32, 32, 3), {"dilation": 2}),
)


@pytest.mark.parametrize(("x", "w", "options"), OTHER_LAYERS)
def test_other_layers_are_left_to_other_tiles(x, w, options):
    assert not dilated.is_for(conv_geometry(x, w, **options), np.dtype(np.float32))


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names processors of one kind")
@pytest.mark.parametrize(("name", "features"), [("haswell", "+avx,+avx2,+fma,+sse2,+sse4.2"), ("generic", "+sse2")])
def test_narrower_vectors_give_the_same_numbers(name, features):
    code = f"""
import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_fast_dilated import *
for case in CASES:
    test_whole_numbers_stay_whole(case, np.float64)
    test_whole_numbers_stay_whole(case, np.float32)
"""
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert answer.returncode == 0, answer.stderr
