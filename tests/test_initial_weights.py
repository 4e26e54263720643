"""First weights: their variance, and that it keeps the size of signals through many layers."""

import numpy as np
import pytest

from compare import assert_same
from convbp.layers import Conv2d, ConvTranspose2d, Linear, ReLU


def assert_variance(values, expected):
    """The variance of n normal numbers scatters by a part √(2/n) of itself: allow five of them."""
    assert abs(values.var() / expected - 1) < 5 * np.sqrt(2 / values.size)
    assert abs(values.mean()) < 5 * np.sqrt(expected / values.size)


def test_he_divides_by_the_terms_of_an_output():
    assert_variance(Conv2d(8, 50, (3, 5), groups=2, rng=0).w.value, 2 / (4 * 15))
    assert_variance(ConvTranspose2d(50, 8, (4, 6), stride=2, rng=0).w.value, 2 / (50 * 24 / 4))
    assert_variance(Linear(80, 70, rng=0).w.value, 2 / 80)


def test_glorot_balances_both_passes():
    assert_variance(Conv2d(8, 50, 3, stride=3, init="glorot", rng=0).w.value, 2 / (8 * 9 + 50 * 9 / 9))
    assert_variance(ConvTranspose2d(50, 8, 4, stride=2, init="glorot", rng=0).w.value, 2 / (50 * 4 + 8 * 16))
    assert_variance(Linear(80, 70, init="glorot", rng=0).w.value, 2 / 150)


def test_he_keeps_the_mean_square_through_twenty_relus():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 400))
    for _ in range(20):
        x = Linear(400, 400, rng=rng)(ReLU()(x) if _ else x * np.sqrt(0.5))
    assert 0.5 < np.mean(x**2) < 2


@pytest.mark.parametrize("stride", [1, 2])
def test_he_keeps_the_mean_square_through_a_transposed_convolution(stride):
    x = ReLU()(np.random.default_rng(0).standard_normal((4, 60, 12, 12)))
    y = ConvTranspose2d(60, 60, 4, stride=stride, padding=1, rng=1)(x)[:, :, 4:-4, 4:-4]
    assert 0.8 < np.mean(y**2) < 1.2


def test_biases_start_at_zero_and_seeds_repeat():
    one, same, other = (Conv2d(2, 3, 3, rng=seed) for seed in (0, 0, 1))
    assert not one.b.value.any()
    assert_same(one.w.value, same.w.value)
    assert not np.array_equal(one.w.value, other.w.value)
    assert Conv2d(2, 3, 3, rng=0, dtype=np.float32).w.value.dtype == np.float32


def test_one_generator_gives_each_layer_weights_of_its_own():
    rng = np.random.default_rng(0)
    assert not np.array_equal(Linear(3, 3, rng=rng).w.value, Linear(3, 3, rng=rng).w.value)
