"""The functions that StepSize checks, and what the error of their check tells at a step.

All of them are made of additions, multiplications and comparisons alone. IEEE 754 says to the last bit what these
return, where it leaves an exponential to each machine: so the errors, rounding and all, are the same everywhere.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from convbp.check import check_gradients, kinks
from convbp.conv import conv1d, conv1d_backward
from convbp.pool import max_pool1d, max_pool1d_backward

ROUNDING = "rounding rules: the two values agree in most digits. Half the step, about twice the error."
MARKS = {
    "r": ROUNDING,
    "t": "truncation rules: the curve bends within the step. Half the step, a quarter of the error.",
    "b": "the bottom of the V: the two errors balance.",
    "k": "the step reaches a corner, and two slopes are mixed. check.kinks marks it.",
    "z": "nothing is rounded, so that == can be asked for.",
    "n": "the step is too small to move the number at all.",
}


class Case(NamedTuple):
    """A function with its backward pass, the place where it is checked, and what is said about it.

    `marks` holds sentences that replace those of `MARKS`, `note` what the picture says of the first marked step of each
    kind, and `curved` whether there is a truncation error.
    """

    title: str
    forward: Callable[..., Any]
    backward: Callable[..., Sequence[Any]]
    inputs: tuple[Sequence[float], ...]
    dy: Sequence[float]
    curved: bool
    marks: dict[str, str]
    notes: dict[str, str]

    def arrays(self, dtype: str) -> list[np.ndarray]:
        """The place, in one type."""
        return [np.array(values, dtype) for values in self.inputs]


class Curve(NamedTuple):
    """The error at each step, None where there is no answer, and whether the step reaches a corner."""

    errors: list[float | None]
    touched: list[bool]


def all_cases(beside: float) -> dict[str, Case]:
    """Return every case by its name; the corner of one of them lies `beside` from the place of the check."""
    v = {"r": "rounding ε/h", "t": "truncation h²"}
    layer = partial(_conv, backend="loops")
    decimals = ((0.3, -1.1, 0.7, 2.3, -0.9), (0.7, -0.2, 1.3))
    whole = ((2.0, 1.0, 3.0, 0.0, 1.0), (1.0, -1.0, 2.0))
    return {
        "curved": Case("x³", _cube, _cube_backward, ((0.3, 0.7, 1.1, 1.7),), (1, 1, 1, 1), True, {}, v),
        "corner": Case(
            f"x³ + relu(x), {beside:g} beside the corner",
            _bent,
            _bent_backward,
            ((beside, 0.7),),
            (1, 1),
            True,
            {},
            v | {"k": "across the corner"},
        ),
        "tie": Case(
            "a max pool over a tie",
            _pool,
            _pool_backward,
            ((0.7, 0.7, 0.1, 0.4),),
            (1, 1),
            False,
            {
                "k": "the tie is a corner at this very place, so that no step helps: the difference gives each half, "
                "the backward pass all to the first, and both are right. check.kinks marks it.",
                "r": "rounding hides the corner from check.kinks here, but the tie has not gone away.",
            },
            {"k": "no step helps"},
        ),
        "linear": Case(
            "a convolution",
            layer,
            _conv_backward,
            decimals,
            (0.3, -1.7, 0.6),
            False,
            {
                "r": "rounding is all there is: nothing bends, and the larger the step, the better.",
                "z": "no error by luck: another number, and it is there.",
            },
            {"r": "rounding ε/h, nothing else"},
        ),
        "whole": Case(
            "the convolution of whole numbers",
            layer,
            _conv_backward,
            whole,
            (1, 2, -1),
            False,
            {"r": "digits are lost even here: steps of whole numbers are the safe ones."},
            {"z": "exactly 0"},
        ),
    }


def measure(case: Case, dtype: str, steps: Sequence[float]) -> Curve:
    """Check the backward pass at every step."""
    return Curve([_error(case, dtype, h) for h in steps], [_touched(case, dtype, h) for h in steps])


def marks_of(case: Case, curve: Curve) -> str:
    """Return one letter of `MARKS` for each step."""
    free = [(error, at) for at, (error, hit) in enumerate(zip(*curve, strict=True)) if error is not None and not hit]
    bottom = min(free)[1] if free else -1

    def mark(at: int, error: float | None) -> str:
        if error is None:
            return "n"
        if curve.touched[at]:
            return "k"
        if error == 0:
            return "z"
        if not case.curved or at < bottom:
            return "r"
        return "b" if at == bottom else "t"

    return "".join(mark(at, error) for at, error in enumerate(curve.errors))


def _error(case: Case, dtype: str, h: float) -> float | None:
    try:
        return max(check_gradients(case.forward, case.backward, case.arrays(dtype), case.dy, h=h))
    except ValueError:  # the step does not move a cell
        return None


def _touched(case: Case, dtype: str, h: float) -> bool:
    arrays = case.arrays(dtype)

    def moved(value: Any, at: int) -> Any:
        return case.forward(*arrays[:at], value, *arrays[at + 1 :])

    try:
        return any(kinks(partial(moved, at=at), array, case.dy, h=h).any() for at, array in enumerate(arrays))
    except ValueError:  # a quarter of the step, which kinks asks for, does not move a cell
        return False


def _cube(x: np.ndarray) -> np.ndarray:
    return x * x * x


def _cube_backward(dy: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    return (dy * (3 * (x * x)),)


def _bent(x: np.ndarray) -> np.ndarray:
    return x * x * x + np.maximum(x, 0)


def _bent_backward(dy: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    return (dy * (3 * (x * x) + (x > 0)),)


def _pool(x: np.ndarray) -> np.ndarray:
    return max_pool1d(x[None, None], 2).y[0, 0]


def _pool_backward(dy: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    found = max_pool1d(x[None, None], 2)
    return (max_pool1d_backward(dy[None, None], found.indices, (1, 1, x.size))[0, 0],)


def _conv(x: np.ndarray, w: np.ndarray, backend: Any) -> np.ndarray:
    return conv1d(x[None, None], w[None, None], backend=backend)[0, 0]


def _conv_backward(dy: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, ...]:
    # The loops add in the order of the formula; a faster backend would leave the order to the machine.
    back: Any = conv1d_backward(dy[None, None], x[None, None], w[None, None], backend="loops")
    return back.dx[0, 0], back.dw[0, 0]
