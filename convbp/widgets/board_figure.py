"""Hand the present state of StridePaddingBoard to the figures of chapter 7, for print."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convbp.draw.ruler import coverage_map, ruler, stride_apart
from convbp.widgets.board_table import Board

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(board: Board, view: str, direction: str, w: Sequence[int], dy: Sequence[int]) -> "Figure":
    """Draw the counts on a ruler or an image, or the stride as a layer of its own with dy spread."""
    counts = board.ruler.counts
    inside = [count for cell, count in enumerate(counts) if not board.is_padding(cell)]
    if view == "plane":
        reach = min(board.ruler.reach, len(counts))
        figure = coverage_map((counts, counts), (reach, reach))
    elif direction == "backward" and board.kept:
        dense = [f"y[{board.kept.index(at)}]" if at in board.kept else "" for at in range(len(board.dense.windows))]
        figure = stride_apart(board.axis, dense, dy, board.spread(dy))
    else:
        figure = ruler(board.axis, inside)
    figure.supxlabel(board.formula(), fontsize=10)
    return figure
