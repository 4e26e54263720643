"""What the figures of chapter 13 show: numbers under their windows, copies of a filter, windows that meet or miss."""

import numpy as np
import pytest

from convbp.draw import lifted_maps, moved_rows, orbit, turned_back, turned_windows
from convbp.geometry import Axis


def words(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_an_output_stands_under_the_first_cell_of_its_window():
    (axes,) = moved_rows({"stride 2": ([1, 2, 3, 4], [50, 60], [4, 1, 2, 3], [70, 80], 2)}).axes
    at = {text.get_text(): text.get_position()[0] for text in axes.texts}
    assert [at["50"], at["60"], at["70"], at["80"]] == [0.5, 2.5, 0.5, 2.5]
    assert axes.get_title(loc="left") == "stride 2"
    assert words(axes).count("x") == words(axes).count("Tx") == 1


@pytest.mark.parametrize(("group", "order"), [("C4", 4), ("D4", 8)])
def test_every_copy_holds_every_tap_and_the_outline_follows_one(group, order):
    (axes,) = orbit([[2, 3], [5, 7]], group).axes
    assert [words(axes).count(tap) for tap in "2357"] == [order] * 4
    twos = [text.get_position() for text in axes.texts if text.get_text() == "2"]
    outlines = [patch for patch in axes.patches if patch.get_linewidth() == 2.4]
    middles = sorted((p.get_x() + p.get_width() / 2, p.get_y() + p.get_height() / 2) for p in outlines)
    # A number stands a little below the middle of its cell.
    np.testing.assert_allclose(middles, [(x, y - 0.03) for x, y in sorted(twos)], atol=1e-9)


@pytest.mark.parametrize(
    ("axis", "meet"),
    [
        (Axis(6, 3, 2), False),
        (Axis(7, 3, 2), True),
        (Axis(5, 4, before=1, after=2), False),
        (Axis(5, 4, before=2, after=2), True),
    ],
)
def test_the_windows_of_the_turned_picture_meet_or_miss(axis, meet):
    axes = turned_windows({"": axis}).axes[0]
    squares, rings = ({tuple(point) for point in line.get_xydata()} for line in axes.get_lines())
    assert (squares == rings) == meet
    assert len(squares) == axis.outputs**2


def test_cells_without_a_window_are_dotted():
    axes = turned_windows({"": Axis(6, 3, 2)}).axes[0]
    dotted = [patch for patch in axes.patches if patch.get_linestyle() in (":", "dotted")]
    assert len(dotted) == 6 + 6 - 1


def test_all_maps_share_a_scale():
    figure = lifted_maps({"x": (np.ones((2, 2)), [np.full((2, 2), 3), np.full((2, 2), -7)])})
    assert [axes.images[0].get_clim() for axes in figure.axes[1:]] == [(-7, 7)] * 2
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["x", "y[0]", "y[1]"]


def test_the_last_grid_is_the_sum_of_the_turned_gradients():
    gradients = np.zeros((4, 2, 2))
    gradients[1, 0, 0], gradients[3, 1, 1] = 40, 500
    (axes,) = turned_back(gradients).axes
    assert [words(axes).count(number) for number in ("40", "500", "540")] == [2, 2, 1]
    assert words(axes).count("+") == 3
