"""Winograd's tiles read backwards: dw of a 3 × 3 layer with a quarter, or 1/2.25, of the products.

y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ x B) ] A is linear in w, so its gradient walks the same steps the other way:

    dw = Gᵀ [ Σ (A dy Aᵀ) ⊙ (Bᵀ x B) ] G,        summed over all tiles of all images:

for each place e a matrix product dU[e] = D[e] V[e]ᵀ, done by the register tile of dw. Some rows of tiles are
transformed, then each place adds their product to a sum of its own, and so on: the result knows no threads.
"""

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast.filters import TALL_ROWS, TALL_TAPS, tall
from convbp.kernels.fast.vectors import flat, lanes
from convbp.kernels.fast.winograd import JOBS, rows_of_tiles, transform
from convbp.kernels.fast.winograd_filters import filters_back
from convbp.kernels.fast.winograd_tiles import form_for
from convbp.kernels.jit import compiled
from convbp.kernels.threads import new, run_ranges, scratch

HELD_BYTES = 6 << 20
RUN = 512  # tiles summed at a time
NEAR = 90  # channels whose cells stay in the nearest cache


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    """Return dw, not all of it finite where x or dy is not."""
    form, lane = form_for(x.dtype.itemsize), lanes(x.dtype)
    rows, columns = -(-g.filters // TALL_ROWS) * TALL_ROWS, -(-g.channels // TALL_TAPS) * TALL_TAPS
    sums = new((form.places * rows * columns,), x.dtype)
    sums.fill(0)
    high, wide = (-(-axis.outputs // form.tile) for axis in g.axes)
    tile_rows, column = g.batch * high, form.places * (rows + columns) * x.dtype.itemsize
    held = max(HELD_BYTES, min(4 * HELD_BYTES, sums.nbytes))  # dU is read and written again for every step
    per_step, room = rows_of_tiles(wide, lane, tile_rows, held // column)
    room = (room // lane | 1) * lane  # an odd number of vectors: two rows must not compete for lines of the cache
    v_size, d_size = (form.places * (maps * room + lane) for maps in (columns, rows))
    memory = scratch(v_size + d_size, x.dtype, "tiles for dw")
    v, d = memory[:v_size], memory[v_size:]
    offsets = np.zeros(columns, np.int64)
    offsets[: g.channels] = np.arange(g.channels) * room
    x_flat, dy_flat = flat(x), flat(dy)
    shared = form.tile, high, wide, room, lane
    x_sizes = (*g.input_shape[1:], *(-axis.input_cell(0, 0) for axis in g.axes), *shared)
    dy_sizes = (*g.output_shape[1:], 0, 0, *shared)

    def add_tiles(first: int, stop: int) -> None:
        run_ranges(lambda c, end: transform(v, x_flat, x_sizes, True, first, stop, c, end), g.channels, JOBS)
        run_ranges(lambda f, end: transform(d, dy_flat, dy_sizes, False, first, stop, f, end), g.filters, JOBS)
        steps = -(-(stop - first) * wide // lane)
        run_ranges(lambda e, end: _products(sums, d, v, offsets, form.places, room, lane, steps, e, end),
                   form.places, form.places)  # fmt: skip

    for first in range(0, tile_rows, per_step):
        add_tiles(first, min(tile_rows, first + per_step))
    dw = new(g.weight_shape, x.dtype)
    dw_flat, dw_sizes = dw.reshape(-1), (g.filters, g.channels, columns, len(sums) // form.places)
    run_ranges(lambda block, end: _filters_back(dw_flat, dw_sizes, sums, block, end), rows // TALL_ROWS, JOBS)
    return dw


@compiled
def _products(sums, d, v, offsets, places, room, lane, steps, first_place, stop_place):  # type: ignore[no-untyped-def]
    """dU[e] += D[e] V[e]ᵀ, as sums[e, f // rows, c, f % rows]."""
    channels = offsets.shape[0]
    d_place, v_place = d.shape[0] // places, v.shape[0] // places
    blocks = sums.shape[0] // (places * channels * TALL_ROWS)
    for e in range(first_place, stop_place):
        for q in range(0, steps * lane, RUN):
            count = min(RUN // lane, steps - q // lane)
            for near in range(0, channels, NEAR):
                for block in range(blocks):
                    at_d = e * d_place + block * TALL_ROWS * room + q
                    for c in range(near, min(channels, near + NEAR), TALL_TAPS):
                        at = ((e * blocks + block) * channels + c) * TALL_ROWS
                        tall(sums, at, d, at_d, room, v, e * v_place + q, offsets, c, count, 1, 0, 0)


@compiled
def _filters_back(dw, sizes, sums, first_block, stop_block):  # type: ignore[no-untyped-def]
    """dw = Gᵀ dU G for some blocks of filters."""
    filters, channels, columns, place = sizes
    for block in range(first_block, stop_block):
        begin = block * TALL_ROWS
        last = min(filters - begin, TALL_ROWS) - 1
        for c in range(channels):
            at = (block * columns + c) * TALL_ROWS
            filters_back(dw, (begin * channels + c) * 9, channels * 9, last, sums, at, place)
