"""The questions of the self-checks, read from one file a chapter."""

import tomllib
from importlib.resources import files
from typing import NamedTuple


class Option(NamedTuple):
    """One answer to choose, and why it is right or wrong."""

    text: str
    reason: str
    right: bool


class Question(NamedTuple):
    """A question with its options, exactly one of them right."""

    text: str
    options: tuple[Option, ...]


def questions_of(chapter: int) -> tuple[Question, ...]:
    """Return the questions of a chapter's self-check.

    Parameters
    ----------
    chapter : int
        Its number, from 1.

    Raises
    ------
    ValueError
        If the chapter has no questions.

    Examples
    --------
    >>> question = questions_of(1)[0]
    >>> [option.text for option in question.options if option.right]
    ['Nothing: each of its terms has the factor dy[1].']
    """
    source = files("convbp.exercises") / "questions" / f"chapter_{chapter:02}.toml"
    if not source.is_file():
        raise ValueError(f"chapter must be one with questions; got {chapter!r}")
    data = tomllib.loads(source.read_text("utf-8"))
    return tuple(
        Question(one["text"], tuple(Option(o["text"], o["reason"], o.get("right", False)) for o in one["options"]))
        for one in data["question"]
    )
