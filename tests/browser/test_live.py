"""The live cell in the built book, where no kernel runs: it stands still and says so, and misleads nobody."""

from playwright.sync_api import expect

PAGE = "04_one_dimension.html"


def test_live_cell_shows_its_stored_picture_and_its_menus_are_off(page, visit):
    visit(page, PAGE, scheme="file")
    cell = page.locator(".tag_live")
    expect(cell.get_by_text("need a running kernel")).to_be_visible()
    expect(cell.get_by_role("img", name="Picture for taps 2, stride 2, padding 0.")).to_be_visible()
    expect(cell.get_by_text("dx = [2, -1, 4, -2, 0]", exact=True)).to_be_visible()
    for name in ("taps", "stride", "padding"):
        expect(cell.get_by_role("combobox", name=name)).to_be_disabled()


def test_live_cell_fits_a_phone(new_page, visit):
    page = new_page(viewport={"width": 390, "height": 844}, is_mobile=True)
    visit(page, PAGE)
    expect(page.locator(".tag_live img")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
