"""Winograd's F(4×4, 3×3): 36 products where the formula has 144, for filters of 3 × 3 with stride 1.

A tile of 4×4 outputs reads 6×6 cells. With fixed matrices A, B and G, larger ones than those of `convbp.winograd`,

    y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ x B) ] A,        and ⊙ sums over the channels:

for each of the 36 places e that is a matrix product M[e] = U[e] V[e], done by the register tile. U is made once; V and
M for some rows of tiles at a time, so that they stay in the cache. dx is the same with the filters turned round.

G is multiplied by 24, so that whole numbers stay whole and only the last division rounds. A number that is not finite
spreads over its tile: then None comes back, and whoever called must do the work in another way.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast.direct import TALL, TALL_ROWS, narrow, only_read, tall
from convbp.kernels.fast.runs import clear_cells
from convbp.kernels.fast.vectors import lanes
from convbp.kernels.fast.winograd_tiles import CELLS, TILE, tiles_in, tiles_out
from convbp.kernels.jit import compiled
from convbp.kernels.threads import new, run_ranges, scratch

PLACES = CELLS * CELLS

CACHE_BYTES = 1 << 20
LEAST_CHANNELS = 32
MOST_FILTER_BYTES = 32 << 20
FILTERS = 64  # whose sums are held at a time
JOBS = 16
CHANNELS = 32  # summed at a time: short sums err less

# 24·G
G24 = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]], np.float64)


class Work(NamedTuple):
    """Sizes of one pass; `before` is the padding before the first cell, which may be negative."""

    maps: int
    channels: int
    outputs: tuple[int, int]
    before: tuple[int, int]
    flipped: bool


def is_for(g: ConvGeometry, dtype: np.dtype[Any]) -> bool:
    """Whether this is a layer for Winograd: 3 × 3, dense, and channels enough to pay for the transforms.

    And float64: the transforms divide by 24 and 576, which float32 has no room for, and whole numbers must stay exact.
    """
    fits = len(g.axes) == 2 and g.groups == 1 and dtype.itemsize == np.dtype(np.float64).itemsize
    fits = fits and all((a.kernel, a.stride, a.dilation) == (3, 1, 1) and a.outputs >= TILE for a in g.axes)
    transformed = PLACES * g.filters * g.channels * dtype.itemsize
    return fits and min(g.filters, g.channels) >= LEAST_CHANNELS and transformed <= MOST_FILTER_BYTES


def conv(x: Array, w: Array, g: ConvGeometry) -> Array | None:
    """Return y, or None if not all of it is finite."""
    (h, v), y = g.axes, new(g.output_shape, x.dtype)
    before = -h.input_cell(0, 0), -v.input_cell(0, 0)
    return _collect(y, x, w, Work(g.filters, g.channels, (h.outputs, v.outputs), before, False))


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array | None:
    """Return dx, or None if not all of it is finite. Cell i reads outputs from i + before − 2 to i + before."""
    (h, v), dx = g.axes, new(g.input_shape, dy.dtype)
    before = h.input_cell(0, 2), v.input_cell(0, 2)
    return _collect(dx, dy, w, Work(g.channels, g.filters, (h.size, v.size), before, True))


def _collect(y: Array, x: Array, w: Array, work: Work) -> Array | None:
    lane = lanes(x.dtype)
    high, wide = (-(-outputs // TILE) for outputs in work.outputs)
    blocks = -(-work.maps // TALL_ROWS)
    u = new((PLACES * blocks * work.channels * TALL_ROWS,), x.dtype)
    w_read, matrix = only_read(w), only_read(G24.astype(x.dtype))
    run_ranges(lambda first, stop: _filters(u, w_read, matrix, work.flipped, first, stop), blocks, 8)
    per_job, room = _rows_per_job(wide, work.channels, lane, x.dtype.itemsize)
    tile_rows = len(x) * high
    jobs = -(-tile_rows // per_job)
    per_tile = PLACES * room
    held = min(work.maps, FILTERS)
    offsets = np.arange(work.channels, dtype=np.int64) * per_tile
    bad = np.zeros(jobs, np.bool_)
    y_flat, x_flat = y.reshape(-1), only_read(x.reshape(-1))
    sizes = (*x.shape[1:], *y.shape[1:], *work.before, high, wide, per_job, tile_rows, room, lane)
    v_size, m_size = work.channels * per_tile, -(-held // TALL_ROWS) * TALL_ROWS * per_tile

    def work_on(first: int, stop: int) -> None:
        memory = scratch(v_size + m_size + lane, x.dtype)
        _run(y_flat, x_flat, u, memory[:v_size], memory[v_size : v_size + m_size], memory[v_size + m_size :],
             offsets, bad, sizes, first, stop)  # fmt: skip

    run_ranges(work_on, jobs, JOBS)
    return None if bad.any() else y


@lru_cache(maxsize=256)
def _rows_per_job(wide: int, channels: int, lane: int, itemsize: int) -> tuple[int, int]:
    """How many rows of tiles to do at a time, and the room for their tiles: whole vectors, little waste."""

    def room(rows: int) -> int:
        last = (rows - 1) * wide + -(-wide // lane) * lane
        return max(last, -(-rows * wide // lane) * lane)

    def waste(rows: int) -> float:
        return -(-rows * wide // lane) * lane / (rows * wide)

    most = CACHE_BYTES // (PLACES * channels * itemsize)
    fitting = [rows for rows in range(1, 33) if room(rows) <= max(most, TALL[1] * lane)] or [1]
    best = min(fitting, key=lambda rows: (round(waste(rows), 2), -rows))
    return best, -(-room(best) // lane) * lane


@compiled
def _filters(u, w, matrix, flipped, first_block, stop_block):  # type: ignore[no-untyped-def]
    """u[e, block, c, m] = (24·G) w (24·G)ᵀ of map m and channel c."""
    maps, channels = (w.shape[1], w.shape[0]) if flipped else (w.shape[0], w.shape[1])
    blocks = -(-maps // TALL_ROWS)
    taps = np.zeros((3, 3, TALL_ROWS), u.dtype)
    down = np.zeros((CELLS, 3, TALL_ROWS), u.dtype)
    for block in range(first_block, stop_block):
        taps[:] = 0
        for c in range(channels):
            for m in range(min(TALL_ROWS, maps - block * TALL_ROWS)):
                for p in range(3):
                    for q in range(3):
                        f = block * TALL_ROWS + m
                        taps[p, q, m] = w[c, f, 2 - p, 2 - q] if flipped else w[f, c, p, q]
            for a in range(CELLS):
                for q in range(3):
                    for m in range(TALL_ROWS):
                        down[a, q, m] = (
                            matrix[a, 0] * taps[0, q, m] + matrix[a, 1] * taps[1, q, m] + matrix[a, 2] * taps[2, q, m]
                        )
            for a in range(CELLS):
                for b in range(CELLS):
                    at = (((a * CELLS + b) * blocks + block) * channels + c) * TALL_ROWS
                    for m in range(TALL_ROWS):
                        u[at + m] = (
                            matrix[b, 0] * down[a, 0, m] + matrix[b, 1] * down[a, 1, m] + matrix[b, 2] * down[a, 2, m]
                        )


@compiled
def _run(y, x, u, v, m, check, offsets, bad, sizes, first_job, stop_job):  # type: ignore[no-untyped-def]
    """Do some jobs, each some rows of tiles that follow each other through the images."""
    channels, height, width, maps, out_height, out_width, above, left, high, wide, per_job, tile_rows, room, lane = (
        sizes
    )
    blocks = -(-maps // TALL_ROWS)
    for job in range(first_job, stop_job):
        first, stop = job * per_job, min(tile_rows, (job + 1) * per_job)
        tiles = (stop - first) * wide
        used = -(-tiles // lane) * lane
        for c in range(channels):
            for row in range(first, stop):
                n, i = row // high, row % high
                for j in range(0, wide, lane):
                    at = c * PLACES * room + (row - first) * wide + j
                    at_x = (n * channels + c) * height * width
                    tiles_in(v, at, room, x, at_x, height, width, TILE * i - above, TILE * j - left)
            if tiles < used:
                for e in range(PLACES):
                    clear_cells(v, (c * PLACES + e) * room + tiles, used - tiles)
        check[:] = 0
        for begin in range(0, blocks, FILTERS // TALL_ROWS):
            end = min(blocks, begin + FILTERS // TALL_ROWS)
            _products(m, v, u, offsets, blocks, begin, end, room, used, lane)
            for f in range(begin * TALL_ROWS, min(maps, end * TALL_ROWS)):
                for row in range(first, stop):
                    at_y = (row // high * maps + f) * out_height * out_width
                    for j in range(0, wide, lane):
                        at = (f - begin * TALL_ROWS) * PLACES * room + (row - first) * wide + j
                        tiles_out(y, at_y, out_height, out_width, row % high * TILE, j * TILE, m, at, room, check)
        for j in range(lane):
            bad[job] |= check[j] != 0


@compiled
def _products(m, v, u, offsets, blocks, begin, end, room, used, lane):  # type: ignore[no-untyped-def]
    """M[e] = U[e] V[e] for some blocks of maps."""
    channels, panel = offsets.shape[0], TALL[1] * lane
    for e in range(PLACES):
        for q in range(0, used, panel):
            for c in range(0, channels, CHANNELS):
                count = min(CHANNELS, channels - c)
                for block in range(begin, end):
                    at_u = ((e * blocks + block) * channels + c) * TALL_ROWS
                    at_m = (block - begin) * TALL_ROWS * PLACES * room + e * room + q
                    if used - q >= panel:
                        tall(m, at_m, PLACES * room, u, at_u, v, e * room + q, offsets, c, count, c == 0)
                    else:
                        for some in range(0, used - q, lane):
                            at = e * room + q + some
                            narrow(m, at_m + some, PLACES * room, u, at_u, v, at, offsets, c, count, c == 0)
