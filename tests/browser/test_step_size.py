"""StepSize in a page without a kernel: slider, pointer, keys and fingers show what Python says."""

import pytest
from playwright.sync_api import expect

from browser import widget_checks as checks
from convbp.widgets import StepSize
from convbp.widgets.step_size import CASES
from convbp.widgets.step_tables import power_of_ten, sentence, step_text
from widget_lab import write_page

MIDDLE = 22  # of the 45 steps


@pytest.fixture(scope="module")
def lab_page(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("steps"), [StepSize()])


@pytest.fixture(scope="module")
def steps():
    return StepSize()


@pytest.fixture(scope="module")
def opened(browser, lab_page):
    with checks.watched(browser, lab_page) as page:
        page.set_default_timeout(5000)
        yield page


@pytest.fixture
def widget(opened):
    root = opened.locator(".cb-frame")
    opened.mouse.move(0, 0)
    root.get_by_role("radio", name="curved").check()
    root.get_by_role("slider").fill("23")
    return root


def said(root):
    return root.locator("[aria-live=polite]")


def plot(root):
    return root.get_by_role("img")


def over(root, at):
    """The middle of the picture at one step."""
    plot(root).scroll_into_view_if_needed()
    box = plot(root).bounding_box()
    return box["x"] + box["width"] * at / 44, box["y"] + box["height"] / 2


def test_every_step_of_every_case_says_what_python_says(widget, steps):
    checks.open_twin(widget.locator("summary").last)
    for case in CASES:
        widget.get_by_role("radio", name=case).check()
        steps.case = case
        rows = widget.locator(".cb-written tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.innerText))"
        )
        marks = {"n": lambda error: "no answer", "k": lambda error: power_of_ten(error) + ", a corner"}
        for at, row in enumerate(rows):
            cells = [marks.get(line.marks[at], power_of_ten)(line.errors[at]) for line in steps.table.lines]
            assert row == [step_text(at - 40), *cells]
        for at in (0, 12, MIDDLE, 33, 44):
            widget.get_by_role("slider").fill(str(at))
            assert said(widget).text_content() == sentence(steps.table, at)
        dots = widget.locator(".cb-dots-float64").get_attribute("d").count("M")
        assert dots == sum(mark != "n" for mark in steps.table.lines[0].marks)
    widget.locator("summary").last.click()


def test_keys_move_the_step_and_change_the_case(widget, steps):
    slider = widget.get_by_role("slider")
    slider.focus()
    widget.page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "2⁻¹⁸ ≈ 3.8·10⁻⁶")
    widget.page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "2⁴ = 16")
    widget.get_by_role("radio", name="curved").focus()
    widget.page.keyboard.press("ArrowRight")
    steps.case = "corner"
    expect(said(widget)).to_have_text(sentence(steps.table, 44))


def test_hover_previews_and_a_click_chooses(widget, steps):
    steps.case = "curved"
    widget.page.mouse.move(*over(widget, 30))
    expect(said(widget)).to_have_text(sentence(steps.table, 30))
    expect(widget.get_by_role("slider")).to_have_value("23")
    widget.page.mouse.move(0, 0)
    expect(said(widget)).to_have_text(sentence(steps.table, 23))
    widget.page.mouse.click(*over(widget, 30))
    expect(widget.get_by_role("slider")).to_have_value("30")


def test_a_step_that_moves_nothing_has_no_answer(widget):
    widget.get_by_role("slider").fill("0")
    expect(widget.locator(".cb-strip")).to_contain_text("float32 no answer")
    expect(said(widget)).to_contain_text("float32: no answer: the step is too small to move the number at all.")


def test_a_tap_chooses_on_a_small_screen(browser, lab_page, steps):
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with checks.watched(browser, lab_page, **options) as page:
        root = page.locator(".cb-frame")
        page.touchscreen.tap(*over(root, MIDDLE))
        steps.case = "curved"
        expect(said(root)).to_have_text(sentence(steps.table, MIDDLE))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        controls = root.locator("summary, .cb-slider input, .cb-switch span")
        assert controls.evaluate_all("all => Math.min(...all.map(e => e.offsetHeight))") >= 44
        edges = "p => [p.getBoundingClientRect().left, p.getBoundingClientRect().right]"
        assert all(-1 <= x <= 391 for note in root.locator(".cb-at").all() for x in note.evaluate(edges))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible_and_nothing_moves(browser, lab_page, scheme):
    with checks.watched(browser, lab_page, color_scheme=scheme, reduced_motion="reduce") as page:
        root = page.locator(".cb-frame")
        for summary in root.locator("summary").all():
            summary.click()
        root.get_by_role("radio", name="corner").check()
        checks.assert_accessible(page, scheme)


def test_answers_at_once_and_leaves_nothing_behind(browser, widget, record_property):
    times = widget.evaluate("""async (root) => {
        const slider = root.querySelector("input[type=range]");
        const times = [];
        for (let turn = 0; turn < 45; turn += 1) {
            await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
            const start = performance.now();
            slider.value = (turn * 7) % 45;
            slider.dispatchEvent(new Event("input"));
            root.getBoundingClientRect();
            times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b);
    }""")
    median, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(f"slider to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    record_property("slider_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    assert median < 1000
    left = checks.mount_and_leave(browser, StepSize("curved"))
    print(f"first frame {left['first']:.0f} ms")
    assert (left["heard"], left["still_heard"], left["still_shown"]) == (2, 0, 0)
