"""One palette and one style sheet for every figure: a role has one hue, one border and one letter."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cycler import cycler
from matplotlib import pyplot as plt
from matplotlib.figure import Figure


class Role(NamedTuple):
    """How the cells of one role look; the border tells roles apart where colour does not."""

    ink: str
    fill: str
    border: str  # solid, double, underline, hatched, dotted, dashed


ROLES = {
    "x": Role("#125CCB", "#DCE8FC", "solid"),
    "w": Role("#5A2501", "#FBE3D3", "double"),
    "y": Role("#1F6650", "#D3F0E7", "underline"),
    "gradient": Role("#A82A80", "#F9DDF0", "hatched"),
    "leftover": Role("#6B6210", "#F3EFB8", "dotted"),
    "padding": Role("#2B2F37", "#E6E8EB", "dashed"),
}
TEXT, MUTED, PAGE, PANEL = "#1A1D21", "#5C6470", "#FFFFFF", "#F4F6F9"

SHEET: Any = {
    "figure.dpi": 110,
    "figure.facecolor": PAGE,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 110,
    "font.size": 11,
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(
        color=[ROLES[r].ink for r in ("x", "gradient", "y", "w")], linestyle=["-", "--", "-.", ":"]
    ),
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
    "svg.hashsalt": "convbp",
}


@contextmanager
def styled(width: float = 7.0, height: float = 2.5, columns: int = 1, rows: int = 1) -> Iterator[tuple[Figure, Any]]:
    """Yield a figure and its axes in the style of the book; the figure is closed for pyplot, so that it shows once."""
    with plt.rc_context(SHEET):
        figure, axes = plt.subplots(rows, columns, figsize=(width, height))
        try:
            yield figure, axes
        finally:
            plt.close(figure)
