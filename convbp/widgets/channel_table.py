"""What ChannelSum shows: a layer on a line with all its arrays, and every sum taken apart into lanes."""

from typing import Any, NamedTuple

import numpy as np

from convbp.conv import conv1d, conv1d_backward
from convbp.geometry import conv_geometry
from convbp.widgets.frame import minus
from convbp.widgets.sums import Factor, Sums, Term, conv_stage, flat

ARRAY = {"output": "y", "input": "x", "weight": "w", "bias": "b"}
RESULT = {"output": "y", "input": "dx", "weight": "dw", "bias": "db"}
# The letters of each array; a filter counts its channels from the first one of its group, so it has no c of its own.
LETTERS = {"x": "nci", "w": "f-k", "b": "f", "y": "nfo"}
# The letters that a result sums over: first the maps, then the places.
SUMMED = {"y": "ck", "dx": "fk", "dw": "no", "db": "no"}
WORDS = {"n": "sample", "f": "filter", "c": "channel", "o": "output", "k": "tap"}
WAYS = ("maps", "places")


class Lane(NamedTuple):
    """The terms of a sum with one value of a letter, and what they add up to."""

    letter: str
    number: int
    terms: list[Term]
    total: int


class ChannelTable(NamedTuple):
    """All arrays and products of a layer with one number of groups."""

    sums: Sums
    groups: int

    def terms(self, result: str, cell: int) -> list[Term]:
        """List the products of a cell, or for db the gradients; the bias is not among them."""
        if result != "db":
            return self.sums.terms(result, cell)
        return [(Factor("dy", y),) for y, (_, f, _) in enumerate(self.sums.cells("y")) if f == cell]

    def bias(self, result: str, cell: int) -> list[Term]:
        """Return the bias of an output, as one term of its sum; none for a gradient."""
        return [(Factor("b", self.sums.cells("y")[cell][1]),)] if result == "y" else []

    def lanes(self, result: str, way: str, cell: int) -> list[Lane]:
        """Take a sum apart by one of the two letters that it runs over."""
        letter = SUMMED[result][WAYS.index(way)]
        found: dict[int, list[Term]] = {}
        for term in self.terms(result, cell):
            found.setdefault(self._letter(letter, term), []).append(term)
        return [Lane(letter, number, terms, self._total(terms)) for number, terms in sorted(found.items())]

    def equation(self, result: str, cell: int) -> str:
        """Write a whole sum in letters and in numbers."""
        own = self.terms("db", cell) if result == "db" else self.bias(result, cell)
        return self.sums.equation(result, cell, own)

    def sentence(self, kind: str, cell: int, way: str, back: bool) -> str:
        """Say how the lanes of a sum add up, or where the copies of a gradient go."""
        if kind == "output" and back:
            return self.copies(cell)
        result = RESULT[kind]
        lanes = self.lanes(result, way, cell)
        parts = [f"({minus(lane.total)})" if lane.total < 0 else str(lane.total) for lane in lanes]
        parts += [f"bias {self.sums.in_numbers(term)}" for term in self.bias(result, cell)]
        whole = Factor(result, cell)
        word = WORDS[SUMMED[result][WAYS.index(way)]]
        total = minus(self.sums.value(whole))
        return f"{self.sums.name(whole)} adds up one lane for each {word}: {' + '.join(parts)} = {total}."

    def copies(self, cell: int) -> str:
        """Say where the gradient of an output goes."""
        whole = Factor("dy", cell)
        count = len(self.terms("y", cell))
        filter_number = self.sums.cells("y")[cell][1]
        return (
            f"A sum copies its gradient: {self.sums.name(whole)} = {minus(self.sums.value(whole))} arrives whole at "
            f"{count} products and at b[{filter_number}]."
        )

    def packed(self) -> dict[str, str]:
        """Write the arrays, the products and the total of every lane as strings."""
        strings = self.sums.packed() | {"groups": str(self.groups)}
        for result in SUMMED:
            for way in WAYS:
                cells = range(len(self.sums.values[result]))
                rows = [" ".join(str(lane.total) for lane in self.lanes(result, way, cell)) for cell in cells]
                strings[f"lanes_{result}_{way}"] = ";".join(rows)
        return strings

    def _letter(self, letter: str, term: Term) -> int:
        """Look a letter up in the first factor that has it."""
        factor = next(factor for factor in term if letter in LETTERS[factor.array[-1]])
        return self.sums.cells(factor.array)[factor.cell][LETTERS[factor.array[-1]].index(letter)]

    def _total(self, terms: list[Term]) -> int:
        return sum(int(np.prod([self.sums.value(factor) for factor in term])) for term in terms)


def make_channel_table(x: np.ndarray, w: np.ndarray, b: np.ndarray, dy: np.ndarray, groups: int) -> ChannelTable:
    """Compute a layer with the library; of the filters (F, C, K) a grouped layer takes the blocks on the diagonal."""
    filters, channels, taps = w.shape
    maps, depth = filters // groups, channels // groups
    own = [w[f, f // maps * depth : f // maps * depth + depth] for f in range(filters)]
    blocks = np.reshape(own, (filters, depth, taps))
    g = conv_geometry(x.shape, blocks.shape, groups=groups)
    grad = np.resize(dy, g.output_shape)
    back: Any = conv1d_backward(grad, x, blocks, groups=groups, backend="loops")
    y = conv1d(x, blocks, b, groups=groups, backend="loops")
    values = {"x": x, "w": blocks, "b": b, "y": y, "dy": grad, "dx": back.dx, "dw": back.dw, "db": back.db}
    shapes = {"x": g.input_shape, "w": g.weight_shape, "b": (filters,), "y": g.output_shape}
    return ChannelTable(Sums(shapes, flat(values), [conv_stage("x", "w", "y", g)]), groups)
