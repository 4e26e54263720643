"""y and dx by a register tile: c[m, q] += Σ_k a[k, m] · box[offsets[k] + q], for a few maps m and a run of outputs q.

The tile reads each vector of the box once for all its maps and keeps every sum in a register, so the arithmetic units
never wait. Around it: terms in blocks, so that the weights of a block stay in the nearest cache; outputs in blocks, so
that their sums stay in the next one; then the sums move to y, row by row. Where the positions of a box are neighbours
in y, the tile writes there at once, and only what is less than a tile moves.
"""

from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast.boxes import fill, lifted, put_back
from convbp.kernels.fast.plan import (
    JOBS,
    SPATIAL_AXES,
    WORTH_A_JOB,
    Line,
    Plan,
    dx_lines,
    forward_line,
    lifted_axes,
    make_plan,
    unrolled_where_it_pays,
)
from convbp.kernels.fast.vectors import VECTOR_BITS, flat, lanes, outer_tile
from convbp.kernels.jit import compiled, inlined
from convbp.kernels.threads import new, run_ranges, scratch

# (rows, vectors) of the tiles: as many sums as there are registers, but for those that hold x and the weight.
TALL, FLAT, LINE = ((8, 3), (3, 6), (1, 12)) if VECTOR_BITS == 512 else ((4, 3), (3, 4), (1, 8))
TALL_ROWS, FLAT_ROWS = TALL[0], FLAT[0]
tall, _flat, _line = outer_tile(*TALL), outer_tile(*FLAT), outer_tile(*LINE)
narrow = outer_tile(TALL_ROWS, 1)  # for the last outputs

TERMS = 144  # at a time, about
SUM_BYTES = 192 << 10
LIMIT = 8192  # outputs of one block


class Piece(NamedTuple):
    """One pass of the tile: all of y, or the cells of dx with one remainder of the stride."""

    plan: Plan
    taps: Array  # which of a filter, in the order of the plan's offsets
    rows: int
    pieces: int  # to share out
    box: int
    sums: int
    rows_at: Array
    bases: Array
    sizes: tuple[int, ...]
    spans: tuple[int, int]


def conv(x: Array, w: Array, g: ConvGeometry) -> Array:
    y = new(g.output_shape, x.dtype)
    for piece in forward_pieces(g, x.dtype):
        _collect(y, x, w, False, piece, g)
    return y


def conv_dx(dy: Array, w: Array, g: ConvGeometry) -> Array:
    dx = new(g.input_shape, dy.dtype)
    if any(axis.stride > 1 for axis in g.axes):  # some remainders may meet no tap
        dx.fill(0)
    for piece in dx_pieces(g, dy.dtype):
        _collect(dx, dy, w, True, piece, g)
    return dx


@lru_cache(maxsize=256)
def forward_pieces(g: ConvGeometry, dtype: np.dtype[Any]) -> list[Piece]:
    lines = tuple(forward_line(axis) for axis in lifted_axes(g))
    return [_piece(lines, g.batch, g.groups, g.filters, g.channels, dtype, g.output_shape[2:], g.weight_shape[2:])]


@lru_cache(maxsize=256)
def dx_pieces(g: ConvGeometry, dtype: np.dtype[Any]) -> list[Piece]:
    pieces = []
    for lines in product(*(dx_lines(axis) for axis in lifted_axes(g))):
        sizes = g.batch, g.groups, g.channels, g.filters
        pieces.append(_piece(lines, *sizes, dtype, g.input_shape[2:], g.weight_shape[2:]))
    return pieces


def _piece(
    lines: tuple[Line, ...],
    batch: int,
    groups: int,
    all_maps: int,
    all_channels: int,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    kernel: tuple[int, ...],
) -> Piece:
    """Plan the pass that writes `all_maps` maps of `shape` and reads `all_channels` channels."""
    maps, channels = all_maps // groups, all_channels // groups
    work = prod(line.outputs * len(line.taps) for line in lines) * batch * all_maps * channels
    rows, vectors = _tile_for(maps)
    panel, blocks = vectors * lanes(dtype), -(-maps // rows)
    lines = unrolled_where_it_pays(lines, maps, channels, dtype, lanes(dtype))
    p = make_plan(lines, batch, channels, work, dtype.itemsize, panel, 0, True)
    most = min(SUM_BYTES // (blocks * rows * panel * dtype.itemsize), LIMIT // panel)
    width = min(-(-p.span(p.images) // panel), max(1, most))
    box = -(-(p.box + (width + 1) * panel) // panel) * panel
    straight = p.is_dense and p.images == 1
    length, cells = (p.span(1), p.span(1)) if straight else (p.lengths[-1], p.width)
    sizes = (batch, groups, channels, maps, p.images, len(p.strips), straight, length, cells, lines[-1].by,
             rows, panel, width)  # fmt: skip
    pieces = max(1, min(JOBS, work // WORTH_A_JOB))
    landing = _landing(p, all_maps, shape, straight)
    every = np.arange(prod(kernel)).reshape((1,) * (SPATIAL_AXES - len(kernel)) + kernel)
    taps = every[np.ix_(*([k for k, _, _ in line.taps] for line in lines))].ravel()
    return Piece(p, taps, rows, pieces, box, blocks * rows * width * panel, *landing, sizes, (p.span(1), p.cells))


def _collect(y: Array, x: Array, w: Array, by_channel: bool, piece: Piece, g: ConvGeometry) -> None:
    """Write to the cells of y that `piece` names; `by_channel` says that y's maps are the channels of w."""
    p, maps = piece.plan, piece.sizes[3]
    weights, w_sizes = flat(w), (g.filters // g.groups, g.channels // g.groups, prod(w.shape[2:]), piece.rows)
    blocks = g.groups * -(-maps // piece.rows)
    a = new((blocks * len(p.offsets) * piece.rows,), x.dtype)
    run_ranges(
        lambda first, stop: _pack(a, weights, w_sizes, piece.taps, by_channel, first, stop), blocks, a.size >> 16
    )
    y_flat, x_flat, x_sizes = y.reshape(-1), flat(x), lifted(x.shape)

    def work_on(first: int, stop: int) -> None:
        memory = scratch(piece.box + piece.sums, x.dtype)
        _run(y_flat, x_flat, x_sizes, a, memory[: piece.box], memory[piece.box :], p.offsets, p.windows, p.phases,
             piece.rows_at, piece.bases, piece.sizes, piece.spans, first, stop)  # fmt: skip

    run_ranges(work_on, p.image_boxes * g.groups * len(p.strips), piece.pieces)


def _tile_for(maps: int) -> tuple[int, int]:
    if maps == 1:
        return LINE
    return FLAT if -(-maps // FLAT_ROWS) * FLAT_ROWS < -(-maps // TALL_ROWS) * TALL_ROWS else TALL


def _landing(p: Plan, maps: int, shape: tuple[int, ...], straight: bool) -> tuple[Array, Array]:
    """Where in y each row of a box goes, counted from its group's first map, −1 for none; where each strip begins."""
    sizes = (1,) * (SPATIAL_AXES - len(shape)) + shape
    steps = [line.by * prod(sizes[at + 1 :]) for at, line in enumerate(p.lines)]
    origin = sum(line.start * prod(sizes[at + 1 :]) for at, line in enumerate(p.lines))
    bases = np.array([origin + first * steps[p.strip_axis] for first, _ in p.strips], np.int64)
    if straight:
        return np.zeros(1, np.int64), bases
    rows_at = np.full((p.images, *p.lengths[:2]), -1, np.int64)
    depth, height = p.outputs_along(0), p.outputs_along(1)
    image, d, i = np.ogrid[: p.images, :depth, :height]
    rows_at[:, :depth, :height] = image * maps * prod(shape) + d * steps[0] + i * steps[1]
    return rows_at.reshape(-1), bases


@compiled
def _pack(a, w, sizes, taps_of, by_channel, first_block, stop_block):  # type: ignore[no-untyped-def]
    """a[group and block of maps, term, m] = the weight of map m: the order in which the tile reads them."""
    filters, channels, size, rows = sizes
    taps = taps_of.shape[0]
    maps, reads = (channels, filters) if by_channel else (filters, channels)
    map_step, read_step = (size, channels * size) if by_channel else (channels * size, size)
    blocks = -(-maps // rows)
    for block in range(first_block, stop_block):
        group, first = block // blocks, block % blocks * rows
        for m in range(rows):
            begin = group * filters * channels * size + (first + m) * map_step
            at = block * reads * taps * rows + m
            for _ in range(reads):
                for tap in range(taps):
                    a[at] = w[begin + taps_of[tap]] if first + m < maps else 0
                    at += rows
                begin += read_step


@compiled
def _run(y, x, x_sizes, a, box, c, offsets, windows, phases, rows_at, bases, sizes, spans, first_job, stop_job):  # type: ignore[no-untyped-def]
    """Do some boxes: each is some images, one group, one strip."""
    batch, groups, channels, maps, room, strips, straight, length, width, by, rows, panel, most = sizes
    plane = y.shape[0] // (batch * groups * maps)
    for job in range(first_job, stop_job):
        strip, group, n = job % strips, job // strips % groups, job // strips // groups * room
        images = min(room, batch - n)
        span = spans[0] + (images - 1) * spans[1]
        fill(box, room * spans[1], x, x_sizes, n, images, group * channels, channels, windows[strip], phases)
        base = (n * groups + group) * maps * plane + bases[strip]
        pitch = most * panel
        for first in range(0, span, pitch):
            stop = min(span, first + pitch)
            _sum(c, pitch, y, base if straight else -1, plane, a, box, offsets, group, maps, rows, panel, first, stop)
            written = _written(stop - first, rows, panel) if straight else 0
            _move(y, base, plane, c, pitch, maps, rows_at, length, width, by, first, stop, maps // rows * rows, written)


@inlined
def _sum(c, pitch, y, base, plane, a, box, offsets, group, maps, rows, panel, first, stop):  # type: ignore[no-untyped-def]
    """c[m, q − first] = Σ_k a[k, m] · box[offsets[k] + q], or y[base + m, q] where the tile fits and base is given."""
    terms, blocks, lane = offsets.shape[0], -(-maps // rows), panel // TALL[1]
    parts = max(1, (terms + TERMS // 2) // TERMS)
    for part in range(parts):
        k, stop_k = terms * part // parts, terms * (part + 1) // parts
        count = stop_k - k
        for q in range(0, stop - first, panel):
            rest = stop - first - q
            for block in range(blocks):
                at_a, begin = ((group * blocks + block) * terms + k) * rows, block * rows
                to, at, step = c, begin * pitch + q, pitch
                whole = _written(rest, rows, panel) if base >= 0 and begin + rows <= maps else 0
                if whole >= panel:
                    to, at, step = y, base + begin * plane + first + q, plane
                if rows == TALL_ROWS and rest > 2 * lane:
                    tall(to, at, step, a, at_a, box, first + q, offsets, k, count, k == 0)
                elif rows == TALL_ROWS:
                    for some in range(0, rest, lane):
                        if some < whole:
                            to, at, step = y, base + begin * plane + first + q, plane
                        else:
                            to, at, step = c, begin * pitch + q, pitch
                        narrow(to, at + some, step, a, at_a, box, first + q + some, offsets, k, count, k == 0)
                elif rows == FLAT_ROWS:
                    _flat(to, at, step, a, at_a, box, first + q, offsets, k, count, k == 0)
                else:
                    _line(to, at, step, a, at_a, box, first + q, offsets, k, count, k == 0)


@inlined
def _written(positions, rows, panel):  # type: ignore[no-untyped-def]
    """How many of some positions whole tiles fill: those need not be moved."""
    rest, lane = positions % panel, panel // TALL[1]
    return positions - rest + (rest // lane * lane if rows == TALL_ROWS and rest <= 2 * lane else 0)


@inlined
def _move(y, base, plane, c, pitch, maps, rows_at, length, width, by, first, stop, whole, written):  # type: ignore[no-untyped-def]
    """Copy the sums of whole and begun rows to y, leaving out what lies between the rows and what is `written`."""
    for m in range(maps):
        begin = first + (written if m < whole else 0)
        for row in range(begin // length, (stop - 1) // length + 1):
            low, high = max(begin, row * length), min(stop, row * length + width)
            if low < high and rows_at[row] >= 0:
                to, at = base + m * plane + rows_at[row] + by * (low - row * length), m * pitch + low - first
                put_back(y, to, by, c, at, high - low)
