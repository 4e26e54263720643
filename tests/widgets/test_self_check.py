"""SelfCheck without a browser: what it stores, how it counts, and how it answers bad input."""

import json
import re

import pytest
from ipywidgets.embed import dependency_state, embed_data

from convbp.exercises import questions_of
from convbp.widgets import SelfCheck

RIGHT = [[option.right for option in question.options].index(True) for question in questions_of(4)]


def test_right_answers_are_counted():
    quiz = SelfCheck(4)
    assert (quiz.answers, quiz.right) == ([-1] * 5, 0)
    quiz.answers = RIGHT
    assert quiz.right == 5
    quiz.answers = [-1, *RIGHT[1:4], (RIGHT[4] + 1) % 3]
    assert quiz.right == 3


def test_text_is_the_whole_quiz_and_does_not_say_what_is_right():
    quiz = SelfCheck(4)
    lines = repr(quiz).splitlines()
    assert lines[0] == "Check yourself, chapter 4"
    assert sum(bool(re.match(r"\d\. ", line)) for line in lines) == 5
    asked = questions_of(4)
    assert [line[6:] for line in lines if line.startswith("   ")] == [o.text for q in asked for o in q.options]
    assert quiz._repr_mimebundle_()[0]["text/plain"] == repr(quiz)


def test_state_stays_small():
    quiz = SelfCheck(4)
    state = embed_data(views=[quiz], drop_defaults=False, state=dependency_state([quiz]))["manager_state"]["state"]
    assert len(json.dumps(state).encode()) < 60_000


@pytest.mark.parametrize("answers", [[0] * 4, [0] * 6, [9, -1, -1, -1, -1], [-2, 0, 0, 0, 0], ["a", 0, 0, 0, 0]])
def test_answers_that_are_no_options_are_refused(answers):
    with pytest.raises(ValueError, match=r"answers must name an option of each question, or −1; got \["):
        SelfCheck(4).answers = answers


def test_an_unknown_chapter_is_refused():
    with pytest.raises(ValueError, match="chapter must be one with questions; got 99"):
        SelfCheck(99)
    with pytest.raises(TypeError, match="chapter must be made of ints; got '4'"):
        SelfCheck("4")
