"""SignConvention in a page without a kernel: what mouse, keys and fingers show is what Python says."""

import re
from itertools import product

import pytest
from playwright.sync_api import expect

from browser import widget_checks as checks
from convbp.correlation import RANGES
from convbp.widgets import SignConvention
from convbp.widgets.sign_tables import CONVENTIONS, SHOWN, equation
from widget_lab import write_page

NOTHING_FITS = {"x": [1, 2], "w": [1, 2, 3]}


@pytest.fixture(scope="module")
def lab_page(tmp_path_factory):
    widgets = [SignConvention(), SignConvention(**NOTHING_FITS), SignConvention(w=[1, 0, -1], mode=("full", "valid"))]
    return write_page(tmp_path_factory.mktemp("signs"), widgets)


@pytest.fixture(scope="module")
def opened(browser, lab_page):
    with checks.watched(browser, lab_page, widgets=3, reduced_motion="reduce") as page:
        page.set_default_timeout(5000)
        yield page


@pytest.fixture
def widget(opened):
    root = opened.locator(".cb-frame").first
    choose(root, "correlation", "y", "valid")
    root.get_by_role("button", name="first place").dispatch_event("click")
    opened.mouse.move(0, 0)
    return root


def choose(root, convention, shown, mode):
    root.get_by_role("radio", name=convention).check()
    root.get_by_role("radio", name=re.compile(f"ward: {shown}$")).check()
    root.get_by_role("combobox", name="Range").select_option(mode)


def said(root):
    return root.locator("[aria-live=polite]")


def result(root, letter):
    return root.get_by_role("grid", name=re.compile(f"^{letter},")).get_by_role("gridcell")


def test_every_place_of_every_setting_says_what_python_says(widget):
    signs = SignConvention()
    checks.open_twin(widget.locator("summary").last)
    for convention, shown, mode in product(CONVENTIONS, SHOWN, RANGES):
        choose(widget, convention, shown, mode)
        signs.convention, signs.shown, signs.mode = convention, shown, mode
        table = signs.table
        sums = widget.locator(".cb-written table").last.locator("td:last-child").all_text_contents()
        assert sums == [equation(table, step) for step in range(len(table.places))]
        expect(widget.locator(".cb-code")).to_have_text(re.sub("[{}]", "", table.code))
        expect(widget.locator(".cb-sign-formula")).to_have_text(re.sub("[{}]", "", table.formula))
        sign = re.search(r"\{(.)\}", table.formula).group(1)
        assert widget.locator(".cb-sign-formula .cb-sign").text_content() == sign
        columns = "cells => cells.map(cell => Math.round(cell.getBoundingClientRect().left))"
        strip = widget.locator(".cb-laid .cb-cell").evaluate_all(columns)
        still = result(widget, table.still.letter).evaluate_all(columns)
        left = dict(zip(table.still.at, still, strict=True))
        for column, place in zip(sorted(c for c, _ in table.places[0]), strip, strict=True):
            assert column not in left or left[column] == place
    widget.locator("summary").last.click()


def test_the_switch_turns_the_filter_and_renames_the_window(widget):
    named = "y[{}] is named after the {} cell of its window: w[0] on x[{}] and w[1] on x[{}]."
    expect(said(widget)).to_contain_text(named.format(0, "first", 0, 1))
    expect(widget.locator(".cb-stage")).to_contain_text("the filter, as it is")
    widget.get_by_role("radio", name="convolution").check()
    expect(said(widget)).to_contain_text(named.format(1, "last", 1, 0))
    expect(widget.locator(".cb-stage")).to_contain_text("the filter, turned round")
    assert widget.locator(".cb-laid .cb-name").all_text_contents() == ["w[1]", "w[0]"]


def test_keys_switch_walk_and_pin(widget):
    page = widget.page
    widget.get_by_role("radio", name="correlation").focus()
    page.keyboard.press("ArrowRight")
    expect(widget.get_by_role("radio", name="convolution")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(widget.get_by_role("radio", name="backward: dx")).to_be_checked()
    page.keyboard.press("Tab")
    expect(result(widget, "dx").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(said(widget)).to_contain_text("x[1] is read by y[1] through w[0] and y[2] through w[1].")
    page.keyboard.press("Enter")
    expect(result(widget, "dx").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("]")
    expect(widget.locator(".cb-step")).to_have_text("place 3 / 4")
    page.keyboard.press("[")
    expect(widget.locator(".cb-step")).to_have_text("place 2 / 4")
    page.keyboard.press("Tab")
    expect(result(widget, "dy").first).to_be_focused()
    page.keyboard.press("Tab")
    expect(widget.locator(".cb-code")).to_be_focused()


def test_hover_previews_and_a_click_pins(widget):
    result(widget, "y").nth(2).hover()
    expect(said(widget)).to_contain_text("y[2] = w[0]·x[2] + w[1]·x[3] = 2·4 + (−1)·7 = 1")
    expect(widget.locator(".cb-step")).to_have_text("place 1 / 3")
    widget.locator(".cb-title").hover()
    expect(said(widget)).to_contain_text("y[0] = ")
    result(widget, "y").nth(2).click()
    widget.locator(".cb-title").hover()
    expect(said(widget)).to_contain_text("y[2] = ")
    expect(widget.locator(".cb-step")).to_have_text("place 3 / 3")


def test_a_tap_over_no_output_is_marked(widget):
    choose(widget, "correlation", "dx", "valid")
    assert widget.locator(".cb-laid .cb-tag").all_text_contents() == ["∅", ""]
    expect(said(widget)).to_contain_text("x[0] is read by y[0] through w[0].")


def test_where_no_window_fits_the_reason_stands_and_the_gradients_are_zero(opened):
    root = opened.locator(".cb-frame").nth(1)
    expect(root.locator(".cb-empty")).to_have_text("No window fits: the filter has 3 taps, the input 2 cells.")
    root.get_by_role("radio", name="backward: dx").check()
    expect(said(root)).to_have_text("No window fits: the filter has 3 taps, the input 2 cells.")
    root.get_by_role("combobox", name="Range").select_option("full")
    expect(said(root)).to_contain_text("dx[0] = ")


def test_a_tap_of_a_finger_pins_on_a_small_screen(browser, lab_page):
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with checks.watched(browser, lab_page, widgets=3, **options) as page:
        root = page.locator(".cb-frame").first
        result(root, "y").nth(1).tap()
        expect(said(root)).to_contain_text("y[1] = ")
        checks.assert_fits_small_screen(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible_and_nothing_moves(browser, lab_page, scheme):
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    with checks.watched(browser, lab_page, widgets=3, **options) as page:
        root = page.locator(".cb-frame").first
        for summary in root.locator("summary").all():
            summary.click()
        choose(root, "convolution", "dx", "full")
        result(root, "dx").nth(1).focus()
        checks.assert_accessible(page, scheme)


def test_answers_at_once_and_leaves_nothing_behind(browser, widget, record_property):
    median, late = checks.latency(widget, "[aria-label^='y,'] [role=gridcell]")
    print(f"pointer to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    assert median < 1000
    left = checks.mount_and_leave(browser, SignConvention())
    print(f"first frame {left['first']:.0f} ms")
    assert (left["heard"], left["still_heard"], left["still_shown"]) == (2, 0, 0)
