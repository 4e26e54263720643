"""What the figures of chapter 11 show: the numbers of both passes, slopes beside functions, the strongest maps."""

import numpy as np
import pytest

from convbp.draw import activation_slopes, curves, network_maps, two_passes
from convbp.draw.network import mosaic


def test_both_passes_show_every_number():
    (axes,) = two_passes({"x": ([1, 2, 3], [-4, 0.5, 6]), "z": ([7, 8.25], [-2.5, 0])}).axes
    words = [text.get_text() for text in axes.texts]
    for word in ("forward", "backward", "x", "z", "1", "2", "3", "−4", "½", "6", "7", "8.25", "−2½", "0"):
        assert word in words


def test_functions_stand_left_and_slopes_right():
    x = np.array([-1.0, 0.0, 2.0])
    left, right = activation_slopes(x, {"square": (x**2, 2 * x)}).axes
    assert left.lines[0].get_ydata().tolist() == [1, 0, 4]
    assert right.lines[0].get_ydata().tolist() == [-2, 0, 4]
    assert right.get_legend().get_texts()[0].get_text() == "square"


def test_curves_count_from_one_and_only_the_named_panels_are_logarithmic():
    figure = curves({"loss": {"a": [4, 2], "b": [3, 1]}, "part": {"a": [0.5]}}, over="epoch", logarithmic=["loss"])
    loss, part = figure.axes
    assert [line.get_xdata()[0] for line in loss.lines] == [1, 1]
    assert (loss.get_yscale(), part.get_yscale()) == ("log", "linear")
    assert loss.get_xlabel() == "epoch"


def test_the_four_maps_with_the_largest_gradients_are_shown():
    y = np.arange(6.0)[:, None, None] * np.ones((6, 2, 2))
    dy = np.zeros((6, 2, 2))
    dy[:, 0, 0] = [1, 9, 2, 8, 7, 6]
    figure = network_maps({"maps": (y, dy), "scores": (np.arange(3.0), np.ones(3))})
    shown = np.asarray(figure.axes[0].images[0].get_array().filled(np.nan))
    assert sorted(set(shown[np.isfinite(shown)])) == [1, 3, 4, 5]
    assert [len(axes.images) for axes in figure.axes] == [1, 1, 1, 1]
    assert figure.axes[3].get_title(loc="left") == "‖δ‖ = 1.7"


@pytest.mark.parametrize(("count", "shape"), [(1, (2, 3)), (2, (2, 7)), (3, (5, 7)), (4, (5, 7))])
def test_mosaic_is_as_square_as_it_can_be(count, shape):
    picture = mosaic(np.ones((count, 2, 3)))
    assert picture.shape == shape
    assert np.nansum(picture) == count * 6


def test_single_numbers_stand_below_each_other_on_the_left():
    picture = mosaic(np.arange(3.0).reshape(3, 1, 1))
    assert picture.shape == (3, 3)
    assert picture[:, 0].tolist() == [0, 1, 2]
    assert np.isnan(picture[:, 1:]).all()


def test_a_logarithmic_scale_does_not_blow_up_what_hardly_changes():
    (axes,) = curves({"size": {"a": [1, 1.1]}}, over="layer", logarithmic=["size"]).axes
    low, high = axes.get_ylim()
    assert high / low > 100
