"""What the figures of chapter 1 show."""

from convbp import draw
from convbp.draw.hand import DASHES

X, W, B, Y, T = [1, 2, 4, 7], [2, -1], 1, [1, 1, 2], [2, 1, 0]
DX, DY = [-2, 1, 4, -2], [-1, 0, 2]


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def arrows(figure):
    return [text for text in figure.axes[0].texts if getattr(text, "arrow_patch", None) is not None]


def test_forward_shows_every_number_once():
    shown = words(draw.forward_paths(X, W, B, Y, T, 2.5))
    numbers = [word for word in shown if word.replace(".", "").isdigit()]
    assert numbers == ["1", "2", "4", "7", "1", "1", "2", "2.5"]
    assert {"t[0] = 2", "t[1] = 1", "t[2] = 0", "b = 1 is added to each y"} <= set(shown)


def test_there_is_a_path_for_each_product_and_one_from_each_output_to_the_loss():
    for figure in (draw.forward_paths(X, W, B, Y, T, 2.5), draw.backward_paths(DX, W, DY)):
        shown = words(figure)
        assert (shown.count("w[0] = 2"), shown.count("w[1] = −1")) == (3, 3)
        assert len(arrows(figure)) == 6 + 3


def test_backward_arrows_are_the_forward_arrows_turned_round():
    forward = arrows(draw.forward_paths(X, W, B, Y, T, 2.5))
    backward = arrows(draw.backward_paths(DX, W, DY))
    there = {(arrow.xyann, arrow.xy) for arrow in forward}
    back = {(arrow.xy, arrow.xyann) for arrow in backward}
    assert there == back


def test_backward_shows_the_gradients_with_a_true_minus():
    shown = words(draw.backward_paths(DX, W, DY))
    assert [word for word in shown if word.lstrip("−").isdigit()] == ["−2", "1", "4", "−2", "−1", "0", "2", "1"]
    assert {"dx[3]", "dy[2]", "dL"} <= set(shown)


def test_taps_differ_without_colour():
    styles = [arrow.arrow_patch.get_linestyle() for arrow in arrows(draw.backward_paths(DX, W, DY))]
    assert styles[:6] == list(DASHES[:2]) * 3
