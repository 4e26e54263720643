"""Live: each choice calls the function again, and the same choice gives the same bytes."""

import re

import pytest

from convbp import coverage, draw
from convbp.widgets import Live


def windows(stride, kernel):
    """The picture that the tests choose settings for."""
    counts = coverage((4, 5), kernel, stride)
    return draw.coverage_map(counts, (kernel, kernel)), f"rows < {counts[0]}"


@pytest.fixture
def live():
    return Live(windows, stride=(1, 2, 3), kernel=(2, 3))


def test_the_first_options_are_shown_at_the_start(live):
    assert live.chosen == {"stride": 1, "kernel": 2}
    assert "rows &lt; (1, 2, 2, 1)" in live.html


def test_a_choice_computes_and_draws_anew(live):
    before = live.html
    live.choose(stride=3, kernel=3)
    assert "rows &lt; (1, 1, 1, 0)" in live.html
    assert re.search('src="([^"]*)"', live.html)[1] != re.search('src="([^"]*)"', before)[1]


def test_the_same_choice_gives_the_same_bytes(live):
    before = live.html
    live.choose(stride=2)
    live.choose(stride=1)
    assert live.html == before
    assert Live(windows, stride=(1,), kernel=(2,)).html == before


def test_the_picture_has_a_text_and_every_menu_a_name(live):
    assert 'alt="Picture for stride 1, kernel 2. Its numbers stand below."' in live.html
    assert [menu.description for menu in live.children[1].children] == ["stride", "kernel"]


def test_it_says_that_it_needs_a_kernel(live):
    assert "need a running kernel" in live.children[0].value


def test_its_text_is_stable(live):
    assert repr(live) == "Live(windows, stride=(1, 2, 3), kernel=(2, 3))"


def test_bad_input_is_named():
    with pytest.raises(TypeError, match="picture must be callable; got str"):
        Live("windows", stride=(1,))
    with pytest.raises(ValueError, match=r"stride must have one or more options; got \(\)"):
        Live(windows, stride=(), kernel=(2,))
