"""ChainByHand in a page without a kernel: numbers that are typed, dragged and guessed, and the update."""

import re

import pytest
from playwright.sync_api import expect

from browser import widget_checks as checks
from convbp.widgets import ChainByHand
from convbp.widgets.chain_sums import number
from widget_lab import write_page

WIDGETS = 3


@pytest.fixture(scope="module")
def lab_page(tmp_path_factory):
    widgets = [
        ChainByHand(),
        ChainByHand(step=0),
        ChainByHand(x=[3, -1, 5], w=[1, 4, 7], t=[1, 0, 2], padding=1, step=7),
    ]
    return write_page(tmp_path_factory.mktemp("chain"), widgets)


@pytest.fixture(scope="module")
def opened(browser, lab_page):
    with checks.watched(browser, lab_page, widgets=WIDGETS) as page:
        page.set_default_timeout(5000)
        yield page


@pytest.fixture
def widget(opened):
    """The first widget, as it was opened."""
    root = opened.locator(".cb-frame").first
    opened.mouse.move(0, 0)
    opened.keyboard.press("Escape")
    root.get_by_role("button", name="Start again").click()
    root.get_by_role("button", name="last step").dispatch_event("click")
    root.get_by_role("button", name="one step back").click()
    return root


def field(root, name):
    return root.get_by_role("spinbutton", name=name, exact=True)


def said(root):
    return root.locator("[aria-live=polite]")


def assert_shows(root, chain):
    """Every computed cell in sight shows what Python says."""
    found = root.get_by_role("gridcell").filter(visible=True).evaluate_all("all => all.map(c => c.ariaLabel)")
    cells = {text.partition(" = ")[0]: text.partition(" = ")[2] for text in found}
    expected = {chain.equation(cell).partition(" = ")[0]: number(value) for cell, value in chain.values.items()}
    assert len(cells) >= 15
    assert cells == {name: expected[name] for name in cells}


def test_what_is_typed_goes_into_every_gradient(widget):
    chain = ChainByHand()
    assert_shows(widget, chain)
    for name, value in (("x[3]", "100"), ("w[1]", "-0.5"), ("b", "-3"), ("t[0]", "7")):
        field(widget, name).fill(value)
    chain.x, chain.w, chain.b, chain.t = [1, 2, 4, 100], [2, -0.5], -3, [7, 1, 0]
    assert_shows(widget, chain)
    checks.open_twin(widget.locator("summary"))
    written = widget.locator(".cb-written td:last-child").all_text_contents()
    assert {chain.equation(cell) for cell in ("y0", "L", "dw1", "dx2", "db")} <= set(written)
    widget.locator("summary").click()


def test_arrows_change_a_number_and_nonsense_changes_none(widget):
    field(widget, "w[0]").focus()
    widget.page.keyboard.press("ArrowUp")
    expect(field(widget, "w[0]")).to_have_value("3")
    chain = ChainByHand(w=[3, -1])
    assert_shows(widget, chain)
    for wrong in ("", "1e9"):
        field(widget, "w[0]").fill(wrong)
        expect(field(widget, "w[0]")).to_have_attribute("aria-invalid", "true")
        assert_shows(widget, chain)
    field(widget, "w[1]").focus()
    expect(field(widget, "w[0]")).to_have_value("3")
    expect(field(widget, "w[0]")).to_have_attribute("aria-invalid", "false")


def test_a_number_is_dragged_sideways(widget):
    field(widget, "x[2]").scroll_into_view_if_needed()
    box = field(widget, "x[2]").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = widget.page.mouse
    mouse.move(*middle)
    mouse.down()
    mouse.move(middle[0] - 35, middle[1], steps=7)
    mouse.up()
    expect(field(widget, "x[2]")).to_have_value("1")
    assert_shows(widget, ChainByHand(x=[1, 2, 1, 7]))


def test_pointing_lights_the_factors_and_writes_the_sum(widget):
    cells = widget.get_by_role("grid", name="gradient dw and gradient db").get_by_role("gridcell")
    cells.first.hover()
    expect(said(widget)).to_have_text(ChainByHand().equation("dw0"))
    assert widget.locator(".cb-strip .cb-chip").all_text_contents() == [
        "dw[0]", "x[0]", "dy[0]", "x[1]", "dy[1]", "x[2]", "dy[2]",
    ]  # fmt: skip
    lit = widget.locator(".cb-lit .cb-name").all_text_contents()
    assert lit == ["x[0]", "x[1]", "x[2]", "dy[0]", "dy[1]", "dy[2]"]
    field(widget, "x[1]").hover()
    expect(said(widget)).to_have_text(ChainByHand().equation("dx1"))
    widget.locator(".cb-title").hover()
    expect(said(widget)).to_contain_text("dx[0] = −2, dx[1] = 1, dx[2] = 4, dx[3] = −2")


def test_keys_reach_every_cell(widget):
    page = widget.page
    field(widget, "x[3]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    expect(said(widget)).to_have_text(ChainByHand().equation("dx3"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(field(widget, "w[0]")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(said(widget)).to_have_text(ChainByHand().equation("dw0"))
    page.keyboard.press("[")
    expect(widget.locator(".cb-step")).to_have_text("step 6 / 8")
    page.keyboard.press("]")
    page.keyboard.press("Escape")
    expect(widget.locator("[aria-selected=true]")).to_have_count(0)


def test_numbers_are_earned_one_by_one(opened):
    root = opened.locator(".cb-frame").nth(1)
    chain = ChainByHand(step=0)
    answer = root.get_by_role("spinbutton", name=re.compile("^Your turn: "))
    expect(root.get_by_text("Your turn: y[0] =")).to_be_visible()
    assert root.locator(".cb-value").filter(visible=True).all_text_contents().count("?") == 18
    answer.fill("5")
    answer.press("Enter")
    expect(said(root)).to_have_text("✗ Not y[0] = 5. Work out y[0] = w[0]·x[0] + w[1]·x[1] + b.")
    for cell in ("y0", "y1", "y2", "m0", "m1", "m2", "L", "dy0", "dy1", "dy2", "db"):
        expect(root.get_by_text("Your turn: " + chain.equation(cell).split(" = ")[0] + " =")).to_be_visible()
        answer.fill(str(chain.values[cell]))
        root.get_by_role("button", name="Check").click()
        expect(said(root)).to_contain_text(" is right. ")
    expect(root.locator(".cb-step")).to_have_text("step 5 / 8")
    expect(root.get_by_role("button", name="Take this step")).to_have_attribute("aria-disabled", "true")


def test_updates_go_downhill_as_in_python(widget):
    chain = ChainByHand()
    widget.get_by_role("button", name="last step").click()
    for _ in range(2):
        widget.get_by_role("button", name="Take this step").click()
        chain.take_step()
    expect(widget.locator(".cb-trail")).to_have_text("The loss so far: 2.5 → 1.4481 → 1.4249")
    assert_shows(widget, chain)
    expect(field(widget, "w[0]")).to_have_value(f"{chain.w[0]:.4g}")
    widget.get_by_role("slider").fill("4")
    chain.eta = 0.1
    assert_shows(widget, chain)
    field(widget, "b").fill("1")
    expect(widget.locator(".cb-trail")).to_have_text("")
    widget.get_by_role("slider").fill("1")


def test_padding_makes_no_path(opened):
    root = opened.locator(".cb-frame").nth(2)
    assert_shows(root, ChainByHand(x=[3, -1, 5], w=[1, 4, 7], t=[1, 0, 2], padding=1))


def drag_with_a_finger(page, box, by):
    """Touch the middle of a box, move sideways, let go."""
    session = page.context.new_cdp_session(page)
    start = box["x"] + box["width"] / 2
    points = [{"x": start + by * part / 6, "y": box["y"] + box["height"] / 2} for part in range(7)]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_fingers_and_a_small_screen(browser, lab_page):
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with checks.watched(browser, lab_page, widgets=WIDGETS, **options) as page:
        root = page.locator(".cb-frame").first
        root.get_by_role("grid", name="gradient dx").get_by_role("gridcell").nth(2).tap()
        expect(said(root)).to_have_text(ChainByHand().equation("dx2"))
        drag_with_a_finger(page, field(root, "x[2]").bounding_box(), 45)
        changed = int(field(root, "x[2]").input_value())
        assert 4 < changed <= 8  # the browser keeps the first pixels to tell a drag from a tap
        assert_shows(root, ChainByHand(x=[1, 2, changed, 7]))
        checks.assert_fits_small_screen(page)
        assert root.locator(".cb-picture").evaluate("p => p.scrollWidth <= p.clientWidth")
        assert root.locator(".cb-typed").evaluate("e => e.offsetHeight") >= 44


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible_and_nothing_moves(browser, lab_page, scheme):
    with checks.watched(browser, lab_page, widgets=WIDGETS, color_scheme=scheme, reduced_motion="reduce") as page:
        root = page.locator(".cb-frame").first
        root.locator("summary").click()
        root.get_by_role("grid", name="gradient dx").get_by_role("gridcell").nth(2).click()
        checks.assert_accessible(page, scheme)


def test_answers_at_once_and_leaves_nothing_behind(browser, widget, record_property):
    median, late = checks.latency(widget)
    print(f"pointer to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    assert median < 1000
    left = checks.mount_and_leave(browser, ChainByHand())
    print(f"first frame {left['first']:.0f} ms")
    assert (left["heard"], left["still_heard"], left["still_shown"]) == (1, 0, 0)
