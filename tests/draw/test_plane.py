"""What the figures of chapter 5 show: the numbers, the windows framed, the taps in the order in which they are met."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

import convbp
from convbp.draw import plane_flip, plane_patch, plane_regions, plane_stamps, plane_window
from convbp.draw.style import ROLES

x = np.array([[1, 2, 0, 3, 5], [4, 1, 2, 0, -6], [0, 3, 1, 2, 7], [2, 0, 4, 1, 8]])
w = np.array([[1, 2], [0, -1], [3, 9]])
dy = np.array([[1, 0, 2, 3], [-1, 3, 0, 4]])


def texts(axes):
    return [text.get_text().replace("−", "-") for text in axes.texts if text.get_text()]


def frames(axes):
    """The outlines (row, column, height, width), rounded to whole cells."""
    outlines = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_linewidth() == 2.4]
    return [tuple(round(v) for v in (p.get_y(), p.get_x(), p.get_height(), p.get_width())) for p in outlines]


def numbers(axes):
    return sorted(int(text) for text in texts(axes) if text.lstrip("-").isdigit())


def every_number(*arrays):
    return sorted(int(value) for array in arrays for value in np.ravel(array))


def test_the_window_of_an_output_is_framed():
    y = convbp.correlate(x, w)
    (axes,) = plane_window(x, w, y, (1, 2)).axes
    assert numbers(axes) == every_number(x, w, y)
    assert frames(axes)[0] == (1, 2, 3, 2)
    assert frames(axes)[1][2:] == (1, 1)


def test_the_patch_of_a_weight_has_the_shape_of_dy():
    dw = convbp.correlate(x, dy)
    (axes,) = plane_patch(x, dy, dw, (2, 1)).axes
    assert numbers(axes) == every_number(x, dy, dw)
    assert frames(axes)[0] == (2, 1, 2, 4)


@pytest.mark.parametrize(
    ("at", "left", "right"),
    [
        ((2, 1), "2,1 2,0 1,1 1,0 0,1 0,0", "0,0 0,1 1,0 1,1 2,0 2,1"),
        ((0, 0), "0,0", "0,0 0,1 1,0 1,1 2,0 2,1"),
        ((4, 2), "2,1 2,0", "0,0 0,1 1,0 1,1 2,0 2,1"),
    ],
)
def test_the_taps_come_backwards_under_correlation_and_in_order_under_convolution(at, left, right):
    q, p = plane_regions((5, 4), (3, 2), at).axes
    pointed = f"{at[0]},{at[1]}"
    for axes, expected in ((q, left), (p, right)):
        pairs = [text for text in texts(axes) if "," in text and len(text) == 3]
        assert pairs[0] == pointed
        assert " ".join(pairs[1:]) == expected


def test_each_stamp_is_the_filter_times_one_dy():
    stamps = np.zeros((2, 4, 4, 5))
    for i, j in np.ndindex(2, 4):
        stamps[i, j, i : i + 3, j : j + 2] = dy[i, j] * w
    dx = convbp.convolve(dy, w)
    (axes,) = plane_stamps(dy, w, stamps, dx).axes
    assert numbers(axes) == every_number(*(d * w for d in dy.flat), dx)
    assert "dy[1,0] = -1" in texts(axes)


def test_the_padding_of_dy_is_drawn_as_padding_and_the_filter_turned():
    dx = convbp.convolve(dy, w)
    (axes,) = plane_flip(dy, w, dx, (3, 0)).axes
    padding = 6 * 6 - dy.size
    assert numbers(axes) == every_number(dy, w, dx, [0] * padding)
    assert sum(to_hex(patch.get_facecolor()).upper() == ROLES["padding"].fill for patch in axes.patches) == padding
    assert frames(axes)[0] == (3, 0, 3, 2)
    grid = [text for text in axes.texts if text.get_color() == ROLES["w"].ink and text.get_text() != "Jw"]
    assert [int(text.get_text().replace("−", "-")) for text in grid] == convbp.flip(w).ravel().tolist()
