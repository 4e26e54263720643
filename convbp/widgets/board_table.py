"""What StridePaddingBoard draws from: every setting of one axis, its windows, its size formula and its gradient."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from convbp.geometry import Axis, window_axes
from convbp.widgets.frame import minus
from convbp.widgets.ruler import Ruler, cells_as_text, must_be_readable, no_window, ruler_of


class Board(NamedTuple):
    """One setting: the axis, its ruler, and the ruler of the same layer without stride.

    A *place* is an output of the layer without stride. The stride keeps some of them (`kept`, in the order of the
    outputs) and jumps over the others; in the backward pass the others hold zeros.
    """

    axis: Axis
    ruler: Ruler
    dense: Ruler

    @property
    def kept(self) -> list[int]:
        """The place of every output: the window without stride that starts in the same cell."""
        starts = [cells[0] for cells in self.dense.windows]
        return [starts.index(cells[0]) for cells in self.ruler.windows]

    def number(self, cell: int) -> int:
        """Number a cell of the ruler as the input does; padding has numbers outside."""
        return cell - self.axis.before

    def name(self, cell: int) -> str:
        """Write a cell of the ruler as x[3]."""
        return minus(f"x[{self.number(cell)}]")

    def is_padding(self, cell: int) -> bool:
        """Tell whether a cell of the ruler is padding."""
        return not 0 <= self.number(cell) < self.axis.size

    def formula(self) -> str:
        """Write the size formula with the numbers of this setting."""
        a = self.axis
        size = f"⌊({a.size}+{a.before + a.after}−{a.dilation}·({a.kernel}−1)−1)/{a.stride}⌋+1"
        short = f"{size} = ⌊{minus(self.ruler.room)}/{a.stride}⌋+1"
        if not a.outputs:
            return f"{short} is below 1: no output"
        return f"{short} = {a.outputs}, remainder {self.ruler.leftover}"

    def spread(self, dy: Sequence[int]) -> list[int]:
        """Put the gradients of the outputs at their places, and zeros at the others."""
        return [dy[self.kept.index(place)] if place in self.kept else 0 for place in range(len(self.dense.windows))]

    def equation(self, cell: int, w: Sequence[int], dy: Sequence[int]) -> str:
        """Write the gradient of a cell as the sum over the places that read it, their zeros included."""
        if self.is_padding(cell):
            return f"{self.name(cell)} is padding: its gradient is cut off."
        spread, kept = self.spread(dy), self.kept
        met = self.dense.readers(cell)
        letters = [f"w[{k}]·" + (f"dy[{kept.index(place)}]" if place in kept else "0") for place, k in met]
        numbers = [f"{_factor(w[k])}·{_factor(spread[place])}" for place, k in met]
        total = minus(sum(w[k] * spread[place] for place, k in met))
        sums = [" + ".join(letters), " + ".join(numbers)] if met else []
        return " = ".join([f"d{self.name(cell)}", *sums, total])

    def readers(self, cell: int) -> str:
        """Name the outputs that read a cell."""
        met = self.ruler.readers(cell)
        return ", ".join(f"y[{o}] through w[{k}]" for o, k in met) if met else "no output"


def make_board(size: int, kernel: int, stride: int, dilation: int, padding: Any) -> Board:
    """Ask the geometry for one setting."""
    (axis,) = window_axes([size], [kernel], [stride], padding, [dilation])
    must_be_readable(axis, size)
    return Board(axis, _ruler(axis), _ruler(axis._replace(stride=1)))


@cache
def _ruler(axis: Axis) -> Ruler:
    return ruler_of(axis)


def packed(boards: Sequence[Board]) -> dict[str, str]:
    """Write all settings as three strings: many of them share a ruler, for it does not know which cells are padding.

    A setting names its cells and its ruler; a ruler names the one without stride, which has the same taps.
    """
    rulers: dict[Ruler, int] = {}
    cells: dict[str, int] = {}
    dense: dict[Ruler, Ruler] = {}
    settings = []
    for board in boards:
        dense |= {board.ruler: board.dense, board.dense: board.dense}
        pair = [rulers.setdefault(ruler, len(rulers)) for ruler in (board.ruler, board.dense)]
        settings.append(f"{cells.setdefault(_cells(board), len(cells))} {pair[0]}")
    lines = (
        f"{ruler.reach} {ruler.room} {ruler.leftover} {_shift(ruler):g} {rulers[dense[ruler]]} {ruler.marks} "
        f"{cells_as_text(ruler.windows)}"
        for ruler in rulers
    )
    return {"settings": ";".join(settings), "cells": ";".join(cells), "rulers": ";".join(lines)}


def _cells(board: Board) -> str:
    """Write the numbers of the cells of x, with a p before those of the padding."""
    named = (f"{'p' * board.is_padding(cell)}{board.number(cell)}" for cell in range(board.axis.padded))
    return " ".join(named)


def _shift(ruler: Ruler) -> float:
    """How far the first place stands from the first cell, so that it is under the middle of its window."""
    return (ruler.windows[0][0] + ruler.windows[0][-1]) / 2 if ruler.windows else 0


def reason(board: Board) -> str:
    """Say why there is no output, or nothing where there is one."""
    return no_window(board.axis)


def _factor(value: int) -> str:
    return f"({minus(value)})" if value < 0 else str(value)
