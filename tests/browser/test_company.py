"""All widgets on one page: none changes how another looks."""

import pytest

from browser.widget_checks import watched
from convbp import widgets
from widget_lab import write_page

NAMES = sorted(set(widgets.__all__) - {"Live"})
ARGUMENTS = {"SelfCheck": {"chapter": 4}, "NetworkStepper": {"samples": (2,)}}
# Where every element of one widget stands in it, and what it wears.
LOOKS = """frame => {
    const from = frame.getBoundingClientRect();
    return [...frame.querySelectorAll("*")].filter((part) => part.checkVisibility()).map((part) => {
        const box = part.getBoundingClientRect(), style = getComputedStyle(part);
        const place = [box.left - from.left, box.top - from.top, box.width, box.height].map(Math.round);
        return [part.tagName, part.getAttribute("class"), ...place, style.color, style.backgroundColor, style.font];
    });
}"""


def make(name):
    return getattr(widgets, name)(**ARGUMENTS.get(name, {}))


@pytest.fixture(scope="module")
def company(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    with watched(browser, write_page(folder, list(map(make, NAMES))), widgets=len(NAMES)) as page:
        yield page


@pytest.mark.parametrize("name", NAMES)
def test_a_widget_looks_the_same_alone_and_in_company(browser, company, tmp_path, name):
    with watched(browser, write_page(tmp_path, [make(name)])) as page:
        alone = page.locator(".cb-frame").evaluate(LOOKS)
    assert len(alone) > 10
    assert company.locator(".cb-frame").nth(NAMES.index(name)).evaluate(LOOKS) == alone


def test_no_picture_is_cut_in_the_column_of_a_desktop_page(browser, tmp_path):
    column = {"width": 700, "height": 900}  # leaves a widget the 667 pixels that it has in the book
    with watched(browser, write_page(tmp_path, list(map(make, NAMES))), widgets=len(NAMES), viewport=column) as page:
        assert page.locator(".cb-frame").first.evaluate("frame => frame.offsetWidth") in range(660, 675)
        hidden = (
            "all => all.map((picture) => [picture.parentElement.ariaLabel, picture.scrollWidth - picture.clientWidth])"
        )
        cut = [found for found in page.locator(".cb-picture").evaluate_all(hidden) if found[1] > 0]
        assert cut == []
