"""A backward pass compared with differences of its forward pass: with a tolerance, or with none."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape
from convbp.check.differences import integer_gradient, numerical_gradient

SMALLEST_COMPARED = 1e-8


def relative_error(actual: Any, expected: Any) -> float:
    """Return the largest ``|a − e| / max(1e-8, |a| + |e|)`` over all cells.

    The floor keeps two gradients that are both zero up to rounding from looking different.

    Parameters
    ----------
    actual, expected : arrays of one shape

    Returns
    -------
    float
        Between 0 and 1; 0 for empty arrays, and NaN if either has one.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Stanford CS231n, notes on neural networks 3, "Gradient checks".

    Examples
    --------
    >>> relative_error([1.0, 0.0], [3.0, 0.0])
    0.5
    """
    a, e = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    must_have_shape("actual", a, e.shape, "as expected has")
    return float(np.max(np.abs(a - e) / np.maximum(SMALLEST_COMPARED, np.abs(a) + np.abs(e)), initial=0.0))


def check_gradients(
    forward: Callable[..., Any],
    backward: Callable[..., Sequence[Any]],
    inputs: Sequence[Any],
    dy: Any,
    *,
    h: float | None = None,
) -> tuple[float, ...]:
    """Compare a backward pass with central differences of its forward pass.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs)`` returns y.
    backward : callable
        ``backward(dy, *inputs)`` returns one gradient for each input, in their order.
    inputs : sequence of arrays
    dy : array like y
    h : float, optional
        As in `numerical_gradient`.

    Returns
    -------
    tuple of float
        The `relative_error` of each gradient.

    Examples
    --------
    >>> check_gradients(np.multiply, lambda dy, a, b: (dy * b, dy * a), [[2, 3], [5, 7]], [1, 1], h=1)
    (0.0, 0.0)
    """
    found = _beside(forward, backward, inputs, dy, lambda f, x, weight: numerical_gradient(f, x, weight, h=h))
    return tuple(relative_error(gradient, expected) for gradient, expected in found)


def check_exact(
    forward: Callable[..., Any], backward: Callable[..., Sequence[Any]], inputs: Sequence[Any], dy: Any
) -> tuple[bool, ...]:
    """Compare a backward pass with integer differences of its forward pass, for equality in every cell.

    Parameters
    ----------
    forward, backward, inputs, dy
        As in `check_gradients`; y is linear in each input, and all arrays hold whole numbers.

    Returns
    -------
    tuple of bool
        For each gradient, whether it has the right shape and is right in every cell, with no tolerance.

    Raises
    ------
    ValueError
        If an array holds a number that is not whole, or `backward` returns another number of gradients.

    See Also
    --------
    integer_gradient : why no tolerance is needed.

    Examples
    --------
    >>> check_exact(np.multiply, lambda dy, a, b: (dy * b, dy + a), [[2, 3], [5, 7]], [1, 1])
    (True, False)
    """
    found = _beside(forward, backward, inputs, dy, integer_gradient)
    return tuple(np.array_equal(gradient, expected) for gradient, expected in found)


def _beside(
    forward: Callable[..., Any],
    backward: Callable[..., Sequence[Any]],
    inputs: Sequence[Any],
    dy: Any,
    estimate: Callable[[Callable[[Array], Any], Array, Any], Array],
) -> list[tuple[Any, Array]]:
    """Pair each gradient of `backward` with an estimate that moves one input and leaves the others."""
    arrays = [checked(x=value)[0][0] for value in inputs]
    gradients = backward(np.asarray(dy), *arrays)
    if len(gradients) != len(arrays):
        raise ValueError(f"backward must return {len(arrays)} gradients, one for each input; got {len(gradients)}")
    pairs = []
    for at, (start, gradient) in enumerate(zip(arrays, gradients, strict=True)):

        def moved(value: Array, at: int = at) -> Any:
            return forward(*arrays[:at], value, *arrays[at + 1 :])

        pairs.append((gradient, estimate(moved, start, dy)))
    return pairs
