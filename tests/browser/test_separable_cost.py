"""SeparableCost in a page without a kernel: sliders, mouse, keys, touch, screen reader, small and dark screens."""

import re

import pytest
from playwright.sync_api import expect

from browser.widget_checks import assert_accessible, assert_fits_small_screen, latency, mount_and_leave, watched
from convbp.widgets import SeparableCost
from convbp.widgets.separable_table import VIEWS
from widget_lab import write_page

TWICE = {
    "w_depth": [[[2, -1], [1, 3]], [[0, 1], [-1, 1]]],
    "w_point": [[1, 0, 2, -1], [0, 3, 1, 1], [2, 2, 0, -2]],
}
LABELS = {"channels": "I, channels in", "filters": "O, filters", "kernel": "K × K taps", "multiplier": "M, multiplier"}
PASSES = {False: "forward", True: "backward"}
POINT_AT_ALL = """(root) => [...root.querySelectorAll("[role=gridcell]")].map((cell) => {
    cell.dispatchEvent(new PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"}));
    return [cell.closest("[role=grid]").ariaLabel.split(",")[0], root.querySelector("[aria-live]").textContent];
})"""
AREAS = "all => all.map(one => one.offsetWidth * one.offsetHeight)"


def cell_of(root, array, number):
    return root.get_by_role("grid", name=re.compile(f"^{array},")).get_by_role("gridcell").nth(number)


def said(root):
    return root.locator("[aria-live=polite]")


def show(root, view):
    root.get_by_role("radio", name=view, exact=True).check()


def slide(root, widget, **sizes):
    """Move the sliders, in the page and in Python."""
    for name, size in sizes.items():
        slider = root.get_by_role("slider", name=LABELS[name])
        slider.fill(str(widget.options[name].index(size)))
        setattr(widget, name, size)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    widgets = [SeparableCost(), SeparableCost(**TWICE), SeparableCost(view="rank")]
    return write_page(tmp_path_factory.mktemp("separable_cost"), widgets)


@pytest.fixture(scope="module")
def page(browser, lab):
    with watched(browser, lab, widgets=3) as opened:
        yield opened


@pytest.fixture
def root(page):
    """The first widget, with the costs that it was opened with."""
    root = page.locator(".cb-frame").first
    show(root, "cost")
    slide(root, SeparableCost(), channels=64, filters=128, kernel=3, multiplier=1)
    page.mouse.move(0, 0)
    return root


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_sliders_say_what_python_says(root, kernel):
    widget = SeparableCost()
    slide(root, widget, kernel=kernel)
    for filters in (1, 128):
        for multiplier in (1, 4):
            slide(root, widget, filters=filters, multiplier=multiplier, channels=3 if multiplier == 4 else 64)
            expect(said(root)).to_have_text(widget.sentence())
            table = widget.table
            costs = (table.ordinary, table.depthwise, table.pointwise, table.separable)
            shown = root.locator(".cb-strip td:not(:first-child)").all_text_contents()
            assert shown == [f"{number:,}" for found in costs for number in found]


def test_areas_stand_in_the_ratio_of_the_parameters(root):
    ordinary, pointwise, depthwise = root.locator(".cb-area").evaluate_all(AREAS)
    assert ordinary / pointwise == pytest.approx(9, rel=0.05)  # the sides of the smaller block are whole pixels
    assert ordinary / depthwise == pytest.approx(128, rel=0.1)


def test_arrow_keys_move_a_slider_and_its_words(root):
    slider = root.get_by_role("slider", name=LABELS["filters"])
    slider.focus()
    root.page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "64")
    expect(said(root)).to_contain_text("needs 4,672 parameters where the ordinary one has 36,864")
    root.page.keyboard.press("Home")
    expect(said(root)).to_contain_text("saves nothing: it needs")


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("back", [False, True])
def test_every_cell_of_both_views_says_what_python_says(page, number, back):
    frame, widget = page.locator(".cb-frame").nth(number), SeparableCost(**(TWICE if number else {}))
    show(frame, "gradients")
    show(frame, PASSES[back])
    for view in VIEWS:
        show(frame, view)
        heard = {}
        for array, words in frame.evaluate(POINT_AT_ALL):
            heard.setdefault(array, []).append(words)
        for array, shape in widget.layer.sums(view).shapes.items():
            order = range(len(widget.layer.sums(view).values[array]))
            if view == "rank" and array == "w_depth":
                cells = widget.layer.rank.cells(array)
                order = sorted(order, key=lambda cell: (cells[cell][1], cell))
            said_by_python = [
                f"{widget.layer.sentence(view, array, cell, back)} {widget.layer.equation(view, array, cell, back)}"
                for cell in order
            ]
            assert heard[array] == said_by_python, (view, array, shape)


def test_written_twin_holds_the_formulas_and_every_sum(root):
    root.get_by_text("The numbers of this picture").click()
    expect(root.locator(".cb-twin table")).to_have_count(2)
    written = root.locator(".cb-twin td:last-child").all_text_contents()
    assert written[:3] == ["I·O·K² = 64·128·3² = 73,728", "I·M·K² = 64·1·3² = 576", "I·M·O = 64·1·128 = 8,192"]
    assert written[-4:] == [f"{n * 28 * 28:,}" for n in (73728, 576, 8192, 8768)]
    show(root, "gradients")
    show(root, PASSES[True])
    layer = SeparableCost().layer
    arrays = ("x", "w_depth", "z", "w_point")
    sums = [(array, cell) for array in arrays for cell in range(len(layer.gradients.values[array]))]
    expected = [layer.equation("gradients", array, cell, True) for array, cell in sums]
    assert root.locator(".cb-twin td").all_text_contents() == expected
    root.get_by_text("The numbers of this picture").click()


def test_gradients_light_up_the_stage_they_come_through(root):
    show(root, "gradients")
    show(root, PASSES[True])
    cell_of(root, "z", 1).hover()
    assert root.locator(".cb-figure-w_point .cb-lit .cb-name").all_text_contents() == ["0,0", "1,0", "2,0"]
    assert root.locator(".cb-figure-y .cb-lit .cb-name").all_text_contents() == ["0,1", "1,1", "2,1"]
    expect(root.locator(".cb-figure-x .cb-lit")).to_have_count(0)
    cell_of(root, "x", 2).hover()
    assert root.locator(".cb-figure-w_depth .cb-lit .cb-name").all_text_contents() == ["0,0,0", "0,0,1"]
    expect(root.locator(".cb-figure-z .cb-caption")).to_have_text("dz")


def test_keys_walk_the_layer_pin_and_let_go(root):
    page = root.page
    show(root, "rank")
    cell_of(root, "w", 0).focus()
    page.keyboard.press("ArrowDown")
    expect(said(root)).to_contain_text("w[1,0,0] of the ordinary filter adds up, for each m")
    page.keyboard.press("Enter")
    expect(cell_of(root, "w", 4)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Shift+Tab")
    expect(cell_of(root, "w_point", 0)).to_be_focused()
    page.keyboard.press("Escape")
    expect(root.locator("[aria-selected=true]")).to_have_count(0)
    expect(said(root)).to_have_text("Nothing is pointed at.")
    cell_of(root, "w_depth", 1).click()


def test_pointing_and_sliding_answer_at_once(root, record_property):
    show(root, "gradients")
    median, late = latency(root)
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    show(root, "cost")
    times = root.evaluate("""async (root) => {
        const slider = root.querySelector("input[type=range]");
        const times = [];
        for (let turn = 0; turn < 40; turn += 1) {
            await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
            slider.value = turn % 5;
            const start = performance.now();
            slider.dispatchEvent(new Event("input", {bubbles: true}));
            root.getBoundingClientRect();
            times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b);
    }""")
    record_property("slider_to_layout_ms", f"median {times[20]:.1f}, 95 % {times[38]:.1f}")
    print(f"pointer: median {median:.1f} ms, 95 % {late:.1f} ms; slider: {times[20]:.1f} ms, {times[38]:.1f} ms")
    assert median < 1000
    assert times[20] < 1000


def test_a_tap_pins_on_a_small_screen_that_does_not_scroll_sideways(browser, lab):
    small = {"width": 390, "height": 844}
    with watched(browser, lab, widgets=3, viewport=small, has_touch=True, is_mobile=True, color_scheme="dark") as page:
        root = page.locator(".cb-frame").first
        assert_fits_small_screen(page)
        slide(root, SeparableCost(), channels=64, filters=128, kernel=7)
        assert_fits_small_screen(page)
        show(root, "gradients")
        cell_of(root, "z", 4).tap()
        expect(cell_of(root, "z", 4)).to_have_attribute("aria-selected", "true")
        expect(said(root)).to_contain_text("dz[1,1] sums over all filters")
        assert_fits_small_screen(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible_and_nothing_moves(browser, lab, scheme):
    with watched(browser, lab, widgets=3, color_scheme=scheme, reduced_motion="reduce") as page:
        for root, view in zip(page.locator(".cb-frame").all(), ("cost", "gradients", "rank"), strict=True):
            show(root, view)
            for summary in root.locator("summary").all():
                summary.click()
        cell_of(root, "w", 3).click()
        assert_accessible(page, scheme)


def test_a_view_that_goes_leaves_nothing_behind(browser, record_property):
    left = mount_and_leave(browser, SeparableCost())
    record_property("first_frame_ms", f"{left['first']:.1f}")
    print(f"first frame: {left['first']:.1f} ms")
    assert left["shown"] == 1
    assert left["heard"] == 2
    assert (left["still_heard"], left["still_shown"]) == (0, 0)
