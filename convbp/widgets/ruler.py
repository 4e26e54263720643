"""One axis as a ruler: its padded cells in a row, the windows on them, and who reads each cell."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from convbp.geometry import Axis

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MOST_CELLS = 20


class Ruler(NamedTuple):
    """The windows of one axis. Cells count from 0 with the padding, so that paddings of one length share a ruler.

    `windows` gives the cell behind each tap of each output. `marks` has a letter for each cell: x for one that is read,
    t for the tail that the stride leaves over, g for a gap that the windows jump over, n where no window fits.
    """

    reach: int
    room: int
    leftover: int
    windows: tuple[tuple[int, ...], ...]
    marks: str

    @property
    def counts(self) -> list[int]:
        """How many windows read each cell."""
        return [len(self.readers(cell)) for cell in range(len(self.marks))]

    def readers(self, cell: int) -> list[tuple[int, int]]:
        """Every (o, k) through which a cell is read, in the order of o."""
        return [(o, k) for o, cells in enumerate(self.windows) for k, c in enumerate(cells) if c == cell]


def ruler_of(axis: Axis) -> Ruler:
    """Ask the geometry for the windows of an axis."""
    whole = axis._replace(size=axis.padded, before=0, after=0)
    windows = tuple(tuple(whole.input_cell(o, k) for k in range(axis.kernel)) for o in range(axis.outputs))
    read = set(chain(*windows))
    end = max(read, default=0)
    marks = "".join(
        "x" if cell in read else "n" if not read else "t" if cell > end else "g" for cell in range(axis.padded)
    )
    return Ruler(axis.reach, axis.room, axis.leftover if windows else 0, windows, marks)


def cells_as_text(rows: Sequence[Sequence[int]]) -> str:
    """Write lists of cell numbers with one letter for each number."""
    return ",".join("".join(DIGITS[cell] for cell in row) for row in rows)


def must_be_readable(axis: Axis, size: int) -> None:
    """Refuse a ruler that is too long to be looked at."""
    if axis.padded > MOST_CELLS:
        raise ValueError(f"size must keep every ruler within {MOST_CELLS} cells; got {size}, which needs {axis.padded}")


def no_window(axis: Axis) -> str:
    """Say why there is no output, or nothing where there is one."""
    if axis.outputs:
        return ""
    return f"No window fits: the filter reaches over {axis.reach} cells, the padded input has {axis.padded}."
