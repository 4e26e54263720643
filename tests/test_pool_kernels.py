"""The compiled pools stay inside their arrays, and their table of runs is the relation of the geometry."""

from importlib import import_module

import numpy as np
import pytest

from compare import assert_same
from convbp.geometry import products
from pools import POOLS, Pool, real_numbers

compiled_pool = import_module("convbp.kernels.compiled_pool")


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_the_runs_visit_what_the_formula_visits(pool):
    g = pool._replace(x=(1, 1, *pool.x[2:])).geometry
    runs, step = compiled_pool._runs(g.axes)
    visited = [(i + step * j, o + j) for i, o, outputs in runs.tolist() for j in range(outputs)]
    cells, outputs = np.arange(np.prod(g.input_shape)), np.arange(np.prod(g.output_shape))
    cells, outputs = cells.reshape(g.input_shape), outputs.reshape(g.output_shape)
    assert sorted(visited) == sorted((cells[at_x], outputs[at_y]) for at_x, _, at_y in products(g))


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_a_window_is_visited_in_the_order_of_its_cells(pool):
    runs, step = compiled_pool._runs(pool.geometry.axes)
    last_seen: dict[int, int] = {}
    for first_cell, first_output, outputs in runs.tolist():
        for j in range(outputs):
            cell, output = first_cell + step * j, first_output + j
            assert last_seen.get(output, -1) < cell
            last_seen[output] = cell


def jobs(pool: Pool):
    """Yield each compiled function with its arguments after the results, and the results it should write."""
    g = pool.geometry
    x, dy = real_numbers(pool)
    runs = compiled_pool._runs(g.axes)
    y, indices = compiled_pool.max_pool(x, g)
    yield compiled_pool._max_pool, (x,), runs, (y, indices), (0.0, -1)
    yield compiled_pool._max_pool_dx, (dy, indices), (), (compiled_pool.max_pool_dx(dy, indices, pool.x[2:]),), (0.0,)
    scale = np.abs(y) + 1
    yield compiled_pool._lp_sum, (x, scale), (3.0, *runs), (compiled_pool.lp_sum(x, scale, 3.0, g),), (0.0,)
    yield compiled_pool._lp_dx, (dy, x, scale), (3.0, *runs), (compiled_pool.lp_dx(dy, x, scale, 3.0, g),), (0.0,)
    yield compiled_pool._exp_sum, (x, y), runs, (compiled_pool.exp_sum(x, y, g),), (0.0,)
    yield compiled_pool._exp_dx, (dy, x, y), runs, (compiled_pool.exp_dx(dy, x, y, g),), (0.0,)


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_compiled_loops_leave_the_cells_around_an_array_alone(pool):
    """Run the loops on views into larger arrays and look at what stands around the results."""
    for loops, arrays, numbers, expected, starts in jobs(pool):
        memories, results = [], []
        for want, start in zip(expected, starts, strict=True):
            memory = np.full(want.size + 200, 7, want.dtype)
            result = memory[100 : 100 + want.size].reshape(want.shape)
            result[...] = start
            memories.append(memory)
            results.append(result)
        written = [compiled_pool._planes(result) for result in results]
        loops(*written, *(compiled_pool._planes(a, True) for a in arrays), *numbers)
        for result, want, memory in zip(results, expected, memories, strict=True):
            assert_same(result, want)
            assert (memory[:100] == 7).all()
            assert (memory[-100:] == 7).all()
