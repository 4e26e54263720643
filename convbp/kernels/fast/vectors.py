"""Explicit vectors without C: Numba intrinsics that write LLVM's vector instructions.

A compiler keeps a sum in a register only if it can prove that nothing else looks at it. Here the sums of a whole tile
are held in registers by construction: `rows × vectors` of them, fed by one vector of x for many weights.

Each intrinsic takes whole arrays and a place in them, never an address. The width follows the processor that Numba
compiles for, so NUMBA_CPU_NAME and NUMBA_CPU_FEATURES choose another one, and Numba's cache keeps them apart.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from convbp.arrays import Array

_, _, FEATURES = cpu_target.target_context.codegen().magic_tuple()
VECTOR_BITS = 512 if "+avx512f" in FEATURES else 256 if "+fma" in FEATURES else 128

INT = ir.IntType(64)


def lanes(dtype: Any) -> int:
    """How many numbers of a dtype fit into one vector."""
    return VECTOR_BITS // (8 * dtype.itemsize)


def flat(a: Array) -> Array:
    """View `a`, or a copy in order, as read-only numbers in a row: one compiled signature for all."""
    view = np.ascontiguousarray(a).reshape(-1).view()
    view.flags.writeable = False
    return view


def integer(value: int) -> ir.Constant:
    return ir.Constant(INT, value)


class Vectors:
    """Writes instructions on vectors of the dtype of one array into a function that Numba builds."""

    def __init__(self, context: Any, builder: Any, array_type: Any, lanes: int | None = None) -> None:
        bits = array_type.dtype.bitwidth
        self.lanes = lanes or VECTOR_BITS // bits
        self.context, self.builder = context, builder
        self.number = ir.FloatType() if bits == 32 else ir.DoubleType()
        self.vector = ir.VectorType(self.number, self.lanes)
        self.zero = ir.Constant(self.vector, [0.0] * self.lanes)
        self.align = bits // 8
        self._bytes = ir.Constant(ir.IntType(32), self.align)
        self.bits = ir.VectorType(ir.IntType(1), self.lanes)
        self._suffix = suffix = f"v{self.lanes}f{bits}"
        self._fma = self._declared(f"llvm.fmuladd.{suffix}", self.vector, [self.vector] * 3)
        self._total = self._declared(f"llvm.vector.reduce.fadd.{suffix}", self.number, [self.number, self.vector])

    def _declared(self, name: str, result: Any, arguments: list[Any]) -> Any:
        return cgutils.get_or_insert_function(self.builder.module, ir.FunctionType(result, arguments), name)

    def data(self, array_type: Any, array: Any, at: Any) -> Any:
        """Point at element `at` of a contiguous array."""
        made = self.context.make_array(array_type)(self.context, self.builder, value=array)
        return self.builder.gep(made.data, [at])

    def at(self, pointer: Any, *steps: Any) -> Any:
        for step in steps:
            pointer = self.builder.gep(pointer, [step])
        return pointer

    def load(self, pointer: Any) -> Any:
        loaded = self.builder.load(self.builder.bitcast(pointer, self.vector.as_pointer()))
        loaded.align = self.align
        return loaded

    def store(self, vector: Any, pointer: Any) -> None:
        stored = self.builder.store(vector, self.builder.bitcast(pointer, self.vector.as_pointer()))
        stored.align = self.align

    def expect_store(self, pointer: Any) -> None:
        """Bring the cache line of a later store near, so that it is there when the sums are made."""
        byte, kind = ir.IntType(8).as_pointer(), ir.IntType(32)
        prefetch = self._declared("llvm.prefetch.p0", ir.VoidType(), [byte, kind, kind, kind])
        write, keep, data = (ir.Constant(kind, number) for number in (1, 3, 1))
        self.builder.call(prefetch, [self.builder.bitcast(pointer, byte), write, keep, data])

    def load_first(self, pointer: Any, stop: Any, at: Any) -> Any:
        """Load the cells from `at` to `stop`, fewer than lanes, and zeros behind them."""
        return self.load_masked(pointer, self.first(self.builder.sub(stop, at)))

    def store_first(self, vector: Any, pointer: Any, stop: Any, at: Any) -> None:
        """Store the first lanes into the cells from `at` to `stop`."""
        self.store_masked(vector, pointer, self.first(self.builder.sub(stop, at)))

    def store_masked(self, vector: Any, pointer: Any, mask: Any) -> None:
        arguments = [self.vector, self.vector.as_pointer(), ir.IntType(32), self.bits]
        store = self._declared(f"llvm.masked.store.{self._suffix}.p0", ir.VoidType(), arguments)
        self.builder.call(store, [vector, self._as_vector(pointer), self._bytes, mask])

    def load_masked(self, pointer: Any, mask: Any) -> Any:
        """Load the lanes that the mask turns on, and zeros into the others."""
        arguments = [self.vector.as_pointer(), ir.IntType(32), self.bits, self.vector]
        load = self._declared(f"llvm.masked.load.{self._suffix}.p0", self.vector, arguments)
        return self.builder.call(load, [self._as_vector(pointer), self._bytes, mask, self.zero])

    def _as_vector(self, pointer: Any) -> Any:
        return self.builder.bitcast(pointer, self.vector.as_pointer())

    def mask(self, stop: Any, at: Any) -> Any:
        """On in lane j where 0 ≤ at + j < stop."""
        outside = self.first(self.builder.neg(at))
        return self.builder.and_(self.first(self.builder.sub(stop, at)), self.builder.not_(outside))

    def first(self, cells: Any) -> Any:
        """On in the first `cells` lanes: in none if that is negative, in all if there are fewer."""
        for bound, beyond in ((0, "<"), (self.lanes, ">")):
            cells = self.builder.select(self.builder.icmp_signed(beyond, cells, integer(bound)), integer(bound), cells)
        lane = ir.VectorType(ir.IntType(32), self.lanes)
        limit = self.spread(self.builder.trunc(cells, ir.IntType(32)), lane)
        return self.builder.icmp_unsigned("<", ir.Constant(lane, list(range(self.lanes))), limit)

    def spread(self, number: Any, kind: Any = None) -> Any:
        """Copy one number into every lane."""
        empty = ir.Constant(kind or self.vector, ir.Undefined)
        single = self.builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(single, empty, zeros)

    def times_plus(self, a: Any, b: Any, c: Any) -> Any:
        """a·b + c."""
        return self.builder.call(self._fma, [a, b, c])

    def total(self, vector: Any) -> Any:
        """Sum over the lanes, by halves."""
        zero = ir.Constant(self.number, 0.0)
        return self.builder.call(self._total, [zero, vector], fastmath=("reassoc",))

    def totals(self, vectors: list[Any]) -> Any:
        """One vector of the sum over the lanes of each of `vectors`: neighbours are added until all have met."""
        count = len(vectors)
        while len(vectors) > 1:
            vectors = [self._neighbours_added(a, b) for a, b in zip(vectors[::2], vectors[1::2], strict=True)]
        while vectors[0].type.count > count:
            vectors = [self._neighbours_added(vectors[0], None)]
        return vectors[0]

    def _neighbours_added(self, a: Any, b: Any) -> Any:
        pairs = a.type.count if b is not None else a.type.count // 2
        kinds = ir.VectorType(ir.IntType(32), pairs)
        b = b if b is not None else ir.Constant(a.type, ir.Undefined)
        even, odd = ([2 * lane + parity for lane in range(pairs)] for parity in (0, 1))
        shuffle = self.builder.shuffle_vector
        return self.builder.fadd(shuffle(a, b, ir.Constant(kinds, even)), shuffle(a, b, ir.Constant(kinds, odd)))

    def sums(self, rows: int, columns: int) -> list[list[Any]]:
        """Reserve rows × columns vectors that stay in registers."""
        return [[cgutils.alloca_once(self.builder, self.vector) for _ in range(columns)] for _ in range(rows)]


def outer_tile(rows: int, vectors: int) -> Callable[..., None]:
    """Build the tile of y and dx: c[m, :] += Σ_k a[k, m] · x[offsets[k] + :] for `rows` rows m of `vectors` vectors.

    Its arguments are c, where the tile begins in it and the step between its rows; a and its begin; x and its begin;
    offsets and its begin; the number of terms; and whether to write the sums instead of adding them to c. Sums of sums
    err less than one long sum.
    """

    @intrinsic
    def tile(typing, c, at_c, pitch, a, at_a, x, at_x, offsets, at_k, terms, fresh):  # type: ignore[no-untyped-def]
        ints = types.intp
        signature = types.void(c, ints, ints, a, ints, x, ints, offsets, ints, ints, types.boolean)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            c, at_c, pitch, a, at_a, x, at_x, offsets, at_k, terms, fresh = arguments
            v = Vectors(context, builder, signature.args[0])
            c, a = v.data(signature.args[0], c, at_c), v.data(signature.args[3], a, at_a)
            x, offsets = v.data(signature.args[5], x, at_x), v.data(signature.args[7], offsets, at_k)
            sums = v.sums(rows, vectors)
            cells = [
                [v.at(c, builder.mul(pitch, integer(m)), integer(j * v.lanes)) for j in range(vectors)]
                for m in range(rows)
            ]
            every = [(m, j) for m in range(rows) for j in range(vectors)]
            for m, j in every:
                builder.store(v.zero, sums[m][j])
                v.expect_store(cells[m][j])
            with cgutils.for_range(builder, terms) as loop:
                read = v.at(x, builder.load(v.at(offsets, loop.index)))
                weights = v.at(a, builder.mul(loop.index, integer(rows)))
                xs = [v.load(v.at(read, integer(j * v.lanes))) for j in range(vectors)]
                for m in range(rows):
                    weight = v.spread(builder.load(v.at(weights, integer(m))))
                    for j in range(vectors):
                        builder.store(v.times_plus(weight, xs[j], builder.load(sums[m][j])), sums[m][j])
            with builder.if_else(fresh) as (then, otherwise):
                with then:
                    for m, j in every:
                        v.store(builder.load(sums[m][j]), cells[m][j])
                with otherwise:
                    for m, j in every:
                        v.store(builder.fadd(v.load(cells[m][j]), builder.load(sums[m][j])), cells[m][j])
            return context.get_dummy_value()

        return signature, generate

    return tile


def inner_tile(rows: int, taps: int) -> Callable[..., None]:
    """Build the tile of dw: out[j, m] += Σ_q d[m, q] · x[offsets[j] + q] for `rows` rows m and `taps` taps j.

    Its arguments are out and its begin; d, its begin and the step between its rows; x and its begin; offsets and its
    begin; the number of vectors to sum over; and how many such runs there are, how far apart in d and in x.
    """

    @intrinsic
    def tile(typing, out, at_out, d, at_d, pitch, x, at_x, offsets, at_k, steps, runs, next_d, next_x):  # type: ignore[no-untyped-def]
        ints = types.intp
        signature = types.void(out, ints, d, ints, ints, x, ints, offsets, ints, ints, ints, ints, ints)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            out, at_out, d, at_d, pitch, x, at_x, offsets, at_k, steps, runs, next_d, next_x = arguments
            v = Vectors(context, builder, signature.args[0])
            out, d = v.data(signature.args[0], out, at_out), v.data(signature.args[2], d, at_d)
            x, offsets = v.data(signature.args[5], x, at_x), v.data(signature.args[7], offsets, at_k)
            sums = v.sums(rows, taps)
            for row in sums:
                for place in row:
                    builder.store(v.zero, place)
            reads = [v.at(x, builder.load(v.at(offsets, integer(j)))) for j in range(taps)]
            maps = [v.at(d, builder.mul(pitch, integer(m))) for m in range(rows)]
            with cgutils.for_range(builder, runs) as run, cgutils.for_range(builder, steps) as loop:
                q = builder.mul(loop.index, integer(v.lanes))
                xs = [v.load(v.at(read, builder.mul(run.index, next_x), q)) for read in reads]
                for m in range(rows):
                    dy = v.load(v.at(maps[m], builder.mul(run.index, next_d), q))
                    for j in range(taps):
                        builder.store(v.times_plus(dy, xs[j], builder.load(sums[m][j])), sums[m][j])
            for j in range(taps):
                column = [builder.load(sums[m][j]) for m in range(rows)]
                if 1 < rows <= v.lanes:
                    found = v.totals(column)
                    place = builder.bitcast(v.at(out, integer(j * rows)), found.type.as_pointer())
                    old = builder.load(place)
                    old.align = v.align
                    builder.store(builder.fadd(old, found), place).align = v.align
                else:
                    for m in range(rows):
                        place = v.at(out, integer(j * rows + m))
                        builder.store(builder.fadd(builder.load(place), v.total(column[m])), place)
            return context.get_dummy_value()

        return signature, generate

    return tile
