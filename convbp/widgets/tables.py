"""The tables that AffectedRegion draws from: every cell, window and sum of one setting, as plain ints and strings."""

from collections.abc import Sequence
from itertools import chain, product
from typing import Any, NamedTuple

import numpy as np

from convbp.conv import conv1d, conv1d_backward, conv2d, conv2d_backward
from convbp.geometry import Axis, Index

FORWARD = {1: conv1d, 2: conv2d}
BACKWARD = {1: conv1d_backward, 2: conv2d_backward}
# Small numbers with zeros and signs among them, so that sums can be checked in the head.
X_VALUES = (2, 1, 3, 0, 1, 4, 2, -1, 1, 2, 0, 3, -2, 1)
W_VALUES = (1, -1, 2, 3, 0, -2)
DY_VALUES = (1, 2, -1, 3, 1, 0, 2, -2)


class Table(NamedTuple):
    """One setting of the options. Cells are numbered in reading order, those of x with the padding counted.

    `x`, `w` and `y` give the coordinates on each axis, `marks` one letter for each cell of x (see `mark`), `reads` the
    cell of x behind each tap of each output, `at` the place of each output of a single axis under the middle of its
    window, `values` the numbers in the cells, and `empty` why there is no output.
    """

    x: list[list[int]]
    w: list[list[int]]
    y: list[list[int]]
    marks: str
    reads: list[list[int]]
    at: list[float]
    values: dict[str, list[int]]
    empty: str

    def packed(self) -> dict[str, str]:
        """Write every list as one string: a notebook gives each number of a list a line of its own."""
        lists: dict[str, Sequence[Sequence[float]]] = {
            "x": self.x,
            "w": self.w,
            "y": self.y,
            "reads": self.reads,
            "at": [self.at],
        }
        lists |= {f"value_{name}": [numbers] for name, numbers in self.values.items()}
        strings = {name: ";".join(" ".join(f"{n:g}" for n in row) for row in rows) for name, rows in lists.items()}
        return {**strings, "marks": self.marks, "empty": self.empty}


def make_table(axes: Sequence[Axis], x: np.ndarray, w: np.ndarray, dy: Sequence[int]) -> Table:
    """Ask the geometry and the convolution everything that the widget shows."""
    coordinates = [list(range(-a.before, a.size + a.after)) for a in axes]
    taps = [list(range(a.kernel)) for a in axes]
    outputs = [list(range(a.outputs)) for a in axes]
    position = {cell: number for number, cell in enumerate(product(*coordinates))}
    reads = [[position[tuple(map(Axis.input_cell, axes, o, k))] for k in product(*taps)] for o in product(*outputs)]
    seen = set(chain(*reads))
    return Table(
        x=coordinates,
        w=taps,
        y=outputs,
        marks="".join(mark(axes, cell, number in seen) for cell, number in position.items()),
        reads=reads,
        at=[(cells[0] + cells[-1]) / 2 for cells in reads] if len(axes) == 1 else [],
        values=values_of(axes, position, x, w, dy),
        empty=no_window(axes),
    )


def mark(axes: Sequence[Axis], cell: Index, read: bool) -> str:
    """Return x for a cell that is read, p for padding that is, and why not where no window reads it.

    n: no window fits; t: the stride left it over at the end; g: it lies in a gap of the windows; q: padding.
    """
    real = all(0 <= i < a.size for a, i in zip(axes, cell, strict=True))
    if read or not real:
        return ("x" if real else "p") if read else "q"
    if not all(a.outputs for a in axes):
        return "n"
    last = (a.input_cell(a.outputs - 1, a.kernel - 1) for a in axes)
    return "t" if any(i > end for i, end in zip(cell, last, strict=True)) else "g"


def values_of(
    axes: Sequence[Axis], position: dict[Index, int], x: np.ndarray, w: np.ndarray, dy: Sequence[int]
) -> dict[str, list[int]]:
    """Compute y, dx and dw with the library; on padding x and dx are 0."""
    shape = tuple(a.outputs for a in axes)
    y, grad = np.zeros(shape), np.resize(dy, shape)
    dx: Any = np.zeros(x.shape)
    dw: Any = np.zeros(w.shape)
    if grad.size:
        options: dict[str, Any] = {
            "stride": [a.stride for a in axes],
            "dilation": [a.dilation for a in axes],
            "padding": [(a.before, a.after) for a in axes],
            "backend": "loops",
        }
        y = FORWARD[len(axes)](x[None, None], w[None, None], **options)
        back: Any = BACKWARD[len(axes)](grad[None, None], x[None, None], w[None, None], **options)
        dx, dw = back.dx[0, 0], back.dw[0, 0]
    real = set(np.ndindex(x.shape))
    on_cells = {"x": x, "dx": dx}
    rows = {name: [int(array[cell]) if cell in real else 0 for cell in position] for name, array in on_cells.items()}
    return rows | {name: [int(n) for n in array.flat] for name, array in {"w": w, "y": y, "dw": dw, "dy": grad}.items()}


def no_window(axes: Sequence[Axis]) -> str:
    """Say why there is no output, or nothing where there is one."""
    for number, a in enumerate(axes):
        if not a.outputs:
            where = "" if len(axes) == 1 else (" downwards", " sideways")[number]
            return f"No window fits{where}: the filter reaches over {a.reach} cells, the padded input has {a.padded}."
    return ""
