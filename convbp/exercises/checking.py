"""Run a reader's function against the cases of an exercise, and say what is wrong."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.exercises.exercise import Case, Exercise, written

WIDTH = 68


@dataclass(frozen=True, repr=False)
class Report:
    """What a check found.

    Attributes
    ----------
    right : bool
        Whether every case came out right.
    message : str
        The verdict in words, and the smallest case that shows it.
    """

    right: bool
    message: str

    def __repr__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Trial:
    """What a function did with one case: its results, or a complaint about them."""

    case: Case
    results: tuple[Array, ...] = ()
    complaint: str = ""
    empty: bool = False
    modified: bool = False


def judge(exercise: Exercise, function: Callable[..., Any]) -> Report:
    """Try every case; the first thing that is wrong decides what is said."""
    if complaint := _signature_complaint(exercise, function):
        return Report(False, _wrapped(f"✗ {exercise.title}: {complaint}"))
    trials = [attempt(exercise, function, case) for case in exercise.cases]
    if trials[0].empty:
        call = f"{_name(function)}({', '.join(exercise.parameters)})"
        return Report(False, f"○ {exercise.title}: not written yet.\n  {call} must return {_listed(exercise.returns)}.")
    for trial in trials:
        if trial.modified:
            return Report(False, f"{_wrapped(f'✗ {exercise.title}: {trial.complaint}')}\n{_inputs(trial.case)}")
    wrong = {name: _wrong(exercise, trials, place) for place, name in enumerate(exercise.returns)}
    failing = [name for name, cases in wrong.items() if cases]
    if failing:
        parts = [_explained(exercise, trials, exercise.returns.index(name), wrong[name]) for name in failing]
        texts = [f"{_wrapped(f'✗ {exercise.title}: {sentence}')}\n{case}" for sentence, case in parts]
        return Report(False, "\n\n".join(dict.fromkeys(texts)))
    return Report(True, f"✓ {exercise.title}: right in all {len(trials)} cases.\n{_tried(exercise)}")


def attempt(exercise: Exercise, function: Callable[..., Any], case: Case) -> Trial:
    """Call a function with copies of a case's arguments."""
    given = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in case.items()}
    try:
        answer = function(*given.values())
    except NotImplementedError:
        return Trial(case, empty=True, complaint="not written yet for this case.")
    except Exception as error:
        return Trial(case, complaint=f"it stops with {type(error).__name__}: {error}")
    if answer is None or answer is Ellipsis:
        return Trial(case, empty=True, complaint=f"nothing is returned; return {_listed(exercise.returns)}.")
    results, complaint = _arrays(exercise, answer)
    changed = [name for name in given if not np.array_equal(given[name], case[name])]
    if changed:
        complaint = f"{_listed(changed)} must stay as given, and was modified. Work on a copy."
    return Trial(case, results, complaint, modified=bool(changed))


def _arrays(exercise: Exercise, answer: Any) -> tuple[tuple[Array, ...], str]:
    """Read an answer as one array for each result, or say why it cannot be."""
    names = exercise.returns
    if len(names) > 1 and not (isinstance(answer, tuple | list) and len(answer) == len(names)):
        got = f"{len(answer)} of them" if isinstance(answer, tuple | list) else f"one {type(answer).__name__}"
        return (), f"the answer must be {len(names)} results, {_listed(names)}; got {got}."
    results = []
    for name, value in zip(names, answer if len(names) > 1 else [answer], strict=True):
        try:
            array = np.asarray(value)
        except ValueError:
            return (), f"{name} must be an array; got rows of different lengths."
        if array.dtype.kind not in "iuf":
            return (), f"{name} must be made of numbers; got {type(value).__name__} of kind {array.dtype}."
        results.append(array)
    return tuple(results), ""


def expected_of(exercise: Exercise, case: Case) -> tuple[Array, ...]:
    answer = exercise.reference(**case)
    return tuple(np.asarray(part) for part in (answer if len(exercise.returns) > 1 else [answer]))


def _wrong(exercise: Exercise, trials: Sequence[Trial], place: int) -> list[int]:
    """Return the numbers of the cases in which a result is missing or differs."""
    return [
        number
        for number, trial in enumerate(trials)
        if not trial.results or not same(trial.results[place], expected_of(exercise, trial.case)[place])
    ]


def same(actual: Array, expected: Array) -> bool:
    return actual.shape == expected.shape and bool(np.all(actual == expected))


def _explained(exercise: Exercise, trials: Sequence[Trial], place: int, wrong: list[int]) -> tuple[str, str]:
    """Say what is wrong with one result, by name if the mistake is known; and write down the smallest failing case."""
    first = trials[wrong[0]]
    name = exercise.returns[place]
    reason = _mistake(exercise, trials, place, wrong) or _limit(exercise, trials, wrong)
    if not reason and (one := _mistake(exercise, trials, place, wrong[:1])):
        reason = f"more than one thing is wrong. In the smallest case, {one}"
    if not first.results:
        return " ".join(filter(None, [reason, first.complaint])), _inputs(first.case)
    expected, got = expected_of(exercise, first.case)[place], first.results[place]
    if expected.shape != got.shape:
        shapes = f"{name} must have shape {expected.shape}; got {got.shape}."
        reason = f"{reason} {shapes}" if reason else shapes
    right = len(trials) - len(wrong)
    count = f"{name} is wrong in {len(wrong)} of {len(trials)} cases" if right else f"{name} is wrong in every case"
    if len(exercise.returns) > 1 and reason and not reason.startswith(name):
        reason = f"{name}: {reason}"
    lines = {**dict(first.case), f"expected {name}": expected, f"got {name}": got}
    return reason or f"{name} is not right yet.", f"The smallest case ({count}):\n{_table(lines)}"


def _mistake(exercise: Exercise, trials: Sequence[Trial], place: int, wrong: list[int]) -> str:
    """Find the known mistake that returns the same in each of these failing cases."""
    for mistake in exercise.mistakes_in(exercise.returns[place]):
        if all(_same_failure(mistake.function, trials[number], place) for number in wrong):
            return mistake.sentence
    return ""


def _same_failure(function: Callable[..., Any], trial: Trial, place: int) -> bool:
    try:
        made = np.asarray(function(**trial.case))
    except Exception as error:
        return trial.complaint.startswith(f"it stops with {type(error).__name__}:")
    if not trial.results or trial.results[place].shape != made.shape:
        return False
    # A mistake need not be made in the same order of operations, and its numbers need not be whole.
    return bool(np.allclose(trial.results[place], made, rtol=1e-9, atol=1e-9))


def _limit(exercise: Exercise, trials: Sequence[Trial], wrong: list[int]) -> str:
    """Find what is true of every failing case and of no other."""
    for limit in exercise.limits:
        touched = [number for number, trial in enumerate(trials) if limit.holds(**trial.case)]
        if touched == wrong:
            return limit.sentence
    return ""


def _signature_complaint(exercise: Exercise, function: Callable[..., Any]) -> str:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some compiled functions have none to show
        return ""
    try:
        signature.bind(*exercise.parameters)
    except TypeError:
        return f"the function must take ({', '.join(exercise.parameters)}); yours takes {signature}."
    return ""


def _tried(exercise: Exercise) -> str:
    """Say which shapes and settings the cases have."""
    seen = []
    for name in exercise.parameters:
        values = [case[name] for case in exercise.cases]
        if isinstance(values[0], np.ndarray):
            shapes = sorted({value.shape for value in values})
            seen.append(f"{name} of {', '.join('×'.join(map(str, shape)) for shape in shapes)}")
        else:
            seen.append(f"{name} {', '.join(map(str, sorted(set(values))))}")
    return _wrapped(f"Tried: {'; '.join(seen)}.")


def _wrapped(text: str) -> str:
    """Break a text so that it fits the page of the book."""
    return fill(text, width=WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


def _inputs(case: Case) -> str:
    return f"The case:\n{_table(dict(case))}"


def _table(lines: dict[str, Any]) -> str:
    """Write names and values below each other, the rows of an array under its first row."""
    width = max(map(len, lines))
    blank = "\n" + " " * (width + 5)
    return "\n".join(f"  {name:<{width}} = {written(value).replace(chr(10), blank)}" for name, value in lines.items())


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "the function")
