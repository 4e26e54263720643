"""Lp and log-sum-exp pooling: values by hand, the ends of their families, and numbers near the ends of a dtype."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

import convbp
from cases import BACKENDS
from compare import assert_close, assert_same
from pools import POOLS, backward, forward, real_numbers

TINY, HUGE = np.finfo(np.float64).tiny, np.finfo(np.float64).max


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_norm_computed_by_hand(backend):
    x = [[[3, -4, 0, 0, -5, 12]]]
    assert convbp.lp_pool1d(x, 2, 2, backend=backend).tolist() == [[[5, 0, 13]]]
    dx = convbp.lp_pool1d_backward([[[5, 7, 13]]], x, 2, 2, backend=backend)
    assert_close(dx, np.array([[[3.0, -4, 0, 0, -5, 12]]]), terms=1)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("p", [1, 1.5, 2, Fraction(5, 2), 3, 4.0, np.float32(7)])
def test_pytorch_agrees_for_every_power(torch, p, backend):
    x, dy = (
        np.random.default_rng(1).standard_normal((2, 2, 3, 12)),
        np.random.default_rng(2).standard_normal((2, 2, 1, 4)),
    )
    tensor = torch.tensor(x, requires_grad=True)
    positive = torch.nn.functional.lp_pool2d(tensor.abs(), float(p), 3)
    positive.backward(torch.tensor(dy))
    y = convbp.lp_pool2d(x, p, 3, backend=backend)
    dx = convbp.lp_pool2d_backward(dy, x, p, 3, backend=backend)
    for got, want in ((y, positive.detach().numpy()), (dx, tensor.grad.numpy())):
        assert np.max(np.abs(got - want)) <= 1e-12 * np.max(np.abs(want))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_norm_neither_overflows_nor_underflows(dtype, backend):
    info = np.finfo(dtype)
    largest = float(info.max)
    for unit in (largest / 4, largest / 16, float(info.smallest_subnormal)):
        x = np.array([[[3 * unit, -4 * unit]]], dtype)
        for p, expected in ((1, 7), (2, 5), (500, 4)):
            y = convbp.lp_pool1d(x, p, 2, backend=backend)
            if expected <= largest / unit:
                assert abs(float(y.item()) / unit - expected) < 1e-6
            else:
                assert y.item() == inf
            dx = convbp.lp_pool1d_backward([[[dtype(1)]]], x, p, 2, backend=backend)
            shares = np.array([3.0, -4.0]) / expected
            np.testing.assert_allclose(dx[0, 0], np.sign(shares) * np.abs(shares) ** (p - 1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("p", [1, 1.5, 2, 10])
def test_a_window_of_zeros_hands_on_nothing(p, backend):
    x = np.zeros((1, 2, 4))
    assert_same(convbp.lp_pool1d(x, p, 2, backend=backend), np.zeros((1, 2, 2)))
    assert_same(convbp.lp_pool1d_backward(np.ones((1, 2, 2)), x, p, 2, backend=backend), x)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_large_power_ends_at_the_maximum(backend):
    x, dy = real_numbers(POOLS[6])
    size, options = POOLS[6].kernel_size, {**POOLS[6].options, "backend": backend}
    y = convbp.lp_pool2d(np.abs(x), 5000, size, **options)
    np.testing.assert_allclose(y, convbp.max_pool2d(np.abs(x), size, **options).y, rtol=1e-3)
    sharp = convbp.logsumexp_pool2d(1e4 * x, size, **options) / 1e4
    np.testing.assert_allclose(sharp, convbp.max_pool2d(x, size, **options).y, atol=1e-3)
    dx = convbp.logsumexp_pool2d_backward(dy, 1e4 * x, size, **options)
    np.testing.assert_allclose(dx, backward("max", POOLS[6], dy, x), atol=1e-3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_scipy_agrees_on_log_sum_exp_and_its_softmax(backend):
    rng = np.random.default_rng(4)
    x, dy = 30 * rng.standard_normal((3, 2, 4, 5)), rng.standard_normal((3, 2, 4, 1))
    assert_close(convbp.logsumexp_pool2d(x, (1, 5), backend=backend), logsumexp(x, axis=-1, keepdims=True), terms=5)
    dx = convbp.logsumexp_pool2d_backward(dy, x, (1, 5), backend=backend)
    assert np.max(np.abs(dx - dy * softmax(x, axis=-1))) <= 1e-12


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("base", [-HUGE, -1e300, -1e4, 0.0, 1e4, 1e300])
def test_log_sum_exp_is_stable_at_any_height(base, backend):
    x = [[[base, base]]]
    assert convbp.logsumexp_pool1d(x, 2, backend=backend).item() == base + np.log(2)
    dx = convbp.logsumexp_pool1d_backward([[[1.0]]], x, 2, backend=backend)
    assert dx.tolist() == [[[0.5, 0.5]]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_two_ends_of_a_dtype_may_share_a_window(backend):
    x = [[[-HUGE, HUGE]]]
    assert convbp.logsumexp_pool1d(x, 2, backend=backend).item() == HUGE
    assert convbp.logsumexp_pool1d_backward([[[1.0]]], x, 2, backend=backend).tolist() == [[[0, 1]]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_infinities_and_nan_have_their_values(backend):
    x = [[[-inf, -inf, inf, 1, nan, 1e300, -inf, 0, inf, nan]]]
    y = convbp.logsumexp_pool1d(x, 2, backend=backend)
    np.testing.assert_array_equal(y, [[[-inf, inf, nan, 0, nan]]])
    dx = convbp.logsumexp_pool1d_backward(np.ones((1, 1, 5)), x, 2, backend=backend)
    np.testing.assert_array_equal(dx[0, 0, [0, 1, 3, 4, 5, 6, 7]], [0, 0, 0, nan, nan, 0, 1])
    y = convbp.lp_pool1d(x, 3, 2, backend=backend)
    np.testing.assert_array_equal(y, [[[inf, inf, nan, inf, nan]]])
    dx = convbp.lp_pool1d_backward(np.ones((1, 1, 5)), x, 3, 2, backend=backend)
    np.testing.assert_array_equal(dx[0, 0, [3, 4, 5, 7]], [0, nan, nan, 0])


@pytest.mark.parametrize("kind", ["lp", "logsumexp"])
def test_backends_agree(kind):
    for pool in POOLS:
        x, dy = real_numbers(pool)
        for name in BACKENDS[1:]:
            assert_close(forward(kind, pool, x, name), forward(kind, pool, x, "loops"), terms=pool.geometry.multiplies)
            expected = backward(kind, pool, dy, x, "loops")
            assert_close(backward(kind, pool, dy, x, name), expected, terms=pool.geometry.multiplies)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_parts_of_a_window_add_up_to_its_gradient(backend):
    pool = POOLS[3]
    x, dy = real_numbers(pool)
    assert_close(backward("logsumexp", pool, dy, x, backend).sum(), dy.sum(), terms=dy.size * 4, magnitude=1.0)
