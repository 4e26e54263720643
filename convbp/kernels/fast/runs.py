"""Runs of cells, moved by whole vectors and one that is masked at the end: short rows without a loop over cells."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from convbp.kernels.fast.vectors import Vectors, integer


class Runs(Vectors):
    """Vectors of neighbouring cells."""

    def over(self, cells: Any) -> Any:
        """Loop over the first cell of each vector that holds some of `cells`."""
        return cgutils.for_range_slice(self.builder, integer(0), cells, integer(self.lanes))

    def picked(self, a: Any, b: Any, which: list[int]) -> Any:
        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(which)), which))

    def every(self, step: int, found: list[Any]) -> Any:
        """Pick the lanes 0, step, 2·step … of `step` vectors in a row, for a step of 1 or 2."""
        return found[0] if step == 1 else self.picked(found[0], found[1], list(range(0, 2 * self.lanes, 2)))

    def every_second(self) -> Any:
        """A mask that is on in lanes 0, 2, 4 …"""
        return ir.Constant(self.bits, [lane % 2 == 0 for lane in range(self.lanes)])


def _run(generate: Any) -> Any:
    """Make an intrinsic of (to, at, source, first, cells) whose instructions `generate` writes."""

    @intrinsic
    def run(typing, to, at, source, first, cells):  # type: ignore[no-untyped-def]
        signature = types.void(to, types.intp, source, types.intp, types.intp)

        def write(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            to, at, source, first, cells = arguments
            v = Runs(context, builder, signature.args[0])
            generate(v, v.data(signature.args[0], to, at), v.data(signature.args[2], source, first), cells)
            return context.get_dummy_value()

        return signature, write

    return run


def _copy(v: Runs, to: Any, source: Any, cells: Any) -> None:
    whole = v.builder.and_(cells, integer(-v.lanes))
    with v.over(whole) as (j, _):
        v.store(v.load(v.at(source, j)), v.at(to, j))
    with v.builder.if_then(v.builder.icmp_signed(">", cells, whole)):
        v.store_first(v.load_first(v.at(source, whole), cells, whole), v.at(to, whole), cells, whole)


def _spread(v: Runs, to: Any, source: Any, cells: Any) -> None:
    half = v.lanes // 2
    with v.over(cells) as (j, _):
        found = v.load_first(v.at(source, j), cells, j)
        for part in range(2):
            lanes = [part * half + lane // 2 for lane in range(v.lanes)]
            at = v.builder.add(v.builder.mul(j, integer(2)), integer(part * v.lanes))
            mask = v.builder.and_(v.first(v.builder.sub(v.builder.mul(cells, integer(2)), at)), v.every_second())
            v.store_masked(v.picked(found, found, lanes), v.at(to, at), mask)


# to[at + j] = source[first + j] and to[at + 2j] = source[first + j], for j < cells.
copy_cells, spread_cells = _run(_copy), _run(_spread)


def _padded_rows(step: int) -> Any:
    """Make an intrinsic that copies some rows of `cells` cells, one after the other.

    to[at + cells·i + j] = cell begin + step·j of row i, which has `size` cells, or 0 outside of it. Row i begins at
    source[row + pitch·i]. The masks are made once for all rows.
    """

    @intrinsic
    def run(typing, to, at, cells, source, row, pitch, rows, begin, size):  # type: ignore[no-untyped-def]
        ints = types.intp
        signature = types.void(to, ints, ints, source, ints, ints, ints, ints, ints)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            to, at, cells, source, row, pitch, rows, begin, size = arguments
            v = Runs(context, builder, signature.args[0])
            to, source = v.data(signature.args[0], to, at), v.data(signature.args[3], source, row)
            with v.over(cells) as (j, _):
                first = builder.add(begin, builder.mul(j, integer(step)))
                places = [builder.add(first, integer(part * v.lanes)) for part in range(step)]
                past = builder.add(first, integer(step * v.lanes))
                inside = [
                    builder.icmp_signed("<=", integer(0), first),
                    builder.icmp_signed("<=", past, size),
                    builder.icmp_signed("<=", builder.add(j, integer(v.lanes)), cells),
                ]
                with builder.if_else(builder.and_(builder.and_(*inside[:2]), inside[2])) as (whole, part):
                    with whole, cgutils.for_range(builder, rows) as loop:
                        begun = v.at(source, builder.mul(loop.index, pitch))
                        found = [v.load(v.at(begun, place)) for place in places]
                        v.store(v.every(step, found), v.at(to, builder.mul(loop.index, cells), j))
                    with part:
                        masks, room = [v.mask(size, place) for place in places], v.first(builder.sub(cells, j))
                        with cgutils.for_range(builder, rows) as loop:
                            begun = v.at(source, builder.mul(loop.index, pitch))
                            found = [
                                v.load_masked(v.at(begun, at), mask) for at, mask in zip(places, masks, strict=True)
                            ]
                            v.store_masked(v.every(step, found), v.at(to, builder.mul(loop.index, cells), j), room)
            return context.get_dummy_value()

        return signature, generate

    return run


padded_rows, padded_second_rows = _padded_rows(1), _padded_rows(2)


@intrinsic
def _clear(typing, to, at, cells):  # type: ignore[no-untyped-def]
    signature = types.void(to, types.intp, types.intp)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        to, at, cells = arguments
        v = Runs(context, builder, signature.args[0])
        to = v.data(signature.args[0], to, at)
        with v.over(cells) as (j, _):
            v.store_first(v.zero, v.at(to, j), cells, j)
        return context.get_dummy_value()

    return signature, generate


clear_cells: Any = _clear  # to[at + j] = 0 for j < cells
