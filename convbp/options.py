"""What a caller may write for stride, padding and the like, turned into one int or pair for each axis."""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, wraps
from operator import index
from typing import Any, TypeVar

R = TypeVar("R")

PADDING_RULE = "an int, one int per axis, one (before, after) pair per axis, 'valid' or 'same'"


def padding_pairs(name: str, value: object, rank: int) -> list[tuple[int, int]]:
    """Return one (before, after) pair for each axis."""
    if isinstance(value, str):
        if value != "valid":
            raise ValueError(f"{name} must be {PADDING_RULE}; got {value!r}")
        return [(0, 0)] * rank
    if not is_sequence(value):
        both = at_least(0, name, integer(name, value))
        return [(both, both)] * rank
    entries = list(value)  # type: ignore[call-overload]
    if len(entries) != rank:
        raise ValueError(f"{name} must be {PADDING_RULE}, here for {rank} axes; got {value!r}")
    return [_pair(name, entry) for entry in entries]


def _pair(name: str, entry: object) -> tuple[int, int]:
    ends = list(entry) if is_sequence(entry) else [entry, entry]  # type: ignore[call-overload]
    if len(ends) != 2:
        raise ValueError(f"{name} must be {PADDING_RULE}; got {entry!r} for one axis")
    before, after = (at_least(0, name, integer(name, end)) for end in ends)
    return before, after


def per_axis(name: str, value: object, rank: int, minimum: int = 1) -> tuple[int, ...]:
    """Return one int for each axis."""
    entries = list(value) if is_sequence(value) else [value] * rank  # type: ignore[call-overload]
    if len(entries) != rank:
        raise ValueError(f"{name} must be an int or {rank} ints, one per axis; got {value!r}")
    return tuple(at_least(minimum, name, integer(name, entry)) for entry in entries)


def is_sequence(value: object) -> bool:
    return isinstance(value, list | tuple | range) or getattr(value, "ndim", 0) > 0


def integer(name: str, value: object) -> int:
    if isinstance(value, bool):
        raise TypeError(f"{name} must be made of ints; got {value!r}")
    try:
        return index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be made of ints; got {value!r}") from None


def at_least(minimum: int, name: str, value: int) -> int:
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}; got {value}")
    return value


def no_empty_axis(name: str, sizes: Sequence[int], shape: Sequence[int]) -> None:
    if 0 in sizes:
        raise ValueError(f"{name} must have no empty axis besides the batch; got shape {tuple(shape)}")


def remembered(f: Callable[..., R]) -> Callable[..., R]:
    """Keep what ``f(given, *options)`` returns, for shapes of arrays and whatever options a caller wrote.

    A lookup takes equal options for the same, but 1.0 equals 1 and True does too, and both must be refused. `typed`
    tells them apart, though not inside a tuple, where we look ourselves. Only answers for plain options are kept; every
    other call goes to `f`.
    """

    @lru_cache(maxsize=1024, typed=True)
    def kept(given: Hashable, *options: Any) -> tuple[R, bool]:
        if not all(map(_is_plain, options)):
            raise TypeError
        return f(given, *options), tuple in map(type, options)

    @wraps(f)
    def look_up(*arguments: Any) -> R:
        try:
            answer, has_tuples = kept(*arguments)
        except TypeError:  # of options that are not plain, or not even hashable; what f itself refuses, it will again
            pass
        else:
            if not has_tuples or all(map(_is_plain, arguments[1:])):
                return answer
        return f(*arguments)

    look_up.__dict__["cache_clear"] = kept.cache_clear
    return look_up


def _is_plain(value: object) -> bool:
    """Tell whether `value` is a word, an int or a tuple of such, and of no other kind that equals them."""
    if type(value) is tuple:
        return all(map(_is_plain, value))
    return type(value) is int or type(value) is str
