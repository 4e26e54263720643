"""Arrays in cells and the products in which they meet: what the widgets with several arrays send to the page.

A stage is one linear map: each of its products joins a cell of `left`, a weight and a cell of `out`, and is collected
in three ways, ``out += weight·left``, ``dleft += weight·dout`` and ``dweight += dout·left``.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from convbp.geometry import ConvGeometry, Index, products
from convbp.widgets.frame import minus


class Factor(NamedTuple):
    """A cell of an array or, with a d before its name, of a gradient; the cells are numbered in reading order."""

    array: str
    cell: int


Term = tuple[Factor, ...]


class Stage(NamedTuple):
    """The products of one linear map, each as the numbers of its cell of `left`, its weight and its cell of `out`."""

    left: str
    weight: str
    out: str
    products: list[tuple[int, int, int]]

    def terms(self, result: str, cell: int) -> list[Term]:
        """List the products that add up to one cell of `out`, of dleft or of dweight; nothing for another array."""
        left, weight, out = self.left, self.weight, self.out
        place = {out: 2, f"d{left}": 0, f"d{weight}": 1}.get(result)
        met = [] if place is None else [found for found in self.products if found[place] == cell]
        factors = {0: (weight, f"d{out}"), 1: (f"d{out}", left), 2: (weight, left)}
        number = {left: 0, weight: 1, f"d{out}": 2}
        return [tuple(Factor(name, found[number[name]]) for name in factors[place or 0]) for found in met]


class Sums(NamedTuple):
    """The arrays of a picture by name, those of the gradients too, and the stages that tie them together."""

    shapes: dict[str, Index]
    values: dict[str, list[int]]
    stages: list[Stage]

    def cells(self, array: str) -> list[Index]:
        """List the indices of an array, or of its gradient, in reading order."""
        name = array if array in self.shapes else array[1:]
        return list(product(*map(range, self.shapes[name])))

    def name(self, factor: Factor) -> str:
        """Write a cell as dx[0,1,3]."""
        return f"{factor.array}[{','.join(map(str, self.cells(factor.array)[factor.cell]))}]"

    def value(self, factor: Factor) -> int:
        """Return the number in a cell."""
        return self.values[factor.array][factor.cell]

    def terms(self, result: str, cell: int) -> list[Term]:
        """List the products that add up to a cell."""
        return [term for stage in self.stages for term in stage.terms(result, cell)]

    def equation(self, result: str, cell: int, more: Sequence[Term] = ()) -> str:
        """Write the sum that makes a cell, in letters and in numbers; `more` are terms beyond those of the stages."""
        terms = [*self.terms(result, cell), *more]
        letters = " + ".join("·".join(map(self.name, term)) for term in terms)
        numbers = " + ".join(self.in_numbers(term) for term in terms)
        whole = Factor(result, cell)
        sides = [self.name(whole), *([letters, numbers] if terms else []), minus(self.value(whole))]
        return " = ".join(sides)

    def in_numbers(self, term: Term) -> str:
        """Write a product in numbers, such as 2·(−1)."""
        return "·".join(f"({minus(n)})" if n < 0 else str(n) for n in map(self.value, term))

    def packed(self) -> dict[str, str]:
        """Write every list as one string: a notebook gives each number of a list a line of its own."""
        strings = {f"value_{name}": _joined(numbers) for name, numbers in self.values.items()}
        strings["shapes"] = ";".join(f"{name} {_joined(shape)}" for name, shape in self.shapes.items())
        for number, (left, weight, out, met) in enumerate(self.stages):
            strings[f"stage_{number}"] = ";".join([f"{left} {weight} {out}", *map(_joined, met)])
        return strings


def conv_stage(left: str, weight: str, out: str, g: ConvGeometry) -> Stage:
    """Number the products of a convolution."""
    shapes = (g.input_shape, g.weight_shape, g.output_shape)
    return Stage(left, weight, out, [numbered(found, shapes) for found in products(g)])


def numbered(at: Sequence[Index], shapes: Sequence[Index]) -> Any:
    """Return the numbers of cells in the reading order of their arrays."""
    return tuple(int(np.ravel_multi_index(index, shape)) for index, shape in zip(at, shapes, strict=True))


def flat(arrays: Mapping[str, Any]) -> dict[str, list[int]]:
    """List the whole numbers of arrays in reading order."""
    return {name: [round(n) for n in np.ravel(array)] for name, array in arrays.items()}


def _joined(numbers: Sequence[Any]) -> str:
    return " ".join(map(str, numbers))
