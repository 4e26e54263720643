"""Figures of chapter 9: stamps that are added up."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from convbp.draw.cells import blank, cell
from convbp.draw.style import MUTED, ROLES, TEXT, styled
from convbp.geometry import Axis


def stamps(axis: Axis, x: Sequence[Any], w: Sequence[Any]) -> Figure:
    """Draw a transposed convolution: row i is the stamp of x[i], column o adds up to y[o], counts stand below.

    Parameters
    ----------
    axis : Axis
        Of the convolution that leads back: its size is that of y, its outputs are the cells of x. Taps that would land
        outside are cut off.
    x, w : sequences of axis.outputs and axis.kernel values
    """
    left, bottom = 1.9, axis.outputs + 0.4
    with styled(0.62 * (left + axis.size), 0.62 * (bottom + 2.1)) as (figure, axes):
        blank(axes, left + axis.size, bottom + 1.6)
        axes.set_ylim(bottom + 1.6, -0.5)
        sums, counts = [0] * axis.size, [0] * axis.size
        for i in range(axis.outputs):
            axes.text(0, i + 0.5, f"x[{i}]", color=ROLES["x"].ink, fontweight="bold", va="center")
            cell(axes, i, 0.75, x[i], "x")
            for k, o in axis.window(i):
                cell(axes, i, left + o, w[k] * x[i], "w")
                sums[o] += w[k] * x[i]
                counts[o] += 1
        axes.text(0, bottom + 0.5, "y[o]", color=ROLES["y"].ink, fontweight="bold", va="center")
        axes.text(0, bottom + 1.35, "stamps", color=MUTED, fontsize=9.5, va="center")
        for o in range(axis.size):
            axes.text(left + o + 0.5, -0.25, f"o = {o}", color=MUTED, fontsize=9.5, ha="center", va="center")
            cell(axes, bottom, left + o, sums[o], "y" if counts[o] else "leftover")
            axes.text(left + o + 0.5, bottom + 1.35, f"{counts[o]}", color=TEXT, ha="center", va="center")
    return figure
