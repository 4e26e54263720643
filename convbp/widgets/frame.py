"""What all widgets share on the Python side: how a script and a style sheet are put together."""

import re
from pathlib import Path

HERE = Path(__file__).parent
BLANK_OR_REMARK = re.compile(r"^\s*(//.*)?\n|^[ \t]+", re.MULTILINE)
# A line of a script that opens something, or ends a statement or an entry, and has no remark behind it.
OPEN_LINE = re.compile(r"^((?:(?!//).)*[{(\[,;])\n", re.MULTILINE)
AROUND_ARROW = re.compile(r" => ")
KEYFRAMES = re.compile(r"@keyframes [^{]*\{(?:[^{}]*\{[^{}]*\})*\}")  # they may not stand inside a rule
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


def styled(*names: str) -> str:
    """Return the frame's style, and style sheets of this folder that hold inside one widget only.

    All widgets of a page share its style sheets, and each brings the frame's once more: what one says must not reach
    another, and must win over the frame wherever it stands. The last name is the widget's own: views whose style is in
    "some_view.css" carry the class "cb-some-view" (see `rendered` in frame.js).
    """
    own = joined(*names)
    turns = KEYFRAMES.findall(own)
    scope = "cb-" + names[-1].removesuffix(".css").replace("_", "-")
    return f"{joined('frame.css')}{''.join(turns)}.{scope}{{{KEYFRAMES.sub('', own)}}}\n"


def _short_style(text: str) -> str:
    """Take out the blanks that no rule needs; one before a colon may stand between an element and its descendant."""
    text = STYLE_REMARK.sub("", text)
    for sign in (r"\s*([{};])\s*", r"([:,])\s+"):
        text = re.sub(sign, r"\1", text)
    return text.strip() + "\n"


def minus(value: object) -> str:
    """Write a number with a true minus sign."""
    return str(value).replace("-", "−")
