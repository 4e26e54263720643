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
            mask = v.builder.and_(v.mask(v.builder.mul(cells, integer(2)), at), v.every_second())
            v.store_masked(v.picked(found, found, lanes), v.at(to, at), mask)


# to[at + j] = source[first + j] and to[at + 2j] = source[first + j], for j < cells.
copy_cells, spread_cells = _run(_copy), _run(_spread)


def _padded_run(step: int) -> Any:
    """Make an intrinsic: to[at + j] = cell begin + step·j of a row of `size` cells, or 0 outside it, for j < cells."""

    @intrinsic
    def run(typing, to, at, source, row, begin, size, cells):  # type: ignore[no-untyped-def]
        ints = types.intp
        signature = types.void(to, ints, source, ints, ints, ints, ints)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            to, at, source, row, begin, size, cells = arguments
            v = Runs(context, builder, signature.args[0])
            to, source = v.data(signature.args[0], to, at), v.data(signature.args[2], source, row)
            with v.over(cells) as (j, _):
                first = builder.add(begin, builder.mul(j, integer(step)))
                places = [builder.add(first, integer(part * v.lanes)) for part in range(step)]
                found = [v.load_masked(v.at(source, place), v.mask(size, place)) for place in places]
                picked = v.picked(found[0], found[1], list(range(0, 2 * v.lanes, 2))) if step == 2 else found[0]
                v.store_first(picked, v.at(to, j), cells, j)
            return context.get_dummy_value()

        return signature, generate

    return run


padded_cells, padded_second_cells = _padded_run(1), _padded_run(2)


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
