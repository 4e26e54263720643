"""Invariance in a page without a kernel: every option says what Python says, cell by cell."""

import pytest
from playwright.sync_api import expect

from browser.widget_checks import assert_accessible, assert_fits_small_screen, latency, mount_and_leave, watched
from convbp.widgets import Invariance
from convbp.widgets.moved_maps import BOUNDARIES, MOTIONS, STAGES
from widget_lab import write_page

NAMES = ("picture", "motion", "stage", "boundary")


@pytest.fixture(scope="module")
def shown():
    return Invariance()


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """One page; it must not have complained when all tests are over."""
    with watched(browser, write_page(tmp_path_factory.mktemp("lab"), [Invariance()]), has_touch=True) as page:
        yield page


@pytest.fixture
def root(opened):
    widget = opened.locator(".cb-frame")
    choose(widget, "digit", "shift by 1", "stride 2", "wrap")
    opened.mouse.move(0, 0)
    return widget


def choose(root, *values):
    for name, value in zip(NAMES, values, strict=True):
        root.get_by_role("combobox", name=name.capitalize()).select_option(label=value)


def cells(root, layer):
    return root.get_by_role("grid", name=f"{layer} layer").get_by_role("gridcell")


def said(root):
    return root.locator("[aria-live=polite]")


@pytest.mark.parametrize("picture", ["signal", "digit"])
@pytest.mark.parametrize("motion", MOTIONS)
def test_every_setting_says_what_python_says(root, shown, picture, motion):
    for stage, boundary in zip(STAGES, (*BOUNDARIES, *BOUNDARIES, BOUNDARIES[0]), strict=True):
        choose(root, picture, motion, stage, boundary)
        shown.picture, shown.motion, shown.stage, shown.boundary = picture, motion, stage, boundary
        expect(said(root)).to_have_text(shown.sentence())
        for layer, found in zip(("ordinary", "group"), shown.compared(), strict=False):
            values = [text.replace("−", "-") for text in cells(root, layer).locator(".cb-value").all_text_contents()]
            assert list(map(float, values)) == found.of_moved[0].ravel().tolist()
            ghosts = [text.replace("−", "-") for text in cells(root, layer).locator(".cb-tag").all_text_contents()]
            assert list(map(float, ghosts)) == found.moved[0].ravel().tolist()
            signs = cells(root, layer).locator(".cb-name").all_text_contents()
            assert signs == ["=" if same else "≠" for same in found.equal[0].ravel()]


def test_another_map_is_shown(root, shown):
    choose(root, "digit", "quarter turn", "stride 1", "wrap")
    shown.picture, shown.motion, shown.stage, shown.boundary = "digit", "quarter turn", "stride 1", "wrap"
    root.get_by_role("radio", name="3").check()
    expect(root.get_by_role("radio", name="3")).to_be_focused()
    expected = [f"{value:.0f}".replace("-", "−") for value in shown.compared()[1].of_moved[3].ravel()]
    expect(cells(root, "group").locator(".cb-value")).to_have_text(expected)
    root.get_by_role("radio", name="0").check()


def test_keys_walk_pin_and_let_go(root):
    keys = root.page.keyboard
    cells(root, "ordinary").first.focus()
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    expect(cells(root, "ordinary").nth(5)).to_be_focused()
    expect(said(root)).to_contain_text("ordinary layer[1,1]: y of moved x = ")
    keys.press("Enter")
    expect(cells(root, "ordinary").nth(5)).to_have_attribute("aria-selected", "true")
    keys.press("Escape")
    expect(root.locator("[aria-selected=true]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible(root, scheme):
    root.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    root.locator(".cb-twin").evaluate("twin => { twin.open = true; }")
    cells(root, "group").nth(1).click()
    assert_accessible(root.page, scheme)
    root.locator(".cb-twin").evaluate("twin => { twin.open = false; }")


def test_a_tap_pins_on_a_small_screen(root):
    root.page.set_viewport_size({"width": 390, "height": 844})
    choose(root, "digit", "mirror", "stride 1", "zero")
    cells(root, "group").nth(9).tap()
    expect(cells(root, "group").nth(9)).to_have_attribute("aria-selected", "true")
    assert_fits_small_screen(root.page)
    root.page.set_viewport_size({"width": 1280, "height": 900})


def test_pointing_answers_at_once(root, record_property):
    choose(root, "digit", "mirror", "stride 1", "zero")
    median, late = latency(root)
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert median < 1000


def test_a_view_that_goes_leaves_nothing_behind(browser, record_property):
    seen = mount_and_leave(browser, Invariance(picture="digit"))
    record_property("first_frame_ms", round(seen["first"], 1))
    print(f"first frame: {seen['first']:.1f} ms")
    assert (seen["shown"], seen["heard"]) == (1, 1)
    assert (seen["still_heard"], seen["still_shown"]) == (0, 0)
