"""What all widgets share on the Python side: how a script and a style sheet are put together."""

import re
from pathlib import Path

HERE = Path(__file__).parent
BLANK_OR_REMARK = re.compile(r"^\s*(//.*)?\n|^[ \t]+", re.MULTILINE)
# A line of a script that opens something, or ends a statement or an entry, and has no remark behind it.
OPEN_LINE = re.compile(r"^((?:(?!//).)*[{(\[,;])\n", re.MULTILINE)
AROUND_ARROW = re.compile(r" => ")
STYLE_REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)


def joined(*names: str) -> str:
    """Return files of this folder as one text, without indentation, remarks and needless line ends.

    A widget's script is loaded through a Blob URL, from which no import can be relative; and each widget stores the
    text once more in its notebook, so the blanks stay at home.
    """
    texts = [(HERE / name).read_text("utf-8") for name in names]
    if names[0].endswith(".css"):
        return "".join(map(_short_style, texts))
    return AROUND_ARROW.sub("=>", OPEN_LINE.sub(r"\1", BLANK_OR_REMARK.sub("", "".join(texts))))


def _short_style(text: str) -> str:
    """Take out the blanks that no rule needs; one before a colon may stand between an element and its descendant."""
    text = STYLE_REMARK.sub("", text)
    for sign in (r"\s*([{};])\s*", r"([:,])\s+"):
        text = re.sub(sign, r"\1", text)
    return text.strip() + "\n"


def minus(value: object) -> str:
    """Write a number with a true minus sign."""
    return str(value).replace("-", "−")
