"""What holds for every kind of pool: the outside judge, differences, locality, layouts, dtypes, the empty batch."""

import numpy as np
import pytest

from cases import BACKENDS
from compare import assert_close, assert_same
from convbp.check import adjoint_check, numerical_gradient, relative_error
from pools import KINDS, POOLS, backward, far_apart, forward, judged_pool, layouts, real_numbers, whole_numbers

SMALL = [pool for pool in POOLS if np.prod(pool.x) <= 160]
LINEAR = ("avg", "avg of real cells")
EXACT = ("max", *LINEAR)
EVERY_COUNT = 360  # a multiple of the cells of every window here, so that the parts are whole


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_pytorch_agrees(torch, kind, backend, dtype):
    for pool in POOLS:
        x, dy = real_numbers(pool, dtype)
        actual = forward(kind, pool, x, backend), backward(kind, pool, dy, x, backend)
        for got, want in zip(actual, judged_pool(torch, kind, pool, x, dy), strict=True):
            assert got.dtype == dtype
            assert_close(got, want, terms=pool.geometry.multiplies)
            if dtype == np.float64:
                assert np.max(np.abs(got - want)) <= 1e-12 * np.max(np.abs(want))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", ["numpy", "numba", "auto"])
@pytest.mark.parametrize("kind", EXACT)
def test_backends_agree_to_the_bit_on_whole_numbers(kind, backend, dtype):
    for pool in POOLS:
        x, dy = whole_numbers(pool, dtype)
        assert_same(forward(kind, pool, x, backend), forward(kind, pool, x, "loops"))
        dy *= EVERY_COUNT
        assert_same(backward(kind, pool, dy, x, backend), backward(kind, pool, dy, x, "loops"))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", EXACT)
def test_the_backward_pass_is_the_adjoint(kind, backend):
    """A max pool is linear as long as its winners stay: ⟨y, dy⟩ = ⟨x, dx⟩ at x itself."""
    for pool in POOLS:
        x, dy = far_apart(pool) * EVERY_COUNT, whole_numbers(pool)[1] * EVERY_COUNT
        sides = adjoint_check(
            lambda x, pool=pool: forward(kind, pool, x, backend),
            lambda dy, pool=pool, x=x: backward(kind, pool, dy, x, backend),
            x,
            dy,
        )
        assert sides.left == sides.right


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", ["lp", "logsumexp"])
@pytest.mark.parametrize("pool", SMALL, ids=str)
def test_curved_gradients_equal_central_differences(pool, kind, backend):
    x, dy = real_numbers(pool)
    x += 0.1 * np.sign(x)  # away from the corner of |x| at 0
    expected = numerical_gradient(lambda x: forward(kind, pool, x, backend), x, dy)
    assert relative_error(backward(kind, pool, dy, x, backend), expected) < 1e-6


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_cell_stays_in_the_windows_that_read_it(kind, backend, bad):
    for pool in POOLS:
        x, dy = real_numbers(pool)
        clean = forward(kind, pool, x, backend), backward(kind, pool, dy, x, backend)
        at = (0, 1, *(size // 2 for size in pool.x[2:]))
        x[at] = bad
        readers = [{o for o, _ in a.readers(i)} for a, i in zip(pool.geometry.axes, at[2:], strict=True)]
        touched = np.zeros(pool.geometry.output_shape, bool)
        touched[np.ix_([0], [1], *(sorted(outputs) for outputs in readers))] = True
        y, dx = forward(kind, pool, x, backend), backward(kind, pool, dy, x, backend)
        assert_same(y[~touched], clean[0][~touched])
        if not (bad == -np.inf and kind in ("max", "logsumexp")):
            assert not np.isfinite(y[touched]).any()
        elif kind == "max":
            assert np.isfinite(y).all()
        read_with = np.zeros(pool.x, bool)
        for o in zip(*np.nonzero(touched), strict=True):
            cells = [[i for _, i in a.window(j)] for a, j in zip(pool.geometry.axes, o[2:], strict=True)]
            read_with[np.ix_([o[0]], [o[1]], *cells)] = True
        assert_same(dx[~read_with], clean[1][~read_with])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", list(layouts(np.zeros(1))))
def test_the_layout_in_memory_does_not_matter(layout, kind, backend):
    pool = POOLS[6]
    parts = real_numbers(pool)
    x, dy = (layouts(part)[layout] for part in parts)
    before = np.array(x), np.array(dy)
    y, dx = forward(kind, pool, x, backend), backward(kind, pool, dy, x, backend)
    assert_same(y, forward(kind, pool, parts[0], backend))
    assert_same(dx, backward(kind, pool, parts[1], parts[0], backend))
    for result in (y, dx):
        assert result.dtype.isnative
        assert result.flags.writeable
        assert not np.shares_memory(result, np.asarray(x))
    np.testing.assert_array_equal(np.array(x), before[0])
    np.testing.assert_array_equal(np.array(dy), before[1])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_dtypes_are_kept_or_promoted(kind, backend):
    pool = POOLS[0]
    for given, kept in ((np.float16, np.float16), (np.float32, np.float32), (np.int32, np.float64)):
        x, dy = whole_numbers(pool, given)
        assert forward(kind, pool, x, backend).dtype == kept
        assert backward(kind, pool, dy, x, backend).dtype == kept


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_batch_has_empty_results(kind, backend):
    for pool in (POOLS[0], POOLS[6]):
        empty = pool._replace(x=(0, *pool.x[1:]))
        y = forward(kind, empty, np.zeros(empty.x), backend)
        assert y.shape == empty.geometry.output_shape
        assert backward(kind, empty, y, np.zeros(empty.x), backend).shape == empty.x


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_window_of_one_cell_changes_nothing(kind, backend):
    pool = POOLS[5]._replace(kernel_size=1, options={})
    x, dy = np.abs(whole_numbers(pool)[0]), real_numbers(pool)[1]
    assert_close(forward(kind, pool, x, backend), x, terms=1)
    assert_close(backward(kind, pool, dy, x + 1, backend), dy, terms=1)
