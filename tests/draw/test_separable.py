"""What the figures of chapter 12 show: which maps meet in which stage, and areas that are the numbers."""

import pytest
from matplotlib.patches import FancyArrowPatch, Rectangle

from convbp.draw import cost_areas, two_stages


def arrows(axes):
    return [text for text in axes.texts if isinstance(getattr(text, "arrow_patch", None), FancyArrowPatch)]


@pytest.mark.parametrize(("channels", "multiplier", "filters"), [(2, 1, 3), (3, 2, 2), (1, 4, 1)])
def test_every_channel_goes_its_own_way_and_then_all_maps_meet(channels, multiplier, filters):
    (axes,) = two_stages(channels, multiplier, filters).axes
    between = channels * multiplier
    ends = [text.xy[0] for text in arrows(axes)]
    assert len(set(ends)) == 2
    assert sorted(map(ends.count, set(ends))) == sorted([between, between * filters])
    names = [text.get_text() for text in axes.texts if "[" in text.get_text()]
    assert len(names) == channels + between + filters
    assert f"z[{between - 1}]" in names


def test_areas_are_the_numbers_on_one_scale():
    (axes,) = cost_areas({"ordinary": {"weights": 900}, "separable": {"depthwise": 36, "pointwise": 64}}).axes
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    areas = [box.get_width() * box.get_height() for box in boxes]
    assert areas == pytest.approx([900 / 900 * 16, 36 / 900 * 16, 64 / 900 * 16])
    assert boxes[1].get_hatch() != boxes[2].get_hatch()
    words = [text.get_text() for text in axes.texts]
    assert words == ["weights: 900", "ordinary: 900", "depthwise: 36", "pointwise: 64", "separable: 100"]
