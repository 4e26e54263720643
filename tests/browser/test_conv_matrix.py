"""ConvMatrix in a page without a kernel: mouse, keys, touch, screen reader, small and dark screens."""

import re
from itertools import product

import pytest
from playwright.sync_api import expect

from browser.widget_checks import assert_accessible, assert_fits_small_screen, latency, mount_and_leave, watched
from convbp.widgets import ConvMatrix
from convbp.widgets.matrix_table import cells_named
from widget_lab import write_page

LINE = {"size": 7, "kernel": 3, "stride": (1, 2, 3), "dilation": (1, 2, 4), "padding": (0, 1)}
PLANE = {"size": (3, 4), "kernel": (2, 2), "stride": (1, 2), "dilation": 1, "padding": (0, "same")}
PASSES = {False: "y = A x", True: "dx = Aᵀ dy"}
POINT_AT_ALL = """([root, label]) => {
    const grid = [...root.querySelectorAll("[role=grid]")].find((found) => found.ariaLabel.startsWith(label));
    return [...grid.querySelectorAll("[role=gridcell]")].map((cell) => {
        cell.dispatchEvent(new PointerEvent("pointerover", {bubbles: true, pointerType: "mouse"}));
        return root.querySelector("[aria-live]").textContent;
    });
}"""

# Where the rows of the matrix begin, and where the results beside them do.
TOPS = """root => [".cb-part-2 .cb-row > :first-child", ".cb-part-3 [role=gridcell]"].map((cells) =>
    [...root.querySelectorAll(cells)].map((cell) => Math.round(cell.getBoundingClientRect().top)))"""


def cell_of(root, array, number):
    return root.get_by_role("grid", name=re.compile(f"^{array},")).get_by_role("gridcell").nth(number)


def said(root):
    return root.locator("[aria-live=polite]")


def choose(root, **options):
    for name, value in options.items():
        root.get_by_role("combobox", name=name.capitalize()).select_option(label=str(value))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("conv_matrix"), [ConvMatrix(**LINE), ConvMatrix(**PLANE)])


@pytest.fixture(scope="module")
def page(browser, lab):
    with watched(browser, lab, widgets=2) as opened:
        yield opened


@pytest.fixture
def line(page):
    """The first widget, as the page was opened."""
    root = page.locator(".cb-frame").first
    root.get_by_role("radio", name=PASSES[False]).check()
    choose(root, stride=1, dilation=1, padding=0)
    page.mouse.move(0, 0)
    if cell_of(root, "y", 1).get_attribute("aria-selected") == "false":
        cell_of(root, "y", 1).click()
    page.mouse.move(0, 0)
    return root


@pytest.mark.parametrize(("number", "arguments"), [(0, LINE), (1, PLANE)])
@pytest.mark.parametrize("transpose", [False, True])
def test_every_cell_and_entry_of_every_setting_says_what_python_says(page, number, arguments, transpose):
    root, matrix = page.locator(".cb-frame").nth(number), ConvMatrix(**arguments)
    root.get_by_role("radio", name=PASSES[transpose]).check()
    matrix.transpose = transpose
    names = [name for name in ("stride", "dilation", "padding") if isinstance(arguments[name], tuple)]
    for setting in product(*(arguments[name] for name in names)):
        chosen = dict(zip(names, setting, strict=True))
        choose(root, **chosen)
        for name, value in chosen.items():
            setattr(matrix, name, value)
        table = matrix.table
        if not table.taps:
            expect(root.locator(".cb-empty")).to_have_text(table.cells.empty)
            continue
        d = "d" if transpose else ""
        for kind, label in {"input": f"{d}x,", "output": f"{d}y,", "weight": "w,"}.items():
            cells = table.columns if kind == "input" else range(len(cells_named(table, kind)))
            sums = [(table.sentence(kind, cell, transpose), table.equation(kind, cell, transpose)) for cell in cells]
            assert root.evaluate(f"(root, label) => ({POINT_AT_ALL})([root, label])", label) == [
                " ".join(filter(None, words)) for words in sums
            ]
        entries = cells_named(table, "entry")
        entries = sorted(entries, key=lambda at: at[::-1]) if transpose else entries
        heard = root.evaluate(f"(root, label) => ({POINT_AT_ALL})([root, label])", "A")
        assert heard == [table.entry(*at, transpose) for at in entries]


def test_a_row_a_column_and_a_diagonal_light_up(line):
    lit = line.locator(".cb-part-2 .cb-lit .cb-name")
    assert lit.all_text_contents() == ["w[0]", "w[1]", "w[2]"]
    cell_of(line, "x", 3).hover()
    assert lit.all_text_contents() == ["w[2]", "w[1]", "w[0]"]
    cell_of(line, "w", 1).hover()
    assert lit.all_text_contents() == ["w[1]"] * 5
    expect(line.locator(".cb-strip")).to_contain_text("dw[1] = x[1]\u2009·\u2009dy[0]")


def test_stride_leaves_rows_out_and_says_so(line):
    choose(line, stride=3)
    marks = line.locator("[data-before], [data-after]")
    assert [mark.get_attribute("data-before") for mark in marks.all()] == ["2 rows left out", ""]
    expect(cell_of(line, "x", 6).locator(".cb-tag")).to_have_text("∅")
    cell_of(line, "x", 6).hover()
    expect(said(line)).to_have_text("Column 6 of A is empty, so dx[6] = 0: the stride leaves it over.")


def test_where_no_window_fits_the_reason_stands_in_place_of_the_matrix(line):
    choose(line, dilation=4)
    reason = "No window fits: the filter reaches over 9 cells, the padded input has 7."
    expect(line.locator(".cb-empty")).to_have_text(reason)
    expect(line.get_by_role("grid", name="A, the matrix")).to_have_count(0)
    expect(said(line)).to_have_text(reason)


def test_written_twin_holds_the_matrix_and_every_sum(line):
    matrix = ConvMatrix(**LINE)
    line.get_by_text("The matrix and all its sums").click()
    expect(line.locator(".cb-twin table")).to_have_count(3)
    rows = line.locator(".cb-twin table").first.locator("tbody tr").all()
    written = [row.locator("td").all_text_contents()[1:] for row in rows]
    weights = ["0", *(str(w).replace("-", "−") for w in matrix.table.cells.values["w"])]
    assert written == [[weights[tap] for tap in row] for row in matrix.table.taps]
    sums = line.locator(".cb-twin table:not(:first-child) td").all_text_contents()
    outputs = [matrix.table.equation("output", cell, False) for cell in range(5)]
    assert sums == outputs + [matrix.table.equation("weight", cell, False) for cell in range(3)]
    line.get_by_text("The matrix and all its sums").click()


def test_keys_walk_the_matrix_pin_and_let_go(line):
    page = line.page
    cell_of(line, "A", 0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(said(line)).to_have_text("A[1,1] = w[0] = 1: y[1] reads x[1] through w[0]. It adds w[0]·x[1] to y[1].")
    page.keyboard.press("Enter")
    expect(cell_of(line, "A", 8)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Tab")
    expect(cell_of(line, "y", 1)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(line.locator(".cb-figure-x :focus")).to_have_count(1)
    page.keyboard.press("Home")
    expect(said(line)).to_contain_text("Column 0 of A holds every use of x[0]")
    page.keyboard.press("Escape")
    expect(line.locator("[aria-selected=true]")).to_have_count(0)
    line.get_by_role("radio", name=PASSES[False]).focus()
    page.keyboard.press("ArrowRight")
    expect(line.get_by_role("grid", name="Aᵀ, the matrix")).to_be_visible()


def test_an_entry_that_the_options_lose_is_let_go(line):
    cell_of(line, "A", 34).click()
    choose(line, stride=2)
    expect(line.locator("[aria-selected=true]")).to_have_count(0)


def test_rows_of_the_matrix_stand_beside_their_results(line):
    for transpose, side in {False: "y", True: "dx"}.items():
        line.get_by_role("radio", name=PASSES[transpose]).check()
        choose(line, stride=2)
        expect(line.get_by_role("grid", name=re.compile(f"^{side},"))).to_be_visible()
        rows, results = line.evaluate(TOPS)
        assert len(rows) == len(results) > 2
        assert rows == results


def test_pointing_answers_at_once(line, record_property):
    median, late = latency(line)
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert median < 1000


def test_a_tap_pins_on_a_small_screen_that_does_not_scroll_sideways(browser, lab):
    small = {"width": 390, "height": 844}
    with watched(browser, lab, widgets=2, viewport=small, has_touch=True, is_mobile=True, color_scheme="dark") as page:
        root = page.locator(".cb-frame").first
        cell_of(root, "A", 9).tap()
        expect(cell_of(root, "A", 9)).to_have_attribute("aria-selected", "true")
        expect(said(root)).to_contain_text("A[1,2] = w[1]")
        assert_fits_small_screen(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible_and_nothing_moves(browser, lab, scheme):
    with watched(browser, lab, widgets=2, color_scheme=scheme, reduced_motion="reduce") as page:
        root = page.locator(".cb-frame").first
        for summary in root.locator("summary").all():
            summary.click()
        choose(root, stride=3)
        cell_of(root, "A", 1).click()
        assert_accessible(page, scheme)


def test_a_view_that_goes_leaves_nothing_behind(browser, record_property):
    left = mount_and_leave(browser, ConvMatrix())
    record_property("first_frame_ms", f"{left['first']:.1f}")
    print(f"first frame: {left['first']:.1f} ms")
    assert left["shown"] == 1
    assert left["heard"] == 3
    assert (left["still_heard"], left["still_shown"]) == (0, 0)
