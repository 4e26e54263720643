"""A network as a table: shapes, parameters, multiply-adds and how much of the input each layer reads."""

from collections.abc import Sequence
from typing import NamedTuple

from convbp.layers.base import Layer, Shape, Spans

HEADINGS = ("layer", "output", "parameters", "multiply-adds", "reads")


class Row(NamedTuple):
    """One layer of a `Summary`.

    `reads` is the receptive field: the longest run of input cells from the first to the last that one output cell
    reads, on each axis; padding is not counted, so it is never longer than the input.
    """

    layer: str
    output: Shape
    parameters: int
    multiplies: int
    reads: tuple[int, ...]


class Summary(NamedTuple):
    """The rows of a network and their totals; `str` makes a table."""

    rows: tuple[Row, ...]
    parameters: int
    multiplies: int

    def __str__(self) -> str:
        cells = [HEADINGS]
        for row in self.rows:
            reads = "×".join(map(str, row.reads))
            cells.append((row.layer, str(row.output), f"{row.parameters:,}", f"{row.multiplies:,}", reads))
        cells.append(("total", "", f"{self.parameters:,}", f"{self.multiplies:,}", ""))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(_line(row, widths) for row in cells)

    def __repr__(self) -> str:
        return str(self)


def summarised(layers: Sequence[Layer], input_shape: Shape) -> Summary:
    """Follow a shape through layers. A parameter that two of them share counts in the first."""
    shape = tuple(input_shape)
    spans: Spans = tuple(tuple((i, i) for i in range(size)) for size in shape[2:])
    rows, seen, total = [], set[int](), 0
    for layer in layers:
        new = [p for p in layer.parameters() if id(p) not in seen]
        seen.update(map(id, new))
        spans = layer.spans(shape, spans)
        multiplies = layer.multiplies(shape)
        shape = layer.output_shape(shape)
        rows.append(Row(repr(layer), shape, sum(p.value.size for p in new), multiplies, _widest(spans)))
        total += multiplies
    return Summary(tuple(rows), sum(row.parameters for row in rows), total)


def _widest(spans: Spans) -> tuple[int, ...]:
    return tuple(max((span[1] - span[0] + 1 for span in cells if span is not None), default=0) for cells in spans)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Names to the left, numbers to the right."""
    to_the_right = (False, False, True, True, False)
    parts = [c.rjust(w) if right else c.ljust(w) for c, w, right in zip(cells, widths, to_the_right, strict=True)]
    return "   ".join(parts).rstrip()
