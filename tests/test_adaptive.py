"""Adaptive pooling: its windows, PyTorch, differences, and windows looked at one by one."""

from fractions import Fraction
from itertools import pairwise
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convbp
from cases import BACKENDS
from compare import assert_close, assert_same
from convbp.check import integer_gradient
from convbp.windows import adaptive_windows

AVG = {1: convbp.adaptive_avg_pool1d, 2: convbp.adaptive_avg_pool2d, 3: convbp.adaptive_avg_pool3d}
AVG_BACKWARD = {
    1: convbp.adaptive_avg_pool1d_backward,
    2: convbp.adaptive_avg_pool2d_backward,
    3: convbp.adaptive_avg_pool3d_backward,
}
MAX = {1: convbp.adaptive_max_pool1d, 2: convbp.adaptive_max_pool2d, 3: convbp.adaptive_max_pool3d}
MAX_BACKWARD = {
    1: convbp.adaptive_max_pool1d_backward,
    2: convbp.adaptive_max_pool2d_backward,
    3: convbp.adaptive_max_pool3d_backward,
}
CASES = (
    ((2, 3, 7), 3),
    ((2, 3, 7), 7),
    ((1, 2, 3), 8),
    ((2, 3, 7, 9), (4, 2)),
    ((2, 3, 5, 8), 1),
    ((3, 2, 6, 4), (5, 6)),
    ((2, 2, 4, 5, 6), (3, 1, 4)),
)


def outputs(shape, size):
    return (size,) * (len(shape) - 2) if isinstance(size, int) else size


@given(st.integers(1, 30), st.integers(1, 40))
def test_windows_cover_the_axis_in_order_and_share_at_most_a_cell(size, count):
    windows = adaptive_windows(size, count)
    assert len(windows) == count
    assert (windows[0].start, windows[-1].stop) == (0, size)
    assert all(windows)
    for left, right in pairwise(windows):
        assert left.stop - 1 <= right.start <= left.stop
    assert {len(cells) for cells in windows} <= {-(-size // count), -(-size // count) + 1}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "size"), CASES)
def test_pytorch_agrees(torch, shape, size, dtype):
    rank, rng = len(shape) - 2, np.random.default_rng(3)
    x, dy = (rng.standard_normal(s).astype(dtype) for s in (shape, (*shape[:2], *outputs(shape, size))))
    tensor = torch.tensor(x, requires_grad=True)
    theirs = getattr(torch.nn.functional, f"adaptive_avg_pool{rank}d")(tensor, size)
    theirs.backward(torch.tensor(dy))
    averaged = AVG[rank](x, size), AVG_BACKWARD[rank](dy, x.shape, size)
    for got, want in zip(averaged, (theirs.detach().numpy(), tensor.grad.numpy()), strict=True):
        assert got.dtype == dtype
        assert_close(got, want, terms=x[0, 0].size)
        if dtype == np.float64:
            assert np.max(np.abs(got - want)) <= 1e-12 * np.max(np.abs(want))
    tensor.grad = None
    layer = getattr(torch.nn.functional, f"adaptive_max_pool{rank}d")
    theirs, at = layer(tensor, size, return_indices=True)
    theirs.backward(torch.tensor(dy))
    y, indices = MAX[rank](x, size)
    assert_same(y, theirs.detach().numpy())
    assert_same(indices, at.numpy())
    assert_close(MAX_BACKWARD[rank](dy, indices, x.shape), tensor.grad.numpy(), terms=x[0, 0].size)


shapes = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 7)), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2), shapes, st.randoms(use_true_random=False))
def test_every_window_by_itself(batch, axes, random):
    shape, size = (batch, 2, *(cells for cells, _ in axes)), tuple(count for _, count in axes)
    numbers = [random.choice([-inf, -1.0, 0.0, 1.0, 2.0, nan]) for _ in range(int(np.prod(shape)))]
    x = np.array(numbers).reshape(shape)
    plane = np.arange(np.prod(shape[2:])).reshape(shape[2:])
    y, indices = MAX[len(axes)](x, size)
    average = AVG[len(axes)](x, size)
    assert y.shape == indices.shape == average.shape == (batch, 2, *size)
    for n, c, *o in np.ndindex(y.shape):
        cuts = [adaptive_windows(cells, count)[i] for (cells, count), i in zip(axes, o, strict=True)]
        part = tuple(slice(cells.start, cells.stop) for cells in cuts)
        first = np.argmax(x[n, c][part])
        assert indices[n, c, *o] == plane[part].flat[first]
        np.testing.assert_equal(y[n, c, *o], x[n, c][part].flat[first])
        np.testing.assert_allclose(average[n, c, *o], x[n, c][part].mean(), rtol=1e-15)


@pytest.mark.parametrize(("shape", "size"), [case for case in CASES if np.prod(case[0]) < 200])
def test_max_gradients_equal_exact_integer_differences(shape, size):
    rng = np.random.default_rng(3)
    x = 10.0 * rng.permutation(int(np.prod(shape))).reshape(shape)
    y, indices = MAX[len(shape) - 2](x, size)
    dy = rng.integers(-4, 5, y.shape).astype(float)
    expected = integer_gradient(lambda x: MAX[len(shape) - 2](x, size).y, x, dy)
    for backend in BACKENDS:
        assert_same(MAX_BACKWARD[len(shape) - 2](dy, indices, shape, backend=backend), expected)


@pytest.mark.parametrize(("shape", "size"), [case for case in CASES if np.prod(case[0]) < 200])
def test_avg_gradients_equal_exact_differences_in_fractions(shape, size):
    rank = len(shape) - 2
    x = np.array([Fraction(7 * at % 11 - 5) for at in range(int(np.prod(shape)))], object).reshape(shape)
    y = AVG[rank](x, size)
    dy = np.array([Fraction(5 * at % 9 - 4) for at in range(y.size)], object).reshape(y.shape)
    dx = AVG_BACKWARD[rank](dy, shape, size)
    assert np.sum(y * dy) == np.sum(x * dx)
    for at in np.ndindex(shape):
        ahead = x.copy()
        ahead[at] += 1
        assert np.sum(dy * (AVG[rank](ahead, size) - y)) == dx[at]


def test_windows_of_equal_size_are_those_of_a_plain_pool():
    x = np.random.default_rng(8).standard_normal((2, 3, 6, 8))
    assert_close(convbp.adaptive_avg_pool2d(x, (3, 2)), convbp.avg_pool2d(x, (2, 4)), terms=8)
    assert_same(convbp.adaptive_max_pool2d(x, (3, 2)).indices, convbp.max_pool2d(x, (2, 4)).indices)


def test_results_are_fresh_and_inputs_stay():
    x = np.random.default_rng(8).standard_normal((2, 3, 4))
    before = x.copy()
    for result in (convbp.adaptive_avg_pool1d(x, 4), *convbp.adaptive_max_pool1d(x, 4)):
        assert result.flags.writeable
        assert not np.shares_memory(result, x)
        result[...] = 7
    assert_same(x, before)
    assert not np.shares_memory(convbp.adaptive_avg_pool1d_backward(x, (2, 3, 4), 4), x)
    assert_same(convbp.adaptive_avg_pool1d(x[..., ::-1].astype(">f8"), 3), convbp.adaptive_avg_pool1d(x[..., ::-1], 3))


@pytest.mark.parametrize(("given", "kept"), [(np.float16, np.float16), (np.float32, np.float32), (np.uint8, float)])
def test_dtypes_are_kept_or_promoted(given, kept):
    x = np.arange(6).reshape(1, 1, 6).astype(given)
    assert convbp.adaptive_avg_pool1d(x, 4).dtype == convbp.adaptive_max_pool1d(x, 4).y.dtype == kept
    assert convbp.adaptive_avg_pool1d_backward(x, (1, 1, 9), 6).dtype == kept
