"""Hand the present state of NetworkStepper to the figures of the book, for print."""

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from convbp.draw.style import MUTED, ROLES, TEXT, styled
from convbp.widgets.network_stages import Passed, Stage, norm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VECTOR_COLUMNS = 5


def draw(stages: Sequence[Stage], passes: Sequence[Passed], words: str) -> "Figure":
    """Draw a column for each stage: its maps above, their gradients below, as squares with the size of each number."""
    with styled(11.0, 4.2, columns=len(stages), rows=2) as (figure, panels):
        for column, (stage, here) in enumerate(zip(stages, passes, strict=True)):
            above, below = panels[0, column], panels[1, column]
            _squares(above, here.y, "x" if column == 0 else "y")
            _squares(below, here.dy, "gradient")
            above.set_title(stage.name, fontsize=10)
            below.set_title(f"‖δ‖ = {norm(here.dy):.3g}", fontsize=9, color=MUTED)
        figure.supxlabel("\n".join(wrap(words, 120)), x=0.02, ha="left", fontsize=10, color=TEXT)
    return figure


def _squares(axes: "Axes", values: np.ndarray, role: str) -> None:
    """Draw maps below one another; the area of a square is a number's size, and a hollow one is negative."""
    maps = np.reshape(values, (1, -1, min(VECTOR_COLUMNS, values.size))) if values.ndim == 1 else values
    stacked = np.concatenate([np.pad(one, ((0, 1), (0, 0))) for one in maps])[:-1]
    largest = np.abs(values).max() or 1.0
    rows, columns = np.nonzero(stacked)
    side = np.sqrt(np.abs(stacked[rows, columns]) / largest) * 90 / max(stacked.shape)
    positive = stacked[rows, columns] > 0
    ink = ROLES[role].ink
    axes.scatter(
        columns, rows, s=side**2, marker="s", linewidths=0.6, edgecolors=ink, c=[ink if p else "none" for p in positive]
    )
    axes.set(
        xlim=(-0.7, stacked.shape[1] - 0.3), ylim=(stacked.shape[0] - 0.3, -0.7), aspect="equal", xticks=[], yticks=[]
    )
    axes.spines[:].set_visible(False)
