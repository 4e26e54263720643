"""Figure of chapter 12: what layers cost, as blocks of area at one scale."""

from collections.abc import Sequence
from textwrap import wrap
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convbp.draw.style import MUTED, ROLES, TEXT, styled


class Block(NamedTuple):
    """A rectangle with one unit of area for each thing counted, cut into tiles × tiles parts."""

    name: str
    amount: int
    width: int
    height: int
    tiles: int = 1


def area_blocks(blocks: Sequence[Block], sentence: str) -> Figure:
    """Draw blocks side by side at one scale, the name and the count under each, and a sentence below.

    Parameters
    ----------
    blocks : sequence of Block
    sentence : str
    """
    look = ROLES["w"]
    gap = 0.3 * max(max(block.width, block.height) for block in blocks)
    height = max(block.height for block in blocks)
    with styled(7.0, 3.1) as (figure, axes):
        left = 0.0
        for block in blocks:
            area = Rectangle((left, 0), block.width, block.height)
            axes.add_patch(area)
            area.set(facecolor=look.fill, edgecolor=look.ink, linewidth=1.2)
            wide, high = block.width / block.tiles, block.height / block.tiles
            lines = {"colors": look.ink, "linewidth": 0.7, "linestyle": "-"}
            for cut in range(1, block.tiles):
                axes.vlines(left + cut * wide, 0, block.height, **lines)
                axes.hlines(cut * high, left, left + block.width, **lines)
            words = f"{block.name}\n{block.amount:,}"
            axes.text(left, block.height + 0.03 * gap, words, color=MUTED, fontsize=9.5, va="top")
            left += max(block.width, gap) + gap
        axes.set_xlim(-0.02 * left, left)
        axes.set_ylim(height + gap, -0.02 * height)
        axes.set_aspect("equal")
        axes.set_anchor("NW")
        axes.axis("off")
        figure.supxlabel("\n".join(wrap(sentence, 84)), x=0.02, ha="left", fontsize=10.5, color=TEXT)
    return figure
