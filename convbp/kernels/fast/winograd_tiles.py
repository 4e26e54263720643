"""The transforms of Winograd's tiles as vectors: one lane for each of neighbouring tiles along a row.

Tile j of a row writes the outputs from T·j on and reads the T+2 columns from T·j on. A row of cells is dealt out to T
vectors, so that lane j holds column T·j + b; the last two columns are columns 0 and 1 of the next lane. Cells outside
of the map are masked off: they are the padding.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from convbp.arrays import Array
from convbp.kernels.fast.vectors import Vectors, integer

TAPS = 3


class Form(NamedTuple):
    """F(T, 3) along one axis: scale · y = Aᵀ[(scale · G w) ⊙ (Bᵀ x)], where rows 1 and 2, 3 and 4 of G, A and Bᵀ are
    pairs for a point and its negative."""

    tile: int
    cells_to_points: Array  # Bᵀ
    taps_to_points: Array  # scale · G
    points_to_outputs: Array  # Aᵀ
    scale: float

    @property
    def cells(self) -> int:
        return self.tile + TAPS - 1

    @property
    def places(self) -> int:
        return self.cells**2


# The points 0, 1, −1 and ∞: halves are the only fractions, so whole numbers stay exact in every precision.
F2 = Form(
    2,
    np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], np.float64),
    np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]),
    np.array([[1, 1, 1, 0], [0, 1, -1, -1]], np.float64),
    1.0,
)
# And 2 and −2, whose differences bring in a third: G is multiplied by 24, and only the division at the end rounds.
F4 = Form(
    4,
    np.array([[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
              [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]], np.float64),
    np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]], np.float64),
    np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], np.float64),
    24.0,
)  # fmt: skip


def form_for(itemsize: int) -> Form:
    """Single precision has no room for the factors of the larger form."""
    return F2 if itemsize == 4 else F4


class Tiles(Vectors):
    """Vectors with one tile in each lane."""

    def __init__(self, context: Any, builder: Any, array_type: Any, lanes: int | None = None) -> None:
        super().__init__(context, builder, array_type, lanes)
        self.form = form_for(self.align)

    def constant(self, number: float) -> Any:
        return ir.Constant(self.vector, [number] * self.lanes)

    def lanes_of(self, a: Any, b: Any, which: list[int]) -> Any:
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(which)), which))

    def cells_of(self, pointer: Any, first: Any, stop: Any, vectors: int) -> list[Any]:
        """The cells first, first + 1 … of a row of `stop` cells."""
        places = [self.builder.add(first, integer(part * self.lanes)) for part in range(vectors)]
        return [self.load_masked(self.at(pointer, at), self.mask(stop, at)) for at in places]

    def dealt(self, vectors: list[Any]) -> list[Any]:
        """From neighbouring cells to one vector for each column of a tile."""
        if len(vectors) == 1:
            return vectors
        parities = ([2 * lane + parity for lane in range(self.lanes)] for parity in (0, 1))
        pairs = list(zip(vectors[::2], vectors[1::2], strict=True))
        halves = [self.dealt([self.lanes_of(a, b, which) for a, b in pairs]) for which in parities]
        return [column for pair in zip(*halves, strict=True) for column in pair]

    def put_together(self, columns: list[Any]) -> list[Any]:
        """Deal back: from one vector for each column to neighbouring cells."""
        if len(columns) == 1:
            return columns
        n = self.lanes
        cells = [lane for j in range(n) for lane in (j, n + j)]
        halves = zip(self.put_together(columns[::2]), self.put_together(columns[1::2]), strict=True)
        return [self.lanes_of(a, b, which) for a, b in halves for which in (cells[:n], cells[n:])]

    def with_next(self, columns: list[Any], after: Any) -> list[Any]:
        """Append the first two columns of the next tile, which is lane j + 1 or begins in `after`."""
        following = list(range(1, self.lanes))
        return [*columns, *(self.lanes_of(columns[b], after, [*following, self.lanes + b]) for b in range(TAPS - 1))]

    def combined(self, factors: Sequence[float], vectors: Sequence[Any]) -> Any:
        """Σ factor · vector, with as few instructions as the factors 1, −1 and 0 allow."""
        terms = sorted(((f, v) for f, v in zip(factors, vectors, strict=True) if f), key=lambda term: term[0] != 1)
        (factor, vector), *rest = terms
        total = vector if factor == 1 else self.builder.fmul(self.constant(factor), vector)
        for factor, vector in rest:
            if abs(factor) == 1:
                total = (self.builder.fadd if factor == 1 else self.builder.fsub)(total, vector)
            else:
                total = self.times_plus(self.constant(factor), vector, total)
        return total

    def to_points(self, matrix: Array, numbers: list[Any]) -> list[Any]:
        """Bᵀ d, A y or G w: a point and its negative share the sums over even and over odd powers."""
        found = [self.combined(matrix[0], numbers)]
        for row in matrix[1:-1:2]:
            even, odd = self.combined(row[::2], numbers[::2]), self.combined(row[1::2], numbers[1::2])
            found += [self.builder.fadd(even, odd), self.builder.fsub(even, odd)]
        return [*found, self.combined(matrix[-1], numbers)]

    def from_points(self, matrix: Array, m: list[Any]) -> list[Any]:
        """Aᵀ m or Gᵀ m: even powers of a point and its negative are equal, odd ones differ in sign."""
        pairs = list(zip(m[1:-1:2], m[2:-1:2], strict=True))
        even = [m[0], *(self.builder.fadd(a, b) for a, b in pairs), m[-1]]
        odd = [m[0], *(self.builder.fsub(a, b) for a, b in pairs), m[-1]]
        rows = matrix[:, [0, *range(1, len(m) - 1, 2), len(m) - 1]]
        return [self.combined(row, odd if power % 2 else even) for power, row in enumerate(rows)]

    def unscaled(self, a: Any) -> Any:
        """a / scale², by a product with one correction: exact where the quotient is a number of this precision."""
        scale = self.form.scale**2
        if scale == 1:
            return a
        guess = self.builder.fmul(a, self.constant(1 / scale))
        return self.times_plus(self.constant(1 / scale), self.times_plus(self.constant(-scale), guess, a), guess)

    def store_points(self, matrix: Array, rows: list[list[Any]], pointer: Any, step: Any) -> None:
        """Transform rows of columns along both axes and store number e of each tile e·step further on."""
        down = [self.to_points(matrix, list(column)) for column in zip(*rows, strict=True)]
        for a in range(self.form.cells):
            for b, number in enumerate(self.to_points(matrix, [column[a] for column in down])):
                self.store(number, self.at(pointer, self.builder.mul(step, integer(a * self.form.cells + b))))


def _tiles(reads_cells: bool) -> Any:
    """Make the intrinsic that transforms the cells that neighbouring tiles read, or the gradient of their outputs."""

    @intrinsic
    def tiles(typing, v, at_v, step, x, at_x, rows, width, row, column):  # type: ignore[no-untyped-def]
        ints = types.intp
        signature = types.void(v, ints, ints, x, ints, ints, ints, ints, ints)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            v, at_v, step, x, at_x, rows, width, row, column = arguments
            t = Tiles(context, builder, signature.args[0])
            v, x = t.data(signature.args[0], v, at_v), t.data(signature.args[3], x, at_x)
            tile, cells = t.form.tile, []
            for a in range(t.form.cells if reads_cells else tile):
                r = builder.add(row, integer(a))
                stop = builder.select(builder.icmp_unsigned("<", r, rows), width, integer(0))
                found = t.cells_of(t.at(x, builder.mul(r, width)), column, stop, tile + reads_cells)
                columns = t.dealt(found[:tile])
                cells.append(t.with_next(columns, found[tile]) if reads_cells else columns)
            t.store_points(t.form.cells_to_points if reads_cells else t.form.points_to_outputs.T, cells, v, step)
            return context.get_dummy_value()

        return signature, generate

    return tiles


# v[at_v + e·step + j] = number e of tile j, whose cells begin at (row, column + T·j) of a map: Bᵀ x B, and A dy Aᵀ.
tiles_in, tiles_back = _tiles(True), _tiles(False)


@intrinsic
def _tiles_out(typing, y, at_y, rows, width, row, column, m, at_m, step, check):  # type: ignore[no-untyped-def]
    """Write the outputs of neighbouring tiles from (row, column) on; add 0·y to `check`: 0 if all are finite."""
    ints = types.intp
    signature = types.void(y, ints, ints, ints, ints, ints, m, ints, ints, check)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        y, at_y, rows, width, row, column, m, at_m, step, check = arguments
        t = Tiles(context, builder, signature.args[0])
        tile, cells = t.form.tile, t.form.cells
        y, m = t.data(signature.args[0], y, at_y), t.data(signature.args[6], m, at_m)
        check = t.data(signature.args[9], check, integer(0))
        found = t.load(check)
        left = builder.sdiv(builder.add(builder.sub(width, column), integer(tile - 1)), integer(tile))
        real = t.mask(left, integer(0))
        numbers = [t.load(t.at(m, builder.mul(step, integer(e)))) for e in range(cells**2)]
        matrix = t.form.points_to_outputs
        down = [t.from_points(matrix, numbers[b::cells]) for b in range(cells)]
        for a in range(tile):
            outputs = [t.unscaled(o) for o in t.from_points(matrix, [column[a] for column in down])]
            for o in outputs:
                found = t.times_plus(t.zero, builder.select(real, o, t.zero), found)
            r = builder.add(row, integer(a))
            line = t.at(y, builder.mul(r, width))
            with builder.if_then(builder.icmp_signed("<", r, rows)):
                for part, vector in enumerate(t.put_together(outputs)):
                    at = builder.add(column, integer(part * t.lanes))
                    t.store_masked(vector, t.at(line, at), t.mask(width, at))
        t.store(found, check)
        return context.get_dummy_value()

    return signature, generate


tiles_out: Any = _tiles_out
