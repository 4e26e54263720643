"""ChannelSum in a page without a kernel: mouse, keys, touch, screen reader, small and dark screens."""

import re

import pytest
from playwright.sync_api import expect

from browser.widget_checks import assert_accessible, assert_fits_small_screen, latency, mount_and_leave, watched
from convbp.widgets import ChannelSum
from convbp.widgets.channel_table import ARRAY, RESULT, WAYS
from widget_lab import write_page

GROUPED = {"samples": 1, "channels": 4, "filters": 4, "size": 4, "kernel": 2, "groups": (2, 1, 4)}


def cell_of(root, array, number):
    return root.get_by_role("grid", name=re.compile(f"^{array},")).get_by_role("gridcell").nth(number)


def said(root):
    return root.locator("[aria-live=polite]")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("channel_sum")
    return write_page(folder, [ChannelSum(), ChannelSum(**GROUPED)])


@pytest.fixture(scope="module")
def page(browser, lab):
    with watched(browser, lab, widgets=2) as opened:
        yield opened


@pytest.fixture
def plain(page):
    """The first widget, as the page was opened."""
    root = page.locator(".cb-frame").first
    root.get_by_role("radio", name="its sum").check()
    root.get_by_role("radio", name="sample, filter, channel").check()
    page.mouse.move(0, 0)
    cell = cell_of(root, "y", 1)
    if cell.get_attribute("aria-selected") == "false":
        cell.click()
    page.mouse.move(0, 0)
    return root


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("back", [False, True])
def test_every_cell_says_what_python_says(plain, way, back):
    layer = ChannelSum()
    layer.lanes, layer.back = way, back
    plain.get_by_role("radio", name={"maps": "sample, filter, channel", "places": "output, tap"}[way]).check()
    plain.get_by_role("radio", name="its gradient’s copies" if back else "its sum").check()
    heard = plain.evaluate("""(root) => [...root.querySelectorAll("[role=gridcell]")].map((cell) => {
        cell.dispatchEvent(new PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"}));
        return root.querySelector("[aria-live]").textContent;
    })""")
    expected = [
        layer.table.sentence(kind, cell, way, back)
        for kind in ("input", "weight", "bias", "output")
        for cell in range(len(layer.table.sums.values[ARRAY[kind]]))
    ]
    assert heard == expected


def test_written_twin_holds_every_equation_of_python_for_every_grouping(page):
    root, layer = page.locator(".cb-frame").nth(1), ChannelSum(**GROUPED)
    root.get_by_text("All sums of this layer").click()
    expect(root.locator(".cb-twin table")).to_have_count(4)
    for groups in GROUPED["groups"]:
        layer.groups = groups
        root.get_by_role("combobox", name="Groups").select_option(label=str(groups))
        written = root.locator(".cb-twin td:last-child").all_text_contents()
        sums = layer.table.sums
        cells = [(kind, cell) for kind in ARRAY for cell in range(len(sums.values[ARRAY[kind]]))]
        assert written == [layer.table.equation(RESULT[kind], cell) for kind, cell in cells]
        cell_of(root, "y", 0).hover()
        assert root.locator(".cb-lane").count() == 4 // groups
    root.get_by_text("All sums of this layer").click()


def test_lanes_show_the_partial_sums_and_the_total(plain):
    lanes = plain.locator(".cb-lane")
    expect(lanes.nth(0)).to_contain_text("= 2·2 + (−1)·4 = 0")
    expect(lanes.nth(1)).to_contain_text("= 1·0 + 3·1 = 3")
    expect(plain.locator(".cb-total")).to_have_text("y[0,0,1] = 0 + 3 + b[0] 1 = 4")
    assert plain.locator(".cb-figure-x .cb-lit .cb-value").all_text_contents() == ["2", "4", "0", "1"]


def test_row_of_the_result_pointed_at_stands_out(plain):
    for array, result in {"y": "y", "x": "dx", "w": "dw", "b": "db"}.items():
        cell_of(plain, array, 0).hover()
        expect(plain.locator(".cb-runs [data-now] td").first).to_have_text(result)


def test_copies_of_a_gradient_fan_out_into_dx_and_dw(plain):
    plain.get_by_role("radio", name="its gradient’s copies").check()
    lane = plain.locator(".cb-lane").first
    expect(lane).to_contain_text("dx[0,0,1] += w[0,0,0]\u2009·\u2009dy[0,0,1] = 2·0")
    expect(lane).to_contain_text("dw[0,0,0] += dy[0,0,1]\u2009·\u2009x[0,0,1] = 0·2")
    expect(plain.locator(".cb-total")).to_have_text("dy[0,0,1] = 0 → db[0] gets 0")


def test_keys_walk_cells_and_lanes_pin_and_let_go(plain):
    page = plain.page
    cell_of(plain, "y", 1).focus()
    page.keyboard.press("ArrowDown")
    expect(cell_of(plain, "y", 4)).to_be_focused()
    expect(said(plain)).to_contain_text("y[0,1,1] adds up")
    page.keyboard.press("]")
    expect(plain.locator(".cb-step")).to_have_text("lane 1 / 2")
    expect(plain.locator(".cb-figure-x .cb-lit")).to_have_count(2)
    expect(plain.locator(".cb-lane.cb-dim")).to_have_count(1)
    page.keyboard.press("[")
    expect(plain.locator(".cb-step")).to_have_text("all lanes")
    page.keyboard.press("Enter")
    expect(cell_of(plain, "y", 4)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Shift+Tab")
    expect(plain.locator(".cb-figure-b :focus")).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    expect(cell_of(plain, "w", 0)).to_be_focused()
    expect(said(plain)).to_contain_text("dw[0,0,0] adds up one lane for each sample")
    page.keyboard.press("Escape")
    expect(plain.locator("[aria-selected=true]")).to_have_count(0)
    expect(said(plain)).to_have_text("Nothing is pointed at.")


def test_pointing_answers_at_once(plain, record_property):
    median, late = latency(plain)
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert median < 1000


def test_a_tap_pins_on_a_small_screen_that_does_not_scroll_sideways(browser, lab):
    small = {"width": 390, "height": 844}
    with watched(browser, lab, widgets=2, viewport=small, has_touch=True, is_mobile=True, color_scheme="dark") as page:
        root = page.locator(".cb-frame").first
        cell_of(root, "x", 5).tap()
        expect(cell_of(root, "x", 5)).to_have_attribute("aria-selected", "true")
        expect(said(root)).to_contain_text("dx[0,1,1] adds up one lane for each filter: (−3) + 8 + 0 = 5.")
        assert_fits_small_screen(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible_and_nothing_moves(browser, lab, scheme):
    with watched(browser, lab, widgets=2, color_scheme=scheme, reduced_motion="reduce") as page:
        root = page.locator(".cb-frame").first
        for summary in root.locator("summary").all():
            summary.click()
        cell_of(root, "x", 5).click()
        page.keyboard.press("]")
        assert_accessible(page, scheme)


def test_a_view_that_goes_leaves_nothing_behind(browser, record_property):
    left = mount_and_leave(browser, ChannelSum())
    record_property("first_frame_ms", f"{left['first']:.1f}")
    print(f"first frame: {left['first']:.1f} ms")
    assert left["shown"] == 1
    assert left["heard"] == 2
    assert (left["still_heard"], left["still_shown"]) == (0, 0)
