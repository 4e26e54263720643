"""What all widgets share on the Python side: how a script and a style sheet are put together."""

import re
from pathlib import Path

HERE = Path(__file__).parent
BLANK_OR_REMARK = re.compile(r"^\s*(//.*)?\n|^[ \t]+", re.MULTILINE)


def joined(*names: str) -> str:
    """Return files of this folder as one text, without indentation and remarks.

    A widget's script is loaded through a Blob URL, from which no import can be relative; and each widget stores the
    text once more in its notebook, so the blanks stay at home.
    """
    return BLANK_OR_REMARK.sub("", "".join((HERE / name).read_text("utf-8") for name in names))


def minus(value: object) -> str:
    """Write a number with a true minus sign."""
    return str(value).replace("-", "−")
