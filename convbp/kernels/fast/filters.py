"""dw by a register tile: dw[f, c, k] = Σ_q dy[f, q] · box[offsets[c, k] + q], for a few filters f and taps k.

dy is copied into a box of its own, with zeros where two rows of outputs are apart and to fill the last vector, so that
the sum runs over whole vectors for every tap. Those zeros meet numbers of x that no window reads there: where these
are not finite, the result is not finite either, and whoever called must do the work in another way.

The images are dealt out to a fixed number of parts whose sums are added in order. Each part may be shared out by
filters, as the threads need it: a filter knows nothing of the others, so the result knows no threads.
"""

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.fast.boxes import fill, lifted
from convbp.kernels.fast.plan import (
    JOBS,
    SPATIAL_AXES,
    WORTH_A_JOB,
    Plan,
    forward_line,
    lifted_axes,
    make_plan,
    unrolled_where_it_pays,
)
from convbp.kernels.fast.runs import clear_cells
from convbp.kernels.fast.vectors import VECTOR_BITS, flat, inner_tile, lanes
from convbp.kernels.jit import compiled, inlined
from convbp.kernels.threads import get_num_threads, new, run_ranges, scratch

(TALL_ROWS, TALL_TAPS), (LINE_ROWS, LINE_TAPS) = ((8, 3), (1, 9)) if VECTOR_BITS == 512 else ((4, 3), (1, 9))
tall, _line = inner_tile(TALL_ROWS, TALL_TAPS), inner_tile(LINE_ROWS, LINE_TAPS)

RUN = 52  # vectors of positions summed at a time: their rows of dy fit into the nearest cache
TAPS = 270
PART_BYTES = 5 << 20
LEAST_BOXES = 2


class Work(NamedTuple):
    """What conv_dw does for one geometry and dtype."""

    plan: Plan
    tables: tuple[Array, ...]  # offsets, windows of x and of dy, phases of x and of dy
    parts: int
    sums: tuple[int, ...]  # in one part, for each group, block of filters, term and filter
    jobs: int
    pieces: int  # to share out
    x_box: int
    dy_box: int
    sizes: tuple[int, ...]


def conv_dw(dy: Array, x: Array, g: ConvGeometry) -> Array:
    work = work_for(g, x.dtype, get_num_threads())
    p = work.plan
    sums = new((work.parts * prod(work.sums),), x.dtype)
    sums.fill(0)
    x_flat, x_sizes, dy_flat = flat(x), lifted(x.shape), flat(dy)
    dy_sizes = lifted((*dy.shape[:2], prod(dy.shape[2:])) if p.is_dense else dy.shape)

    def work_on(first: int, stop: int) -> None:
        memory = scratch(work.x_box + work.dy_box, x.dtype)
        x_box, dy_box = memory[: work.x_box], memory[work.x_box :]
        _run(sums, dy_flat, dy_sizes, x_flat, x_sizes, x_box, dy_box, work.tables, work.sizes, p.cells, first, stop)

    run_ranges(work_on, work.jobs, work.pieces)
    return _in_order(sums, work, g)


def _in_order(sums: Array, work: Work, g: ConvGeometry) -> Array:
    """Add up the parts, one after the other, and leave out the filters and terms that only fill the last tiles."""
    total = np.add.reduce(sums.reshape(work.parts, *work.sums), axis=0)
    groups, blocks, terms, rows = work.sums
    filters = total.swapaxes(2, 3).reshape(groups, blocks * rows, terms)
    return filters[:, : g.filters // groups, : prod(g.weight_shape[1:])].reshape(g.weight_shape)


@lru_cache(maxsize=256)
def work_for(g: ConvGeometry, dtype: np.dtype[Any], threads: int) -> Work:
    maps, channels, lane = g.filters // g.groups, g.channels // g.groups, lanes(dtype)
    lines = tuple(forward_line(axis) for axis in lifted_axes(g))
    lines = unrolled_where_it_pays(lines, maps, channels, dtype, lane)
    # Few boxes of many images: all images of a box are summed before the lanes of a vector are added up.
    work = min(g.multiplies, LEAST_BOXES * WORTH_A_JOB)
    p = make_plan(lines, g.batch, channels, work, dtype.itemsize, 4 * lane, maps, False)
    rows, taps = (LINE_ROWS, LINE_TAPS) if maps == 1 else (TALL_ROWS, TALL_TAPS)
    terms, blocks = -(-len(p.offsets) // taps) * taps, -(-maps // rows)
    offsets = np.zeros(terms, np.int64)  # those of the plan, and as many more as fill the last tile
    offsets[: len(p.offsets)] = p.offsets
    sums = (g.groups, blocks, terms, rows)
    pieces = max(1, min(JOBS, g.multiplies // WORTH_A_JOB))
    parts = max(1, min(p.image_boxes * len(p.strips), pieces, PART_BYTES // (prod(sums) * dtype.itemsize)))
    # Without gaps every image is a run of its own, else all images of a box are one.
    run = -(-p.span(1 if p.is_dense else p.images) // lane) * lane
    held = run * p.images if p.is_dense else p.images * p.cells
    pitch = (-(-held // lane) | 1) * lane  # an odd number of vectors: rows must not compete for lines of the cache
    x_box = -(-(p.box + pitch + lane) // lane) * lane
    # Each share fills a box of x of its own, so there are no more than keep the threads busy.
    shares = min(blocks, -(-min(pieces, 2 * threads) // (parts * g.groups))) if threads > 1 else 1
    sizes = (g.batch, g.groups, channels, maps, p.images, p.image_boxes, len(p.strips), rows, taps, pitch, lane, parts,
             shares, p.is_dense, run)  # fmt: skip
    jobs, dy_box = parts * g.groups * shares, -(-blocks // shares) * rows * pitch
    tables = offsets, p.windows, _dy_windows(p, run), p.phases, np.zeros((1, SPATIAL_AXES), np.int64)
    return Work(p, tables, parts, sums, jobs, pieces, x_box, dy_box, sizes)


def _dy_windows(p: Plan, run: int) -> Array:
    """What of dy each strip copies: along each axis, or of a whole plane where that has no gaps."""
    windows = np.zeros_like(p.windows)
    for number, (begin, outputs) in enumerate(p.strips):
        for at, line in enumerate(p.lines):
            cut = at == p.strip_axis
            stop = min(line.outputs, begin + outputs) if cut else line.outputs
            windows[number, at] = begin if cut else 0, 1, p.lengths[at], stop
        if p.is_dense:
            plane = prod(line.outputs for line in p.lines[p.strip_axis + 1 :])
            first, _, _, stop = windows[number, p.strip_axis]
            windows[number] = (0, 1, 1, 1), (0, 1, 1, 1), (first * plane, 1, run, stop * plane)
    return windows


@compiled
def _run(sums, dy, dy_sizes, x, x_sizes, x_box, dy_box, tables, sizes, x_cells, first_job, stop_job):  # type: ignore[no-untyped-def]
    """Do some jobs: each adds up one part of the boxes for one group and one share of its filters."""
    batch, groups, channels, maps, room, image_boxes, strips, rows, taps, pitch, lane, parts, shares, dense, run = sizes
    offsets, windows, dy_windows, phases, no_phase = tables
    boxes, blocks = image_boxes * strips, -(-maps // rows)
    x_pitch = room * x_cells
    for job in range(first_job, stop_job):
        share, group, part = job % shares, job // shares % groups, job // shares // groups
        some = blocks * share // shares, blocks * (share + 1) // shares
        first_map = some[0] * rows
        here = min(maps, some[1] * rows) - first_map
        before = (part * groups + group) * blocks
        clear_cells(dy_box, here * pitch, dy_box.shape[0] - here * pitch)
        x_end = phases.shape[0] * channels * x_pitch
        clear_cells(x_box, x_end, x_box.shape[0] - x_end)
        for box in range(boxes * part // parts, boxes * (part + 1) // parts):
            n, strip = box // strips * room, box % strips
            images = min(room, batch - n)
            fill(x_box, x_pitch, x, x_sizes, n, images, group * channels, channels, windows[strip], phases)
            _clear_ends(x_box, x_pitch, images * x_cells, phases.shape[0] * channels)
            fill(dy_box, pitch, dy, dy_sizes, n, images, group * maps + first_map, here, dy_windows[strip], no_phase)
            _clear_ends(dy_box, pitch, images * (run if dense else x_cells), here)
            runs = images if dense else 1
            _sum(sums, before, some, dy_box, pitch, x_box, offsets, rows, taps, lane, run, runs, x_cells)


@inlined
def _clear_ends(box, pitch, cells, channels):  # type: ignore[no-untyped-def]
    for c in range(channels):
        if cells < pitch:
            clear_cells(box, c * pitch + cells, pitch - cells)


@inlined
def _sum(sums, before, some, dy_box, pitch, x_box, offsets, rows, taps, lane, run, runs, x_cells):  # type: ignore[no-untyped-def]
    """Add Σ_q dy_box[f, q] · x_box[offsets[k] + q] to the sum of each filter f of `some` blocks and each term k."""
    terms = offsets.shape[0]
    for q in range(0, run, RUN * lane):
        steps = min(RUN, (run - q) // lane)
        for near in range(0, terms, TAPS):
            for block in range(some[0], some[1]):
                at_dy = (block - some[0]) * rows * pitch + q
                for k in range(near, min(terms, near + TAPS), taps):
                    at = ((before + block) * terms + k) * rows
                    if rows == TALL_ROWS:
                        tall(sums, at, dy_box, at_dy, pitch, x_box, q, offsets, k, steps, runs, run, x_cells)
                    else:
                        _line(sums, at, dy_box, at_dy, pitch, x_box, q, offsets, k, steps, runs, run, x_cells)
