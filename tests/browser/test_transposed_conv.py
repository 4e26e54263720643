"""TransposedConv in a page without a kernel: mouse, keys, touch, screen reader, small and dark screens."""

import pytest
from playwright.sync_api import expect

from browser.widget_checks import assert_accessible, assert_fits_small_screen, latency, mount_and_leave, watched
from convbp.widgets import TransposedConv
from widget_lab import write_page

LABELS = {"kernel": "Kernel", "stride": "Stride", "padding": "Padding", "output_padding": "Output padding"}
X, W = [2, 1, 3], [1, -1, 2, 3]


class Stamps:
    """One TransposedConv on a page, as a reader sees it."""

    def __init__(self, page):
        self.page, self.root = page, page.locator(".cb-frame").first
        expect(self.root).to_be_visible()
        self.said = self.root.locator("[aria-live=polite]")
        self.step = self.root.locator(".cb-step")
        self.python = TransposedConv()

    def cell(self, grid, number):
        return self.root.get_by_role("grid", name=grid).get_by_role("gridcell").nth(number)

    def set(self, **options):
        for name, value in options.items():
            setattr(self.python, name, value)
            self.root.get_by_role("combobox", name=LABELS[name], exact=True).select_option(label=str(value))

    def show(self, name):
        self.root.get_by_role("radio", name=name).check()

    def values(self, grid):
        return self.root.get_by_role("grid", name=grid).locator(".cb-value").all_inner_texts()

    def start_anew(self):
        self.page.mouse.move(0, 0)
        self.set(kernel=3, stride=2, padding=0, output_padding=0)
        self.show("x → y")
        self.show("hollow")
        self.show("stamps")
        self.root.locator("details").evaluate_all("all => all.forEach(twin => { twin.open = false; })")
        self.cell("x, ", 0).focus()
        self.page.keyboard.press("Escape")
        self.page.evaluate("document.activeElement.blur()")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("stamps"), [TransposedConv()])


@pytest.fixture(scope="module")
def opened(browser, lab):
    with watched(browser, lab) as page:
        yield Stamps(page)


@pytest.fixture
def stamps(opened):
    opened.start_anew()
    return opened


def shown(numbers):
    return [f"{n:g}".replace("-", "−") for n in numbers]


def test_opens_on_the_uneven_counts_of_three_taps_and_stride_two(stamps):
    expect(stamps.said).to_contain_text("y has 7 cells; stamps on each: 1 1 2 1 2 1 1.")
    tags = stamps.root.get_by_role("grid", name="y, the result").locator(".cb-tag").all_inner_texts()
    assert tags == ["1×", "1×", "2×", "1×", "2×", "1×", "1×"]
    assert stamps.root.locator(".cb-tile").all_inner_texts() == shown([2, -2, 4, 1, -1, 2, 3, -3, 6])


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"output_padding": 1},
        {"kernel": 4, "padding": 1},
        {"kernel": 2, "stride": 3, "output_padding": 2},
        {"stride": 1, "padding": 1},
    ],
)
def test_every_number_of_a_setting_is_the_library_s_in_both_ways(stamps, setting):
    stamps.root.get_by_text("Every cell, written out").click()
    expect(stamps.root.locator(".cb-written table")).to_be_visible()
    stamps.set(**setting)
    table, result = stamps.python.table, shown(stamps.python.result())
    cut = [table.is_cut(cell) for cell in range(len(table.ruler.marks))]
    assert [text for text in stamps.values("y, the result") if text != "cut"] == result
    assert stamps.values("y, the result").count("cut") == sum(cut)
    written = stamps.root.locator(".cb-written td:last-child").all_inner_texts()
    w = W[: stamps.python.kernel]
    assert written == [table.equation(cell, X, w) for cell, is_cut in enumerate(cut) if not is_cut]
    assert stamps.root.locator(".cb-formula").inner_text() == f"y has {table.formula} cells"
    stamps.show("hollow")
    assert stamps.values("y, the result") == result
    hollow = [0 if o < 0 else X[o] for o in table.hollow.cells]
    assert stamps.values("x with zeros") == shown(hollow)
    stamps.show("gradient dy → dx")
    written = stamps.root.locator(".cb-written td:last-child").all_inner_texts()
    assert written == [table.equation(cell, X, w, True) for cell, is_cut in enumerate(cut) if not is_cut]


def test_stamps_drop_one_by_one_and_lift_again(stamps):
    stamps.root.get_by_role("button", name="first step").click()
    expect(stamps.step).to_have_text("step 1 / 3")
    assert stamps.values("y, the result") == shown([2, -2, 4, 0, 0, 0, 0])
    expect(stamps.said).to_have_text("x[0] = 2 stamps 2 times the filter onto y[0], y[1] and y[2].")
    assert stamps.root.locator(".cb-tile.cb-later").count() == 6
    stamps.cell("x, ", 0).focus()
    stamps.page.keyboard.press("]")
    assert stamps.values("y, the result") == shown([2, -2, 5, -1, 2, 0, 0])
    stamps.page.keyboard.press("]")
    assert stamps.values("y, the result") == shown(stamps.python.result())
    stamps.page.keyboard.press("[")
    expect(stamps.step).to_have_text("step 2 / 3")


def test_flipped_filter_steps_over_the_hollow_input(stamps):
    stamps.show("hollow")
    stamps.root.get_by_role("button", name="first step").click()
    expect(stamps.step).to_have_text("step 1 / 7")
    assert stamps.values("y, the result") == ["2", "?", "?", "?", "?", "?", "?"]
    assert stamps.root.locator(".cb-tile").all_inner_texts() == ["2", "−1", "1"]
    stamps.root.get_by_role("button", name="one step on").click()
    stamps.root.get_by_role("button", name="one step on").click()
    expect(stamps.said).to_contain_text("y[2] adds up 2 stamps: x[0] through w[2] and x[1] through w[0].")
    expect(stamps.said).to_contain_text("flipped filter: x[0]·w[2] + 0·w[1] + x[1]·w[0] = 5")
    tags = stamps.root.get_by_role("grid", name="x with zeros").locator(".cb-lit .cb-tag").all_inner_texts()
    assert tags == ["w[2]", "w[1]", "w[0]"]


def test_pointing_lights_the_stamps_of_a_cell(stamps):
    stamps.cell("y, the result", 2).hover()
    expect(stamps.said).to_contain_text("y[2] = x[0]·w[2] + x[1]·w[0] = 2·2 + 1·1 = 5")
    assert stamps.root.locator(".cb-tile.cb-lit").all_inner_texts() == ["4", "1"]
    chips = stamps.root.locator(".cb-strip p").first.locator(".cb-chip").all_text_contents()
    assert chips == ["y[2]", "x[0]", "w[2]", "x[1]", "w[0]"]
    stamps.cell("x, ", 1).hover()
    tags = stamps.root.get_by_role("grid", name="y, the result").locator(".cb-lit .cb-tag").all_inner_texts()
    assert tags == ["w[0]", "w[1]", "w[2]"]


def test_read_as_a_gradient_the_names_change_and_the_numbers_stay(stamps):
    numbers = stamps.values("y, the result")
    stamps.show("gradient dy → dx")
    assert stamps.values("dx, the result") == numbers
    stamps.cell("dx, the result", 4).hover()
    expect(stamps.said).to_contain_text("dx[4] = dy[1]·w[2] + dy[2]·w[0] = 1·2 + 3·1 = 5")


def test_output_padding_makes_a_cell_without_a_stamp_and_impossible_ones_are_said(stamps):
    stamps.set(output_padding=1)
    stamps.cell("y, the result", 7).hover()
    expect(stamps.said).to_contain_text("y[7] = 0: output_padding made room for it, but no stamp reaches it.")
    stamps.set(output_padding=2)
    reason = "output_padding 2 is impossible with stride 2: it must be smaller."
    expect(stamps.said).to_have_text(reason)
    expect(stamps.root.locator(".cb-empty")).to_have_text(reason)
    assert stamps.root.get_by_role("gridcell").count() == 0
    stamps.set(stride=3)
    expect(stamps.said).to_contain_text("y has 11 cells")


def test_checkerboard_of_an_image_is_even_with_four_taps(stamps):
    stamps.show("2-D counts")
    counts = stamps.python.counts()
    assert stamps.values("counts of stamps") == [str(r * s) for r in counts for s in counts]
    expect(stamps.said).to_contain_text("a checkerboard")
    stamps.cell("counts of stamps", 16).hover()
    expect(stamps.said).to_have_text("y[2,2] adds up 4 products: 2 down × 2 across.")
    stamps.page.mouse.move(0, 0)
    stamps.set(kernel=4)
    expect(stamps.said).to_contain_text("far from the ends every cell gets as many")


def test_keys_walk_pin_and_let_go(stamps):
    page = stamps.page
    stamps.cell("y, the result", 0).focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(stamps.cell("y, the result", 6)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(stamps.said).to_contain_text("y[0] adds up 1 stamp: x[0] through w[0].")
    page.keyboard.press("Escape")
    expect(stamps.root.locator("[aria-selected=true]")).to_have_count(0)


def test_opened_widget_is_accessible_and_fits_a_phone_in_the_dark(browser, lab):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with watched(browser, lab, color_scheme="dark", reduced_motion="reduce", **phone) as page:
        stamps = Stamps(page)
        for summary in stamps.root.locator("summary").all():
            summary.tap()
        stamps.set(padding=1, output_padding=1)
        stamps.cell("y, the result", 3).tap()
        expect(stamps.cell("y, the result", 3)).to_have_attribute("aria-selected", "true")
        assert_fits_small_screen(page)
        assert_accessible(page, "dark")
        stamps.show("2-D counts")
        assert_accessible(page, "dark")


def test_opened_widget_is_accessible_in_the_light(stamps):
    stamps.root.locator("details").evaluate_all("all => all.forEach(twin => { twin.open = true; })")
    stamps.show("gradient dy → dx")
    stamps.root.get_by_role("button", name="first step").click()
    assert_accessible(stamps.page, "light")
    stamps.show("2-D counts")
    assert_accessible(stamps.page, "light")


def test_view_that_goes_leaves_nothing_behind(browser, record_property):
    left = mount_and_leave(browser, TransposedConv())
    record_property("first_frame_ms", left["first"])
    print(f"first frame {left['first']:.1f} ms")
    assert (left["shown"], left["still_heard"], left["still_shown"]) == (1, 0, 0)


@pytest.mark.parametrize("view", ["stamps", "hollow", "2-D counts"])
def test_pointing_answers_at_once(stamps, view, record_property):
    stamps.show(view)
    median, late = latency(stamps.root)
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout, {view}: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert median < 1000
