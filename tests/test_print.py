"""The book as one PDF: its order is that of the contents, and its links lead to places inside."""

from io import BytesIO
from pathlib import Path

import yaml
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, TextStringObject

import print_book

ROOT = Path(__file__).resolve().parents[1]
HOME = "http://127.0.0.1:8000/"


def sheet(*addresses):
    """One page of a PDF with a link to each address."""
    writer = PdfWriter()
    page = writer.add_blank_page(100, 100)
    links = [
        DictionaryObject(
            {
                NameObject("/Subtype"): NameObject("/Link"),
                NameObject("/Rect"): ArrayObject([FloatObject(n) for n in (0, 0, 9, 9)]),
                NameObject("/A"): DictionaryObject(
                    {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject(address)}
                ),
            }
        )
        for address in addresses
    ]
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(link) for link in links])
    content = BytesIO()
    writer.write(content)
    return PdfReader(content)


def test_pages_stand_in_the_order_of_the_contents():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text("utf-8"))
    names = list(print_book.pages(toc))
    assert names[:3] == ["intro", "notation", "01_hand"]
    assert names.index("api") + 1 == names.index("api_conv")
    sources = {path.stem for path in (ROOT / "book").iterdir() if path.suffix in {".md", ".ipynb"}}
    assert sorted(names) == sorted(sources)


def test_links_between_pages_lead_inside_and_others_stay():
    parts = [
        ("one", "First", sheet(HOME + "two.html#eq-1", "https://example.org/")),
        ("two", "Second", sheet(HOME + "one.html", HOME + "gone.html")),
    ]
    content = BytesIO()
    print_book.joined(iter(parts), HOME).write(content)
    book = PdfReader(content)
    first, second = ([link.get_object() for link in page["/Annots"]] for page in book.pages)
    assert book.get_page_number(first[0]["/Dest"][0].get_object()) == 1
    assert first[1]["/A"]["/URI"] == "https://example.org/"
    assert book.get_page_number(second[0]["/Dest"][0].get_object()) == 0
    assert "/A" not in second[1]
    assert "/Dest" not in second[1]
    assert [entry.title for entry in book.outline] == ["First", "Second"]
    content.seek(0)
    assert HOME.encode() not in content.read()
