"""Properties of every legal layer: hypothesis draws shapes and options, the loops of the formula are the oracle."""

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cases import BACKENDS, Case, whole_numbers
from compare import assert_same
from convbp.geometry import ConvGeometry, conv_geometry
from convbp.kernels import backend


@st.composite
def layers(draw) -> Case:
    """Draw a layer of rank 1 to 3 in which at least one window fits."""
    rank, groups = draw(st.integers(1, 3)), draw(st.integers(1, 2))

    def per_axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    channels, maps = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    x = (draw(st.integers(0, 2)), channels * groups, *per_axis(1, 5))
    w = (maps * groups, channels, *per_axis(1, 3))
    padding = draw(st.one_of(st.just("same"), st.just(tuple(zip(per_axis(0, 3), per_axis(0, 3), strict=True)))))
    options = {"stride": per_axis(1, 3), "dilation": per_axis(1, 2), "padding": padding, "groups": groups}
    try:
        conv_geometry(x, w, **options)
    except ValueError:
        assume(False)
    return Case(x, w, options)


# One cell, one tap, one output, and yet no product: on the middle axis the window lies on the padding.
ONLY_PADDING = Case((1, 1, 1, 1, 1), (1, 1, 1, 1, 1), {"stride": (1, 2, 1), "padding": ((0, 0), (1, 0), (0, 0))})


def results(name: str, x, w, dy, g: ConvGeometry) -> list[np.ndarray]:
    kernels = backend(name, x.dtype)
    return [kernels.conv(x, w, g), kernels.conv_dx(dy, w, g), kernels.conv_dw(dy, x, g)]


@settings(max_examples=150, deadline=None)
@given(layers())
@example(ONLY_PADDING)
def test_backends_agree_to_the_bit(case):
    x, w, _, dy = whole_numbers(case)
    g = conv_geometry(case.x, case.w, **case.options)
    expected = results("loops", x, w, dy, g)
    for name in BACKENDS[1:]:
        for actual, oracle in zip(results(name, x, w, dy, g), expected, strict=True):
            assert_same(actual, oracle)


@settings(max_examples=150, deadline=None)
@given(layers())
def test_one_number_is_seen_from_all_three_sides(case):
    """⟨y, dy⟩ = ⟨x, dx⟩ = ⟨w, dw⟩: each side adds up the same products."""
    x, w, _, dy = whole_numbers(case)
    g = conv_geometry(case.x, case.w, **case.options)
    y, dx, dw = results("numpy", x, w, dy, g)
    assert np.sum(y * dy) == np.sum(x * dx) == np.sum(w * dw)


@settings(max_examples=100, deadline=None)
@given(layers())
@example(ONLY_PADDING)
def test_a_bad_number_reaches_exactly_what_reads_it(case):
    x, w, _, dy = whole_numbers(case)
    assume(x.size)
    g = conv_geometry(case.x, case.w, **case.options)
    for bad in (x, w, dy):
        kept = bad.flat[0]
        bad.flat[0] = np.nan
        expected = [np.isnan(result) for result in results("loops", x, w, dy, g)]
        for name in BACKENDS[1:]:
            for actual, oracle in zip(results(name, x, w, dy, g), expected, strict=True):
                np.testing.assert_array_equal(np.isnan(actual), oracle)
        bad.flat[0] = kept
