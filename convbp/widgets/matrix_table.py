"""What ConvMatrix shows: the sparse matrix of a convolution, and what a row, a column, a weight or an entry means."""

from collections.abc import Sequence
from itertools import pairwise, product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convbp.geometry import Axis
from convbp.matrix import conv_matrix
from convbp.widgets.frame import minus
from convbp.widgets.pointing import Product, cells_of, equation, is_padding, name, products_of
from convbp.widgets.tables import Table, make_table

UNREAD = {"t": "the stride leaves it over", "g": "the windows step over it", "n": "no window fits"}


class MatrixTable(NamedTuple):
    """One setting of the options.

    `cells` are the cells, windows and sums of the convolution, `columns` the cell of x of each column of the matrix,
    for padding has none, `taps` its rows, with 1 + the number of the tap of each entry and 0 where there is none, and
    `left_out` how many rows of the matrix for stride 1 are left out before each row and after the last.
    """

    cells: Table
    columns: list[int]
    taps: list[list[int]]
    left_out: list[int]

    def packed(self) -> dict[str, str]:
        """Write every list as one string."""
        lists = {"columns": [self.columns], "taps": self.taps, "left_out": [self.left_out]}
        strings = {name: ";".join(" ".join(map(str, row)) for row in rows) for name, rows in lists.items()}
        return self.cells.packed() | strings

    def uses(self, kind: str, cell: int) -> list[Product]:
        """List the entries that a row, a column or a weight has in the matrix, as products."""
        met = products_of(self.cells, kind, cell)
        return [found for found in met if not is_padding(self.cells, found.x)]

    def equation(self, kind: str, cell: int, transpose: bool) -> str:
        """Write the sum that a row or a weight stands for; nothing for a column."""
        gathers = kind == "weight" or (kind == "input") == transpose
        return equation(self.cells, kind, cell) if gathers else ""

    def sentence(self, kind: str, cell: int, transpose: bool) -> str:
        """Say what a row, a column or a weight is in the matrix."""
        matrix = "Aᵀ" if transpose else "A"
        if kind == "weight":
            return f"{name(self.cells, 'w', cell)} stands {_times(len(self.uses(kind, cell)))} in {matrix}."
        line = "Row" if (kind == "input") == transpose else "Column"
        if kind == "output":
            return f"{line} {cell} of {matrix} {self._window(cell, transpose)}"
        number = f"{line} {self.columns.index(cell)} of {matrix}"
        own = name(self.cells, "x", cell)
        readers = [(name(self.cells, "y", use.y), name(self.cells, "w", use.w)) for use in self.uses(kind, cell)]
        if readers:
            return f"{number} holds every use of {own}: by {_listed([f'{y} through {w}' for y, w in readers])}."
        return f"{number} is empty, so d{own} = 0: {UNREAD[self.cells.marks[cell]]}."

    def entry(self, row: int, column: int, transpose: bool) -> str:
        """Say which tap stands at an entry of the matrix, counted before it is transposed."""
        whole = f"Aᵀ[{column},{row}]" if transpose else f"A[{row},{column}]"
        x, y = self.columns[column], row
        tap = self.taps[row][column] - 1
        output, own = name(self.cells, "y", y), name(self.cells, "x", x)
        if tap < 0:
            return f"{whole} = 0: {output} does not read {own}."
        weight = name(self.cells, "w", tap)
        given, made = (f"d{output}", f"d{own}") if transpose else (own, output)
        value = minus(self.cells.values["w"][tap])
        reads = f"{output} reads {own} through {weight}"
        return f"{whole} = {weight} = {value}: {reads}. It adds {weight}·{given} to {made}."

    def _window(self, cell: int, transpose: bool) -> str:
        found = [(name(self.cells, "x", use.x), name(self.cells, "w", use.w)) for use in self.uses("output", cell)]
        output = name(self.cells, "y", cell)
        if transpose:
            return f"sends d{output} to {_listed([f'd{x} through {w}' for x, w in found]) or 'nobody'}."
        return f"is the window of {output}: {_listed([f'{w} at {x}' for x, w in found]) or 'only padding'}."


def make_matrix_table(axes: Sequence[Axis], x: np.ndarray, w: np.ndarray, dy: Sequence[int]) -> MatrixTable:
    """Ask the library for the matrix, once with the numbers of the taps in place of the weights."""
    cells = make_table(axes, x, w, dy)
    columns = [number for number in range(len(cells.marks)) if not is_padding(cells, number)]
    if not cells.reads:
        return MatrixTable(cells, columns, [], [])
    options: dict[str, Any] = {"dilation": [a.dilation for a in axes], "padding": [(a.before, a.after) for a in axes]}
    numbered = np.arange(1, w.size + 1).reshape(1, 1, *w.shape)
    matrix = conv_matrix(numbered, (1, *x.shape), stride=[a.stride for a in axes], **options)
    taps = [[int(tap) for tap in row] for row in matrix.toarray()]
    return MatrixTable(cells, columns, taps, rows_left_out(axes))


def rows_left_out(axes: Sequence[Axis]) -> list[int]:
    """Count the rows that the matrix for stride 1 has before each row of this one, and after the last."""
    dense = [a._replace(stride=1) for a in axes]
    shape = [a.outputs for a in dense]
    starts = [
        [where for o in range(a.outputs) for where in range(d.outputs) if d.input_cell(where, 0) == a.input_cell(o, 0)]
        for a, d in zip(axes, dense, strict=True)
    ]
    rows = [int(np.ravel_multi_index(at, shape)) for at in product(*starts)]
    return [after - before - 1 for before, after in pairwise([-1, *rows, prod(shape)])]


def cells_named(table: MatrixTable, kind: str) -> list[tuple[int, ...]]:
    """List what can be selected: cells of x, w or y by their index, entries by row and column."""
    if kind == "entry":
        return list(np.ndindex(len(table.taps), len(table.columns)))
    if kind == "input":
        every = cells_of(table.cells, "x")
        return [every[cell] for cell in table.columns]
    return cells_of(table.cells, {"weight": "w", "output": "y"}[kind])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _listed(words: Sequence[str]) -> str:
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"
