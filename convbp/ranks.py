"""Rank is a parameter: one function that takes it becomes the three public ones, for signals, images and volumes."""

import inspect
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from convbp.arrays import Array, must_have_axes
from convbp.options import integer, is_sequence

P = ParamSpec("P")
R = TypeVar("R")

CELLS = {1: "L", 2: "H, W", 3: "D, H, W"}
OUTPUTS = {1: "O", 2: "OH, OW", 3: "OD, OH, OW"}
TAPS = {1: "K", 2: "KH, KW", 3: "KD, KH, KW"}


def each_rank(f: Callable[Concatenate[int, P], R]) -> tuple[Callable[P, R], Callable[P, R], Callable[P, R]]:
    """Return the functions for rank 1, 2 and 3 of `f`, which takes the rank first: `_pool` gives `pool1d` to `pool3d`.

    The docstring of `f` is written for all of them: ``L…``, ``O…`` and ``K…`` stand for the input cells, outputs and
    taps of a rank, ``*d`` for the end of its names. A paragraph with an example that calls the function of one rank
    appears in that rank's docstring alone.

    Examples
    --------
    >>> def _corner(rank: int, x: list) -> float:
    ...     "Return the first cell of x (N, C, L…)."
    ...     return x[0] if rank == 1 else _corner(rank - 1, x[0])
    >>> corner1d, corner2d, corner3d = each_rank(_corner)
    >>> corner2d([[7, 8], [9, 10]]), corner2d.__name__, corner2d.__doc__
    (7, 'corner2d', 'Return the first cell of x (N, C, H, W).')
    """
    return _of_rank(1, f), _of_rank(2, f), _of_rank(3, f)


def _of_rank(rank: int, f: Callable[Concatenate[int, P], R]) -> Callable[P, R]:
    whole = inspect.signature(f)
    first, *others = whole.parameters.values()
    signature = whole.replace(parameters=others)

    # A method puts its object, here the rank, before the arguments of a call without packing them anew.
    of_rank: Callable[P, R] = MethodType(f, rank)
    refuse: Callable[..., Any] = signature.bind

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return of_rank(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # from inside f
        return refuse(*args, **kwargs)  # where Python would count the rank among the arguments in its message

    # With the globals of f's module, doctest takes the function for one of that module and runs its examples.
    template = cast(FunctionType, call)
    public = FunctionType(template.__code__, f.__globals__, closure=template.__closure__)
    public.__name__ = public.__qualname__ = _name(f.__name__, rank)
    public.__module__ = f.__module__
    public.__doc__ = _docstring(inspect.getdoc(f) or "", f.__name__, rank)
    public.__annotations__ = {name: kind for name, kind in f.__annotations__.items() if name != first.name}
    public.__dict__.update(__signature__=signature, __wrapped__=f)
    return cast(Callable[P, R], public)


def _name(private: str, rank: int) -> str:
    name = private.strip("_")
    stem = name.removesuffix("_backward")
    return f"{stem}{rank}d{name[len(stem) :]}"


def _docstring(text: str, private: str, rank: int) -> str:
    others = [f"{_name(private, other)}(" for other in CELLS if other != rank]
    paragraphs = text.replace("Examples\n--------\n", "Examples\n--------\n\n").split("\n\n")
    text = "\n\n".join(part for part in paragraphs if not (">>> " in part and any(call in part for call in others)))
    for sign, words in (("L…", CELLS), ("O…", OUTPUTS), ("K…", TAPS)):
        text = text.replace(sign, words[rank])
    return text.replace("*d", f"{rank}d")


def must_have_rank(name: str, array: Array, rank: int) -> None:
    """Check that `array` has a batch axis, a channel axis and `rank` spatial ones."""
    must_have_axes(name, array, f"N, C, {CELLS[rank]}")


def checked_shape(name: str, value: Any, rank: int) -> tuple[int, ...]:
    """Return the shape of a batch of channels as ints: no axis but the batch is empty."""
    rule = f"{name} must be {rank + 2} ints (N, C, {CELLS[rank]}), only N may be 0"
    if not is_sequence(value):
        raise TypeError(f"{rule}; got {value!r}")
    shape = tuple(integer(name, size) for size in value)
    if len(shape) != rank + 2 or shape[0] < 0 or min(shape[1:]) < 1:
        raise ValueError(f"{rule}; got {shape}")
    return shape
