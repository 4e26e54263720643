"""A real photograph, and figures of pictures: the photograph that ships with matplotlib, so nothing is downloaded."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cbook import get_sample_data
from matplotlib.figure import Figure
from PIL import Image

from convbp.arrays import Array
from convbp.draw.cells import blank, grid
from convbp.draw.style import ROLES, styled

PHOTOGRAPH = "grace_hopper.jpg"
HEAD = (125, 15, 395, 335)  # left, top, right, bottom
LEVELS = 64  # greys in a figure: the eye sees no steps, and the stored picture stays small
GREYS = colormaps["gray"].resampled(LEVELS)


def photograph() -> Array:
    """Return the head of Rear Admiral Grace Hopper as grey levels, 0 black to 255 white.

    Returns
    -------
    array (160, 135) of uint8
        A part of the portrait in the sample data of matplotlib; each level is the mean of 2 × 2 pixels. The file is a
        JPEG: another decoder may give a level more or less, so rely on facts that hold for every picture.

    Examples
    --------
    >>> x = photograph()
    >>> x.shape, x.dtype
    ((160, 135), dtype('uint8'))
    """
    with Image.open(get_sample_data(PHOTOGRAPH, asfileobj=False)) as picture:
        return np.asarray(picture.convert("L").crop(HEAD).reduce(2)).copy()


def pictures(panels: Mapping[str, Any], *, signed: Sequence[str] = ()) -> Figure:
    """Show grey pictures side by side under their names, each with its own scale.

    In a picture named in `signed`, 0 is middle grey: brighter is positive, darker negative. The scale ends at the
    99th percentile of the sizes, so that a few extreme cells do not hide the rest.
    """
    with styled(7.4, 3.4, columns=len(panels)) as (figure, row):
        for axes, (name, values) in zip(np.atleast_1d(row), panels.items(), strict=True):
            picture = np.asarray(values, np.float64)
            top = float(np.percentile(np.abs(picture), 99))
            bottom = -top if name in signed else 0.0
            image = axes.imshow(picture, cmap=GREYS, vmin=bottom, vmax=top, interpolation="nearest")
            axes.set_title(name, fontsize=10.5)
            axes.axis("off")
            figure.colorbar(
                image, ax=axes, orientation="horizontal", shrink=0.8, pad=0.02, aspect=30, ticks=[bottom, 0, top]
            )
    return figure


def filter_learning(losses: Mapping[str, Sequence[float]], filters: Mapping[str, Any]) -> Figure:
    """Show how losses fall, step by step on a logarithmic scale, beside filters written out as numbers."""
    with styled(7.4, 4.6, columns=2) as (figure, pair):
        curve, board = pair
        for name, values in losses.items():
            curve.plot(values, label=name, linewidth=1.8)
        curve.set(yscale="log", xlabel="step", ylabel="loss", title="")
        curve.legend(fontsize=9)
        tables = [np.asarray(values, np.float64) for values in filters.values()]
        height = sum(table.shape[0] + 1.2 for table in tables)
        blank(board, max(table.shape[1] for table in tables), height)
        top = 1.0
        for name, table in zip(filters, tables, strict=True):
            board.text(0.1, top - 0.1, name, fontsize=9.5, va="bottom", color=ROLES["w"].ink)
            grid(board, [[f"{value:z.1f}" for value in line] for line in table], "w", at=(top, 0))
            top += table.shape[0] + 1.2
    return figure
