"""The transform of the filters and its transpose as vectors: one lane for each of neighbouring filters.

The nine taps of a filter lie side by side in memory. As many of them as there are lanes are loaded from each of that
many filters and dealt out, which turns the square round: then one vector holds the same tap of all the filters.
"""

from typing import Any

from numba.core import types
from numba.extending import intrinsic

from convbp.kernels.fast.direct import TALL_ROWS
from convbp.kernels.fast.vectors import integer
from convbp.kernels.fast.winograd_tiles import TAPS, Tiles

ALL_TAPS = TAPS * TAPS


class Filters(Tiles):
    """Vectors with one filter in each lane."""

    def __init__(self, context: Any, builder: Any, array_type: Any) -> None:
        super().__init__(context, builder, array_type, TALL_ROWS)

    def rows(self, pointer: Any, pitch: Any, last: Any) -> list[Any]:
        """Where each filter begins; the last one again in place of those behind it."""
        places = []
        for m in range(self.lanes):
            behind = self.builder.icmp_signed("<", last, integer(m))
            number = self.builder.select(behind, last, integer(m))
            places.append(self.at(pointer, self.builder.mul(pitch, number)))
        return places

    def taps(self, rows: list[Any]) -> list[Any]:
        """The nine vectors of taps."""
        found: list[Any] = []
        for start in range(0, ALL_TAPS, self.lanes):
            first = min(start, ALL_TAPS - self.lanes)
            found += self.dealt([self.load(self.at(row, integer(first))) for row in rows])[start - first :]
        return found

    def store_taps(self, taps: list[Any], pointer: Any, pitch: Any, last: Any) -> None:
        """Write the taps of the filters 0 … last."""
        for start in range(0, ALL_TAPS, self.lanes):
            first = min(start, ALL_TAPS - self.lanes)
            for m, vector in enumerate(self.put_together(taps[first : first + self.lanes])):
                with self.builder.if_then(self.builder.icmp_signed("<=", integer(m), last)):
                    self.store(vector, self.at(pointer, self.builder.mul(pitch, integer(m)), integer(first)))


def _transform(flipped: bool) -> Any:
    @intrinsic
    def transform(typing, u, at_u, step, w, at_w, pitch, last):  # type: ignore[no-untyped-def]
        ints = types.intp
        signature = types.void(u, ints, ints, w, ints, ints, ints)

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            u, at_u, step, w, at_w, pitch, last = arguments
            f = Filters(context, builder, signature.args[0])
            u, w = f.data(signature.args[0], u, at_u), f.data(signature.args[3], w, at_w)
            taps = f.taps(f.rows(w, pitch, last))
            taps = taps[::-1] if flipped else taps
            f.store_points(f.form.taps_to_points, [taps[p : p + TAPS] for p in range(0, ALL_TAPS, TAPS)], u, step)
            return context.get_dummy_value()

        return signature, generate

    return transform


# u[at_u + e·step + m] = number e of G w Gᵀ for filter m, which begins at w[at_w + m·pitch], as it is or turned round.
filters_in, flipped_filters_in = _transform(False), _transform(True)


@intrinsic
def _filters_back(typing, dw, at_dw, pitch, last, sums, at_sums, step):  # type: ignore[no-untyped-def]
    """dw[at_dw + m·pitch + tap] = that tap of Gᵀ dU G / scale², where number e of dU is sums[at_sums + e·step + m]."""
    ints = types.intp
    signature = types.void(dw, ints, ints, ints, sums, ints, ints)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        dw, at_dw, pitch, last, sums, at_sums, step = arguments
        f = Filters(context, builder, signature.args[0])
        dw, sums = f.data(signature.args[0], dw, at_dw), f.data(signature.args[4], sums, at_sums)
        cells, matrix = f.form.cells, f.form.taps_to_points.T
        numbers = [f.load(f.at(sums, builder.mul(step, integer(e)))) for e in range(f.form.places)]
        down = [f.from_points(matrix, numbers[b::cells]) for b in range(cells)]
        taps = [tap for p in range(TAPS) for tap in f.from_points(matrix, [column[p] for column in down])]
        f.store_taps([builder.fdiv(tap, f.constant(f.form.scale**2)) for tap in taps], dw, pitch, last)
        return context.get_dummy_value()

    return signature, generate


filters_back: Any = _filters_back
