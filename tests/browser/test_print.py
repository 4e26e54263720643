"""The built pages on paper: what is closed on the screen is open, and links between pages lead inside."""

from io import BytesIO

from pypdf import PdfReader

import print_book


def test_closed_solutions_are_printed_and_links_lead_inside(browser, book_url):
    home = book_url("")
    writer = print_book.joined(print_book.printed(["intro", "01_hand"], home, browser), home)
    content = BytesIO()
    writer.write(content)
    content.seek(0)
    book = PdfReader(content)
    text = " ".join(" ".join(page.extract_text().split()) for page in book.pages)
    titles = [entry.title for entry in book.outline]
    assert titles == ["Backpropagation in Convolutional Networks", "1. A gradient by hand"]
    assert "Three equations:" in text  # the solution of an exercise of chapter 1
    second = book.get_destination_page_number(book.outline[1])
    links = [link.get_object() for page in book.pages for link in page.get("/Annots", [])]
    places = {book.get_page_number(link["/Dest"][0].get_object()) for link in links if "/Dest" in link}
    assert second in places
    assert max(places) > second
    assert not any(str(link.get("/A", {}).get("/URI", "")).startswith(home) for link in links)
