"""PoolRouting in a page without a kernel: what it says is what the library says, for any numbers that are typed."""

import numpy as np
import pytest
from playwright.sync_api import expect

from browser.widget_checks import (
    assert_accessible,
    assert_fits_small_screen,
    latency,
    mount_and_leave,
    open_twin,
    watched,
)
from convbp.widgets import PoolRouting
from convbp.widgets.frame import joined
from convbp.widgets.pool_reading import KINDS, LP, SHARED, real_cells
from widget_lab import write_page

# The page's own evaluation of one setting, for many contents at once.
POOL = """async ([script, sent, packed, contents]) => {
    const code = script + "export {readPoolTable, readAnswers, pooled, checkLine};";
    const pool = await import(URL.createObjectURL(new Blob([code], {type: "text/javascript"})));
    const [answers, table] = [pool.readAnswers(sent), pool.readPoolTable(packed)];
    return contents.map(([kind, numbers, dy]) => {
        let place = 0;
        const x = table.padding.map((padding) => (padding ? null : numbers[place++]));
        const now = pool.pooled(table, answers, kind, x, dy);
        const dx = now.dx.filter((_, cell) => !table.padding[cell]);
        return {y: now.windows.map((found) => found.y), dx, line: pool.checkLine(table, now, kind, x, dy)};
    });
}"""


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """One page; it must not have complained when all tests are over."""
    path = write_page(tmp_path_factory.mktemp("lab"), [PoolRouting()])
    with watched(browser, path, has_touch=True) as page:
        yield page


@pytest.fixture
def plane(opened):
    root = opened.locator(".cb-frame").first
    root.get_by_role("button", name="Reset").click()
    root.get_by_role("combobox", name="Pool").select_option(index=0)
    root.get_by_role("combobox", name="Stride").select_option(label="2")
    root.get_by_role("radio", name="backward").check()
    return root


def cell(root, grid, number):
    return root.get_by_role("grid", name=f"{grid}, ").get_by_role("gridcell").nth(number)


def said(root):
    return root.locator("[aria-live=polite]")


def python_of(root, **changes):
    routing = PoolRouting()
    for name, value in changes.items():
        setattr(routing, name, value)
    return routing


def test_any_content_is_pooled_as_the_library_does(opened):
    rng = np.random.default_rng(3)
    for routing in (PoolRouting(), PoolRouting(size=8, kernel_size=3, stride=(1, 2), padding=(0, 1))):
        for stride in routing.options["stride"]:
            for padding in routing.options["padding"]:
                routing.stride, routing.padding = stride, padding
                count = len(routing.table.reads)
                contents = [
                    [kind, rng.integers(-5, 10, routing.x.size).tolist(), rng.integers(-9, 10, count).tolist()]
                    for kind in KINDS
                    for _ in range(6)
                ]
                sent = [joined("frame.js", "pool_tables.js"), routing.answers, routing.table.packed(), contents]
                for (kind, x, dy), actual in zip(contents, opened.evaluate(POOL, sent), strict=True):
                    routing.kind, routing.x, routing.dy = kind, np.reshape(x, routing.x.shape), dy
                    found = routing.pooled()
                    np.testing.assert_allclose(actual["y"], found.y, rtol=1e-7)  # nine digits are sent
                    np.testing.assert_allclose(actual["dx"], found.dx, rtol=1e-6, atol=1e-7)
                    assert actual["line"].endswith("✓")


def test_pointing_says_what_python_says(plane):
    routing = python_of(plane)
    for direction in ("forward", "backward"):
        plane.get_by_role("radio", name=direction).check()
        routing.direction = direction
        for kind, grid, number in (("input", "x", 8), ("output", "y", 4), ("input", "x", 4)):
            cell(plane, grid, number).hover()
            axes = routing.table.x if grid == "x" else routing.table.y
            routing.selection = {
                "kind": kind,
                "index": [int(n) for n in np.unravel_index(number, list(map(len, axes)))],
            }
            expect(said(plane)).to_contain_text(routing.equation())
            assert (routing.check_line() in said(plane).inner_text()) == (direction == "backward")


def test_every_kind_and_setting_writes_what_python_writes(plane):
    routing = python_of(plane)
    open_twin(plane.locator(".cb-twin summary"))
    for kind in KINDS:
        plane.get_by_role("combobox", name="Pool").select_option(label=kind)
        for stride in (1, 2):
            plane.get_by_role("combobox", name="Stride").select_option(label=str(stride))
            for padding in (1, 0):
                plane.get_by_role("combobox", name="Padding").select_option(label=str(padding))
                routing.kind, routing.stride, routing.padding = kind, stride, padding
                expected = []
                for which, count in (("output", len(routing.table.reads)), ("input", len(routing.table.marks))):
                    axes = routing.table.x if which == "input" else routing.table.y
                    for number in range(count):
                        if which == "output" or number in real_cells(routing.table):
                            places = np.unravel_index(number, list(map(len, axes)))
                            index = [along[i] for along, i in zip(axes, places, strict=True)]
                            routing.selection = {"kind": which, "index": index}
                            expected.append(routing.equation())
                assert plane.locator(".cb-written td:last-child").all_text_contents() == expected
    plane.locator(".cb-twin summary").click()


def test_keys_walk_type_step_and_let_go(plane):
    keys = plane.page.keyboard
    cell(plane, "x", 0).focus()
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    expect(cell(plane, "x", 7)).to_be_focused()
    keys.press("9")
    expect(cell(plane, "x", 7)).to_have_attribute("aria-label", "x[1,1] = 9, dx[1,1] = 4, wins 1")
    keys.press("-")
    expect(cell(plane, "x", 7)).to_be_focused()
    expect(said(plane)).to_contain_text("dx[1,1] = 4")
    keys.press("Enter")
    expect(cell(plane, "x", 7)).to_have_attribute("aria-selected", "true")
    expect(plane.get_by_role("slider")).to_have_attribute("aria-valuetext", "8")
    keys.press("[")
    expect(plane.locator(".cb-step")).to_have_text("window 5 / 6")
    expect(cell(plane, "y", 4)).to_have_attribute("aria-selected", "true")
    cell(plane, "y", 4).focus()
    keys.press("+")
    expect(cell(plane, "y", 4)).to_have_attribute("aria-label", "y[1,1] = 5, dy[1,1] = 17")
    keys.press("]")
    keys.press("Escape")
    expect(plane.locator("[aria-selected=true]")).to_have_count(0)


def test_slider_edits_the_pinned_cell_and_a_tie_is_shared(plane):
    plane.get_by_role("combobox", name="Pool").select_option(label=SHARED)
    cell(plane, "x", 0).click()
    slider = plane.get_by_role("slider", name="x[0,0]")
    slider.fill("8")  # the ninth of the numbers from −5
    expect(cell(plane, "x", 0)).to_have_attribute("aria-label", "x[0,0] = 3, dx[0,0] = 1.33, wins 1")
    expect(said(plane)).to_contain_text("sum in: Σ dy = 52; sum out: Σ dx = 52 ✓")


def test_kind_lp_keeps_the_weighted_sum(plane):
    plane.get_by_role("combobox", name="Pool").select_option(label=LP)
    expect(said(plane)).to_contain_text("Σ y·dy = 287.33; sum out: Σ x·dx = 287.33 ✓")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible(plane, scheme):
    plane.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    plane.locator(".cb-twin").evaluate("twin => { twin.open = true; }")
    cell(plane, "y", 1).click()
    assert_accessible(plane.page, scheme)
    plane.locator(".cb-twin").evaluate("twin => { twin.open = false; }")


def test_a_tap_pins_on_a_small_screen(plane):
    plane.page.set_viewport_size({"width": 390, "height": 844})
    plane.get_by_role("combobox", name="Padding").select_option(label="1")
    cell(plane, "x", 9).tap()
    expect(cell(plane, "x", 9)).to_have_attribute("aria-selected", "true")
    assert_fits_small_screen(plane.page)
    plane.get_by_role("combobox", name="Padding").select_option(label="0")
    plane.page.set_viewport_size({"width": 1280, "height": 900})


def test_pointing_answers_at_once(plane, record_property):
    median, late = latency(plane)
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert median < 1000


def test_a_view_that_goes_leaves_nothing_behind(browser, record_property):
    seen = mount_and_leave(browser, PoolRouting())
    record_property("first_frame_ms", round(seen["first"], 1))
    assert (seen["shown"], seen["heard"]) == (1, 3)
    assert (seen["still_heard"], seen["still_shown"]) == (0, 0)
