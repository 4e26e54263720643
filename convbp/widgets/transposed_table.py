"""What TransposedConv draws from: where each stamp lands, and where the flipped filter stands over the hollow input."""

from collections.abc import Sequence
from typing import NamedTuple

from convbp.geometry import Axis, transpose_geometry
from convbp.widgets.frame import minus
from convbp.widgets.ruler import DIGITS, Ruler, cells_as_text, must_be_readable, ruler_of

BETWEEN, EDGE = -1, -2
FIELDS = ("cells", "marks", "windows", "at", "hollow", "reads", "shift", "even", "formula", "reason")


class Hollow(NamedTuple):
    """The input with zeros put in, over which the flipped filter slides with stride 1.

    `cells` holds the number of an input cell, BETWEEN for a zero between two of them, EDGE for one at the ends.
    `reads` gives, for each cell of the ruler, the hollow cell under each tap from the last tap to the first; nothing
    for a cell that is cut off.
    """

    cells: tuple[int, ...]
    reads: tuple[tuple[int, ...], ...]


class Stamps(NamedTuple):
    """One setting. The axis is that of the convolution that maps the result back: its windows are the stamps."""

    axis: Axis
    ruler: Ruler
    hollow: Hollow
    even: bool
    formula: str
    reason: str

    def number(self, cell: int) -> int:
        """Number a cell of the ruler as the result does; cells that are cut off have numbers outside."""
        return cell - self.axis.before

    def is_cut(self, cell: int) -> bool:
        """Tell whether a cell of the ruler is cut off."""
        return not 0 <= self.number(cell) < self.axis.size

    def stamped(self, cell: int, x: Sequence[int], w: Sequence[int]) -> int:
        """Add up what the stamps leave in a cell."""
        return sum(x[o] * w[k] for o, k in self.ruler.readers(cell))

    def slid(self, cell: int, x: Sequence[int], w: Sequence[int]) -> int:
        """Add up the products of the flipped filter with the hollow input, zeros included."""
        return sum(value * weight for value, weight in self._slid(cell, x, w))

    def equation(self, cell: int, x: Sequence[int], w: Sequence[int], gradient: bool = False) -> str:
        """Write a cell as the sum of its stamps and as the sum under the flipped filter."""
        x_name, y_name = ("dy", "dx") if gradient else ("x", "y")
        name = minus(f"{y_name}[{self.number(cell)}]")
        if self.is_cut(cell):
            return f"{name} is cut off by the padding."
        met = self.ruler.readers(cell)
        stamps = " + ".join(f"{x_name}[{o}]·w[{k}]" for o, k in met)
        numbers = " + ".join(f"{_factor(x[o])}·{_factor(w[k])}" for o, k in met)
        taps = zip(self.hollow.reads[cell], reversed(range(self.axis.kernel)), strict=True)
        slid = " + ".join(f"{self._hollow_name(at, x_name)}·w[{k}]" for at, k in taps)
        sides = [name, *([stamps, numbers] if met else []), minus(self.stamped(cell, x, w))]
        return f"{' = '.join(sides)}; flipped filter: {slid} = {minus(self.slid(cell, x, w))}"

    def packed(self) -> str:
        """Write everything as one string: a notebook gives each number of a list a line of its own."""
        cells = (f"{'p' * self.is_cut(cell)}{self.number(cell)}" for cell in range(len(self.ruler.marks)))
        signs = {BETWEEN: ".", EDGE: "-"}
        fields = {
            "cells": " ".join(cells),
            "marks": self.ruler.marks,
            "windows": cells_as_text(self.ruler.windows),
            "at": " ".join(f"{_middle(window):g}" for window in self.ruler.windows),
            "hollow": "".join(signs.get(o) or DIGITS[o] for o in self.hollow.cells),
            "reads": cells_as_text(self.hollow.reads),
            "shift": f"{next((_middle(read) for read in self.hollow.reads if read), 0):g}",
            "even": "even" * self.even,
            "formula": self.formula,
            "reason": self.reason,
        }
        return "|".join(fields[name] for name in FIELDS)

    def _slid(self, cell: int, x: Sequence[int], w: Sequence[int]) -> list[tuple[int, int]]:
        values = [0 if o < 0 else x[o] for o in self.hollow.cells]
        return [(values[at], w[-1 - tap]) for tap, at in enumerate(self.hollow.reads[cell])]

    def _hollow_name(self, at: int, x_name: str) -> str:
        o = self.hollow.cells[at]
        return "0" if o < 0 else f"{x_name}[{o}]"


def make_stamps(size: int, kernel: int, stride: int, padding: object, output_padding: int, dilation: int) -> Stamps:
    """Ask the geometry for one setting; an impossible one is empty, with the reason in words."""
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    try:
        (axis,) = transpose_geometry((1, 1, size), (1, 1, kernel), **options).axes
    except ValueError:
        if output_padding >= stride:
            reason = f"output_padding {output_padding} is impossible with stride {stride}: it must be smaller."
        else:
            reason = "Nothing is left: the padding cuts off every cell."
        return Stamps(Axis(0, 0), Ruler(0, 0, 0, (), ""), Hollow((), ()), False, "no result", reason)
    must_be_readable(axis, size)
    cut = axis.before + axis.after
    formula = f"{stride}·({size}−1) + {dilation}·({kernel}−1) + 1 − {cut} + {axis.leftover} = {axis.size}"
    return Stamps(axis, ruler_of(axis), hollow_of(axis), overlaps_evenly(axis), formula, "")


def hollow_of(axis: Axis) -> Hollow:
    """Lay out the zero insertion: the windows of the same axis without stride, the edges far enough for every tap."""
    edge = axis.reach - 1
    dense = axis._replace(stride=1, before=axis.before + edge, after=axis.after + edge)
    starts = {dense.input_cell(j, 0): j for j in range(dense.outputs)}
    places = {starts[axis.input_cell(o, 0)]: o for o in range(axis.outputs)}
    met = [[j for j, _ in dense.readers(i)] for i in range(axis.size)]
    used = range(met[0][0], met[-1][-1] + 1)
    cells = tuple(places.get(j, BETWEEN if min(places) < j < max(places) else EDGE) for j in used)
    real = [tuple(j - used.start for j in row) for row in met]
    cut = ((),) * axis.before, ((),) * axis.after
    return Hollow(cells, (*cut[0], *real, *cut[1]))


def overlaps_evenly(axis: Axis) -> bool:
    """Tell whether all cells that are far from the ends are covered by the same number of stamps."""
    long = Axis(3 * axis.reach + 3 * axis.stride, axis.kernel, axis.stride, axis.dilation)
    middle = range(axis.reach, axis.reach + axis.stride)
    return len({len(long.readers(i)) for i in middle}) == 1


def _middle(window: Sequence[int]) -> float:
    return (window[0] + window[-1]) / 2


def _factor(value: int) -> str:
    return f"({minus(value)})" if value < 0 else str(value)
