"""What a caller may hand to a widget: whole numbers in arrays, sizes, and the options that a reader can choose from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from convbp.options import padding_pairs, per_axis


class WholeNumbers(traitlets.TraitType):
    """An array of whole numbers; it is copied, keeps its number of axes, and can be replaced but not written into."""

    def __init__(self, flat: bool = False) -> None:
        self.flat = flat
        super().__init__()

    def validate(self, obj: Any, value: Any) -> np.ndarray:
        """Return the array in floats, for the library computes in those."""
        name = str(self.name)
        array = whole(name, value).astype(float)
        array = np.ravel(array) if self.flat else array
        rank = obj._trait_values[name].ndim if name in obj._trait_values else array.ndim
        if array.ndim != rank:
            raise ValueError(f"{name} must have {rank} axes; got {value!r}")
        array.setflags(write=False)
        return array


class Option(traitlets.TraitType):
    """The option shown, one of those that the widget lists in `options` under the same name."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the option with tuples for lists, as Python wrote it and not as the page sends it."""
        choices = obj.options[self.name]
        if listed(value) not in choices or isinstance(value, bool):
            raise ValueError(f"{self.name} must be one of {choices}; got {value!r}")
        return tupled(value)


class Choice(traitlets.TraitType):
    """One of a few words; the first one unless told otherwise."""

    def __init__(self, *words: str) -> None:
        self.words = words
        super().__init__(words[0])

    def validate(self, obj: Any, value: Any) -> str:
        """Return the word if it is one of the few."""
        if value not in self.words:
            raise ValueError(f"{self.name} must be one of {self.words}; got {value!r}")
        return str(value)


def ints(name: str, value: Any) -> tuple[int, ...]:
    """Return an int, or two, for one axis or two."""
    rank = len(value) if isinstance(value, list | tuple) else 1
    if rank not in (1, 2):
        raise ValueError(f"{name} must be an int or two ints; got {value!r}")
    return per_axis(name, value, rank)


def offered(name: str, value: Any) -> tuple[Any, ...]:
    """Return the options of one name: a tuple lists several, anything else is the only one."""
    choices = tupled(value) if isinstance(value, list | tuple) else (value,)
    if len(set(choices)) < max(1, len(choices)):
        raise ValueError(f"{name} must hold one or more different options; got {value!r}")
    return choices


def window_options(rank: int, **values: Any) -> dict[str, tuple[Any, ...]]:
    """Check strides, dilations and paddings to choose from."""
    options = {name: tupled(value) if isinstance(value, list | tuple) else (value,) for name, value in values.items()}
    for name, choices in options.items():
        for option in choices:
            if name != "padding":
                per_axis(name, option, rank)
            elif option != "same":
                padding_pairs(name, option, rank)
    return {name: offered(name, value) for name, value in values.items()}


def whole(name: str, value: Any) -> np.ndarray:
    """Return an array of ints with at least one entry."""
    array = np.asarray(value)
    is_whole = array.dtype.kind in "iu" or (array.dtype.kind == "f" and isinstance(value, np.ndarray))
    if not is_whole or not array.size or (array != np.round(array)).any():
        raise TypeError(f"{name} must be made of ints; got {value!r}")
    return array


def numbers(name: str, value: Any, pattern: Sequence[int], shape: tuple[int, ...]) -> np.ndarray:
    """Return an array of the shape: the given one, or the pattern repeated."""
    array = np.resize(pattern, shape) if value is None else whole(name, value)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}; got {array.shape}")
    return array


def listed(value: Any) -> Any:
    """Write tuples as lists, as a page does."""
    return [listed(v) for v in value] if isinstance(value, list | tuple) else value


def tupled(value: Any) -> Any:
    """Write lists as tuples, as a caller does."""
    return tuple(tupled(v) for v in value) if isinstance(value, list | tuple) else value
