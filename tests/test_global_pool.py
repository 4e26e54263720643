"""Global pooling against averages and maxima over all cells, in every rank."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest

import convbp
from cases import BACKENDS
from compare import assert_close, assert_same
from convbp.check import adjoint_check, integer_gradient

SHAPES = ((2, 3, 8), (2, 3, 4, 2), (2, 3, 2, 4, 2))


def test_a_channel_computed_by_hand():
    x = [[[[1, 2], [6, 7]], [[5, 9], [9, 1]]]]
    assert convbp.global_avg_pool(x).tolist() == [[[[4]], [[6]]]]
    y, indices = convbp.global_max_pool(x)
    assert (y.ravel().tolist(), indices.ravel().tolist()) == ([7, 9], [3, 1])
    dx = convbp.global_max_pool_backward([[[[10]], [[20]]]], indices, (1, 2, 2, 2))
    assert dx.tolist() == [[[[0, 0], [0, 10]], [[0, 20], [0, 0]]]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
def test_pytorch_agrees(torch, shape, dtype):
    rng = np.random.default_rng(2)
    x, dy = (
        rng.standard_normal(shape).astype(dtype),
        rng.standard_normal((2, 3, *(1,) * (len(shape) - 2))).astype(dtype),
    )
    spatial = tuple(range(2, len(shape)))
    tensor = torch.tensor(x, requires_grad=True)
    theirs = tensor.mean(spatial, keepdim=True)
    theirs.backward(torch.tensor(dy))
    assert_close(convbp.global_avg_pool(x), theirs.detach().numpy(), terms=16)
    assert_close(convbp.global_avg_pool_backward(dy, shape), tensor.grad.numpy(), terms=1)
    tensor.grad = None
    theirs = tensor.amax(spatial, keepdim=True)
    theirs.backward(torch.tensor(dy))
    y, indices = convbp.global_max_pool(x)
    assert_same(y, theirs.detach().numpy())
    for backend in BACKENDS:
        assert_same(convbp.global_max_pool_backward(dy, indices, shape, backend=backend), tensor.grad.numpy())


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_are_exact_on_whole_numbers(shape):
    """There are 8 or 16 cells in a channel, so every part of a whole number is exact."""
    rng = np.random.default_rng(6)
    x = 10.0 * rng.permutation(int(np.prod(shape))).reshape(shape)
    dy = rng.integers(-4, 5, (2, 3, *(1,) * (len(shape) - 2))).astype(float)
    dx = convbp.global_avg_pool_backward(dy, shape)
    assert_same(dx, integer_gradient(convbp.global_avg_pool, x, dy))
    sides = adjoint_check(convbp.global_avg_pool, lambda dy: convbp.global_avg_pool_backward(dy, shape), x, dy)
    assert sides.left == sides.right
    indices = convbp.global_max_pool(x).indices
    dx = convbp.global_max_pool_backward(dy, indices, shape)
    assert_same(dx, integer_gradient(lambda x: convbp.global_max_pool(x).y, x, dy))


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_adaptive_pooling_with_one_output(shape):
    x = np.random.default_rng(6).integers(-2, 3, shape).astype(float)
    rank = len(shape) - 2
    assert_same(convbp.global_avg_pool(x), getattr(convbp, f"adaptive_avg_pool{rank}d")(x, 1))
    for got, want in zip(convbp.global_max_pool(x), getattr(convbp, f"adaptive_max_pool{rank}d")(x, 1), strict=True):
        assert_same(got, want)


def test_bad_numbers_stay_in_their_channel():
    x = np.array([[[1, nan, inf, nan], [-inf, -inf, -inf, -inf], [1, 2, 3, 3]]])
    y, indices = convbp.global_max_pool(x)
    np.testing.assert_array_equal(y.ravel(), [nan, -inf, 3])
    assert indices.ravel().tolist() == [1, 0, 2]
    np.testing.assert_array_equal(convbp.global_avg_pool(x).ravel(), [nan, -inf, 2.25])


def test_fractions_stay_exact_and_dtypes_are_kept():
    x = np.array([[[Fraction(1, 3), Fraction(1, 2)]]])
    assert convbp.global_avg_pool(x).item() == Fraction(5, 12)
    assert convbp.global_max_pool(x).y.item() == Fraction(1, 2)
    for given, kept in ((np.float16, np.float16), (np.float32, np.float32), (np.int16, np.float64)):
        x = np.arange(6).reshape(1, 2, 3).astype(given)
        assert convbp.global_avg_pool(x).dtype == convbp.global_max_pool(x).y.dtype == kept
        assert convbp.global_avg_pool_backward(x[..., :1], x.shape).dtype == kept


def test_an_empty_batch_has_empty_results():
    x = np.zeros((0, 3, 4, 5))
    assert convbp.global_avg_pool(x).shape == (0, 3, 1, 1)
    y, indices = convbp.global_max_pool(x)
    assert y.shape == indices.shape == (0, 3, 1, 1)
    assert convbp.global_max_pool_backward(y, indices, x.shape).shape == x.shape
    assert convbp.global_avg_pool_backward(y, x.shape).shape == x.shape


def test_results_can_be_written_to():
    dx = convbp.global_avg_pool_backward(np.ones((1, 2, 1)), (1, 2, 4))
    dx[0, 0, 0] = 5
    assert dx.ravel().tolist() == [5] + [0.25] * 7
