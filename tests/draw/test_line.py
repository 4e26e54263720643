"""What the figures of one axis show."""

import numpy as np
import pytest

from convbp import draw
from convbp.geometry import Axis

W, DY, DX = [2, -1], [-1, 0, 2], [-2, 1, 4, -2]


def words(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_each_cell_has_one_arrow_for_each_reader():
    axis = Axis(4, 2)
    figure = draw.line_readers(axis, [1, 2, 4, 7])
    labels = [[word for word in words(axes) if word.startswith("w[")] for axes in figure.axes]
    assert labels == [["w[0]"], ["w[1]", "w[0]"], ["w[1]", "w[0]"], ["w[1]"]]
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"Who reads x[{i}]?" for i in range(4)]


def test_an_odd_number_of_cells_leaves_the_last_panel_empty():
    figure = draw.line_readers(Axis(5, 3, stride=2), [1, 2, 4, 7, 11])
    assert [bool(words(axes)) for axes in figure.axes] == [True] * 5 + [False]


def test_the_grid_shows_every_product_and_the_column_sums():
    shown = words(draw.kronecker_grid(Axis(4, 2), W, DY, DX).axes[0])
    assert {f"w[{k}]·dy[{o}]" for o in range(3) for k in range(2)} <= set(shown)
    assert shown[-8:] == ["i = 0", "−2", "i = 1", "1", "i = 2", "4", "i = 3", "−2"]


def test_the_filter_lies_backwards_under_padded_dy():
    figure = draw.flipped_filter(Axis(2, 3, before=2, after=2), [5, 6, 7], [3, -5], [15, -7, -9, -35], cells=[0, 3])
    assert len(figure.axes) == 2
    for axes, value in zip(figure.axes, ("dx[0] = 15", "dx[3] = −35"), strict=True):
        assert [word for word in words(axes) if word.startswith("w[")] == ["w[2]", "w[1]", "w[0]"]
        assert value in words(axes)
        assert words(axes).count("0") == 4


@pytest.mark.parametrize("cells", [[1], [0, 1, 3]])
def test_one_panel_for_each_cell_that_is_asked_for(cells):
    figure = draw.flipped_filter(Axis(2, 3, before=2, after=2), [1, 0, -1], [3, -5], [3, -5, -3, 5], cells=cells)
    assert len(figure.axes) == len(cells)


def test_a_tap_table_has_a_cell_where_an_output_reads():
    figure = draw.tap_matrices({"one": np.array([[0, 1, -1], [-1, 0, 1]]), "two": np.array([[1, 0, -1]])})
    taps = [[word for word in words(axes) if word.startswith("w[")] for axes in figure.axes]
    assert taps == [["w[0]", "w[1]", "w[0]", "w[1]"], ["w[1]", "w[0]"]]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["one", "two"]


def test_leftover_cells_are_marked_and_spread_zeros_are_padding():
    axes = draw.spread_gradient(Axis(8, 3, stride=2), [3, -5, 2], [6, -3, -7, 5, -1, -2, 2, 0]).axes[0]
    assert words(axes).count("∅ unread") == 1
    assert [text.get_text() for text in axes.texts if text.get_fontstyle() == "italic"] == ["0", "0"]
    dotted = [patch for patch in axes.patches if patch.get_linestyle() == ":"]
    assert len(dotted) == 1
