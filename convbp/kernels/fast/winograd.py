"""Winograd's F(T×T, 3×3): (T+2)² products where the formula has 9T², for filters of 3 × 3 with stride 1.

A tile of T×T outputs reads (T+2)×(T+2) cells. With fixed matrices A, B and G, those of `convbp.winograd` for T = 2,

    y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ x B) ] A,        and ⊙ sums over the channels:

for each of the (T+2)² places e that is a matrix product M[e] = U[e] V[e], done by the register tile. U is made once; V
and M for some rows of tiles at a time, so that they stay in the cache. dx is the same with the filters turned round.

Double precision takes T = 4 and a quarter of the products. Its G is multiplied by 24, so that whole numbers stay whole
and only the last division rounds. Single precision has no room for that and takes T = 2, with 1/2.25 of the products.
F(2, 3) stands on the points 0, 1, −1 and ∞. G divides by differences of points, here 1 and 2, so whole numbers stay
exact while the sum of all |w·x| behind one result is below 2¹⁸. No larger form can say that: three points whose
differences are powers of two are evenly spaced, and the outer two of four such points differ by 3 steps.

A number that is not finite spreads over its tile: then None comes back, and whoever called must do the work in another
way.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast.direct import TALL, TALL_ROWS, narrow, tall
from convbp.kernels.fast.runs import clear_cells
from convbp.kernels.fast.vectors import flat, lanes
from convbp.kernels.fast.winograd_filters import filters_in, flipped_filters_in
from convbp.kernels.fast.winograd_tiles import TAPS, form_for, tiles_back, tiles_in, tiles_out
from convbp.kernels.jit import compiled, inlined
from convbp.kernels.threads import new, run_ranges, scratch

CACHE_BYTES = 3 << 18
LEAST_CHANNELS = 32
MOST_BYTES = 32 << 20  # of all filters, transformed, and of a row of tiles
FILTERS = 64  # whose sums are held at a time
JOBS = 16
CHANNELS = 32  # summed at a time: short sums err less


class Work(NamedTuple):
    """Sizes of one pass; `before` is the padding before the first cell, which may be negative."""

    maps: int
    channels: int
    outputs: tuple[int, int]
    before: tuple[int, int]
    flipped: bool


def is_for(g: ConvGeometry, dtype: np.dtype[Any]) -> bool:
    """Whether this is a layer for Winograd: 3 × 3, dense, and channels enough to pay for the transforms."""
    form = form_for(dtype.itemsize)
    fits = len(g.axes) == 2 and g.groups == 1
    fits = fits and all((a.kernel, a.stride, a.dilation) == (TAPS, 1, 1) and a.outputs >= 4 for a in g.axes)
    if not fits or min(g.filters, g.channels) < LEAST_CHANNELS:
        return False
    row = -(-max(g.axes[1].outputs, g.axes[1].size) // form.tile) * (g.filters + g.channels)
    return form.places * max(row, g.filters * g.channels) * dtype.itemsize <= MOST_BYTES


def conv(x: Array, w: Array, g: ConvGeometry, y: Array | None = None) -> Array | None:
    """Return y, written into the given memory if there is some, or None if not all of it is finite."""
    (h, v), y = g.axes, new(g.output_shape, x.dtype) if y is None else y
    before = -h.input_cell(0, 0), -v.input_cell(0, 0)
    return _collect(y, x, w, Work(g.filters, g.channels, (h.outputs, v.outputs), before, False))


def conv_dx(dy: Array, w: Array, g: ConvGeometry, dx: Array | None = None) -> Array | None:
    """Return dx as `conv` does y. Cell i reads outputs from i + before − 2 to i + before."""
    (h, v), dx = g.axes, new(g.input_shape, dy.dtype) if dx is None else dx
    before = h.input_cell(0, 2), v.input_cell(0, 2)
    return _collect(dx, dy, w, Work(g.channels, g.filters, (h.size, v.size), before, True))


def _collect(y: Array, x: Array, w: Array, work: Work) -> Array | None:
    form, lane = form_for(x.dtype.itemsize), lanes(x.dtype)
    high, wide = (-(-outputs // form.tile) for outputs in work.outputs)
    blocks = -(-work.maps // TALL_ROWS)
    u = new((form.places * blocks * work.channels * TALL_ROWS,), x.dtype)
    w_flat, u_sizes = flat(w), (work.maps, work.channels, form.places)
    run_ranges(lambda first, stop: _filters(u, w_flat, u_sizes, work.flipped, first, stop), blocks, JOBS)
    tile_rows, column = len(x) * high, form.places * work.channels * x.dtype.itemsize
    held = max(CACHE_BYTES, min(4 * CACHE_BYTES, u.nbytes // 3))  # U is read again for every job
    per_job, room = rows_of_tiles(wide, lane, tile_rows, held // column)
    jobs = -(-tile_rows // per_job)
    # One vector more between two places: else all numbers of a tile compete for the same lines of the cache.
    v_place = work.channels * room + lane
    m_place = min(-(-work.maps // TALL_ROWS) * TALL_ROWS, FILTERS) * room + lane
    offsets = np.arange(work.channels, dtype=np.int64) * room
    bad = np.zeros(jobs, np.bool_)
    y_flat, x_flat = y.reshape(-1), flat(x)
    x_sizes = (*x.shape[1:], *work.before, form.tile, high, wide, room, lane)
    sizes = (*y.shape[1:], per_job, tile_rows)
    v_size, m_size = form.places * v_place, form.places * m_place

    def work_on(first: int, stop: int) -> None:
        memory = scratch(v_size + m_size + lane, x.dtype)
        _run(y_flat, x_flat, u, memory[:v_size], memory[v_size : v_size + m_size], memory[v_size + m_size :],
             offsets, bad, x_sizes, sizes, first, stop)  # fmt: skip

    run_ranges(work_on, jobs, JOBS)
    return None if bad.any() else y


@lru_cache(maxsize=256)
def rows_of_tiles(wide: int, lane: int, tile_rows: int, most: int) -> tuple[int, int]:
    """How many rows of tiles to do at a time, `most` tiles or a few, and room for them: whole vectors, little waste."""

    def room(rows: int) -> int:
        last = (rows - 1) * wide + -(-wide // lane) * lane
        return max(last, -(-rows * wide // lane) * lane)

    def waste(rows: int) -> float:
        return -(-rows * wide // lane) * lane / (rows * wide)

    most = max(most, TALL[1] * lane)
    fitting = [rows for rows in range(1, min(tile_rows, most // wide) + 1) if room(rows) <= most] or [1]
    best = min(fitting, key=lambda rows: (round(waste(rows), 2), -rows))
    return best, -(-room(best) // lane) * lane


@compiled
def _filters(u, w, sizes, flipped, first_block, stop_block):  # type: ignore[no-untyped-def]
    """u[e, block, c, m] = G w Gᵀ of map m and channel c, turned round for dx, where maps are the channels of w."""
    maps, channels, places = sizes
    for block in range(first_block, stop_block):
        begin = block * TALL_ROWS
        last = min(maps - begin, TALL_ROWS) - 1
        for c in range(channels):
            at_u = (block * channels + c) * TALL_ROWS
            if flipped:
                flipped_filters_in(u, at_u, u.shape[0] // places, w, (c * maps + begin) * 9, 9, last)
            else:
                filters_in(u, at_u, u.shape[0] // places, w, (begin * channels + c) * 9, channels * 9, last)


@compiled
def transform(v, x, sizes, reads_cells, first, stop, first_map, stop_map):  # type: ignore[no-untyped-def]
    """v[e, c, tile] for some maps c and all tiles of some rows: what they read, else the gradient of their outputs."""
    maps, height, width, above, left, tile, high, wide, room, lane = sizes
    places, tiles = (tile + 2) * (tile + 2), (stop - first) * wide
    used, place = -(-tiles // lane) * lane, v.shape[0] // places
    for c in range(first_map, stop_map):
        for row in range(first, stop):
            n, i = row // high, row % high
            for j in range(0, wide, lane):
                at = c * room + (row - first) * wide + j
                at_x = (n * maps + c) * height * width
                if reads_cells:
                    tiles_in(v, at, place, x, at_x, height, width, tile * i - above, tile * j - left)
                else:
                    tiles_back(v, at, place, x, at_x, height, width, tile * i - above, tile * j - left)
        if tiles < used:
            for e in range(places):
                clear_cells(v, e * place + c * room + tiles, used - tiles)


@compiled
def _run(y, x, u, v, m, check, offsets, bad, x_sizes, sizes, first_job, stop_job):  # type: ignore[no-untyped-def]
    """Do some jobs, each some rows of tiles that follow each other through the images."""
    maps, out_height, out_width, per_job, tile_rows = sizes
    channels, _, _, _, _, tile, high, wide, room, lane = x_sizes
    places, blocks = (tile + 2) * (tile + 2), -(-maps // TALL_ROWS)
    m_place = m.shape[0] // places
    for job in range(first_job, stop_job):
        first, stop = job * per_job, min(tile_rows, (job + 1) * per_job)
        used = -(-(stop - first) * wide // lane) * lane
        # Numba would compile `transform` once more for the literals True and 0.
        transform(v, x, x_sizes, np.bool_(True), first, stop, np.intp(0), channels)
        check[:] = 0
        for begin in range(0, blocks, FILTERS // TALL_ROWS):
            end = min(blocks, begin + FILTERS // TALL_ROWS)
            _products(m, v, u, offsets, blocks, begin, end, places, room, used, lane)
            for f in range(begin * TALL_ROWS, min(maps, end * TALL_ROWS)):
                for row in range(first, stop):
                    at_y = (row // high * maps + f) * out_height * out_width
                    for j in range(0, wide, lane):
                        at = (f - begin * TALL_ROWS) * room + (row - first) * wide + j
                        tiles_out(y, at_y, out_height, out_width, row % high * tile, j * tile, m, at, m_place, check)
        for j in range(lane):
            bad[job] |= check[j] != 0


@inlined
def _products(m, v, u, offsets, blocks, begin, end, places, room, used, lane):  # type: ignore[no-untyped-def]
    """M[e] = U[e] V[e] for some blocks of maps."""
    v_place, m_place = v.shape[0] // places, m.shape[0] // places
    channels, panel = offsets.shape[0], TALL[1] * lane
    for e in range(places):
        for q in range(0, used, panel):
            for c in range(0, channels, CHANNELS):
                count = min(CHANNELS, channels - c)
                for block in range(begin, end):
                    at_u = ((e * blocks + block) * channels + c) * TALL_ROWS
                    at_m = e * m_place + (block - begin) * TALL_ROWS * room + q
                    at_v = e * v_place + q
                    if used - q >= panel:
                        tall(m, at_m, room, u, at_u, v, at_v, offsets, c, count, c == 0)
                    else:
                        for some in range(0, used - q, lane):
                            narrow(m, at_m + some, room, u, at_u, v, at_v + some, offsets, c, count, c == 0)
