"""What the figures of chapter 7 show: brackets under the cells that are read, counts, folds and spread gradients."""

import numpy as np

import convbp
from convbp.draw import coverage_map, padding_fold, ruler, stride_apart
from convbp.geometry import Axis


def texts(axes):
    return [text.get_text().replace("−", "-") for text in axes.texts if text.get_text()]


def cells(axes, linestyle):
    return sum(patch.get_linestyle() == linestyle for patch in axes.patches)


def arrows(axes):
    """From where to where, in columns."""
    drawn = [text for text in axes.texts if hasattr(text, "arrow_patch")]
    return [(float(a.xyann[0]), float(a.xy[0])) for a in drawn]


def test_a_bracket_reaches_from_the_first_to_the_last_cell_of_its_window():
    axis = Axis(size=5, kernel=2, stride=2, dilation=3, before=1, after=1)
    (axes,) = ruler(axis, [1, 2, 4, 7, 3]).axes
    spans = [tuple(line.get_xdata()) for line in axes.lines if len(set(line.get_ydata())) == 1]
    assert spans == [(0.5, 3.5), (2.5, 5.5)]
    assert {"y[0]", "y[1]"} <= set(texts(axes))


def test_the_ruler_dots_every_cell_without_a_reader():
    (axes,) = ruler(Axis(size=5, kernel=2, stride=2, dilation=3, before=1, after=1), [1, 2, 4, 7, 3]).axes
    assert [text for text in texts(axes) if "∅" in text] == ["0 ∅", "3 ∅", "5 ∅"]
    assert cells(axes, ":") == 3
    assert cells(axes, "--") == 1


def test_the_coverage_map_dots_the_leftover_l():
    counts = convbp.coverage((6, 8), (3, 4), stride=(2, 3))
    (axes,) = coverage_map(counts, (3, 4)).axes
    assert cells(axes, ":") == 13
    shown = sorted(int(text) for text in texts(axes) if text.isdigit())
    assert shown == sorted([*np.outer(*counts).ravel(), *counts[0], *counts[1]])


def test_every_padded_cell_points_at_the_cell_it_copies_or_is_cut():
    sources = {"zero": [-1, 0, 1, 2, -1, -1], "wrap": [2, 0, 1, 2, 0, 1]}
    dx = {"zero": [2, 3, 4], "wrap": [7, 9, 5]}
    zero, wrap = padding_fold(sources, [1, 2, 3, 4, 5, 6], dx).axes
    assert texts(zero).count("cut") == 3
    assert arrows(zero) == [(1.5, 1.5), (2.5, 2.5), (3.5, 3.5)]
    assert arrows(wrap) == [(0.5, 3.5), (1.5, 1.5), (2.5, 2.5), (3.5, 3.5), (4.5, 1.5), (5.5, 2.5)]
    assert [int(text) for text in texts(wrap) if text.isdigit()] == [1, 2, 3, 4, 5, 6, 7, 9, 5]


def test_the_spread_gradient_has_dashed_zeros_between_and_dotted_ones_behind():
    axis = Axis(size=9, kernel=2, stride=3)
    spread = convbp.subsample_backward([[[3, -5, 2]]], (1, 1, 8), 3)[0, 0]
    (axes,) = stride_apart(axis, range(8), [3, -5, 2], spread).axes
    assert (axis.outputs, axis.leftover) == (3, 1)
    assert cells(axes, "--") == 4
    assert cells(axes, ":") == 1
    assert [text for text in texts(axes) if text.startswith("o = ")] == ["o = 0", "o = 1", "o = 2"]
