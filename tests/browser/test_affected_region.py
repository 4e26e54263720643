"""AffectedRegion in the built book, where no kernel runs: mouse, keys, touch, screen reader, small and dark screens."""

import re
from importlib.resources import files
from itertools import product

import numpy as np
import pytest
from playwright.sync_api import expect

from browser.widget_checks import open_twin
from convbp.widgets import AffectedRegion
from convbp.widgets.affected_region import OPTIONS
from convbp.widgets.pointing import equation, is_padding
from widget_lab import write_page

PAGES = {1: "04_one_dimension.html", 2: "05_two_dimensions.html"}
SIZES = {1: {"size": 8, "kernel": 3}, 2: {"size": (6, 5), "kernel": (3, 2)}}
PAGE_COLOUR = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 20, 23)"}
RUN_AXE = "async () => (await axe.run('.cb-frame', {resultTypes: ['violations'], preload: false})).violations"
# The work that one event causes, layout included; what a frame waits for the next refresh of the screen is left out.
LATENCY = """async (widget) => {
    const cells = [...widget.querySelectorAll("[role=gridcell]")];
    const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const times = [];
    for (let turn = 0; turn < 60; turn += 1) {
        await painted();
        const start = performance.now();
        const over = new PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"});
        cells[(turn * 7) % cells.length].dispatchEvent(over);
        widget.getBoundingClientRect();
        times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b);
}"""


# A stand-in for the model counts who listens to it.
MOUNT_AND_LEAVE = """async ([script, state]) => {
    const widget = (await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})))).default;
    const heard = new Set();
    const model = {
        get: (name) => state[name], set: (name, value) => { state[name] = value; }, save_changes: () => {},
        on: (names, call) => heard.add(call), off: (names, call) => heard.delete(call),
    };
    const el = document.body;
    const leave = [widget.initialize({model}), widget.render({model, el})];
    const seen = {cells: el.querySelectorAll("[role=gridcell]").length, heard: heard.size};
    leave.forEach((go) => go());
    return {...seen, still_heard: heard.size, still_shown: el.childElementCount};
}"""


class Widget:
    """One AffectedRegion on a page, as a reader sees it."""

    def __init__(self, page, rank=1, number=0):
        self.root = page.locator(".cb-frame").nth(number)
        expect(self.root).to_be_visible()
        self.page, self.rank = page, rank
        self.root.scroll_into_view_if_needed()

    def cells(self, grid):
        return self.root.get_by_role("grid", name=re.compile(f"^{grid},")).get_by_role("gridcell")

    def cell(self, grid, number):
        return self.cells(grid).nth(number)

    @property
    def strip(self):
        return self.root.locator(".cb-strip")

    @property
    def said(self):
        return self.root.locator("[aria-live=polite]")

    def control(self, name):
        return self.root.get_by_role("combobox", name=name.capitalize())

    def choose(self, **options):
        for name, value in options.items():
            self.control(name).select_option(label=str(value))

    def start_anew(self):
        """Bring the widget back to how the page was opened."""
        for name in OPTIONS:
            self.control(name).select_option(index=0)
        self.root.locator("details").evaluate_all("all => all.forEach(twin => { twin.open = false; })")
        middle = {1: 4, 2: 17}[self.rank]
        if self.cell("x", middle).get_attribute("aria-selected") == "false":
            self.cell("x", middle).click()
        self.page.mouse.move(0, 0)

    def mouths(self):
        """The weights at the mouths of the wedges."""
        return self.root.locator(".cb-mouth").all_text_contents()

    def tags(self, grid):
        """The marks on the lit cells of a grid."""
        return self.root.locator(f".cb-figure-{grid} .cb-lit .cb-tag").all_text_contents()


@pytest.fixture(scope="module")
def opened(browser, book_url):
    """Both chapters, opened once: typesetting a page takes longer than a test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    pages = {rank: context.new_page() for rank in PAGES}
    for rank, page in pages.items():
        page.goto(book_url(PAGES[rank]), wait_until="load")
        page.evaluate("() => window.MathJax.startup.promise")
    yield pages
    context.close()


@pytest.fixture
def widget_of(opened):
    """Give the widget of a chapter as the page was opened."""

    def start(rank):
        opened[rank].bring_to_front()
        widget = Widget(opened[rank], rank)
        widget.start_anew()
        return widget

    return start


@pytest.fixture
def line(widget_of):
    return widget_of(1)


@pytest.fixture
def plane(widget_of):
    return widget_of(2)


@pytest.mark.parametrize("scheme", ["http", "file"])
@pytest.mark.parametrize("rank", [1, 2])
def test_widget_stands_in_the_page_without_a_kernel(page, visit, scheme, rank):
    visit(page, PAGES[rank], scheme=scheme)
    widget = Widget(page, rank)
    region = AffectedRegion(**SIZES[rank])
    expect(widget.said).to_contain_text(region.equation())


def test_pointing_at_an_input_lights_its_outputs_with_their_weights(line):
    line.choose(stride=2)
    line.cell("x", 4).hover()
    expect(line.said).to_have_text(
        "x[4] is read by y[1] through w[2] and y[2] through w[0]. dx[4] = w[2]·dy[1] + w[0]·dy[2] = 2·2 + 1·(−1) = 3"
    )
    assert line.tags("y") == ["w[2]", "w[0]"]
    assert line.root.locator(".cb-wedge").count() == 2
    assert line.mouths() == ["w[2]", "w[0]"]
    expect(line.cell("x", 4)).to_have_attribute("aria-label", "dx[4] = 3")
    expect(line.cell("y", 1)).to_have_attribute("aria-label", "dy[1] = 2, with w[2]")


def test_pointing_at_a_weight_lights_its_patch(line):
    line.choose(stride=2)
    line.cell("w", 1).hover()
    expect(line.said).to_contain_text("dw[1] = x[1]·dy[0] + x[3]·dy[1] + x[5]·dy[2] = ")
    chips = line.strip.locator(".cb-chip").all_text_contents()
    assert chips == ["dw[1]", "x[1]", "dy[0]", "x[3]", "dy[1]", "x[5]", "dy[2]"]
    assert line.tags("x") == ["dy[0]", "dy[1]", "dy[2]"]


def test_pointing_at_an_output_lights_its_window(line):
    line.choose(stride=2)
    line.cell("y", 1).hover()
    expect(line.said).to_contain_text("y[1] reads x[2], x[3] and x[4]. y[1] = w[0]·x[2] + w[1]·x[3] + w[2]·x[4]")
    assert line.tags("x") == ["w[0]", "w[1]", "w[2]"]
    assert line.mouths() == ["w[0]", "w[1]", "w[2]"]


@pytest.mark.parametrize("rank", [1, 2])
def test_every_cell_of_every_setting_says_what_python_says(widget_of, rank):
    widget = widget_of(rank)
    open_twin(widget.root.locator(".cb-twin summary"))
    texts = {name: widget.control(name).locator("option").all_text_contents() for name in OPTIONS}
    options = {name: tuple(int(t) if t.isdigit() else t for t in found) for name, found in texts.items()}
    assert min(map(len, options.values())) >= 2
    region = AffectedRegion(**SIZES[rank], **options)
    for setting in product(*options.values()):
        chosen = dict(zip(OPTIONS, setting, strict=True))
        for name, value in chosen.items():
            setattr(region, name, value)
        widget.choose(**chosen)
        table = region.table
        cells = {"input": len(table.marks), "weight": len(table.values["w"]), "output": len(table.reads)}
        numbered = [(kind, cell) for kind, count in cells.items() for cell in range(count)]
        shown = [(kind, cell) for kind, cell in numbered if kind != "input" or not is_padding(table, cell)]
        written = widget.root.locator(".cb-written td:last-child").all_text_contents()
        assert written == [equation(table, kind, cell) for kind, cell in shown]
        assert widget.cells("x").count() == len(table.marks)


def test_leftover_of_the_stride_is_marked_and_said(line):
    line.choose(stride=2)
    line.cell("x", 7).hover()
    expect(line.said).to_have_text("No output reads x[7], so dx[7] = 0: the stride leaves it over. dx[7] = 0")
    expect(line.cell("x", 7).locator(".cb-tag")).to_have_text("∅")
    line.choose(stride=3, dilation=2)
    line.cell("x", 6).hover()
    expect(line.said).to_contain_text("No output reads x[6]")


def test_padding_is_dashed_zero_and_keeps_no_gradient(line):
    line.choose(padding=1)
    cell = line.cell("x", 0)
    expect(cell).to_have_attribute("aria-label", "padding x[−1], counts as 0")
    cell.hover()
    said = "x[−1] is padding: it counts as 0 and has no gradient. It is read by y[0] through w[0]."
    expect(line.said).to_have_text(said)
    assert cell.locator(".cb-box").evaluate("box => getComputedStyle(box).borderTopStyle") == "dashed"
    assert cell.locator(".cb-value").evaluate("value => getComputedStyle(value).fontStyle") == "italic"


def test_a_click_pins_and_a_second_one_lets_go(line):
    line.cell("x", 2).click()
    expect(line.cell("x", 2)).to_have_attribute("aria-selected", "true")
    line.cell("w", 0).hover()
    expect(line.strip).to_contain_text("dw[0] =")
    line.root.locator(".cb-title").hover()
    expect(line.strip).to_contain_text("dx[2] =")
    line.cell("x", 2).click()
    expect(line.root.locator("[aria-selected=true]")).to_have_count(0)
    expect(line.said).to_have_text("Nothing is pointed at.")


def test_keys_walk_the_grids_pin_and_let_go(line):
    page = line.page
    line.control("stride").focus()
    for grid in ("y", "x"):
        page.keyboard.press("Shift+Tab")
        expect(line.root.locator(f".cb-figure-{grid} :focus")).to_have_count(1)
        page.keyboard.press("Home")
        expect(line.cell(grid, 0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(line.cell("x", 1)).to_be_focused()
    expect(line.strip).to_contain_text("dx[1] =")
    page.keyboard.press("End")
    expect(line.cell("x", 7)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(line.cell("x", 7)).to_be_focused()
    page.keyboard.press("Enter")
    expect(line.cell("x", 7)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(line.strip).to_contain_text("dx[0] =")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    expect(line.cell("w", 0)).to_be_focused()
    page.keyboard.press(" ")
    expect(line.cell("w", 0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(line.root.locator("[aria-selected=true]")).to_have_count(0)
    assert line.root.locator("[role=gridcell][tabindex='0']").count() == 3


def test_arrows_walk_a_plane_both_ways(plane):
    plane.cell("x", 0).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        plane.page.keyboard.press(key)
    expect(plane.cell("x", 11)).to_be_focused()
    expect(plane.said).to_contain_text("x[2,1] is read by ")
    plane.page.keyboard.press("Control+End")
    expect(plane.cell("x", 29)).to_be_focused()
    plane.page.keyboard.press("ArrowDown")
    expect(plane.cell("x", 29)).to_be_focused()


def test_long_sums_are_cut_in_the_strip_and_whole_in_the_twin(plane):
    plane.cell("w", 0).hover()
    expect(plane.strip).to_contain_text("+ … 10 more")
    expect(plane.said).to_contain_text("dw[0,0] is a sum of 16 products: ")
    plane.root.locator(".cb-twin summary").click()
    assert plane.root.locator("td", has_text="dw[0,0] =").inner_text().count("dy[") == 16


def test_a_pinned_output_that_the_options_lose_is_let_go(line):
    line.cell("y", 5).click()
    line.choose(stride=2)
    expect(line.said).to_have_text("Nothing is pointed at.")


@pytest.mark.parametrize("rank", [1, 2])
def test_guess_is_answered_for_the_chosen_options(widget_of, rank):
    widget = widget_of(rank)
    cell = {1: 5, 2: 21}[rank]
    for stride in (1, 2):
        widget.choose(stride=stride)
        region = AffectedRegion(**SIZES[rank], stride=stride)
        index = region.table.x[0][cell] if rank == 1 else divmod(cell, SIZES[2]["size"][1])
        region.selection = {"kind": "input", "index": [index] if rank == 1 else list(index)}
        guess = widget.root.locator(".cb-guess")
        expect(guess.locator("summary")).to_contain_text(f"which outputs read x[{','.join(map(str, np.ravel(index)))}]")
        expect(guess.locator("p")).to_contain_text(region.equation())
        expect(guess.locator("p")).to_be_hidden()
        guess.locator("summary").click()
        expect(guess.locator("p")).to_be_visible()


@pytest.mark.parametrize("rank", [1, 2])
def test_a_tap_pins_on_a_small_screen_that_does_not_scroll_sideways(new_page, visit, rank):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visit(page, PAGES[rank])
    widget = Widget(page, rank)
    widget.choose(padding="same", dilation=2)
    widget.cell("y", 3).tap()
    expect(widget.cell("y", 3)).to_have_attribute("aria-selected", "true")
    expect(widget.strip).to_contain_text("y[")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    smallest = "cells => Math.min(...cells.flatMap(cell => [cell.offsetWidth, cell.offsetHeight]))"
    assert widget.root.get_by_role("gridcell").evaluate_all(smallest) >= 40
    assert widget.root.locator("select, summary").evaluate_all("all => Math.min(...all.map(e => e.offsetHeight))") >= 44
    widget.cell("y", 3).tap()
    expect(widget.root.locator("[aria-selected=true]")).to_have_count(0)


@pytest.mark.parametrize(("rank", "scheme"), [(1, "light"), (2, "dark")])
def test_opened_widget_is_accessible_in_light_and_dark_and_nothing_moves(new_page, visit, rank, scheme):
    page = new_page(color_scheme=scheme, reduced_motion="reduce")
    visit(page, PAGES[rank])
    page.add_script_tag(path=files("axe_playwright_python") / "axe.min.js")
    widget = Widget(page, rank)
    widget.choose(stride=2, padding="same")
    widget.root.locator(".cb-twin summary").click()
    widget.cell("y", 3).click()
    widget.cell("w", 2).focus()
    assert widget.root.evaluate("frame => getComputedStyle(frame).backgroundColor") == PAGE_COLOUR[scheme]
    assert widget.root.evaluate("frame => frame.getAnimations({subtree: true}).length") == 0
    found = page.evaluate(RUN_AXE)
    assert not found, [(rule["id"], rule["nodes"][0]["html"]) for rule in found]


@pytest.fixture(scope="module")
def three_views(browser, tmp_path_factory):
    """A page of its own with one widget shown twice, and another one."""
    twice, other = (AffectedRegion(size=8, kernel=3, stride=(1, 2)) for _ in range(2))
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(write_page(tmp_path_factory.mktemp("views"), [twice, twice, other]).as_uri())
    yield [Widget(page, number=number) for number in range(3)]
    page.close()


def test_two_views_share_what_is_pinned_but_not_what_is_passed_over(three_views):
    first, second, other = three_views
    first.choose(stride=2)
    first.cell("x", 3).click()
    first.cell("w", 0).hover()
    expect(first.said).to_contain_text("w[0] meets")
    expect(second.said).to_contain_text("x[3] is read by y[1] through w[1].")
    expect(second.control("stride")).to_have_value("2")
    expect(other.said).to_contain_text("x[4] is read by y[2] through w[2], y[3] through w[1] and y[4] through w[0].")


def test_a_view_that_goes_leaves_nothing_behind(browser):
    region = AffectedRegion(size=8, kernel=3)
    page = browser.new_page()
    left = page.evaluate(MOUNT_AND_LEAVE, [AffectedRegion._esm, region.get_state()])
    page.close()
    assert left == {"cells": 17, "heard": 3, "still_heard": 0, "still_shown": 0}


@pytest.mark.parametrize("rank", [1, 2])
def test_pointing_answers_at_once(widget_of, rank, record_property):
    widget = widget_of(rank)
    times = widget.root.evaluate(LATENCY)
    median, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout, {rank}-D: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert len(times) == 60
    assert median < 1000
