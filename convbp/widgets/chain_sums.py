"""The sums behind ChainByHand: how every number of a small layer, its loss, gradients and update is made of the others.

Nothing is computed here. A sum says which products of which cells it adds up; the page works them out for the numbers
that a reader types, and Python takes its numbers from the library.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from convbp.geometry import ConvGeometry, products
from convbp.widgets.frame import minus

# One step for each row that appears; the update brings the new parameters and the new loss.
STEPS = (
    ("", "Given are the input x, the filter w, the bias b and the targets t."),
    ("y", "Forward: every output multiplies its window by the filter and adds the bias."),
    ("m L", "The loss is half the sum of the squared differences between answers and targets."),
    ("dL dy", "Backward: the slope of the loss for an answer is its difference, times the dL = 1 that comes in."),
    ("db", "The bias went into every output with slope 1: add up all dy."),
    ("dw", "A weight went into every output through one cell: that cell times dy, added up."),
    ("dx", "A cell went into every output that reads it: the weight times dy, added up."),
    ("w′ b′ y′ m′ L′", "Update: each parameter takes a step of η against its gradient, and the loss is computed anew."),
)
HALF = {0.5: "½"}


class Term(NamedTuple):
    """A product of cells with a coefficient of 1, −1 or ½ before it."""

    coefficient: float
    cells: tuple[str, ...]

    def packed(self) -> str:
        """Write the factors with blanks between."""
        return " ".join([*([] if self.coefficient == 1 else [f"{self.coefficient:g}"]), *self.cells])


Sums = dict[str, list[Term]]


def all_sums(g: ConvGeometry) -> Sums:
    """List the sum of every cell, in an order in which each finds its factors already made."""
    met = [(at_x[-1], at_w[-1], at_y[-1]) for at_x, at_w, at_y in products(g)]
    cells, taps, outputs = (range(shape[-1]) for shape in (g.input_shape, g.weight_shape, g.output_shape))
    sums: Sums = {}

    def forward(new: str) -> None:
        for o in outputs:
            windows = [Term(1, (f"w{new}{k}", f"x{i}")) for i, k, at in met if at == o]
            sums[f"y{new}{o}"] = [*windows, Term(1, (f"b{new}",))]
        for o in outputs:
            sums[f"m{new}{o}"] = [Term(1, (f"y{new}{o}",)), Term(-1, (f"t{o}",))]
        sums[f"L{new}"] = [Term(0.5, (f"m{new}{o}", f"m{new}{o}")) for o in outputs]

    forward("")
    sums |= {f"dy{o}": [Term(1, ("dL", f"m{o}"))] for o in outputs}
    sums["db"] = [Term(1, (f"dy{o}",)) for o in outputs]
    sums |= {f"dw{k}": [Term(1, (f"x{i}", f"dy{o}")) for i, tap, o in met if tap == k] for k in taps}
    sums |= {f"dx{i}": [Term(1, (f"w{k}", f"dy{o}")) for cell, k, o in met if cell == i] for i in cells}
    sums |= {f"w′{k}": [Term(1, (f"w{k}",)), Term(-1, ("η", f"dw{k}"))] for k in taps}
    sums["b′"] = [Term(1, ("b",)), Term(-1, ("η", "db"))]
    forward("′")
    return sums


def packed(sums: Sums) -> str:
    """Write all sums as one string, such as ``y0=w0 x0+w1 x1+b;…``."""
    return ";".join(f"{cell}={'+'.join(term.packed() for term in terms)}" for cell, terms in sums.items())


def name(cell: str) -> str:
    """Write the cell y0 as y[0], and m0, the difference of an answer and its target, as (y−t)[0]."""
    letters = cell.rstrip("0123456789")
    index = cell[len(letters) :]
    shown = letters.replace("m′", "(y′−t)").replace("m", "(y−t)")
    return f"{shown}[{index}]" if index else shown


def number(value: float) -> str:
    """Write a number with at most four decimals and a true minus sign."""
    text = format(Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_UP), "f").rstrip("0").rstrip(".")
    return minus("0" if text == "-0" else text)


def equation(sums: Sums, values: dict[str, float], cell: str) -> str:
    """Write the sum that makes a cell, in letters and in numbers."""
    if not sums.get(cell):
        return f"{name(cell)} = {number(values[cell])}"
    letters = _added([_product(term, [name(factor) for factor in term.cells]) for term in sums[cell]])
    numbers = _added([_product(term, [_bracketed(values[factor]) for factor in term.cells]) for term in sums[cell]])
    return f"{name(cell)} = {letters} = {numbers} = {number(values[cell])}"


def _product(term: Term, factors: list[str]) -> tuple[str, str]:
    squared = len(factors) == 2 and term.cells[0] == term.cells[1]
    text = f"{factors[0]}²" if squared else "·".join(factors)
    sign = " − " if term.coefficient == -1 else " + "
    return sign, "·".join([*([HALF[term.coefficient]] if term.coefficient in HALF else []), text])


def _added(products: list[tuple[str, str]]) -> str:
    return "".join(sign * bool(at) + text for at, (sign, text) in enumerate(products))


def _bracketed(value: float) -> str:
    text = number(value)
    return f"({text})" if text.startswith("−") else text
