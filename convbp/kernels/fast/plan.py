"""How a convolution is cut into boxes that fit the cache, and which cell of a box each weight reads.

A box holds some images' channels of one group, padded, for a strip of the outputs. With a stride, the cells are dealt
out into phases, so that along one axis output o reads position o + shift of the phase of its tap. With all spatial axes
flattened, output q then reads cell offsets[c, k] + q for one table of offsets: no columns are ever made, and stride,
dilation and rank are gone before the innermost loop. Outputs between two rows are computed and dropped.

dx is the same work: cell i of phase a is read by the outputs (i − dilation·k + before)/stride where that is whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import Axis, ConvGeometry

SPATIAL_AXES = 3
BOX_BYTES = 2 << 20
BOX_CELLS = 1024
JOBS = 8
WORTH_A_JOB = 1 << 20
ROW = 20  # what moving a short row costs, in vectors multiplied


class Line(NamedTuple):
    """One axis: position t of phase p holds cell first + step·t + p of `size`; output o is written to start + by·o."""

    outputs: int
    taps: tuple[tuple[int, int, int], ...]  # (k, phase, shift)
    size: int
    first: int = 0
    step: int = 1
    start: int = 0
    by: int = 1

    @property
    def phases(self) -> list[int]:
        return sorted({phase for _, phase, _ in self.taps})

    @property
    def shift(self) -> int:
        return max(shift for _, _, shift in self.taps)


def unrolled_where_it_pays(
    lines: tuple[Line, ...], maps: int, channels: int, dtype: np.dtype[Any], lane: int
) -> tuple[Line, ...]:
    """Give each tap of the last axis a phase of its own: a larger box, but no positions between two rows of outputs.

    That is where the products between the rows and the moves cost more than the larger box, counted in vectors, and
    where the box is not so large that an image must be cut.
    """
    *others, line = lines
    if all(other.outputs == 1 for other in others):
        return lines
    saved = channels * prod(len(each.taps) for each in lines) * maps * line.shift // lane + ROW * maps
    added = channels * prod(len(each.phases) for each in others) * (len(line.taps) - len(line.phases)) * ROW
    plane = line.outputs * prod((each.outputs + each.shift) * len(each.phases) for each in others)
    if not line.shift or saved <= added or channels * plane * len(line.taps) * dtype.itemsize > BOX_BYTES:
        return lines
    return (*others, line._replace(taps=tuple((k, phase + line.step * shift, 0) for k, phase, shift in line.taps)))


def forward_line(axis: Axis) -> Line:
    """The axis as y collects it: one phase for each remainder of the stride."""
    begin = axis.input_cell(0, 0)
    taps = []
    for k in range(axis.kernel):
        shift, phase = divmod(axis.input_cell(0, k) - begin, axis.stride)
        taps.append((k, phase, shift))
    return Line(axis.outputs, tuple(taps), axis.size, begin, axis.stride)


def dx_lines(axis: Axis) -> list[Line]:
    """The axis as dx collects it: one piece of work for each remainder of i, where any tap reads such cells."""
    lines = []
    for start in range(min(axis.stride, axis.size)):
        found = [(k, *divmod(start - axis.input_cell(0, k), axis.stride)) for k in range(axis.kernel)]
        whole = [(k, shift) for k, shift, remainder in found if remainder == 0]
        if whole:
            low = min(shift for _, shift in whole)
            taps = tuple((k, 0, shift - low) for k, shift in whole)
            cells = len(range(start, axis.size, axis.stride))
            lines.append(Line(cells, taps, axis.outputs, low, 1, start, axis.stride))
    return lines


def lifted_axes(g: ConvGeometry) -> tuple[Axis, ...]:
    return (Axis(1, 1),) * (SPATIAL_AXES - len(g.axes)) + g.axes


@dataclass(frozen=True)
class Plan:
    """Everything about the work but the numbers in the arrays."""

    lines: tuple[Line, ...]
    images: int  # in one box
    image_boxes: int
    strips: tuple[tuple[int, int], ...]  # first output and outputs of each
    strip_axis: int
    lengths: tuple[int, ...]  # of a box along each axis
    channels: int
    offsets: Array  # [channel and tap] → place in the box
    phases: Array  # [phase, axis]
    windows: Array  # [strip, axis] → first cell, step, positions, size

    @property
    def cells(self) -> int:
        return prod(self.lengths)

    @property
    def box(self) -> int:
        """Numbers in one box."""
        return len(self.phases) * self.channels * self.images * self.cells

    @property
    def width(self) -> int:
        """Outputs of one row of a strip."""
        return self.strips[0][1] if self.strip_axis == SPATIAL_AXES - 1 else self.lines[-1].outputs

    def outputs_along(self, axis: int) -> int:
        return self.strips[0][1] if axis == self.strip_axis else self.lines[axis].outputs

    @property
    def is_dense(self) -> bool:
        """Whether the positions of one image and strip are neighbours in y, too."""
        gaps = [length > line.outputs for line, length in zip(self.lines, self.lengths, strict=True)]
        return not any(gaps[self.strip_axis + 1 :]) and all(line.by == 1 for line in self.lines)

    def span(self, images: int) -> int:
        """Positions from the first output of some images to behind their last one."""
        return _span(images, self.lengths, [self.outputs_along(axis) for axis in range(SPATIAL_AXES)])


def _span(images: int, lengths: Sequence[int], outputs: Sequence[int]) -> int:
    last = images - 1
    for length, outs in zip(lengths, outputs, strict=True):
        last = last * length + outs - 1
    return last + 1


def make_plan(
    lines: tuple[Line, ...], batch: int, channels: int, work: int, itemsize: int, panel: int, beside: int, overlap: bool
) -> Plan:
    """Cut the work of `lines` into boxes.

    The last strip starts early where strips may `overlap`, else it is short. A second box holds `beside` maps, or none.
    """
    phases = list(product(*(line.phases for line in lines)))
    deep = max(len(phases) * channels, beside) * itemsize
    strip_axis = next((at for at, line in enumerate(lines) if line.outputs > 1), SPATIAL_AXES - 1)
    others = prod(line.outputs + line.shift for at, line in enumerate(lines) if at != strip_axis)
    line = lines[strip_axis]
    most = max(1, BOX_BYTES // (deep * others) - line.shift)
    jobs = max(1, min(JOBS, work // WORTH_A_JOB))
    strips = min(line.outputs, max(-(-line.outputs // most), -(-jobs // max(1, batch))))
    each = -(-line.outputs // strips)
    lengths = tuple((each if at == strip_axis else line.outputs) + line.shift for at, line in enumerate(lines))
    cells = prod(lengths)
    firsts = range(0, line.outputs, each)
    cut = [(min(first, line.outputs - each) if overlap else first, each) for first in firsts]
    # Positions between two images are computed in vain, those behind one too: where that is much less, take one alone.
    outputs = [each if at == strip_axis else line.outputs for at, line in enumerate(lines)]
    alone = len(cut) > 1 or (overlap and -(-_span(1, lengths, outputs) // panel) * panel <= 1.25 * cells)
    images = 1 if alone else max(1, min(BOX_CELLS // cells, BOX_BYTES // (deep * cells), batch // jobs))
    return Plan(
        lines,
        images,
        -(-batch // images),
        tuple(cut),
        strip_axis,
        lengths,
        channels,
        _offsets(lines, phases, channels, images, lengths),
        np.array(phases, np.int64),
        _windows(lines, cut, strip_axis, lengths),
    )


def _offsets(lines: tuple[Line, ...], phases: list[Any], channels: int, images: int, lengths: tuple[int, ...]) -> Array:
    offsets = []
    for c in range(channels):
        for taps in product(*(line.taps for line in lines)):
            at = (phases.index(tuple(phase for _, phase, _ in taps)) * channels + c) * images
            for (_, _, shift), length in zip(taps, lengths, strict=True):
                at = at * length + shift
            offsets.append(at)
    return np.array(offsets, np.int64)


def _windows(
    lines: tuple[Line, ...], strips: list[tuple[int, int]], strip_axis: int, lengths: tuple[int, ...]
) -> Array:
    windows = np.zeros((len(strips), SPATIAL_AXES, 4), np.int64)
    for number, (begin, _) in enumerate(strips):
        for at, line in enumerate(lines):
            first = line.first + (line.step * begin if at == strip_axis else 0)
            windows[number, at] = first, line.step, lengths[at], line.size
    return windows
