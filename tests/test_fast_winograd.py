"""Winograd's tiles: exact on whole numbers, accurate, local, independent of threads, and inside their arrays."""

import os
import warnings
from importlib import import_module

import numpy as np
import pytest

from cases import Case, real_numbers, whole_numbers
from compare import assert_same
from convbp import correlate
from convbp.geometry import conv_geometry
from convbp.kernels import set_num_threads, threads, vectorised
from convbp.winograd import FILTER_TRANSFORM, INPUT_TRANSFORM, OUTPUT_TRANSFORM
from guarded import Guarded

compiled = import_module("convbp.kernels.compiled")
if compiled.fast is None:
    pytest.skip("the tiles are machine code: nothing runs under NUMBA_DISABLE_JIT", allow_module_level=True)
winograd, winograd_dw, winograd_tiles = (
    import_module(f"convbp.kernels.fast.{name}") for name in ("winograd", "winograd_dw", "winograd_tiles")
)

CASES = (
    Case((2, 32, 9, 14), (40, 32, 3, 3), {"padding": 1}),
    Case((1, 37, 5, 70), (33, 37, 3, 3), {"padding": ((0, 2), (1, 3))}),
    Case((3, 32, 17, 4), (35, 32, 3, 3), {"padding": 3}),
    Case((2, 33, 6, 6), (90, 33, 3, 3), {}),
    Case((1, 32, 6, 131), (32, 32, 3, 3), {"padding": "same"}),
    Case((2, 150, 14, 14), (140, 150, 3, 3), {"padding": 1}),
)


def geometry(case: Case):
    return conv_geometry(case.x, case.w, **case.options)


def by_winograd(x, w, dy, g):
    return winograd.conv(x, w, g), winograd.conv_dx(dy, w, g), winograd_dw.conv_dw(dy, x, g)


def by_numpy(x, w, dy, g):
    return vectorised.conv(x, w, g), vectorised.conv_dx(dy, w, g), vectorised.conv_dw(dy, x, g)


@pytest.mark.parametrize("form", [winograd_tiles.F2, winograd_tiles.F4], ids=["F(2, 3)", "F(4, 3)"])
def test_a_form_equals_the_formula_for_every_cell_and_tap(form):
    for cell in np.eye(form.cells):
        for taps in np.eye(3):
            products = (form.taps_to_points @ taps) * (form.cells_to_points @ cell)
            np.testing.assert_array_equal(form.points_to_outputs @ products, form.scale * correlate(cell, taps))


def test_the_form_of_single_precision_is_that_of_the_book():
    np.testing.assert_array_equal(winograd_tiles.F2.cells_to_points, INPUT_TRANSFORM)
    np.testing.assert_array_equal(winograd_tiles.F2.taps_to_points, FILTER_TRANSFORM)
    np.testing.assert_array_equal(winograd_tiles.F2.points_to_outputs, OUTPUT_TRANSFORM)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_whole_numbers_stay_whole(case, dtype):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    assert winograd.is_for(g, x.dtype)
    for got, want in zip(by_winograd(x, w, dy, g), by_numpy(x, w, dy, g), strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("low", [-26, 25])
def test_whole_numbers_stay_whole_up_to_the_sums_that_the_file_names(low, dtype):
    case = CASES[1]
    rng = np.random.default_rng(5)
    g = geometry(case)
    x, w, dy = (rng.integers(low, 27, shape).astype(dtype) for shape in (case.x, case.w, g.output_shape))
    largest = 26**2 * max(9 * g.channels, 9 * g.filters, g.multiplies // w.size)
    assert 2**17 < largest < 2**18
    for got, want in zip(by_winograd(x, w, dy, g), by_numpy(x, w, dy, g), strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("held", [1, 1 << 16])
def test_few_tiles_at_a_time_give_the_same_gradient(held, monkeypatch):
    monkeypatch.setattr(winograd_dw, "HELD_BYTES", held)
    for case in CASES:
        x, _, _, dy = whole_numbers(case, np.float32)
        g = geometry(case)
        assert_same(winograd_dw.conv_dw(dy, x, g), vectorised.conv_dw(dy, x, g))


@pytest.mark.parametrize(("dtype", "relative", "of_largest"), [(np.float32, 2e-6, 1e-5), (np.float64, 1e-14, 5e-14)])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_error_is_small(case, dtype, relative, of_largest):
    rng = np.random.default_rng(3)
    g = geometry(case)
    shapes = (case.x, case.w, g.output_shape)
    x, w, dy = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    exact = by_numpy(*(a.astype(np.longdouble if dtype == np.float64 else np.float64) for a in (x, w, dy)), g)
    for got, want in zip(by_winograd(x, w, dy, g), exact, strict=True):
        assert np.linalg.norm((got - want).ravel()) <= relative * np.linalg.norm(want.ravel())
        assert np.max(np.abs(got - want)) <= of_largest * np.max(np.abs(want))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_result_does_not_depend_on_the_number_of_threads(case, monkeypatch):
    monkeypatch.setattr(threads, "_wanted", 0)
    x, w, _, dy = real_numbers(case, np.float32)
    g = geometry(case)
    set_num_threads(1)
    alone = by_winograd(x, w, dy, g)
    set_num_threads(3)
    for got, want in zip(by_winograd(x, w, dy, g), alone, strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_tiles_leave_the_cells_around_their_arrays_alone(case, dtype, monkeypatch):
    x, w, _, dy = whole_numbers(case, dtype)
    g = geometry(case)
    guarded = Guarded()
    guarded.take_over(monkeypatch, winograd, winograd_dw)
    for got, want in zip(by_winograd(*guarded.copies(x, w, dy), g), by_numpy(x, w, dy, g), strict=True):
        assert_same(got, want)
    assert guarded.are_alive()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_not_finite_stays_where_it_is_read(place, bad, dtype):
    case = CASES[0]
    x, w, _, dy = whole_numbers(case, dtype)
    (x, w, dy)[place].flat[-1] = bad
    g = geometry(case)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = by_numpy(x, w, dy, g)
    actual = compiled.conv(x, w, g), compiled.conv_dx(dy, w, g), compiled.conv_dw(dy, x, g)
    for got, want in zip(actual, expected, strict=True):
        assert_same(got, want)


def test_a_sum_too_large_for_the_transform_alone_is_still_right():
    x = np.full((1, 32, 8, 8), 1e305)
    w = np.ones((32, 32, 3, 3))
    g = conv_geometry(x.shape, w.shape)
    assert winograd.conv(x, w, g) is None
    np.testing.assert_allclose(compiled.conv(x, w, g), 288e305, rtol=1e-14)


OTHER_LAYERS = (
    ((2, 32, 9, 9), (32, 32, 3, 3), {"stride": 2}),
    ((2, 32, 9, 9), (32, 32, 3, 3), {"dilation": (1, 2)}),
    ((2, 64, 9, 9), (64, 32, 3, 3), {"groups": 2}),
    ((2, 32, 9, 9), (32, 32, 3, 1), {}),
    ((2, 31, 9, 9), (32, 31, 3, 3), {}),
    ((2, 32, 9, 9, 9), (32, 32, 3, 3, 3), {}),
    ((2, 32, 5, 9), (32, 32, 3, 3), {}),
    ((1, 1024, 9, 9), (1024, 1024, 3, 3), {}),
    ((1, 256, 5, 9000), (256, 256, 3, 3), {}),
)


@pytest.mark.parametrize(("x", "w", "options"), OTHER_LAYERS)
def test_other_layers_are_left_to_the_direct_tile(x, w, options):
    assert not winograd.is_for(conv_geometry(x, w, **options), np.dtype(np.float32))


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="names processors of one kind")
@pytest.mark.parametrize(("name", "features"), [("haswell", "+avx,+avx2,+fma,+sse2,+sse4.2"), ("generic", "+sse2")])
def test_narrower_vectors_give_the_same_numbers(name, features):
    import subprocess
    import sys

    code = f"""
import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
from test_fast_winograd import *
for case in CASES[:4]:
    test_whole_numbers_stay_whole(case, np.float64)
    test_whole_numbers_stay_whole(case, np.float32)
"""
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert answer.returncode == 0, answer.stderr
