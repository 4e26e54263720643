"""Every checker against a bank of answers: it accepts the right ones, and rejects each wrong one by name."""

import contextlib
import importlib
from pathlib import Path

import numpy as np
import pytest

from answers import bank
from convbp import exercises
from convbp.exercises import CHAPTERS, EXERCISES
from convbp.exercises.checking import expected_of, judge, same

BANKS = [importlib.import_module(f"answers.{file.stem}") for file in Path(bank.__file__).parent.glob("chapter_*.py")]
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{name}-{number}")
    for name, exercise in EXERCISES.items()
    for number, mistake in enumerate(exercise.mistakes)
]


def unwrapped(report):
    return " ".join(repr(report).split())


def named(entries):
    return [pytest.param(*entry, id=entry[-1].__name__) for entry in entries]


@pytest.mark.parametrize(("name", "function"), named(bank.RIGHT))
def test_a_right_answer_is_accepted(name, function):
    report = exercises.check(name, function)
    assert report.right, report
    assert repr(report).startswith(f"✓ {EXERCISES[name].title}: right in all {len(EXERCISES[name].cases)} cases.")


@pytest.mark.parametrize(("name", "words", "function"), named(bank.WRONG))
def test_a_wrong_answer_is_rejected_and_its_mistake_named(name, words, function):
    report = exercises.check(name, function)
    assert not report.right
    assert words in unwrapped(report), report


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_has_two_right_answers_and_five_wrong_ones(name):
    assert len([entry for entry in bank.RIGHT if entry[0] == name]) >= 2
    assert len([entry for entry in bank.WRONG if entry[0] == name]) >= 5


def test_every_chapter_has_exercises_and_a_bank():
    assert len(BANKS) == len(CHAPTERS)
    assert all(len(chapter.EXERCISES) >= 2 for chapter in CHAPTERS.values())


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_references_return_whole_numbers(exercise):
    for case in exercise.cases:
        for result in expected_of(exercise, case):
            assert np.array_equal(result, np.round(result))


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_the_smallest_case_comes_first_and_fits_a_pencil(exercise):
    sizes = [sum(np.size(value) for value in case.values()) for case in exercise.cases]
    assert sizes[0] == min(sizes) <= 16


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_a_reference_is_right_by_its_own_measure(exercise):
    assert judge(exercise, exercise.reference).right


def only(exercise, mistake, case):
    """The right answer with one result as the mistake has it."""
    made = mistake.function(**case)
    if len(exercise.returns) == 1:
        return made
    place = exercise.returns.index(mistake.of)
    return [made if number == place else part for number, part in enumerate(expected_of(exercise, case))]


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_a_known_mistake_returns_something(exercise, mistake):
    returned = []
    for case in exercise.cases:
        with contextlib.suppress(IndexError, ValueError):
            returned.append(mistake.function(**case))
    assert returned


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_each_known_mistake_is_found_by_its_own_sentence(exercise, mistake):
    def wrong(*given):
        return only(exercise, mistake, dict(zip(exercise.parameters, given, strict=True)))

    report = judge(exercise, wrong)
    assert not report.right
    assert mistake.sentence in unwrapped(report)


def test_results_are_compared_with_shape():
    assert same(np.zeros(2), np.zeros(2))
    assert not same(np.zeros(2), np.zeros((2, 1)))
