"""NetworkStepper in a page without a kernel: steps, maps, numbers and fields are those of Python."""

import pytest
from playwright.sync_api import expect

from browser.widget_checks import assert_accessible, assert_fits_small_screen, latency, mount_and_leave, watched
from convbp.widgets import NetworkStepper
from convbp.widgets.network_stages import texts
from widget_lab import write_page


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """One page; it must not have complained when all tests are over."""
    with watched(browser, write_page(tmp_path_factory.mktemp("lab"), [NetworkStepper()]), has_touch=True) as page:
        yield page


@pytest.fixture
def root(opened):
    widget = opened.locator(".cb-frame")
    widget.get_by_role("combobox", name="Digit").select_option(index=0)
    widget.get_by_role("button", name="last step").dispatch_event("click")  # aria-disabled where it has nothing to do
    opened.mouse.move(0, 0)
    return widget


@pytest.fixture(scope="module")
def stepper():
    return NetworkStepper()


def card(root, name):
    return root.get_by_role("grid", name=f"{name}, maps above").get_by_role("gridcell")


def large(root):
    return root.get_by_role("grid", name="enlarged").get_by_role("gridcell")


def said(root):
    return root.locator("[aria-live=polite]")


@pytest.mark.parametrize("number", [0, 1])
def test_every_number_in_writing_is_the_one_of_python(root, stepper, number):
    stepper.sample = number
    root.get_by_role("combobox", name="Digit").select_option(index=number)
    root.locator(".cb-twin").evaluate("twin => { twin.open = true; }")
    for place, stage in enumerate(stepper._stages):
        card(root, stage.name).first.click()
        root.get_by_role("combobox", name="Digit").select_option(index=1 - number)
        root.get_by_role("combobox", name="Digit").select_option(index=number)
        rows = root.locator(".cb-written table").nth(1).locator("tbody tr").all_inner_texts()
        here = stepper._passes[number][place]
        assert [row.split("\t")[1:] for row in rows] == [
            list(pair) for pair in zip(texts(here.y), texts(here.dy), strict=True)
        ]
    expect(root.locator(".cb-side > .cb-general")).to_have_text(stepper.verdict())
    root.locator(".cb-twin").evaluate("twin => { twin.open = false; }")


@pytest.mark.parametrize(
    ("name", "stage", "cell", "unit"), [("conv", 1, 2, 7), ("pool", 3, 1, 5), ("dense", 4, 0, 3), ("x", 0, 0, 9)]
)
def test_pointing_at_a_unit_says_what_python_says(root, stepper, name, stage, cell, unit):
    stepper.sample = 0
    card(root, name).nth(cell).click()
    large(root).nth(unit).hover()
    shape = stepper._stages[stage].shape
    index = [unit] if len(shape) == 1 else [cell, *divmod(unit, shape[2])]
    stepper.selection = {"stage": stage, "index": index}
    expect(said(root)).to_have_text(stepper.sentence())


def test_field_is_framed_in_the_picture(root):
    card(root, "pool").first.click()
    large(root).nth(0).hover()
    frame = root.locator(".cb-field")
    assert [frame.get_attribute(name) for name in ("x", "y", "width", "height")] == ["0", "0", "4", "4"]


def test_steps_go_forward_then_back(root):
    root.get_by_role("button", name="first step").click()
    expect(card(root, "conv").first).to_have_attribute("aria-label", "conv map 0, y, not computed yet")
    expect(root.locator(".cb-side > .cb-general")).to_have_text("The digit is a 2.")
    root.page.keyboard.press("]")
    expect(card(root, "conv").first).to_have_attribute("aria-label", "conv map 0, y")
    expect(said(root)).to_contain_text("δ = ?")
    for _ in range(6):
        root.page.keyboard.press("]")
    expect(root.locator(".cb-step")).to_have_text("step 8 / 14")
    expect(card(root, "loss").nth(1)).to_have_attribute("aria-selected", "true")
    expect(large(root).first).to_have_attribute("aria-label", "loss[0], δ = 1.00, y = 0.16")
    root.get_by_role("button", name="last step").click()
    expect(card(root, "x").nth(1)).to_have_attribute("aria-selected", "true")


def test_keys_choose_a_map_and_walk_it(root):
    keys = root.page.keyboard
    card(root, "relu").first.focus()
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(card(root, "relu").nth(5)).to_have_attribute("aria-selected", "true")
    large(root).first.focus()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(large(root).nth(6)).to_have_attribute("aria-selected", "true")
    expect(large(root).nth(6)).to_be_focused()
    root.get_by_role("radio", name="y").check()
    expect(root.get_by_role("grid", name="enlarged, relu, map 1: y")).to_be_visible()
    large(root).first.focus()
    keys.press("Escape")
    expect(said(root)).to_have_text("No unit is pointed at.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_widget_is_accessible(root, scheme):
    root.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    root.locator(".cb-twin").evaluate("twin => { twin.open = true; }")
    card(root, "conv").nth(1).click()
    assert_accessible(root.page, scheme)
    root.locator(".cb-twin").evaluate("twin => { twin.open = false; }")


def test_a_tap_chooses_a_map_on_a_small_screen(root):
    root.page.set_viewport_size({"width": 390, "height": 844})
    card(root, "conv").nth(4).tap()
    expect(card(root, "conv").nth(4)).to_have_attribute("aria-selected", "true")
    assert_fits_small_screen(root.page)
    root.page.set_viewport_size({"width": 1280, "height": 900})


def test_pointing_answers_at_once(root, record_property):
    card(root, "conv").nth(1).click()
    median, late = latency(root, ".cb-large [role=gridcell]")
    record_property("pointer_to_layout_ms", f"median {median:.1f}, 95 % {late:.1f}")
    print(f"pointer to layout: median {median:.1f} ms, 95 % {late:.1f} ms")
    assert median < 1000


def test_a_view_that_goes_leaves_nothing_behind(browser, record_property):
    seen = mount_and_leave(browser, NetworkStepper())
    record_property("first_frame_ms", round(seen["first"], 1))
    print(f"first frame: {seen['first']:.1f} ms")
    assert (seen["shown"], seen["heard"]) == (1, 2)
    assert (seen["still_heard"], seen["still_shown"]) == (0, 0)
