"""The photograph and the figures made of it."""

import numpy as np

from convbp.draw import filter_learning, photograph, pictures


def test_the_photograph_is_grey_whole_and_not_flat():
    x = photograph()
    assert x.shape == (160, 135)
    assert x.dtype == np.uint8
    assert x.min() < 20
    assert x.max() > 235
    # Neighbours in a picture of something are alike; noise of the same spread would differ by about 1.1 spreads.
    assert np.abs(np.diff(x.astype(float), axis=1)).mean() < 0.3 * x.std()


def test_each_call_returns_an_array_of_its_own():
    x = photograph()
    x[:] = 0
    assert photograph().any()


def test_zero_is_middle_grey_in_a_signed_picture_only():
    values = np.linspace(-50, 100, 12).reshape(3, 4)
    axes = pictures({"plain": abs(values), "signed": values}, signed=["signed"]).axes[:2]
    (plain_low, plain_high), (low, high) = (a.images[0].get_clim() for a in axes)
    assert plain_low == 0 < plain_high
    assert low == -high < 0
    assert [a.get_title(loc="left") for a in axes] == ["plain", "signed"]
    assert (axes[1].images[0].get_array() == values).all()


def test_the_curves_and_the_filters_are_the_ones_given():
    curve, board = filter_learning({"slow": [4, 2, 1], "fast": [4, 1, 0.25]}, {"found": [[1.04, -0.02], [-2, 3]]}).axes
    assert [list(line.get_ydata()) for line in curve.lines] == [[4, 2, 1], [4, 1, 0.25]]
    assert curve.get_yscale() == "log"
    assert [text.get_text() for text in board.texts] == ["found", "1.0", "0.0", "−2.0", "3.0"]
