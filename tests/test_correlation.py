"""The two sign conventions against their definitions in plain Python and against SciPy."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.signal

import convbp
from compare import assert_same

X, W = [1, 2, 4, 7, -3], [1, 0, -2]
FIRST_LAST = {
    "valid": lambda n, k: (0, n - k),
    "same": lambda n, k: (-((k - 1) // 2), n - 1 - (k - 1) // 2),
    "full": lambda n, k: (-(k - 1), n - 1),
    "causal": lambda n, k: (-(k - 1), n - k),
}


def literal_correlation(x, w, mode):
    first, last = FIRST_LAST[mode](len(x), len(w))
    return [sum(x[i + a] * w[a] for a in range(len(w)) if 0 <= i + a < len(x)) for i in range(first, last + 1)]


def literal_convolution(x, w, mode):
    first, last = (end + len(w) - 1 for end in FIRST_LAST[mode](len(x), len(w)))
    return [sum(x[i - a] * w[a] for a in range(len(w)) if 0 <= i - a < len(x)) for i in range(first, last + 1)]


@pytest.mark.parametrize("mode", FIRST_LAST)
@pytest.mark.parametrize("w", [[3], [2, -1], W, [1, 2, 3, 4]])
def test_both_signs_are_their_definitions_in_every_range(mode, w):
    assert convbp.correlate(X, w, mode).tolist() == literal_correlation(X, w, mode)
    assert convbp.convolve(X, w, mode).tolist() == literal_convolution(X, w, mode)


@pytest.mark.parametrize("shape", [(9,), (6, 7), (4, 5, 6)])
@pytest.mark.parametrize("mode", ["valid", "full"])
def test_scipy_agrees_in_every_rank(mode, shape):
    rng = np.random.default_rng(1)
    x, w = rng.integers(-5, 6, shape).astype(float), rng.integers(-5, 6, (2, 3, 4)[: len(shape)]).astype(float)
    assert_same(convbp.correlate(x, w, mode), scipy.signal.correlate(x, w, mode, method="direct"))
    assert_same(convbp.convolve(x, w, mode), scipy.signal.convolve(x, w, mode, method="direct"))


def test_same_is_that_of_the_layer_and_of_scipy_for_odd_filters_only():
    x = np.arange(1.0, 7)
    assert_same(convbp.correlate(x, [1.0, 2, 3], "same"), scipy.signal.correlate(x, [1.0, 2, 3], "same"))
    even = [1.0, 2]
    assert_same(convbp.correlate(x, even, "same"), convbp.conv1d([[x]], [[even]], padding="same")[0, 0])
    assert_same(convbp.correlate(x, even, "same")[:-1], scipy.signal.correlate(x, even, "same")[1:])


def test_full_convolution_commutes_and_correlation_swaps_ends():
    assert_same(convbp.convolve(X, W), convbp.convolve(W, X))
    assert_same(convbp.correlate(X, W, "full"), convbp.correlate(W, X, "full")[::-1])


def test_fractions_stay_exact():
    third = Fraction(1, 3)
    assert convbp.correlate([third, third, third], [third, 1]).tolist() == [Fraction(4, 9)] * 2


def test_flip_reverses_every_axis_and_copies():
    w = np.arange(6).reshape(2, 3)
    turned = convbp.flip(w)
    assert turned.tolist() == [[5, 4, 3], [2, 1, 0]]
    turned[0, 0] = 9
    assert w[1, 2] == 5
