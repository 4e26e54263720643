"""What the figures of chapter 2 show."""

import numpy as np

from convbp import draw
from convbp.draw.style import ROLES
from convbp.geometry import Axis

X, W = [1, 2, 4, 7], [1, 0, -1]
KEPT = {"valid": range(0, 2), "same": range(-1, 3), "causal": range(-2, 2), "full": range(-2, 4)}


def words(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def places(axes, word):
    """The column of the cell above or below which a word stands."""
    return [text.get_position()[0] - 0.5 for text in axes.texts if text.get_text() == word]


def test_tap_0_lies_on_the_cell_of_the_output_and_the_others_go_right_or_left():
    right, left = draw.two_slides(X, W, 2, 4, 3).axes[:2]
    assert [places(right, f"w[{k}]") for k in range(3)] == [[2], [3], [4]]
    assert [places(left, f"w[{k}]") for k in range(3)] == [[2], [1], [0]]
    assert "4" in words(right)
    assert "3" in words(left)


def test_every_window_that_touches_is_drawn_with_its_first_and_last_cell():
    (axes,) = draw.ranges(X, W, np.correlate(X, W, "full"), KEPT).axes
    shown = words(axes)
    head = shown.index("full") + 1
    rows = [shown[at : at + 10] for at in range(head, len(shown), 10)]
    assert [row[:4] for row in rows] == [["1", "0", "−1", y] for y in ("−1", "−2", "−3", "−5", "4", "7")]
    assert [row[4:6] for row in rows] == [["−2", "0"], ["−1", "1"], ["0", "2"], ["1", "3"], ["2", "4"], ["3", "5"]]


def test_a_dot_marks_the_windows_that_a_range_keeps():
    (axes,) = draw.ranges(X, W, np.correlate(X, W, "full"), KEPT).axes
    marks = [word for word in words(axes) if word in "●·"]
    table = np.reshape(marks, (6, 4)) == "●"
    assert table.sum(axis=0).tolist() == [2, 4, 4, 6]
    assert table[:, 0].tolist() == [False, False, True, True, False, False]
    assert table[:, 2].tolist() == [True, True, True, True, False, False]


def test_cells_that_no_window_reads_are_marked_and_padding_is_not():
    (axes,) = draw.windows(Axis(8, 3, stride=2, dilation=2, before=1, after=1)).axes
    assert [text.get_position()[0] - 1.5 for text in axes.texts if text.get_text() == "∅"] == [0, 2, 4, 6]
    inks = [text.get_color() for text in axes.texts if text.get_text() == "0" and text.get_fontstyle() == "italic"]
    assert inks == [ROLES["padding"].ink] * 2


def test_a_window_is_drawn_tap_by_tap_over_the_cells_it_reads():
    (axes,) = draw.windows(Axis(8, 3, stride=2)).axes
    taps = [text for text in axes.texts if text.get_color() == ROLES["w"].ink]
    assert [text.get_position()[0] - 0.5 for text in taps] == [0, 1, 2, 2, 3, 4, 4, 5, 6]
    assert [word for word in words(axes) if word.startswith("y[")] == ["y[0]", "y[1]", "y[2]"]
