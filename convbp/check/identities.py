"""Two identities that right gradients keep: the adjoint's, and Euler's."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array, checked, must_have_shape


class Sides(NamedTuple):
    """The two sides of an identity that must agree."""

    left: float
    right: float

    @property
    def error(self) -> float:
        """``|left − right|``: 0 on integers, a few roundings of the sums otherwise."""
        return abs(self.left - self.right)


def adjoint_check(forward: Callable[[Array], Any], transpose: Callable[[Array], Any], x: Any, dy: Any) -> Sides:
    """Return both sides of ⟨C x, dy⟩ = ⟨x, Cᵀ dy⟩ for a linear map C and what should be its transpose.

    Parameters
    ----------
    forward : callable
        x to C x.
    transpose : callable
        dy to Cᵀ dy.
    x, dy : arrays
        Any numbers; whole ones make both sides exact.

    Returns
    -------
    Sides

    Notes
    -----
    One random pair finds almost any mistake at the price of one pass each, where differences cost two a cell.

    Examples
    --------
    >>> C = np.array([[1, 2], [0, 3], [4, 0]])
    >>> adjoint_check(lambda x: C @ x, lambda dy: C.T @ dy, [1, 1], [1, 2, 3])
    Sides(left=21.0, right=21.0)
    """
    (start, weight), _ = checked(x=x, dy=dy)
    return Sides(_inner("dy", weight, forward(start)), _inner("x", start, transpose(weight)))


def euler_check(y: Any, dy: Any, *pairs: tuple[Any, Any]) -> Sides:
    """Return both sides of Euler's identity ⟨y, dy⟩ = Σ ⟨value, gradient⟩ for outputs linear in the values.

    Parameters
    ----------
    y, dy : arrays of one shape
    pairs : (value, gradient)
        Everything in which y is linear at once: (x, dx) and, with a bias, (b, db); or (w, dw) and (b, db).

    Returns
    -------
    Sides

    Notes
    -----
    Scaling every value by t scales y by t; differentiate L = ⟨y, dy⟩ by t. It costs no further forward pass.

    Examples
    --------
    >>> import convbp
    >>> x, w, dy = [[[1, 2, 4]]], [[[3, 5]]], [[[1, 10]]]
    >>> g = convbp.conv1d_backward(dy, x, w)
    >>> euler_check(convbp.conv1d(x, w), dy, (w, g.dw))
    Sides(left=273.0, right=273.0)
    """
    right = sum(_inner("gradient", np.asarray(gradient), value) for value, gradient in pairs)
    return Sides(_inner("dy", np.asarray(dy), y), right)


def _inner(name: str, a: Array, b: Any) -> float:
    other = np.asarray(b)
    must_have_shape(name, a, other.shape, "as its partner in the inner product has")
    return float(np.sum(a.astype(np.float64) * other.astype(np.float64)))
