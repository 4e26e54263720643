"""What the page needs to pool any numbers that a reader types: the windows, and answers for small numbers."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, product
from typing import Any, NamedTuple

import numpy as np

from convbp.avg_pool import avg_pool1d, avg_pool1d_backward, avg_pool2d, avg_pool2d_backward
from convbp.geometry import Axis, pool_geometry
from convbp.pool import max_pool1d
from convbp.smooth_pool import lp_pool1d, lp_pool1d_backward
from convbp.widgets.tables import mark

MOST_CELLS = 200
MOST_SUMS = 1200
AVERAGE = {1: (avg_pool1d, avg_pool1d_backward), 2: (avg_pool2d, avg_pool2d_backward)}


class PoolTable(NamedTuple):
    """The windows of one setting. Cells are numbered in reading order, those of x with the padding counted.

    `x` and `y` give the coordinates on each axis, `marks` one letter for each cell of x as `tables.mark`, `reads` the
    cells of each window, `counts` what the average divides each window by, with the padding and without, `at` the
    place of each output of a single axis under the middle of its window, and `empty` why there is no output.
    """

    x: list[list[int]]
    y: list[list[int]]
    marks: str
    reads: list[list[int]]
    counts: list[list[int]]
    at: list[float]
    empty: str

    def packed(self) -> dict[str, str]:
        """Write every list as one string: a notebook gives each number of a list a line of its own."""
        lists: dict[str, Sequence[Sequence[float]]] = {
            "x": self.x,
            "y": self.y,
            "reads": self.reads,
            "counts": self.counts,
            "at": [self.at],
        }
        strings = {name: ";".join(" ".join(f"{n:g}" for n in row) for row in rows) for name, rows in lists.items()}
        return {**strings, "marks": self.marks, "empty": self.empty}


def make_pool_table(sizes: Sequence[int], kernel_size: Any, stride: Any, padding: Any) -> PoolTable:
    """Ask the geometry and the average pool which cells a window reads, and by how many it divides."""
    try:
        axes = pool_geometry((1, 1, *sizes), kernel_size, stride=stride, padding=padding).axes
    except ValueError as reason:
        whole = [list(range(size)) for size in sizes]
        return PoolTable(whole, [[] for _ in sizes], "n" * len(list(product(*whole))), [], [[], []], [], str(reason))
    coordinates = [list(range(-a.before, a.size + a.after)) for a in axes]
    outputs = [list(range(a.outputs)) for a in axes]
    position = {cell: number for number, cell in enumerate(product(*coordinates))}
    _must_be_readable(len(position), sizes)
    taps = list(product(*(range(a.kernel) for a in axes)))
    reads = [[position[tuple(map(Axis.input_cell, axes, o, k))] for k in taps] for o in product(*outputs)]
    seen = set(chain(*reads))
    return PoolTable(
        x=coordinates,
        y=outputs,
        marks="".join(mark(axes, cell, number in seen) for cell, number in position.items()),
        reads=reads,
        counts=[_divisors(axes, include) for include in (True, False)],
        at=[(cells[0] + cells[-1]) / 2 for cells in reads] if len(axes) == 1 else [],
        empty="",
    )


def _divisors(axes: Sequence[Axis], include: bool) -> list[int]:
    """Send 1 back through each window alone: every cell of it gets one part of as many as the average counts."""
    shape = tuple(a.outputs for a in axes)
    windows = np.eye(int(np.prod(shape))).reshape(-1, 1, *shape)
    dx = AVERAGE[len(axes)][1](
        windows,
        (len(windows), 1, *(a.size for a in axes)),
        [a.kernel for a in axes],
        stride=[a.stride for a in axes],
        padding=[(a.before, a.after) for a in axes],
        count_include_pad=include,
    )
    return [round(1 / part) for part in dx.reshape(len(windows), -1).max(axis=1)]


@lru_cache
def answers(values: tuple[int, ...], p: int, most: int) -> dict[str, str]:
    """Ask the library what it says for each allowed number, and for windows of up to `most` cells.

    ``later_wins`` tells for each pair of numbers whether the second one takes the window from the first; ``split``
    is the part of each of 1, 2, … cells that share; ``powers`` is \\|x\\|ᵖ and ``slopes`` its slope over p. A window
    whose powers add up to S has the norm ``roots[S]`` of S ones, and sends back ``downs[S]`` times the slope.
    """
    pairs = np.array(list(product(values, repeat=2)))[:, None]
    later = max_pool1d(pairs, 2).indices.ravel()
    powers = [abs(v) ** p for v in values]
    sums = range(1, most * max(powers) + 1)
    if len(sums) > MOST_SUMS:
        rule = f"keep the sum of the powers of a window within {MOST_SUMS}"
        raise ValueError(f"values must {rule}; got {values[0]} to {values[-1]} with p = {p}, which needs {len(sums)}")
    ones = np.tri(len(sums))[:, None]  # row S−1 holds S ones, then zeros
    norms = lp_pool1d(ones, p, len(sums))
    back = lp_pool1d_backward(np.ones(norms.shape), ones, p, len(sums))
    lists: dict[str, list[Any]] = {
        "values": list(values),
        "later_wins": list(later),
        "split": [0.0, *(avg_pool1d_backward([[[1]]], (1, 1, m), m).flat[0] for m in range(1, most + 1))],
        "powers": powers,
        "slopes": [int(np.sign(v)) * abs(v) ** (p - 1) for v in values],
        "roots": [0.0, *norms.flat],
        "downs": [0.0, *back[:, 0, 0]],
    }
    return {name: " ".join(f"{n:.9g}" for n in numbers) for name, numbers in lists.items()}


def _must_be_readable(cells: int, sizes: Sequence[int]) -> None:
    if cells > MOST_CELLS:
        shown = sizes[0] if len(sizes) == 1 else tuple(sizes)
        raise ValueError(f"size must keep every picture within {MOST_CELLS} cells; got {shown}, which needs {cells}")
