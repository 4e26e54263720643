"""Gradients from the forward pass alone: central differences, exact integer ones, and where they cannot be trusted."""

from collections.abc import Callable
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape

CORNER = 1e-3  # a bend below this part of the slope disturbs a check less than its usual tolerance


def best_step(dtype: Any = np.float64) -> float:
    """Return the step of a central difference that balances its two errors for a curved function.

    Parameters
    ----------
    dtype : float32 or float64
        What the function is computed in.

    Returns
    -------
    float
        ε^(1/3) with ε the spacing of numbers at 1.

    Raises
    ------
    TypeError
        If `dtype` is no floating-point type: then rounding says nothing about the step.

    Notes
    -----
    The error is about ``h²·|f‴|/6`` from cutting Taylor's series and ``ε·|f|/h`` from rounding; with both of order one
    the sum is smallest near h = ε^(1/3). For a function that is linear in what is moved the first part is zero and a
    larger step is better.

    Examples
    --------
    >>> f"{best_step():.1e}", f"{best_step(np.float32):.1e}"
    ('6.1e-06', '4.9e-03')
    """
    return _spacing(dtype) ** (1 / 3)


def _spacing(dtype: Any) -> float:
    """ε: the distance from 1 to the next number of this type."""
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"dtype must be a floating-point type, or h be given; got {np.dtype(dtype)}")
    return float(np.finfo(dtype).eps)


def numerical_gradient(f: Callable[[Array], Any], x: Any, dy: Any = 1.0, *, h: float | None = None) -> Array:
    """Estimate the gradient of L = Σ dy·f(x) by moving one cell of `x` at a time, both ways.

    Parameters
    ----------
    f : callable
        Takes an array like `x` and returns an array like `dy`, or a number. It is called twice for each cell.
    x : array
        Where to differentiate; it is copied, never modified. Integers are taken as float64.
    dy : array like f(x), default 1
        Weight of each output in L: the gradient that comes back from the layers above.
    h : float, optional
        The step; `best_step` of the dtype of `x` if not given.

    Returns
    -------
    array like x
        (L(x + h) − L(x − h)) / 2h for each cell, the sums in float64.

    Raises
    ------
    ValueError
        If `h` is not above 0 and finite, if it is too small to move a cell, or if `dy` does not have the shape of f(x).

    Notes
    -----
    Outputs are subtracted before they are summed, so that those which did not move leave no rounding behind.

    Examples
    --------
    >>> numerical_gradient(lambda x: x**2, np.array([1.0, 3.0]), h=1)
    array([2., 6.])
    """
    start, weight, step = _ready(x, dy, h)
    gradient = np.zeros(start.shape, np.float64)
    for at in np.ndindex(start.shape):
        ahead = _moved(start, at, step)
        behind = _moved(start, at, -step)
        width = float(ahead[at]) - float(behind[at])
        gradient[at] = _slope(f(ahead), f(behind), weight, width)
    return gradient


def kinks(f: Callable[[Array], Any], x: Any, dy: Any = 1.0, *, h: float | None = None) -> Array:
    """Mark the cells from which a step of `h` touches a corner of L = Σ dy·f(x): relu's at 0, a tie of a maximum.

    Parameters
    ----------
    f, x, dy, h
        As in `numerical_gradient`; `f` is called six times for each cell.

    Returns
    -------
    array of bool like x
        True where a central difference of this step does not show the slope at `x`.

    Raises
    ------
    ValueError
        As in `numerical_gradient`.

    Notes
    -----
    The slopes ahead of x and behind it differ by h·L″ where L is smooth: half the step, half the difference. At a
    corner the difference stays however small the step, and beside a corner it is gone at once when the step no longer
    reaches it. Steps of h, h/2 and h/4 tell the three apart.

    Examples
    --------
    >>> kinks(lambda x: np.maximum(x, 0), [-1.0, 0.0, 0.004, 2.0], [1, 1, 1, 1], h=0.01)
    array([False,  True,  True, False])
    """
    start, weight, step = _ready(x, dy, h)
    here = f(start)
    touched = np.zeros(start.shape, bool)
    blur = 4 * _spacing(start.dtype) * float(np.sum(np.abs(_weighed(here, weight)))) / (step / 4)
    for at in np.ndindex(start.shape):
        ahead = _one_sided(f, start, here, at, weight, step)
        behind = _one_sided(f, start, here, at, weight, -step)
        bend = ahead - behind
        allowed = CORNER * np.max(np.abs([ahead, behind])) + blur
        touched[at] = np.max(np.abs(bend[1:] - bend[:-1] / 2)) > allowed
    return touched


def _one_sided(
    f: Callable[[Array], Any], start: Array, here: Any, at: tuple[int, ...], weight: Array, step: float
) -> Array:
    """The slopes from `start` over a step, half of it and a quarter."""
    ends = [_moved(start, at, part * step) for part in (1.0, 0.5, 0.25)]
    return np.array([_slope(f(end), here, weight, float(end[at]) - float(start[at])) for end in ends])


def integer_gradient(f: Callable[[Array], Any], x: Any, dy: Any) -> Array:
    """Return the gradient of L = Σ dy·f(x) without any rounding, for an `f` that is linear in `x` with whole numbers.

    Parameters
    ----------
    f, x, dy
        As in `numerical_gradient`; `x` and `dy` hold whole numbers.

    Returns
    -------
    array like x
        (L(x + 1) − L(x − 1)) / 2, which for an affine f is the gradient itself: compare it with ``==``.

    Raises
    ------
    ValueError
        If `x` or `dy` holds a number that is not whole.

    Notes
    -----
    A float64 holds every whole number up to 2⁵³, so sums and products of small ones are exact, in any order. An `f`
    that computes in float32 is exact up to 2²⁴.

    Examples
    --------
    >>> integer_gradient(lambda w: [3 * w[0] - w[1]], [5, 8], [2])
    array([ 6., -2.])
    """
    (start, weight), _ = checked(x=x, dy=dy)
    return numerical_gradient(f, _whole("x", start), _whole("dy", weight), h=1.0)


def _ready(x: Any, dy: Any, h: float | None) -> tuple[Array, Array, float]:
    (start,), _ = checked(x=x)
    step = best_step(start.dtype) if h is None else h
    if not 0 < step < np.inf:
        raise ValueError(f"h must be above 0 and finite; got {h}")
    return start, np.asarray(dy, np.float64), step


def _moved(start: Array, at: tuple[int, ...], step: float) -> Array:
    moved = start.copy()
    moved[at] += step
    if moved[at] == start[at]:
        cell = f"x[{', '.join(map(str, at))}] = {start[at]}"
        raise ValueError(f"h must be large enough to move a cell; got {abs(step)} at {cell} in {start.dtype}")
    return moved


def _slope(ahead: Any, behind: Any, weight: Array, width: float) -> float:
    difference = np.asarray(ahead, np.float64) - np.asarray(behind, np.float64)
    return float(np.sum(_weighed(difference, weight))) / width


def _weighed(outputs: Any, weight: Array) -> Array:
    values = np.asarray(outputs, np.float64)
    if weight.ndim:
        must_have_shape("dy", weight, values.shape, "as f(x) has")
    return weight * values


def _whole(name: str, array: Array) -> Array:
    numbers = array.astype(np.float64)
    broken = ~np.isfinite(numbers) | (numbers != np.rint(numbers))
    if np.any(broken):
        raise ValueError(f"{name} must hold whole numbers; got {numbers[broken].flat[0]}")
    return numbers
