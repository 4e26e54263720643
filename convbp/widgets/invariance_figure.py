"""Hand the present state of Invariance to the figures of the book, for print."""

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from convbp.draw.style import MUTED, PAGE, ROLES, TEXT, styled
from convbp.widgets.moved_maps import Compared

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(x: np.ndarray, moved: np.ndarray, layers: Sequence[Compared], number: int, words: str) -> "Figure":
    """Draw the picture and its moved twin, and for each layer the two maps and where they agree."""
    with styled(9.0, 2.2 * (1 + len(layers)), columns=3, rows=1 + len(layers)) as (figure, panels):
        rows = np.atleast_2d(panels)
        _grey(rows[0, 0], x, "x", "x")
        _grey(rows[0, 1], moved, "moved x", "x")
        rows[0, 2].axis("off")
        for row, layer, name in zip(rows[1:], layers, ("ordinary layer", "group layer"), strict=False):
            at = number % len(layer.y)
            _grey(row[0], layer.moved[at], f"{name}: y moved", "y")
            _grey(row[1], layer.of_moved[at], "y of moved x", "y")
            _marks(row[2], np.atleast_2d(layer.equal[at]))
        figure.supxlabel("\n".join(wrap(words, 95)), x=0.02, ha="left", fontsize=10, color=TEXT)
    return figure


def _grey(axes: "Axes", values: np.ndarray, title: str, role: str) -> None:
    picture = np.atleast_2d(values)
    axes.imshow(picture, cmap="Greys", interpolation="nearest")
    axes.set_title(title, fontsize=10, color=ROLES[role].ink)
    axes.set(xticks=[], yticks=[])


def _marks(axes: "Axes", equal: np.ndarray) -> None:
    axes.imshow(np.ones_like(equal, float), cmap="Greys", vmin=1, vmax=2)
    for (row, column), same in np.ndenumerate(equal):
        axes.text(
            column, row, "=" if same else "≠", ha="center", va="center", color=MUTED if same else ROLES["gradient"].ink
        )
    axes.set_title("= agrees, ≠ differs", fontsize=10)
    axes.set(xticks=[], yticks=[], facecolor=PAGE)
