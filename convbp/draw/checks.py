"""Figures of gradients and of what can go wrong in checking them: the Jacobian, the error of a step, corners."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from convbp.draw.cells import blank, frame, grid
from convbp.draw.style import MUTED, ROLES, TEXT, styled

MARKS = ("o", "s", "^", "D")


class Curve(NamedTuple):
    """The error of a numerical gradient at each of some steps."""

    steps: Any
    errors: Any


def jacobian(table: Any, dy: Any, dx: Any, *, cell_of_x: int) -> Figure:
    """Draw dx = dy·J: each row of the Jacobian weighed by its dy, each column added up, one column framed.

    Parameters
    ----------
    table : array (outputs, inputs)
        The slope of each output by each input; zeros step back.
    dy, dx : arrays of as many cells as rows, as columns
    cell_of_x : int
        The column to frame: the paths that leave this input.
    """
    outputs, inputs = np.shape(table)
    left, bottom = 3.0, outputs + 0.7
    with styled(5.4, 5.4 * (bottom + 1.6) / (left + inputs + 0.6)) as (figure, axes):
        blank(axes, left + inputs + 0.6, bottom + 1)
        axes.set_xlim(-0.9, left + inputs + 0.1)
        axes.set_ylim(bottom + 1.1, -0.6)
        zeros = [at for at, value in np.ndenumerate(np.asarray(table)) if value == 0]
        grid(axes, np.reshape(dy, (-1, 1)), "gradient", at=(0, 0.3))
        grid(axes, table, "w", at=(0, left), faded=zeros)
        grid(axes, dx, "gradient", at=(bottom, left))
        for o in range(outputs):
            _word(axes, o + 0.5, -0.3, f"dy[{o}]", ROLES["gradient"].ink)
            _word(axes, o + 0.5, 1.75, "×", TEXT)
            _word(axes, o + 0.5, left - 0.5, f"y[{o}]", ROLES["y"].ink)
        for i in range(inputs):
            _word(axes, -0.3, left + i + 0.5, f"x[{i}]", ROLES["x"].ink)
        _word(axes, bottom + 0.5, left - 0.5, "dx", ROLES["gradient"].ink)
        _word(axes, bottom + 0.5, 1.0, "columns\nadded up", MUTED)
        frame(axes, 0, left + cell_of_x, outputs, 1, "gradient")
        frame(axes, bottom, left + cell_of_x, 1, 1, "gradient")
    return figure


def step_errors(curved: Mapping[str, Curve], straight: Mapping[str, Curve]) -> Figure:
    """Draw the error of central differences over the step: a V for a curved function, one slope for a straight one.

    Parameters
    ----------
    curved, straight : mapping of a name, such as "float64", to a Curve
        Curves of the same name look the same in both panels.
    """
    with styled(7.0, 3.7, columns=2) as (figure, panels):
        _error_panel(panels[0], "a curved function", curved)
        _error_panel(panels[1], "a linear map", straight)
        panels[0].set_ylabel("relative error")
        panels[1].sharey(panels[0])
        for name, curve in curved.items():
            _note(panels[0], curve, 0, name, (-4, 11), "left", size=10)
            _note(panels[0], curve, int(np.argmin(curve.errors)) // 2, "rounding ε/h", (-5, -9), "right")
        _truncation(panels[0], min(curved.values(), key=lambda curve: min(curve.errors)))
        for name, curve in straight.items():
            _note(panels[1], curve, 0, name, (-4, 11), "left", size=10)
            _note(panels[1], curve, len(curve.steps) // 2, "rounding only", (6, 7), "left")
    return figure


def _error_panel(axes: Axes, title: str, curves: Mapping[str, Curve]) -> None:
    axes.set_title(title)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("step h")
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.margins(x=0.16, y=0.1)
    axes.grid(color=MUTED, alpha=0.18, linewidth=0.6)
    for (name, curve), mark in zip(curves.items(), MARKS, strict=False):
        shown = np.asarray(curve.errors) > 0
        axes.plot(
            np.asarray(curve.steps)[shown], np.asarray(curve.errors)[shown], marker=mark, markersize=3.5, label=name
        )


def _truncation(axes: Axes, curve: Curve) -> None:
    climbing = (int(np.argmin(curve.errors)) + len(curve.steps)) // 2 - 1
    _note(axes, curve, climbing, "truncation h²", (7, -7), "left")


def _note(
    axes: Axes, curve: Curve, at: int, words: str, offset: tuple[float, float], side: str, size: float = 8.5
) -> None:
    point = (curve.steps[at], curve.errors[at])
    axes.annotate(words, point, offset, textcoords="offset points", ha=side, va="center", fontsize=size)


def corners(f: Callable[[Any], Any], places: Sequence[float], h: float, slopes: Sequence[float]) -> Figure:
    """Draw what a central difference measures near a corner of `f`: one panel for each place, its chord over x±h.

    Parameters
    ----------
    f : callable
        A function of one number.
    places, slopes : sequences of one length
        Where the difference is taken, and the slope that it returns there.
    h : float
    """
    rows = -(-len(places) // 2)
    with styled(5.6, 2.1 * rows, columns=2, rows=rows) as (figure, panels):
        low, high = min(places) - 1.6 * h, max(places) + 1.6 * h
        line = np.linspace(low, high, 201)
        for spare in np.ravel(panels)[len(places) :]:
            spare.axis("off")
        for axes, (x, slope) in zip(np.ravel(panels), zip(places, slopes, strict=True), strict=False):
            ends = np.array([x - h, x + h])
            axes.plot(line, f(line), color=MUTED, linewidth=3, alpha=0.5, linestyle="-")
            axes.plot(ends, f(ends), color=ROLES["gradient"].ink, marker="s", markersize=4, linestyle="--")
            axes.plot([x], [f(x)], color=ROLES["x"].ink, marker="o", linestyle="none")
            axes.set_title(f"x = {x / h:g}·h: slope {slope:g}".replace("-", "−"), fontsize=10)
            axes.set_xticks(ends, ["x−h", "x+h"])
            axes.set_yticks([])
    return figure


def _word(axes: Axes, row: float, column: float, text: str, ink: str) -> None:
    axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=10)
