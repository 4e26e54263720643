"""What the figures of chapter 10 show: an arrow for every slope that is not 0, windows, and shares that are written."""

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from convbp.draw import pool_paths, pool_planes, pool_shares
from convbp.geometry import Axis

MAXIMUM = np.eye(5)[[1, 1, 3]]
MEAN = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 0]]) / 2


def arrows(axes):
    return [text for text in axes.texts if isinstance(getattr(text, "arrow_patch", None), FancyArrowPatch)]


def words(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


@pytest.mark.parametrize(
    ("axis", "slopes", "dx"),
    [(Axis(5, 3), MAXIMUM, ["0", "9", "0", "−3", "0"]), (Axis(5, 2, 2), MEAN, ["3", "3", "2", "2", "0"])],
    ids=["max", "average"],
)
def test_every_slope_is_an_arrow_there_and_one_back(axis, slopes, dx):
    dy = [6, 3, -3] if axis.outputs == 3 else [6, 4]
    (axes,) = pool_paths(axis, [1, 5, 2, 4, 3], dy, dy, slopes).axes
    assert len(arrows(axes)) == 2 * np.count_nonzero(slopes)
    below = [text for text in axes.texts if text.get_position()[1] == pytest.approx(7.03)]
    assert [text.get_text() for text in below] == dx


def test_cells_that_lose_are_joined_by_a_thin_line():
    (axes,) = pool_paths(Axis(5, 3), [1, 5, 2, 4, 3], [5, 5, 4], [6, 3, -3], MAXIMUM).axes
    thin = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert len(thin) == 2 * (9 - 3)


def test_padding_is_drawn_and_gets_no_gradient():
    (axes,) = pool_paths(Axis(2, 2, 2, before=1, after=1), [-3, -1], [-3, -1], [4, 8], np.eye(2)).axes
    assert words(axes).count("∅") == 2
    assert len(arrows(axes)) == 4


def test_a_cell_that_no_window_reads_is_dotted():
    (axes,) = pool_paths(Axis(5, 2, 2), [1, 5, 2, 4, 3], [3, 3], [6, 4], MEAN).axes
    dotted = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_linestyle() == ":"]
    assert len(dotted) == 1


def test_every_window_of_the_plane_is_framed_in_x_and_in_dx():
    x, y = np.arange(24).reshape(4, 6), np.arange(4).reshape(2, 2)
    (axes,) = pool_planes(x, y, y, x, (2, 3), winners=[8, 11, 20, 23]).axes
    sizes = [(p.get_width(), p.get_height()) for p in axes.patches if isinstance(p, Rectangle)]
    assert sizes.count((3 - 0.02, 2 - 0.02)) == 2 * 4
    rounded = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len(rounded) == 4
    assert [word for word in words(axes) if word.isalpha()] == ["x", "y", "dx", "dy"]


def test_shares_are_bars_and_numbers():
    panels = pool_shares([1, 3], {"max": [0, 1], "average": [0.5, 0.5]}).axes
    assert [[bar.get_height() for bar in axes.patches] for axes in panels] == [[0, 1], [0.5, 0.5]]
    assert [words(axes) for axes in panels] == [["0.00", "1.00"], ["0.50", "0.50"]]
    assert [label.get_text() for label in panels[-1].get_xticklabels()] == ["x = 1", "x = 3"]
