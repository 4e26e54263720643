"""The equations of chapter 2, as printed, against SciPy, polynomials and windows that are counted one by one."""

import itertools

import numpy as np
import pytest
from scipy import signal

import convbp
from convbp.geometry import Axis

SIZES = [(4, 2), (4, 3), (9, 4), (3, 7), (6, 1), (1, 5), (8, 8)]
LAYERS = list(itertools.product((5, 8, 11), (1, 2, 4), (1, 2, 3), (1, 2), (0, 3), (0, 2)))
every_size = pytest.mark.parametrize(("cells", "taps"), SIZES)
every_layer = pytest.mark.parametrize(("cells", "taps", "stride", "dilation", "before", "after"), LAYERS)


def whole(*sizes):
    """Random whole numbers, one list of Python ints for each size."""
    rng = np.random.default_rng([len(sizes), *sizes])
    return [rng.integers(-9, 10, size).tolist() for size in sizes]


def at(values, index):
    """A cell, or 0 outside its array."""
    return values[index] if 0 <= index < len(values) else 0


def star(x, w, o):
    """Correlation as printed."""
    return sum(at(x, o + k) * w[k] for k in range(len(w)))


def ast(x, w, o):
    """Convolution as printed."""
    return sum(at(x, o - k) * w[k] for k in range(len(w)))


def everywhere(x, w):
    """Enough indices to see every output that is not 0, and some zeros on both sides."""
    reach = len(x) + len(w) + 2
    return range(-reach, reach + 1)


@pytest.mark.equation("eq-correlation", exact=True)
@every_size
def test_the_sum_with_the_plus_is_scipys_correlate(cells, taps):
    x, w = whole(cells, taps)
    expected = signal.correlate(x, w, "full", method="direct").tolist()
    assert [star(x, w, o) for o in range(-(taps - 1), cells)] == expected
    assert convbp.correlate(x, w, "full").tolist() == expected


@pytest.mark.equation("eq-convolution", exact=True)
@every_size
def test_the_sum_with_the_minus_multiplies_polynomials(cells, taps):
    x, w = whole(cells, taps)
    expected = [0] * (cells + taps - 1)
    for (i, value), (k, weight) in itertools.product(enumerate(x), enumerate(w)):
        expected[i + k] += value * weight
    assert [ast(x, w, o) for o in range(cells + taps - 1)] == expected
    assert signal.convolve(x, w, "full", method="direct").tolist() == expected
    assert convbp.convolve(x, w).tolist() == expected


@pytest.mark.equation("eq-flip", exact=True)
@every_size
def test_convolution_is_correlation_with_the_flipped_filter_earlier_by_all_taps_but_one(cells, taps):
    x, w = whole(cells, taps)
    flipped = [w[taps - 1 - k] for k in range(taps)]
    for o in everywhere(x, w):
        assert ast(x, w, o) == star(x, flipped, o - (taps - 1))
    expected = signal.convolve(x, w, "full", method="direct")
    assert convbp.correlate(x, flipped, "full").tolist() == expected.tolist()
    assert convbp.flip(w).tolist() == flipped


@pytest.mark.equation("eq-flip", exact=True)
def test_in_the_plane_the_flip_is_a_half_turn():
    rng = np.random.default_rng(2)
    x, w = rng.integers(-9, 10, (6, 9)), rng.integers(-9, 10, (3, 4))
    expected = signal.convolve2d(x, w, "full")
    np.testing.assert_array_equal(convbp.correlate(x, np.rot90(w, 2), "full"), expected)
    np.testing.assert_array_equal(convbp.flip(w), np.rot90(w, 2))


@pytest.mark.equation("eq-flipped-index", exact=True)
@every_size
def test_with_the_plus_the_taps_run_from_minus_k_plus_one_to_zero(cells, taps):
    x, w = whole(cells, taps)
    expected = signal.convolve(x, w, "full", method="direct").tolist()
    for o in range(cells + taps - 1):
        assert sum(at(x, o + k) * w[-k] for k in range(-(taps - 1), 1)) == expected[o]


@pytest.mark.equation("eq-convolution-commutes", exact=True)
@every_size
def test_a_convolution_may_be_swapped(cells, taps):
    x, w = whole(cells, taps)
    for o in everywhere(x, w):
        assert ast(x, w, o) == ast(w, x, o)
    assert convbp.convolve(x, w).tolist() == signal.convolve(w, x, "full", method="direct").tolist()


@pytest.mark.equation("eq-correlation-swap", exact=True)
@every_size
def test_a_swapped_correlation_comes_out_backwards(cells, taps):
    x, w = whole(cells, taps)
    for o in everywhere(x, w):
        assert star(x, w, o) == star(w, x, -o)
    assert convbp.correlate(x, w, "full").tolist() == signal.correlate(w, x, "full", method="direct")[::-1].tolist()


def starts(cells, taps, wanted):
    """The first cells of all windows whose cells, one after the other, satisfy `wanted`."""
    return [o for o in range(-2 * taps, cells + taps) if wanted([o + k for k in range(taps)])]


def check_range(mode, cells, taps, printed, outputs, wanted):
    """The printed range is that of the windows wanted, of the printed size, and the one the library returns."""
    assert list(printed) == starts(cells, taps, wanted)
    assert len(printed) == outputs
    x, w = whole(cells, taps)
    assert convbp.correlate(x, w, mode).tolist() == [star(x, w, o) for o in printed]
    shifted = [ast(x, w, o + taps - 1) for o in printed]
    assert convbp.convolve(x, w, mode).tolist() == shifted


@pytest.mark.equation("eq-size-valid", exact=True)
@pytest.mark.parametrize(("cells", "taps"), [(n, k) for n, k in SIZES if n >= k])
def test_valid_windows_lie_inside(cells, taps):
    printed = range(0, cells - taps + 1)
    check_range("valid", cells, taps, printed, cells - taps + 1, lambda c: c[0] >= 0 and c[-1] < cells)


@pytest.mark.equation("eq-size-full", exact=True)
@every_size
def test_full_windows_touch_the_input(cells, taps):
    printed = range(-(taps - 1), cells)
    check_range("full", cells, taps, printed, cells + taps - 1, lambda c: any(0 <= i < cells for i in c))


@pytest.mark.equation("eq-size-causal", exact=True)
@every_size
def test_causal_windows_end_inside(cells, taps):
    printed = range(-(taps - 1), cells - taps + 1)
    check_range("causal", cells, taps, printed, cells, lambda c: 0 <= c[-1] < cells)


@pytest.mark.equation("eq-size-same", exact=True)
@every_size
def test_same_windows_have_their_middle_inside(cells, taps):
    half = (taps - 1) // 2
    check_range("same", cells, taps, range(-half, cells - half), cells, lambda c: 0 <= c[half] < cells)


def windows_that_fit(cells, taps, stride, dilation, before, after):
    """Lay down window after window on the padded axis, as long as its last tap is on it."""
    padded = before + cells + after
    last_cells = [start + dilation * (taps - 1) for start in range(0, padded, stride)]
    return [last for last in last_cells if last < padded], padded


@pytest.mark.equation("eq-output-size", exact=True)
@every_layer
def test_the_size_formula_counts_the_windows_that_fit(cells, taps, stride, dilation, before, after):
    fitting, _ = windows_that_fit(cells, taps, stride, dilation, before, after)
    printed = (cells + before + after - dilation * (taps - 1) - 1) // stride + 1
    assert max(printed, 0) == len(fitting)
    assert convbp.output_size(cells, taps, stride, [(before, after)], dilation) == (len(fitting),)


@pytest.mark.equation("eq-leftover", exact=True)
@pytest.mark.parametrize(("cells", "taps", "stride", "dilation", "before", "after"), [a for a in LAYERS if a[0] >= 8])
def test_the_leftover_is_what_lies_behind_the_last_window(cells, taps, stride, dilation, before, after):
    fitting, padded = windows_that_fit(cells, taps, stride, dilation, before, after)
    reach = dilation * (taps - 1) + 1
    printed = (cells + before + after - reach) % stride
    assert printed == padded - 1 - fitting[-1]
    assert printed == Axis(cells, taps, stride, dilation, before, after).leftover
