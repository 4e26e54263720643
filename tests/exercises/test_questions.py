"""The questions of the self-checks: complete, each with one right answer, and a reason for every option."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from convbp.exercises import questions_of

BOOK = Path(__file__).resolve().parents[2] / "book"
FILES = sorted(path.name for path in (files("convbp.exercises") / "questions").iterdir())
CHAPTERS = {int(name[8:10]): next(BOOK.glob(f"{name[8:10]}_*.ipynb")) for name in FILES}
CALL = re.compile(r"SelfCheck\((\d+)\)")


@pytest.fixture(params=CHAPTERS)
def chapter(request):
    return request.param


def test_every_chapter_has_five_questions(chapter):
    assert len(questions_of(chapter)) == 5


def test_every_chapter_shows_its_own_questions(chapter):
    assert CALL.findall(CHAPTERS[chapter].read_text("utf-8")) == [str(chapter)]


def test_every_question_has_one_right_answer_among_three_or_more(chapter):
    for question in questions_of(chapter):
        assert len(question.options) >= 3
        assert sum(option.right for option in question.options) == 1


def test_every_option_has_its_own_text_and_reason(chapter):
    for question in questions_of(chapter):
        assert len({option.text for option in question.options}) == len(question.options)
        assert len({option.reason for option in question.options}) == len(question.options)
        assert all(option.text and option.reason.endswith((".", "!")) for option in question.options)


def test_right_answers_do_not_stand_in_one_place(chapter):
    places = {[option.right for option in question.options].index(True) for question in questions_of(chapter)}
    assert len(places) >= 3


def test_the_longest_option_is_not_always_the_right_one():
    longest = [
        max(question.options, key=lambda option: len(option.text)).right
        for chapter in CHAPTERS
        for question in questions_of(chapter)
    ]
    assert sum(longest) < 0.7 * len(longest)


def test_no_two_questions_are_equal():
    texts = [question.text for chapter in CHAPTERS for question in questions_of(chapter)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("chapter", [0, 99])
def test_a_chapter_without_questions_is_refused(chapter):
    with pytest.raises(ValueError, match=f"chapter must be one with questions; got {chapter}"):
        questions_of(chapter)
