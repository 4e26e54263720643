"""The printed twin of the widget StepSize: the error of a gradient check over the step."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from convbp.draw.style import MUTED, PANEL, TEXT, styled

MARKS = ("o", "s")
ZERO = 1e-17  # where a logarithmic picture has room for the zeros
WIDTH = 6.4


def error_over_step(
    title: str,
    steps: Sequence[float],
    lines: Mapping[str, Sequence[float | None]],
    at: int,
    sentences: Sequence[str],
) -> Figure:
    """Draw one line for each type of number, a mark at step number `at`, and sentences below.

    Parameters
    ----------
    title : str
    steps : sequence of float
    lines : mapping of a type to its errors
        None where there is no answer; zeros are drawn on a line of their own.
    at : int
    sentences : sequence of str
    """
    with styled(WIDTH, 4.2) as (figure, axes):
        axes.set(title=title, xscale="log", yscale="log", xlabel="step h", ylabel="relative error", ylim=(ZERO / 2, 3))
        axes.axhspan(1e-2, 3, color=PANEL, zorder=0)
        axes.text(steps[0], 0.35, "a mistake looks like this", color=MUTED, fontsize=8.5, va="center")
        axes.axvline(steps[at], color=TEXT, linewidth=0.8, linestyle="-")
        for (dtype, errors), mark in zip(lines.items(), MARKS, strict=False):
            heights = [np.nan if error is None else max(error, ZERO) for error in errors]
            axes.plot(steps, heights, marker=mark, markersize=3, label=dtype)
        axes.set_yticks([ZERO, *(10.0**ten for ten in range(-16, 1, 4))])
        axes.set_yticklabels(["0", *(f"$10^{{{ten}}}$" for ten in range(-16, 0, 4)), "1"])
        axes.minorticks_off()
        axes.legend(loc="lower left", fontsize=9)
        figure.supxlabel(fill(" ".join(sentences), 90), x=0.02, ha="left", fontsize=9.5, color=TEXT)
    return figure
