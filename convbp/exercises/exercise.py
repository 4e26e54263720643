"""What an exercise is: a reference, whole-number cases and the mistakes that people make, all as data."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array

Case = Mapping[str, Any]
# Eleven whole numbers, none of them 0 and no two alike, so that an exchanged or a missing term shows.
PATTERN = (2, -1, 3, 5, -4, 1, 7, -2, 4, -3, 6)


class Mistake(NamedTuple):
    """A known wrong answer.

    Attributes
    ----------
    sentence : str
        What went wrong, said to the reader.
    function : callable
        Takes the arguments of a case and returns what the mistake returns for the result `of`.
    of : str
        The name of the result; the only one when not given.
    """

    sentence: str
    function: Callable[..., Any]
    of: str = ""


class Limit(NamedTuple):
    """Something that divides the cases: an answer that fails exactly where `holds` is true has overlooked it."""

    sentence: str
    holds: Callable[..., bool]


@dataclass(frozen=True)
class Exercise:
    """One exercise of the book.

    Attributes
    ----------
    title : str
        A few words.
    reference : callable
        The right answer; its parameters are those that the reader's function takes.
    returns : tuple of str
        The name of each result.
    cases : sequence of mappings
        Arguments by name, the smallest case first.
    mistakes : sequence of Mistake
    limits : sequence of Limit
    """

    title: str
    reference: Callable[..., Any]
    returns: tuple[str, ...]
    cases: Sequence[Case]
    mistakes: Sequence[Mistake]
    limits: Sequence[Limit] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.reference).parameters)

    def mistakes_in(self, result: str) -> list[Mistake]:
        """Return the mistakes that are known of one result."""
        return [mistake for mistake in self.mistakes if (mistake.of or self.returns[0]) == result]


def numbers(*shape: int, start: int = 0) -> Array:
    """Return whole numbers other than 0, always the same ones, from place `start` of the pattern on."""
    return np.resize(np.roll(PATTERN, -start), shape)


def written(value: Any) -> str:
    """Write an array or a number as a reader would: whole numbers without a point, true minus signs left to print."""
    array = np.asarray(value)
    if array.dtype.kind == "f" and np.all(np.isfinite(array)) and np.all(array == np.round(array)):
        array = array.astype(np.int64)
    if array.ndim == 0:
        return str(array)
    return (
        np.array2string(array, separator=", ", max_line_width=60, threshold=200) if array.size else f"[] {array.shape}"
    )
