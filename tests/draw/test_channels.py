"""What the figures of chapter 6 show: the slices that meet, the axes that are summed, the blocks of a grouped layer."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from convbp.draw import channel_paths, colour_photograph, contractions, filter_blocks, photograph
from convbp.draw.style import ROLES


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def frames(axes):
    """The outlines (row, column, height, width), rounded to whole cells."""
    outlines = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_linewidth() == 2.4]
    return sorted(tuple(round(v) for v in (p.get_y(), p.get_x(), p.get_height(), p.get_width())) for p in outlines)


def arrows(axes):
    return [text.arrow_patch for text in axes.texts if isinstance(getattr(text, "arrow_patch", None), FancyArrowPatch)]


def test_each_panel_names_the_slices_that_meet_and_no_others():
    panels = channel_paths(4, 3, (1, 2)).axes
    named = [sorted(text for text in texts(axes) if "," in text) for axes in panels]
    assert named == [["1,0", "1,1", "1,2"], ["0,2", "1,2", "2,2", "3,2"], ["1,2"], []]
    assert [len(arrows(axes)) for axes in panels] == [3, 4, 1, 0]
    assert [len(axes.lines) - underlines(axes) for axes in panels] == [9, 8, 11, 12]


def underlines(axes):
    """The thick lines under the cells of y."""
    return sum(line.get_linewidth() == 2.4 for line in axes.lines)


def test_the_arrows_of_dx_lead_back():
    forward, backward, *_ = channel_paths(2, 3, (0, 1)).axes

    def steps(axes):
        return {np.sign(text.xy[0] - text.xyann[0]) for text in axes.texts if getattr(text, "arrow_patch", None)}

    assert steps(forward) == {1}
    assert steps(backward) == {-1}


def test_a_column_that_the_result_lacks_is_framed_and_gets_a_sum_sign():
    sums = {"dx": ("fcpq,nfrspq->ncrs", ("w", "dy")), "db": ("nfij->f", ("dy",))}
    dx, db = contractions(sums).axes
    signs = [[round(t.get_position()[0] - 0.5) for t in axes.texts if t.get_text() == "Σ"] for axes in (dx, db)]
    assert signs == [[1, 4], [0, 3]]
    assert [column for _, column, _, _ in frames(dx)] == [1, 4]
    assert [height for _, _, height, _ in frames(dx)] == [2, 2]
    assert [height for _, _, height, _ in frames(db)] == [1, 1]
    letters = [text for text in texts(dx) if text in "nfc" or "," in text]
    assert letters == ["f", "c", "p,q", "n", "f", "r,s", "p,q", "n", "c", "r,s"]


def test_slices_stand_in_blocks_and_zeros_beside_them():
    (axes,) = filter_blocks(6, 4, 2).axes
    slices = [text for text in axes.texts if text.get_color() == ROLES["w"].ink]
    assert [text.get_text() for text in slices] == [f"{f},{c}" for f in range(6) for c in range(2)]
    assert texts(axes).count("0") == 12
    assert frames(axes) == [(0, 0, 3, 2), (3, 2, 3, 2)]


def test_the_colour_photograph_lies_on_the_grey_one():
    colour, grey = colour_photograph().astype(float), photograph().astype(float)
    assert colour.shape == (3, *grey.shape)
    mixed = np.tensordot([0.299, 0.587, 0.114], colour, 1)
    assert np.abs(mixed - grey).max() < 3
