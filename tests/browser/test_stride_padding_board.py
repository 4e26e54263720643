"""StridePaddingBoard in a page without a kernel: mouse, keys, touch, screen reader, small and dark screens."""

import re

import pytest
from playwright.sync_api import expect

from browser.widget_checks import assert_accessible, assert_fits_small_screen, latency, mount_and_leave, watched
from convbp.widgets import StridePaddingBoard
from convbp.widgets.stride_padding_board import OPTIONS
from widget_lab import write_page

LABELS = dict(zip(OPTIONS, ("Size n", "Taps k", "Stride s", "Dilation d", "Padding"), strict=True))
W, DY = [1, -1, 2], [1, 2, -1, 3, 1, 0, 2, -2, 1, 2, -1, 3, 1, 0]


class Board:
    """One StridePaddingBoard on a page, as a reader sees it."""

    def __init__(self, page, number=0):
        self.page, self.root = page, page.locator(".cb-frame").nth(number)
        expect(self.root).to_be_visible()
        self.said = self.root.locator("[aria-live=polite]")
        self.formula = self.root.locator(".cb-formula")
        self.python = StridePaddingBoard()

    def cell(self, grid, number):
        return self.root.locator(f".cb-figure-{grid}").get_by_role("gridcell").nth(number)

    def set(self, **options):
        for name, value in options.items():
            setattr(self.python, name, value)
            slider = self.root.get_by_role("slider", name=LABELS[name])
            slider.fill(str(self.python.options[name].index(value)))

    def show(self, name):
        self.root.get_by_role("radio", name=name).check()

    def start_anew(self):
        self.page.mouse.move(0, 0)
        self.show("forward")
        self.show("one axis")
        self.set(size=5, kernel=2, stride=2, dilation=1, padding=0)
        self.root.locator("details").evaluate_all("all => all.forEach(twin => { twin.open = false; })")
        self.cell("ruler", 0).focus()
        self.page.keyboard.press("Escape")
        self.page.evaluate("document.activeElement.blur()")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("board"), [StridePaddingBoard()])


@pytest.fixture(scope="module")
def opened(browser, lab):
    with watched(browser, lab) as page:
        yield Board(page)


@pytest.fixture
def board(opened):
    opened.start_anew()
    return opened


def test_board_opens_on_two_outputs_and_a_dotted_leftover(board):
    expect(board.formula).to_have_text("⌊(5+0−1·(2−1)−1)/2⌋+1 = ⌊3/2⌋+1 = 2 outputs remainder 1")
    expect(board.said).to_have_text("2 outputs. Left over at the end, read by no window: x[4].")
    expect(board.cell("ruler", 4)).to_have_attribute("aria-label", "x[4], read by 0 windows, no output")
    expect(board.cell("ruler", 4).locator(".cb-tag")).to_have_text("∅")
    style = board.cell("ruler", 4).locator(".cb-box").evaluate("box => getComputedStyle(box).borderTopStyle")
    assert style == "dotted"
    assert board.root.locator(".cb-bracket").count() == 2


@pytest.mark.parametrize(
    "setting",
    [
        {"size": 8, "kernel": 3},
        {"size": 7, "kernel": 3, "stride": 3, "dilation": 2, "padding": 2},
        {"size": 5, "dilation": 3, "padding": 1},
        {"size": 6, "kernel": 3, "stride": 4, "padding": "same"},
        {"size": 4, "kernel": 1, "stride": 3},
        {"size": 4, "kernel": 3, "dilation": 2},
        {"size": 8, "kernel": 3, "stride": 1, "dilation": 3, "padding": "same"},
    ],
)
def test_every_number_of_a_setting_is_what_python_says(board, setting):
    board.root.get_by_text("This setting in numbers").click()
    expect(board.root.locator(".cb-written table")).to_be_visible()
    board.set(**setting)
    table = board.python.table
    shown = re.sub(" outputs? remainder", ", remainder", board.formula.inner_text())
    assert shown == table.formula()
    assert board.root.locator(".cb-written p").first.inner_text() == f"Outputs = {shown}."
    cells = board.root.locator(".cb-written tbody tr")
    rows = [row.split("\t") for row in cells.all_inner_texts()]
    for cell, row in enumerate(rows):
        name = ("padding " if table.is_padding(cell) else "") + table.name(cell)
        dy = DY[: len(table.kept)]
        assert row == [name, str(table.ruler.counts[cell]), table.readers(cell), table.equation(cell, W, dy)]
    assert len(rows) == len(table.ruler.marks)
    counts = board.root.locator(".cb-figure-ruler .cb-value").all_inner_texts()
    assert counts == [str(count) for count in table.ruler.counts]
    if table.kept:
        board.show("backward")
        spread = board.root.locator(".cb-figure-places .cb-value").all_inner_texts()
        assert spread == [str(n).replace("-", "−") for n in table.spread(dy)]


def test_where_no_window_fits_the_reason_is_said(board):
    board.set(size=4, kernel=3, dilation=2, padding=0)
    reason = "No window fits: the filter reaches over 5 cells, the padded input has 4."
    expect(board.said).to_have_text(reason)
    expect(board.root.locator(".cb-empty")).to_have_text(reason)
    expect(board.formula).to_contain_text("is below 1: no output")
    expect(board.root.locator(".cb-stepper")).to_be_hidden()


def test_pointing_names_the_readers_and_the_sum_with_its_zeros(board):
    board.set(size=7, kernel=3, stride=2, padding=1)
    board.cell("ruler", 2).hover()
    expect(board.said).to_have_text("x[1] is read by y[0] through w[2] and y[1] through w[0].")
    board.show("backward")
    board.cell("ruler", 3).hover()
    sum_of_three = "dx[2] = w[2]·0 + w[1]·dy[1] + w[0]·0 = 2·0 + (−1)·2 + 1·0 = −2"
    expect(board.said).to_have_text(f"x[2] is read by y[1] through w[1]. {sum_of_three}")
    chips = board.root.locator(".cb-strip .cb-chip").all_text_contents()
    assert chips == ["dx[2]", "w[2]", "0", "w[1]", "dy[1]", "w[0]", "0"]
    assert board.root.locator(".cb-figure-places .cb-lit .cb-tag").all_text_contents() == ["w[2]", "w[1]", "w[0]"]
    board.cell("ruler", 0).hover()
    expect(board.said).to_have_text(
        "Padding x[−1] is read by y[0] through w[0]. x[−1] is padding: its gradient is cut off."
    )


def test_gap_and_tail_are_told_apart(board):
    board.set(size=6, kernel=1, stride=4)
    board.cell("ruler", 2).hover()
    expect(board.said).to_have_text("x[2] is read by no window: the windows jump over it.")
    board.cell("ruler", 5).hover()
    expect(board.said).to_have_text("x[5] is read by no window: the stride leaves it over.")


def test_leftover_of_an_image_is_an_l(board):
    board.show("two axes")
    said = "2 × 2 outputs. Left over is an L: the last row and the last column, which no window reads."
    expect(board.said).to_have_text(said)
    over = board.root.locator(".cb-is-leftover").filter(has=board.page.locator(".cb-value")).locator(".cb-name")
    assert over.all_inner_texts() == ["0,4", "1,4", "2,4", "3,4", "4,0", "4,1", "4,2", "4,3", "4,4"]
    board.set(kernel=3, size=5)
    board.cell("ruler", 12).hover()
    expect(board.said).to_contain_text("x[2,2] is read by 4 windows: 2 down × 2 across.")


def test_keys_step_through_windows_walk_the_ruler_and_move_the_sliders(board):
    page = board.page
    board.cell("ruler", 0).focus()
    page.keyboard.press("End")
    expect(board.cell("ruler", 4)).to_be_focused()
    expect(board.said).to_have_text("x[4] is read by no window: the stride leaves it over.")
    page.keyboard.press("Enter")
    expect(board.cell("ruler", 4)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(board.root.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("]")
    expect(board.root.locator(".cb-step")).to_have_text("window 1 / 2")
    expect(board.said).to_have_text("y[0] reads x[0] and x[1].")
    page.keyboard.press("]")
    expect(board.said).to_have_text("y[1] reads x[2] and x[3].")
    page.keyboard.press("[")
    expect(board.said).to_have_text("y[0] reads x[0] and x[1].")
    board.root.get_by_role("slider", name="Size n").focus()
    page.keyboard.press("ArrowRight")
    expect(board.formula).to_contain_text("= 3 outputs remainder 0")
    board.root.get_by_role("radio", name="forward").focus()
    page.keyboard.press("ArrowRight")
    expect(board.said).to_contain_text("dy[0] = 1 goes back to x[0] and x[1].")


def test_opened_board_is_accessible_and_fits_a_phone_in_the_dark(browser, lab):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with watched(browser, lab, color_scheme="dark", reduced_motion="reduce", **phone) as page:
        board = Board(page)
        for summary in board.root.locator("summary").all():
            summary.tap()
        board.set(size=8, kernel=3, dilation=3, padding="same")
        board.cell("ruler", 4).tap()
        expect(board.cell("ruler", 4)).to_have_attribute("aria-selected", "true")
        board.show("backward")
        assert_accessible(page, "dark")
        board.show("two axes")
        assert_fits_small_screen(page)


def test_opened_board_is_accessible_in_the_light(board):
    board.root.locator("details").evaluate_all("all => all.forEach(twin => { twin.open = true; })")
    board.cell("ruler", 1).click()
    assert_accessible(board.page, "light")


def test_view_that_goes_leaves_nothing_behind(browser, record_property):
    left = mount_and_leave(browser, StridePaddingBoard())
    record_property("first_frame_ms", left["first"])
    print(f"first frame {left['first']:.1f} ms")
    assert (left["shown"], left["still_heard"], left["still_shown"]) == (1, 0, 0)


@pytest.mark.parametrize("view", ["one axis", "two axes"])
def test_pointing_answers_at_once(board, view, record_property):
    board.show(view)
    board.set(size=8, padding=2)
    median, late = latency(board.root)
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout, {view}: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert median < 1000
