"""What the figures of chapter 3 show."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from convbp import draw
from convbp.draw.style import ROLES

TABLE, DY, DX = np.array([[2, -1, 0], [0, 2, -1]]), [3, -5], [6, -13, 5]


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_the_jacobian_stands_between_dy_and_dx():
    (axes,) = draw.jacobian(TABLE, DY, DX, cell_of_x=1).axes
    shown = words(axes)
    assert shown[:11] == ["3", "−5", *["2", "−1", "0", "0", "2", "−1"], "6", "−13", "5"]
    assert {"dy[0]", "dy[1]", "y[0]", "y[1]", "x[0]", "x[1]", "x[2]", "dx"} <= set(shown)


def test_the_frame_is_around_one_column_and_its_sum():
    (axes,) = draw.jacobian(TABLE, DY, DX, cell_of_x=2).axes
    thick = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_linewidth() > 2]
    column, total = sorted(thick, key=Rectangle.get_y)
    assert column.get_x() == total.get_x()
    assert round(column.get_height()) == 2
    assert round(total.get_height()) == 1


def curve(errors):
    return draw.Curve(10.0 ** np.arange(-len(errors), 0), np.array(errors))


def test_each_precision_is_named_in_both_panels_and_each_slope_on_the_curved_one():
    both = {"float64": curve([1e-3, 1e-6, 1e-9, 1e-7, 1e-5]), "float32": curve([1e-2, 1e-4, 1e-1])}
    figure = draw.step_errors(both, both)
    left, right = (words(axes) for axes in figure.axes)
    assert left.count("rounding ε/h") == 2
    assert left.count("truncation h²") == 1
    assert right.count("rounding only") == 2
    for shown in (left, right):
        assert {"float64", "float32"} <= set(shown)


def test_an_error_of_zero_is_left_out_of_a_logarithmic_plot():
    flat = {"float64": curve([1e-3, 0.0, 1e-9])}
    left, right = draw.step_errors(flat, flat).axes
    for axes in (left, right):
        assert axes.lines[0].get_ydata().tolist() == [1e-3, 1e-9]
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_a_chord_reaches_a_step_to_both_sides():
    figure = draw.corners(np.abs, [-1.0, 0.25], 0.5, [-1, 0.5])
    for axes, x in zip(figure.axes, (-1.0, 0.25), strict=True):
        _, chord, dot = axes.lines
        assert chord.get_xdata().tolist() == [x - 0.5, x + 0.5]
        assert chord.get_ydata().tolist() == [abs(x - 0.5), abs(x + 0.5)]
        assert chord.get_color() == ROLES["gradient"].ink
        assert dot.get_xdata() == [x]
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["x = −2·h: slope −1", "x = 0.5·h: slope 0.5"]


def test_places_and_slopes_go_together():
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        draw.corners(np.abs, [0.0, 1.0], 0.5, [1])
