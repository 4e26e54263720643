"""Max pooling and unpooling: ties, NaN, −∞, overlap, indices, and PyTorch's own pools."""

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convbp
from cases import BACKENDS
from compare import assert_same
from convbp.check import adjoint_check, integer_gradient
from convbp.kernels import backend as choose_backend
from convbp.pool import must_be_ordered
from pools import POOLS, Pool, backward, far_apart, forward, whole_numbers

POOL = {1: convbp.max_pool1d, 2: convbp.max_pool2d, 3: convbp.max_pool3d}
POOL_BACKWARD = {1: convbp.max_pool1d_backward, 2: convbp.max_pool2d_backward, 3: convbp.max_pool3d_backward}
UNPOOL = {1: convbp.max_unpool1d, 2: convbp.max_unpool2d, 3: convbp.max_unpool3d}
UNPOOL_BACKWARD = {1: convbp.max_unpool1d_backward, 2: convbp.max_unpool2d_backward, 3: convbp.max_unpool3d_backward}
SMALL = [pool for pool in POOLS if np.prod(pool.x) <= 160]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pool_computed_by_hand(backend):
    x = [[[[1, 4, 2], [3, 0, 5], [7, 4, 4]]]]
    y, indices = convbp.max_pool2d(x, 2, stride=1, backend=backend)
    assert y.tolist() == [[[[4, 5], [7, 5]]]]
    assert indices.tolist() == [[[[1, 5], [6, 5]]]]
    dx = convbp.max_pool2d_backward([[[[1, 10], [100, 1000]]]], indices, (1, 1, 3, 3), backend=backend)
    assert dx.tolist() == [[[[0, 1, 0], [0, 0, 1010], [100, 0, 0]]]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_of_equal_cells_wins(backend):
    y, indices = convbp.max_pool2d([[[[2, 7, 7], [7, 1, 7]]]], (2, 3), backend=backend)
    assert (y.item(), indices.item()) == (7, 1)
    assert convbp.max_pool1d(np.zeros((1, 1, 7)), 3, stride=2, padding=1, backend=backend).indices.tolist() == [
        [[0, 1, 3, 5]]
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_nan_wins(backend):
    y, indices = convbp.max_pool1d([[[1, nan, inf, nan, 3, nan, 2, 4, inf]]], 3, backend=backend)
    np.testing.assert_array_equal(y, [[[nan, nan, inf]]])
    assert indices.tolist() == [[[1, 3, 8]]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_window_of_minus_infinity_gives_its_first_real_cell(backend):
    x = np.full((2, 3, 5, 4), -inf)
    y, indices = convbp.max_pool2d(x, 3, stride=2, padding=1, backend=backend)
    assert (y == -inf).all()
    assert indices[1, 2].tolist() == [[0, 1], [4, 5], [12, 13]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_padding_does_not_beat_negative_numbers(backend):
    y, indices = convbp.max_pool1d([[[-3, -1, -2]]], 2, stride=1, padding=1, backend=backend)
    assert y.tolist() == [[[-3, -1, -1, -2]]]
    assert indices.tolist() == [[[0, 1, 1, 2]]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_indices_point_at_the_winners_in_the_unpadded_plane(backend):
    for pool in POOLS:
        x, _ = whole_numbers(pool)
        y, indices = POOL[pool.rank](x, pool.kernel_size, backend=backend, **pool.options)
        assert indices.dtype == np.int64
        planes = x.reshape(*pool.x[:2], -1)
        np.testing.assert_array_equal(
            np.take_along_axis(planes, indices.reshape(*pool.x[:2], -1), -1).ravel(), y.ravel()
        )
        for o in np.ndindex(y.shape[2:]):
            windows = [[i for _, i in a.window(j)] for a, j in zip(pool.geometry.axes, o, strict=True)]
            inside = np.ravel_multi_index(np.ix_(*windows), pool.x[2:])
            assert np.isin(indices[:, :, *o], inside).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_indices_agree_with_the_loops_where_cells_tie(backend):
    for pool in POOLS:
        x, _ = whole_numbers(pool)
        expected = POOL[pool.rank](x, pool.kernel_size, backend="loops", **pool.options)
        actual = POOL[pool.rank](x, pool.kernel_size, backend=backend, **pool.options)
        assert_same(actual.indices, expected.indices)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("pool", SMALL, ids=str)
def test_the_gradient_equals_exact_integer_differences(pool, backend):
    x, dy = far_apart(pool), whole_numbers(pool)[1]
    expected = integer_gradient(lambda x: forward("max", pool, x, backend), x, dy)
    assert_same(backward("max", pool, dy, x, backend), expected)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pytorch_returns_the_same_winners(torch, rank, backend):
    """Uneven sizes, overlap, dilation, ceil mode with every remainder, and ties."""
    layer = getattr(torch.nn.functional, f"max_pool{rank}d")
    rng = np.random.default_rng(rank)
    for size in range(6, 10):
        x = rng.integers(-3, 4, (1, 2, *(size, size - 2, 4)[:rank])).astype(float)
        for kernel, stride, padding, dilation in ((2, 2, 0, 1), (3, 2, 1, 1), (3, 1, 1, 1), (2, 3, 1, 2), (4, 3, 2, 1)):
            for ceil_mode in (False, True):
                tensor = torch.tensor(x, requires_grad=True)
                try:
                    theirs, at = layer(tensor, kernel, stride, padding, dilation, ceil_mode, return_indices=True)
                except RuntimeError:  # PyTorch allows no padding over half the window
                    continue
                options = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
                y, indices = POOL[rank](x, kernel, backend=backend, **options)
                assert_same(y, theirs.detach().numpy())
                assert_same(indices, at.numpy())
                dy = rng.integers(-4, 5, y.shape).astype(float)
                theirs.backward(torch.tensor(dy))
                assert_same(POOL_BACKWARD[rank](dy, indices, x.shape, backend=backend), tensor.grad.numpy())


@st.composite
def pools(draw) -> Pool:
    """Draw a pool of rank 1 to 3 that is legal."""
    rank = draw(st.integers(1, 3))

    def per_axis(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.lists(st.integers(low, high), min_size=rank, max_size=rank)))

    options = {
        "stride": per_axis(1, 3),
        "dilation": per_axis(1, 2),
        "padding": draw(st.one_of(st.just("same"), st.just(tuple(zip(per_axis(0, 3), per_axis(0, 3), strict=True))))),
        "ceil_mode": draw(st.booleans()),
    }
    pool = Pool((draw(st.integers(0, 2)), draw(st.integers(1, 2)), *per_axis(1, 5)), per_axis(1, 3), options)
    try:
        assert pool.geometry
    except ValueError:
        assume(False)
    return pool


def slide_by_hand(x: np.ndarray, pool: Pool) -> tuple[np.ndarray, np.ndarray]:
    """Pad with NaN that is skipped, number the cells, and look at every window."""
    axes = pool.geometry.axes
    ends = [(0, 0), (0, 0), *((a.before, a.after) for a in axes)]
    numbers = np.broadcast_to(np.arange(np.prod(pool.x[2:])).reshape(pool.x[2:]), pool.x)
    numbers = np.pad(numbers, ends, constant_values=-1)
    padded = np.pad(x, ends)
    y, indices = np.empty(pool.geometry.output_shape), np.empty(pool.geometry.output_shape, np.int64)
    for n, c, *o in np.ndindex(y.shape):
        part = tuple(slice(a.stride * j, a.stride * j + a.reach, a.dilation) for a, j in zip(axes, o, strict=True))
        cells, number = padded[n, c][part].ravel(), numbers[n, c][part].ravel()
        cells, number = cells[number >= 0], number[number >= 0]
        y[n, c, *o], indices[n, c, *o] = cells[np.argmax(cells)], number[np.argmax(cells)]
    return y, indices


@settings(max_examples=80, deadline=None)
@given(pools(), st.randoms(use_true_random=False))
def test_every_legal_pool_finds_what_sliding_by_hand_finds(pool, random):
    x = np.array([random.choice([-inf, -1.0, 0.0, 1.0, 2.0, nan]) for _ in range(int(np.prod(pool.x)))]).reshape(pool.x)
    expected = slide_by_hand(x, pool)
    for name in BACKENDS:
        for actual, oracle in zip(choose_backend(name, x.dtype).max_pool(x, pool.geometry), expected, strict=True):
            assert_same(actual, oracle)


@pytest.mark.parametrize("backend", BACKENDS)
def test_unpooling_puts_the_winners_back_and_is_undone_by_its_backward_pass(backend):
    for pool in POOLS:
        x, _ = whole_numbers(pool)
        y, indices = POOL[pool.rank](x, pool.kernel_size, backend=backend)
        back = UNPOOL[pool.rank](y, indices, x.shape, backend=backend)
        assert_same(UNPOOL_BACKWARD[pool.rank](back, indices, x.shape), y)
        hit = np.zeros(x.shape, bool).reshape(*x.shape[:2], -1)
        np.put_along_axis(hit, indices.reshape(*x.shape[:2], -1), True, -1)
        assert_same(back, np.where(hit.reshape(x.shape), x, 0.0))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("pool", SMALL, ids=str)
def test_unpooling_is_linear_where_indices_repeat(pool, backend):
    rng = np.random.default_rng(3)
    shape = pool.geometry.output_shape
    indices = rng.integers(0, 3, shape)
    x, dy = rng.integers(-4, 5, shape).astype(float), rng.integers(-4, 5, pool.x).astype(float)
    unpool, transpose = UNPOOL[pool.rank], UNPOOL_BACKWARD[pool.rank]
    assert_same(transpose(dy, indices, pool.x), integer_gradient(lambda x: unpool(x, indices, pool.x), x, dy))
    sides = adjoint_check(
        lambda x: unpool(x, indices, pool.x, backend=backend), lambda dy: transpose(dy, indices, pool.x), x, dy
    )
    assert sides.left == sides.right
    assert_same(unpool(x, indices, pool.x, backend=backend), POOL_BACKWARD[pool.rank](x, indices, pool.x))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pytorch_unpools_alike(torch, rank):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((2, 3, *range(6, 6 + rank)))
    tensor, at = getattr(torch.nn.functional, f"max_pool{rank}d")(torch.tensor(x), 2, return_indices=True)
    tensor.requires_grad_()
    whole = getattr(torch.nn.functional, f"max_unpool{rank}d")(tensor, at, 2, output_size=x.shape)
    y, indices = POOL[rank](x, 2)
    assert_same(UNPOOL[rank](y, indices, x.shape), whole.detach().numpy())
    whole.backward(torch.tensor(x))
    assert_same(UNPOOL_BACKWARD[rank](x, indices, x.shape), tensor.grad.numpy())


@pytest.mark.parametrize("kind", [np.int8, np.uint16, np.int64, np.uint64, ">i4"])
def test_indices_of_every_int_type_are_taken(kind):
    dx = convbp.max_pool1d_backward([[[1.0, 2.0]]], np.array([[[3, 0]]], kind), (1, 1, 4))
    assert dx.tolist() == [[[2, 0, 0, 1]]]


def test_fractions_stay_exact():
    x = np.array([[[Fraction(1, 3), Fraction(1, 2), Fraction(2, 5), Fraction(3, 7)]]])
    y, indices = convbp.max_pool1d(x, 2)
    assert y.tolist() == [[[Fraction(1, 2), Fraction(3, 7)]]]
    dx = convbp.max_pool1d_backward(y, indices, x.shape)
    assert dx.tolist() == [[[0, Fraction(1, 2), 0, Fraction(3, 7)]]]


def test_only_objects_are_blamed_for_having_no_order():
    with pytest.raises(TypeError, match=r"^something else$"), must_be_ordered(np.zeros(1)):
        raise TypeError("something else")


def test_an_empty_batch_unpools():
    indices = np.zeros((0, 3, 4), np.int64)
    assert convbp.max_unpool1d(np.zeros((0, 3, 4)), indices, (0, 3, 8)).shape == (0, 3, 8)
    assert convbp.max_unpool1d_backward(np.zeros((0, 3, 8)), indices, (0, 3, 8)).shape == (0, 3, 4)
