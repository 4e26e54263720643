"""SelfCheck: the questions at the end of a chapter, which answer back without a kernel."""

from string import ascii_lowercase
from typing import Any

import anywidget
import traitlets

from convbp.exercises.questions import questions_of
from convbp.options import integer
from convbp.widgets.frame import joined, styled

NONE = -1  # the answer of a question that has none yet


class SelfCheck(anywidget.AnyWidget):
    """Ask the questions of a chapter; each answer is told at once whether it is right, and why.

    Parameters
    ----------
    chapter : int
        Its number, from 1.

    Attributes
    ----------
    answers : list of int
        The chosen option of each question, from 0, and −1 for none yet. Follows the reader, and can be set.
    right : int
        How many of them are right.

    Raises
    ------
    ValueError
        If the chapter has no questions, or an answer is none of the options.

    Examples
    --------
    >>> quiz = SelfCheck(1)
    >>> quiz.answers = [1, -1, 2, -1, 0]
    >>> quiz.right
    2
    """

    _esm = joined("frame.js", "self_check.js")
    _css = styled("self_check.css")

    questions: Any = traitlets.List().tag(sync=True)
    answers: Any = traitlets.List().tag(sync=True)

    def __init__(self, chapter: int) -> None:
        chapter = integer("chapter", chapter)
        asked = [
            {"text": question.text, "options": [option._asdict() for option in question.options]}
            for question in questions_of(chapter)
        ]
        self._chapter = chapter
        super().__init__(questions=asked, answers=[NONE] * len(asked))

    @property
    def right(self) -> int:
        chosen = zip(self.questions, self.answers, strict=True)
        return sum(answer != NONE and question["options"][answer]["right"] for question, answer in chosen)

    def __repr__(self) -> str:
        lines = [f"Check yourself, chapter {self._chapter}"]
        for number, question in enumerate(self.questions, 1):
            lines.append(f"{number}. {question['text']}")
            options = zip(ascii_lowercase, question["options"], strict=False)
            lines += [f"   {letter}) {option['text']}" for letter, option in options]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        # The text beside the picture is the whole quiz; ipywidgets would cut it after 110 letters.
        bundle: Any = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = repr(self)
        return bundle

    @traitlets.validate("answers")
    def _only_options(self, proposal: Any) -> list[int]:
        value = proposal["value"]
        counts = [len(question["options"]) for question in self.questions]
        fits = len(value) == len(counts) and all(
            isinstance(answer, int) and NONE <= answer < count for answer, count in zip(value, counts, strict=True)
        )
        if not fits:
            raise ValueError(f"answers must name an option of each question, or −1; got {value!r}")
        return list(value)
