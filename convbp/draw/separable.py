"""Figures of chapter 12: the two stages of a separable layer, and what layers cost as areas of one scale."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convbp.draw.cells import arrow, blank, cell
from convbp.draw.style import ROLES, TEXT, styled

COLUMNS = (0.0, 3.4, 6.8)  # where the maps of x, z and y stand
HATCHES = ("", "////", "....")


def two_stages(channels: int, multiplier: int, filters: int) -> Figure:
    """Show the maps of a separable layer: every channel goes its own way first, then all maps meet.

    Parameters
    ----------
    channels, multiplier, filters : int
        Maps of x, filters for each of them in the first stage, maps of y.
    """
    between = channels * multiplier
    height = 1.4 * max(channels, between, filters)
    with styled(6.2, 0.45 * height + 0.5) as (figure, axes):
        blank(axes, COLUMNS[2] + 1, height)
        axes.set_ylim(height + 0.1, -0.7)
        maps = (("x", "x", channels), ("z", "x", between), ("y", "y", filters))
        tops = [_maps(axes, column, *given, height) for column, given in zip(COLUMNS, maps, strict=True)]
        for c in range(channels):
            for m in range(multiplier):
                _lead(axes, tops[0][c], tops[1][c * multiplier + m], COLUMNS[0], COLUMNS[1])
        for start in tops[1]:
            for end in tops[2]:
                _lead(axes, start, end, COLUMNS[1], COLUMNS[2])
        for left, right, words in ((0, 1, "depthwise"), (1, 2, "pointwise")):
            middle = (COLUMNS[left] + COLUMNS[right] + 1) / 2
            axes.text(middle, -0.4, words, ha="center", va="center", color=ROLES["w"].ink)
    return figure


def _maps(axes: Axes, column: float, letter: str, role: str, count: int, height: float) -> list[float]:
    tops = [(height - 1.4 * count) / 2 + 1.4 * number + 0.2 for number in range(count)]
    for number, top in enumerate(tops):
        cell(axes, top, column, f"{letter}[{number}]", role)
    return tops


def _lead(axes: Axes, start: float, end: float, left: float, right: float) -> None:
    arrow(axes, (start + 0.5, left + 1.02), (end + 0.5, right - 0.02), "w")


def cost_areas(layers: Mapping[str, Mapping[str, int]]) -> Figure:
    """Draw the numbers of each layer as areas of one scale, the parts of a layer on top of each other.

    Parameters
    ----------
    layers : mapping of name to (mapping of part to number)
        A part is a stage of the layer; its area is its number, which is also written beside it.
    """
    largest = max(sum(parts.values()) for parts in layers.values())
    with styled(6.6, 2.9) as (figure, axes):
        side, left = 4.0, 0.0
        for name, parts in layers.items():
            total = sum(parts.values())
            width = side * (total / largest) ** 0.5
            bottom = 0.0
            for number, (part, count) in enumerate(parts.items()):
                tall = width * count / total
                box = Rectangle((left, bottom), width, tall)
                axes.add_patch(box)
                box.set(facecolor=ROLES["w"].fill, edgecolor=ROLES["w"].ink, linewidth=1.2, hatch=HATCHES[number % 3])
                axes.text(left + width + 0.12, bottom + tall / 2, f"{part}: {count:,}", va="center", color=TEXT)
                bottom += tall
            axes.text(left, -0.35, f"{name}: {total:,}", va="center", fontweight="bold", color=ROLES["w"].ink)
            left += width + 3.3
        axes.set_xlim(-0.1, left)
        axes.set_ylim(-0.7, side + 0.1)
        axes.set_aspect("equal")
        axes.axis("off")
    return figure
