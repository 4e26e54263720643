"""The compiled pools stay inside their arrays, and their table of lines is the relation of the geometry."""

from importlib import import_module

import numpy as np
import pytest

from compare import assert_same
from convbp.geometry import products
from pools import POOLS, Pool, real_numbers, whole_numbers

compiled_pool = import_module("convbp.kernels.compiled_pool")
compiled_smooth = import_module("convbp.kernels.compiled_smooth")


def visits(pool: Pool):
    """Yield (cell, output), flat in one plane, in the order in which a window walks over its rows and along them."""
    rows, begins, taps, step, width = compiled_pool.lines(pool.geometry.axes)
    outputs = pool.geometry.axes[-1].outputs
    assert width == pool.x[-1]
    for line, (begin, end) in enumerate(zip(begins[:-1].tolist(), begins[1:].tolist(), strict=True)):
        for row in rows[begin:end].tolist():
            for s, first, count in taps.tolist():
                yield from ((row + s + step * j, line * outputs + first + j) for j in range(count))


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_the_lines_visit_what_the_formula_visits(pool):
    g = pool._replace(x=(1, 1, *pool.x[2:])).geometry
    cells, outputs = np.arange(np.prod(g.input_shape)), np.arange(np.prod(g.output_shape))
    cells, outputs = cells.reshape(g.input_shape), outputs.reshape(g.output_shape)
    assert sorted(visits(pool)) == sorted((cells[at_x], outputs[at_y]) for at_x, _, at_y in products(g))


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_a_window_is_visited_in_the_order_of_its_cells(pool):
    last_seen: dict[int, int] = {}
    for cell, output in visits(pool):
        assert last_seen.get(output, -1) < cell
        last_seen[output] = cell


def jobs(pool: Pool):
    """Yield each compiled function with its arguments after the results, and the results it should write."""
    g = pool.geometry
    x, dy = real_numbers(pool)
    lines = compiled_pool.lines(g.axes)
    y, indices = compiled_pool.max_pool(x, g)
    dx, total = compiled_pool.max_pool_dx(dy, indices, pool.x[2:]), compiled_pool.window_sum(x, g)
    yield compiled_pool._max_pool, (x,), lines, (y, indices), (7.0, 7)
    inside = np.zeros((*dx.shape[:2], 1), bool)
    yield compiled_pool._max_pool_dx, (dy, indices), (), (dx, inside), (7.0, True)
    yield compiled_pool._window_sum, (x,), lines, (total,), (7.0,)
    yield compiled_pool._window_sum_dx, (dy,), lines, (compiled_pool.window_sum_dx(dy, g),), (7.0,)
    scale, smooth = np.abs(y) + 1, compiled_smooth
    yield smooth._lp_sum, (x, scale), (3.0, *lines), (smooth.lp_sum(x, scale, 3.0, g),), (0.0,)
    yield smooth._lp_dx, (dy, x, scale), (3.0, *lines), (smooth.lp_dx(dy, x, scale, 3.0, g),), (0.0,)
    yield smooth._exp_sum, (x, y), lines, (smooth.exp_sum(x, y, g),), (0.0,)
    yield smooth._exp_dx, (dy, x, y), lines, (smooth.exp_dx(dy, x, y, g),), (0.0,)


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_compiled_loops_leave_the_cells_around_an_array_alone(pool):
    """Run the loops on views into larger arrays and look at what stands around the results."""
    for loops, arrays, numbers, expected, starts in jobs(pool):
        memories, results = [], []
        for want, start in zip(expected, starts, strict=True):
            memory = np.full(want.size + 200, 7, want.dtype)
            result = memory[100 : 100 + want.size].reshape(want.shape)
            result[...] = start
            memories.append((memory, memory.copy()))
            results.append(result)
        written = [compiled_pool.planes_of(result) for result in results]
        loops(*written, *(compiled_pool.planes_of(a, True) for a in arrays), *numbers)
        for result, want, (memory, before) in zip(results, expected, memories, strict=True):
            assert_same(result, want)
            assert_same(memory[:100], before[:100])
            assert_same(memory[-100:], before[-100:])


@pytest.mark.parametrize("index", [-1, 63, 2**62, -(2**63)])
def test_an_index_outside_its_plane_gives_none(index):
    for name in ("loops", "vectorised", "compiled"):
        indices = np.full((2, 3, 2, 2), 62, np.int64)
        indices[1, 2, 1, 0] = index
        dy = np.ones(indices.shape)
        module = import_module(f"convbp.kernels.{name}")
        assert module.max_pool_dx(dy, indices, (7, 9)) is None
        indices[1, 2, 1, 0] = 62
        assert module.max_pool_dx(dy, indices, (7, 9)).sum() == dy.size


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_sums_of_windows_are_those_of_the_loops(pool):
    x, dy = whole_numbers(pool)
    loops = import_module("convbp.kernels.loops")
    for name in ("loops", "vectorised", "compiled"):
        module = import_module(f"convbp.kernels.{name}")
        assert_same(module.window_sum(x, pool.geometry), loops.window_sum(x, pool.geometry))
        assert_same(module.window_sum_dx(dy, pool.geometry), loops.window_sum_dx(dy, pool.geometry))


@pytest.mark.parametrize("p", [1.0, 2.0, 2.5, 3.0, 4.0])
def test_short_powers_are_the_general_power(p):
    base = np.linspace(0, 1, 7)
    products = [compiled_smooth.power(b, p) for b in base]
    np.testing.assert_array_almost_equal_nulp(products, base**p, 2)  # two roundings of a product, one of the power
