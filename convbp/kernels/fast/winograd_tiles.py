"""The two transforms of Winograd's F(4×4, 3×3) as vectors: one lane for each of neighbouring tiles along a row.

Tile j of a row reads the six columns 4j … 4j+5. A row of cells is dealt out to four vectors, so that lane j holds
column 4j + b; columns 4 and 5 are columns 0 and 1 of the next lane. Cells outside of the map are masked off: they are
the padding.
"""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from convbp.kernels.fast.vectors import Vectors, integer

TILE = 4
CELLS = 6
SCALE = 24.0 * 24.0  # the filter's transform is multiplied by it, which makes all its numbers whole


class Tiles(Vectors):
    """Vectors with one tile in each lane."""

    def times(self, factor: float, a: Any, b: Any) -> Any:
        """factor·a + b."""
        return self.times_plus(ir.Constant(self.vector, [factor] * self.lanes), a, b)

    def lanes_of(self, a: Any, b: Any, which: list[int]) -> Any:
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(which)), which))

    def dealt(self, pointer: Any, first: Any, stop: Any) -> list[Any]:
        """Columns 0 … 5 of every tile, from the cells first, first + 1 … of a row of `stop` cells."""
        loads = []
        for part in range(5):
            at = self.builder.add(first, integer(part * self.lanes))
            loads.append(self.load_masked(self.at(pointer, at), self.mask(stop, at)))
        even, odd = ([2 * lane + parity for lane in range(self.lanes)] for parity in (0, 1))
        a, b, c, d, after = loads
        evens = self.lanes_of(a, b, even), self.lanes_of(c, d, even)
        odds = self.lanes_of(a, b, odd), self.lanes_of(c, d, odd)
        columns = [
            self.lanes_of(*evens, even),
            self.lanes_of(*odds, even),
            self.lanes_of(*evens, odd),
            self.lanes_of(*odds, odd),
        ]
        following = list(range(1, self.lanes))
        return [*columns, *(self.lanes_of(columns[b], after, [*following, self.lanes + b]) for b in range(2))]

    def input_transform(self, d: list[Any]) -> list[Any]:
        """Bᵀ d: six numbers of a row or column of cells."""
        add, sub = self.builder.fadd, self.builder.fsub
        p, q = self.times(-4, d[2], d[4]), self.times(-4, d[1], d[3])
        r, s = sub(d[4], d[2]), sub(d[3], d[1])
        first = self.times(4, d[0], self.times(-5, d[2], d[4]))
        last = self.times(4, d[1], self.times(-5, d[3], d[5]))
        return [first, add(p, q), sub(p, q), self.times(2, s, r), self.times(-2, s, r), last]

    def output_transform(self, m: list[Any]) -> list[Any]:
        """Aᵀ m: four outputs of a row or column."""
        add, sub = self.builder.fadd, self.builder.fsub
        p, q, r, s = add(m[1], m[2]), sub(m[1], m[2]), add(m[3], m[4]), sub(m[3], m[4])
        return [
            add(m[0], add(p, r)),
            self.times(2, s, q),
            self.times(4, r, p),
            add(self.times(8, s, q), m[5]),
        ]

    def unscaled(self, a: Any) -> Any:
        """a / SCALE, by a product with one correction: exact where the quotient is a number of this precision."""
        guess = self.builder.fmul(a, ir.Constant(self.vector, [1 / SCALE] * self.lanes))
        return self.times(1 / SCALE, self.times(-SCALE, guess, a), guess)

    def put_together(self, columns: list[Any]) -> list[Any]:
        """Deal back: from one vector for each of four columns to four vectors of neighbouring cells."""
        n = self.lanes
        cells = [lane for j in range(n) for lane in (j, n + j)]
        low, high = cells[:n], cells[n:]
        evens = [self.lanes_of(columns[0], columns[2], half) for half in (low, high)]
        odds = [self.lanes_of(columns[1], columns[3], half) for half in (low, high)]
        return [self.lanes_of(evens[part], odds[part], half) for part in range(2) for half in (low, high)]


@intrinsic
def _tiles_in(typing, v, at_v, step, x, at_x, rows, width, row, column):  # type: ignore[no-untyped-def]
    """v[at_v + e·step + j] = the transform's number e of tile j, whose cells begin at (row, column + 4j) of a map."""
    ints = types.intp
    signature = types.void(v, ints, ints, x, ints, ints, ints, ints, ints)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        v, at_v, step, x, at_x, rows, width, row, column = arguments
        t = Tiles(context, builder, signature.args[0])
        v, x = t.data(signature.args[0], v, at_v), t.data(signature.args[3], x, at_x)
        cells = []
        for a in range(CELLS):
            r = builder.add(row, integer(a))
            stop = builder.select(builder.icmp_unsigned("<", r, rows), width, integer(0))
            cells.append(t.dealt(t.at(x, builder.mul(r, width)), column, stop))
        down = [t.input_transform([cells[a][b] for a in range(CELLS)]) for b in range(CELLS)]
        for a in range(CELLS):
            across = t.input_transform([down[b][a] for b in range(CELLS)])
            for b in range(CELLS):
                t.store(across[b], t.at(v, builder.mul(step, integer(a * CELLS + b))))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def _tiles_out(typing, y, at_y, rows, width, row, column, m, at_m, step, check):  # type: ignore[no-untyped-def]
    """Write the outputs of neighbouring tiles from (row, column) on; add 0·y to `check`: 0 if all are finite."""
    ints = types.intp
    signature = types.void(y, ints, ints, ints, ints, ints, m, ints, ints, check)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        y, at_y, rows, width, row, column, m, at_m, step, check = arguments
        t = Tiles(context, builder, signature.args[0])
        y, m = t.data(signature.args[0], y, at_y), t.data(signature.args[6], m, at_m)
        check = t.data(signature.args[9], check, integer(0))
        found = t.load(check)
        left = builder.ashr(builder.add(builder.sub(width, column), integer(TILE - 1)), integer(2))
        real = t.mask(left, integer(0))
        numbers = [t.load(t.at(m, builder.mul(step, integer(e)))) for e in range(CELLS * CELLS)]
        down = [t.output_transform([numbers[a * CELLS + b] for a in range(CELLS)]) for b in range(CELLS)]
        for a in range(TILE):
            outputs = [t.unscaled(o) for o in t.output_transform([down[b][a] for b in range(CELLS)])]
            for o in outputs:
                found = t.times(0, builder.select(real, o, t.zero), found)
            r = builder.add(row, integer(a))
            line = t.at(y, builder.mul(r, width))
            with builder.if_then(builder.icmp_signed("<", r, rows)):
                for part, vector in enumerate(t.put_together(outputs)):
                    at = builder.add(column, integer(part * t.lanes))
                    t.store_masked(vector, t.at(line, at), t.mask(width, at))
        t.store(found, check)
        return context.get_dummy_value()

    return signature, generate


tiles_in: Any = _tiles_in
tiles_out: Any = _tiles_out
