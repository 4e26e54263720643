"""What a checker says, in the order in which a reader needs it, and how it answers bad input."""

import re

import numpy as np
import pytest

from convbp import exercises
from convbp.exercises import EXERCISES
from convbp.exercises.exercise import numbers, written


def said(name, function):
    return repr(exercises.check(name, function))


def test_nothing_written_yet_is_said_kindly():
    def stamp(dy, w):
        """Return dx."""
        ...

    assert said("stamp", stamp) == "○ Stamp and add: not written yet.\n  stamp(dy, w) must return dx."


def test_not_implemented_counts_as_not_written():
    def stamp(dy, w):
        raise NotImplementedError

    assert "not written yet" in said("stamp", stamp)


def test_a_branch_that_returns_nothing_is_told_with_its_case():
    def stamp(dy, w):
        return np.convolve(dy, w) if len(w) == 2 else None

    message = said("stamp", stamp)
    assert "nothing is returned; return dx." in message
    assert "The case:\n  dy = [ 2, -1]\n  w  = [ 3,  5, -4]" in message


def test_the_smallest_failing_case_is_shown_with_expected_and_got():
    def stamp(dy, w):
        return np.convolve(dy, w) + (len(dy) == 4)

    assert said("stamp", stamp) == (
        "✗ Stamp and add: dx is not right yet.\n"
        "The smallest case (dx is wrong in 1 of 5 cases):\n"
        "  dy          = [ 2, -1,  3,  5]\n"
        "  w           = [-4,  1]\n"
        "  expected dx = [ -8,   6, -13, -17,   5]\n"
        "  got dx      = [ -7,   7, -12, -16,   6]"
    )


def test_a_wrong_shape_is_told_with_expected_and_got():
    assert "dx must have shape (3,); got (2,)." in said("stamp", lambda dy, w: dy)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("text", "dx must be made of numbers; got str"),
        ([True], "dx must be made of numbers; got list of"),
        ([[1], [1, 2]], "dx must be an array; got rows of different lengths"),
        (1j, "dx must be made of numbers; got complex"),
    ],
)
def test_a_wrong_kind_is_told(answer, complaint):
    assert complaint in said("stamp", lambda dy, w: answer)


def test_an_exception_is_told_by_its_last_line_and_its_case():
    message = said("stamp", lambda dy, w: dy[99])
    assert "it stops with IndexError: index 99 is out of" in message
    assert "  dy = [ 2, -1]\n" in message
    assert "Traceback" not in message


def test_a_result_that_is_not_a_number_is_wrong():
    assert "got dx      = [nan, nan, nan]" in said("stamp", lambda dy, w: np.convolve(dy, w) * np.nan)


def test_a_modified_input_is_told_before_anything_else():
    def stamp(dy, w):
        dy *= 2
        return dy

    assert "dy must stay as given, and was modified" in said("stamp", stamp)


def test_the_cases_survive_a_function_that_modifies_them():
    def stamp(dy, w):
        dy[:] = w[:] = 0
        return dy

    first = said("stamp", stamp)
    assert said("stamp", stamp) == first
    assert exercises.check("stamp", np.convolve).right


def test_two_wrong_results_are_both_told():
    message = said("strided-gradients", lambda dy, x, w, stride: (x * 0, w * 0))
    assert "got dx " in message
    assert "got dw " in message


def test_a_function_without_a_signature_is_called_all_the_same():
    assert exercises.check("stamp", np.convolve).right


@pytest.mark.parametrize("name", ["", "Stamp", "stamp ", None, 3])
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match=re.escape(f"name must be one of {', '.join(EXERCISES)}; got {name!r}")):
        exercises.check(name, print)


@pytest.mark.parametrize("function", [None, "def stamp(dy, w): ...", np.zeros(3)])
def test_text_is_never_run_and_only_functions_are_taken(function):
    with pytest.raises(TypeError, match=f"function must be callable; got {type(function).__name__}"):
        exercises.check("stamp", function)


def test_names_are_those_of_the_docstring_in_its_order():
    listed = re.findall(r"^``([a-z-]+)``", exercises.__doc__, re.MULTILINE)
    assert tuple(listed) == exercises.names()
    for name, line in zip(
        listed, re.findall(r"^``[a-z-]+``.*``(\w+)\((.*?)\)``", exercises.__doc__, re.M), strict=True
    ):
        assert tuple(line[1].split(", ")) == EXERCISES[name].parameters


def test_numbers_are_whole_never_0_and_all_different_within_eleven():
    assert len(set(numbers(11))) == 11
    assert 0 not in numbers(40)
    assert numbers(2, 3, start=4).tolist() == [[-4, 1, 7], [-2, 4, -3]]


def test_whole_floats_are_written_without_a_point():
    assert written(np.array([1.0, -2.0])) == "[ 1, -2]"
    assert written(np.array([0.5, 2])) == "[0.5, 2. ]"
    assert written(np.float64(3)) == "3"
    assert written(np.zeros((2, 0))) == "[] (2, 0)"
