"""Figures of chapter 11: both passes as rows of cells, activations and slopes, curves, and the maps of a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from convbp.arrays import Array
from convbp.draw.cells import arrow, blank, grid
from convbp.draw.photo import GREYS
from convbp.draw.style import MUTED, ROLES, TEXT, styled

LEAST_SPAN = 30  # of a logarithmic scale, so that what hardly changes looks so
MOST_MAPS = 4  # a mosaic of two by two: more maps would be too small to see


def two_passes(stages: Mapping[str, tuple[Any, Any]]) -> Figure:
    """Show what each stage of a small network holds, top down, and its gradient, bottom up.

    Parameters
    ----------
    stages : mapping of name to (values, gradients)
        Two rows of numbers of one length; the first stage is the input.
    """
    widest = max(len(values) for values, _ in stages.values())
    right = widest + 1.6
    with styled(7.2, 7.2 * (1.5 * len(stages) + 0.6) / (right + widest + 3.2)) as (figure, axes):
        blank(axes, right + widest, 1.5 * len(stages))
        axes.set_xlim(-3.0, right + widest + 0.2)
        axes.set_ylim(1.5 * len(stages), -0.8)
        axes.text(widest / 2, -0.45, "forward", ha="center", color=ROLES["y"].ink)
        axes.text(right + widest / 2, -0.45, "backward", ha="center", color=ROLES["gradient"].ink)
        for number, (name, (values, gradients)) in enumerate(stages.items()):
            top, indent = 1.5 * number, (widest - len(values)) / 2
            axes.text(-0.3, top + 0.53, name, ha="right", va="center", color=TEXT)
            grid(axes, [_short(value) for value in values], "y" if number else "x", at=(top, indent))
            grid(axes, [_short(value) for value in gradients], "gradient", at=(top, right + indent))
            if number:
                arrow(axes, (top - 0.5, widest / 2), (top, widest / 2), "y")
                arrow(axes, (top, right + widest / 2), (top - 0.5, right + widest / 2), "gradient")
    return figure


def _short(value: float) -> str:
    """Write a half as ½, which leaves room for a sign in a cell."""
    whole, rest = divmod(abs(value), 1)
    sign, half = "-" if value < 0 else "", "½" if rest == 0.5 else ""
    return f"{sign}{int(whole) if whole or not half else ''}{half}" if rest in (0, 0.5) else str(value)


def activation_slopes(x: Any, functions: Mapping[str, tuple[Any, Any]]) -> Figure:
    """Draw activations on the left and their slopes on the right.

    Parameters
    ----------
    x : array
    functions : mapping of name to (f(x), f′(x))
    """
    with styled(7.4, 2.9, columns=2) as (figure, panels):
        for axes, which, title in zip(panels, (0, 1), ("σ(z)", "σ′(z)"), strict=True):
            for name, pair in functions.items():
                axes.plot(x, pair[which], label=name, linewidth=1.8)
            axes.axhline(0, color=MUTED, linewidth=0.6)
            axes.set(title=title, xlabel="z", ylim=(-1.2, 2.2))
        panels[1].legend(fontsize=9)
    return figure


def curves(
    panels: Mapping[str, Mapping[str, Sequence[float]]], *, over: str, logarithmic: Sequence[str] = ()
) -> Figure:
    """Draw lines over the numbers 1, 2, 3 … of `over`, a panel for each title; some panels on a logarithmic scale."""
    with styled(7.4, 2.9, columns=len(panels)) as (figure, row):
        for axes, (title, lines) in zip(np.atleast_1d(row), panels.items(), strict=True):
            for name, values in lines.items():
                axes.plot(range(1, len(values) + 1), values, label=name, linewidth=1.8)
            axes.set(title=title, xlabel=over)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            if title in logarithmic:
                axes.set_yscale("log")
                low, high = (pick(map(pick, lines.values())) for pick in (min, max))
                axes.set_ylim(min(low / 2, high / LEAST_SPAN), max(high * 2, low * LEAST_SPAN))
            axes.legend(fontsize=9)
    return figure


def network_maps(stages: Mapping[str, tuple[Any, Any]]) -> Figure:
    """Show the maps of a picture's way through a network, above, and their gradients, below.

    Of many maps the four with the largest gradients are shown, the same ones above and below. In every panel 0 is
    middle grey, and brighter is positive.

    Parameters
    ----------
    stages : mapping of name to (y, dy)
        Each (C, H, W), or (K,) for scores.
    """
    with styled(7.6, 3.5, columns=len(stages), rows=2) as (figure, panels):
        for column, (name, (y, dy)) in enumerate(stages.items()):
            maps, gradients = (np.atleast_3d(np.asarray(part, np.float64)) for part in (y, dy))
            strong = np.argsort(-np.sum(gradients**2, axis=(1, 2)), kind="stable")[:MOST_MAPS]
            shown = np.sort(strong) if np.ndim(y) == 3 else range(len(maps))
            for axes, part in zip(panels[:, column], (maps, gradients), strict=True):
                picture = mosaic(part[shown])
                top = float(np.max(np.abs(picture), initial=0.0, where=np.isfinite(picture))) or 1.0
                axes.imshow(picture, cmap=GREYS, vmin=-top, vmax=top, interpolation="nearest")
                axes.axis("off")
            panels[0, column].set_title(name, fontsize=10)
            size = float(np.sqrt(np.sum(gradients**2)))
            panels[1, column].set_title(f"‖δ‖ = {size:.2g}", fontsize=9, color=MUTED)
    return figure


def mosaic(maps: Array) -> Array:
    """Put maps into one square picture: with gaps of NaN, or single numbers below each other on its left."""
    count, height, width = maps.shape
    if height == width == 1:
        return np.pad(maps[:, :, 0], ((0, 0), (0, count - 1)), constant_values=np.nan)
    across = int(np.ceil(np.sqrt(count)))
    down = -(-count // across)
    picture = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for number, one in enumerate(maps):
        top, left = (number // across) * (height + 1), (number % across) * (width + 1)
        picture[top : top + height, left : left + width] = one
    return picture
