"""Average pooling: its divisors, exactly in fractions, and PyTorch's own."""

from fractions import Fraction

import numpy as np
import pytest

import convbp
from cases import BACKENDS
from compare import assert_close, assert_same
from pools import POOLS, backward, cells_that_count, forward

POOL = {1: convbp.avg_pool1d, 2: convbp.avg_pool2d, 3: convbp.avg_pool3d}
POOL_BACKWARD = {1: convbp.avg_pool1d_backward, 2: convbp.avg_pool2d_backward, 3: convbp.avg_pool3d_backward}
SMALL = [pool for pool in POOLS if np.prod(pool.x) <= 100]


def fractions(shape, start):
    """Return whole numbers as fractions: sums, products and quotients of them are exact."""
    numbers = [Fraction((start + 7 * at) % 11 - 5) for at in range(int(np.prod(shape)))]
    return np.array(numbers, object).reshape(shape)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pool_computed_by_hand(backend):
    x = [[[[1, 2, 9], [3, 6, 9]]]]
    options = {"padding": ((0, 0), (1, 0)), "backend": backend}
    assert convbp.avg_pool2d(x, 2, **options).tolist() == [[[[1, 6.5]]]]
    assert convbp.avg_pool2d(x, 2, count_include_pad=False, **options).tolist() == [[[[2, 6.5]]]]
    dy, shape = [[[[8, 80]]]], (1, 1, 2, 3)
    assert convbp.avg_pool2d_backward(dy, shape, 2, **options).tolist() == [[[[2, 20, 20], [2, 20, 20]]]]
    dx = convbp.avg_pool2d_backward(dy, shape, 2, count_include_pad=False, **options)
    assert dx.tolist() == [[[[4, 20, 20], [4, 20, 20]]]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_cells_that_only_ceil_mode_added_never_count(backend):
    options = {"stride": 2, "padding": 1, "ceil_mode": True, "backend": backend}
    x = [[[3, 3, 3, 3, 3, 3]]]
    assert convbp.avg_pool1d(x, 3, **options).tolist() == [[[2, 3, 3, 1.5]]]
    assert convbp.avg_pool1d(x, 3, count_include_pad=False, **options).tolist() == [[[3, 3, 3, 3]]]


@pytest.mark.parametrize("kind", ["avg", "avg of real cells"])
@pytest.mark.parametrize("pool", SMALL, ids=str)
def test_gradients_equal_exact_differences_in_fractions(pool, kind):
    x, dy = fractions(pool.x, 1), fractions(pool.geometry.output_shape, 4)
    dx = backward(kind, pool, dy, x)
    y = forward(kind, pool, x)
    for at in np.ndindex(x.shape):
        ahead = x.copy()
        ahead[at] += 1
        assert np.sum(dy * (forward(kind, pool, ahead) - y)) == dx[at]
    assert np.sum(y * dy) == np.sum(x * dx)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", ["avg", "avg of real cells"])
def test_it_is_the_convolution_with_equal_weights(kind, backend):
    for pool in POOLS:
        g = pool.geometry
        x = np.random.default_rng(2).integers(-4, 5, pool.x).astype(float)
        options = {
            "stride": tuple(a.stride for a in g.axes),
            "dilation": tuple(a.dilation for a in g.axes),
            "padding": tuple((a.before, a.after) for a in g.axes),
        }
        layer = {1: convbp.conv1d, 2: convbp.conv2d, 3: convbp.conv3d}[pool.rank]
        sums = layer(x, np.ones(g.weight_shape), groups=g.groups, **options)
        assert_same(forward(kind, pool, x, backend), sums / cells_that_count(kind, pool))


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pytorch_averages_alike(torch, rank, backend, count_include_pad):
    """Overlap, padding, and ceil mode with every remainder, with PyTorch's own divisors."""
    layer = getattr(torch.nn.functional, f"avg_pool{rank}d")
    rng = np.random.default_rng(rank)
    for size in range(6, 10):
        x = rng.standard_normal((1, 2, *(size, size - 2, 4)[:rank]))
        for kernel, stride, padding in ((2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 1), (4, 3, 2)):
            for ceil_mode in (False, True):
                tensor = torch.tensor(x, requires_grad=True)
                theirs = layer(tensor, kernel, stride, padding, ceil_mode, count_include_pad)
                options = {
                    "stride": stride,
                    "padding": padding,
                    "ceil_mode": ceil_mode,
                    "count_include_pad": count_include_pad,
                    "backend": backend,
                }
                dy = rng.standard_normal(theirs.shape)
                theirs.backward(torch.tensor(dy))
                assert_close(POOL[rank](x, kernel, **options), theirs.detach().numpy(), terms=kernel**rank)
                dx = POOL_BACKWARD[rank](dy, x.shape, kernel, **options)
                assert_close(dx, tensor.grad.numpy(), terms=kernel**rank)


def test_symbols_stay_symbols():
    sympy = pytest.importorskip("sympy")
    a, b, c, d = sympy.symbols("a b c d")
    y = convbp.avg_pool1d(np.array([[[a, b, c, d]]]), 2)
    assert [sympy.expand(term) for term in y.flat] == [a / 2 + b / 2, c / 2 + d / 2]
