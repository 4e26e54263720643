"""The printed twin of the widget AffectedRegion: three grids of cells, some of them lit, above the sum they make."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from convbp.draw.cells import blank, cell, frame
from convbp.draw.style import MUTED, ROLES, TEXT, styled

Corners = tuple[tuple[float, float], ...]


class Look(NamedTuple):
    """One cell at (row, column) of the picture; `tag` is written under it, in the hue of the weights."""

    row: float
    column: float
    name: str
    text: str
    role: str
    faded: bool
    active: bool
    tag: str


def affected_region(
    looks: Sequence[Look],
    captions: Sequence[tuple[float, float, str]],
    wedges: Sequence[Corners],
    wedge_role: str,
    sentence: str,
) -> Figure:
    """Draw cells, the name of each grid at (row, column), wedges with corners (row, column), and a sentence below.

    Parameters
    ----------
    looks : sequence of Look
    captions : sequence of (row, column, text)
    wedges : sequence of four corners
    wedge_role : "y" forward, "gradient" backward
    sentence : str
    """
    height = max(look.row for look in looks) + 1.4
    width = max(look.column for look in looks) + 1
    inches = max(6.0, 0.62 * width)
    lines = wrap(sentence, int(11 * inches))
    with styled(inches, 0.62 * height + 0.25 * len(lines)) as (figure, panel):
        axes = blank(panel, width, height)
        for corners in wedges:
            shape = Polygon([(column, row) for row, column in corners])
            axes.add_patch(shape)
            shape.set(facecolor=ROLES[wedge_role].fill, edgecolor=ROLES[wedge_role].ink, linewidth=0.8, zorder=0)
        for look in looks:
            _draw(axes, look)
        for row, column, text in captions:
            axes.text(column + 0.06, row - 0.1, text, color=MUTED, ha="left", va="bottom", fontsize=10)
        axes.set_anchor("W")
        figure.supxlabel("\n".join(lines), x=0.02, ha="left", fontsize=10.5, color=TEXT)
    return figure


def _draw(axes: Axes, look: Look) -> None:
    cell(axes, look.row, look.column, look.text, look.role, look.faded)
    ink = MUTED if look.faded else ROLES[look.role].ink
    small: dict[str, Any] = {"ha": "center", "fontsize": 6.5, "color": ink}
    axes.text(look.column + 0.5, look.row + 0.3, look.name, va="center", **small)
    if look.tag:
        axes.text(look.column + 0.5, look.row + 0.82, look.tag, va="center", **small | {"color": ROLES["w"].ink})
    if look.active:
        frame(axes, look.row, look.column, 1, 1, look.role)
