"""The elements of C4 and D4: how they act on images and lifted maps, and how they compose."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_axes

GROUPS = {"C4": 4, "D4": 8}


def order_of(group: str) -> int:
    """Count the elements of a group."""
    if group not in GROUPS:
        raise ValueError(f"group must be one of {', '.join(map(repr, GROUPS))}; got {group!r}")
    return GROUPS[group]


def act(a: Any, element: int, group: str = "C4") -> Array:
    """Turn, and for D4 mirror, the last two axes of an array: T_h a.

    Parameters
    ----------
    a : array (…, H, W)
    element : int
        0 to 3: as many quarter turns counter-clockwise, as `numpy.rot90`. 4 to 7, of D4 only: 0 to 3 quarter turns,
        then the mirror image, left and right exchanged.
    group : {"C4", "D4"}

    Returns
    -------
    array
        A copy; H and W are exchanged by odd turns.

    Raises
    ------
    ValueError
        If the group has no such element.

    Examples
    --------
    >>> act([[1, 2], [3, 4]], 1)
    array([[2, 4],
           [1, 3]])
    >>> act([[1, 2], [3, 4]], 4, "D4")
    array([[2, 1],
           [4, 3]])
    """
    order = order_of(group)
    if not 0 <= element < order:
        raise ValueError(f"element must be 0 to {order - 1} in {group}; got {element}")
    turned = np.rot90(np.asarray(a), element % 4, axes=(-2, -1))
    return (turned[..., ::-1] if element >= 4 else turned).copy()


def act_on_lifted(y: Any, element: int, group: str = "C4") -> Array:
    """Turn a map that has a group axis: (g y)[h] = T_g y[g⁻¹h].

    Parameters
    ----------
    y : array (N, F, G, H, W)
    element, group
        As in `act`.

    Returns
    -------
    array
        What a lifting or group convolution returns for the turned input.

    Examples
    --------
    >>> act_on_lifted(np.arange(4).reshape(1, 1, 4, 1, 1), 1).ravel()
    array([3, 0, 1, 2])
    """
    y = np.asarray(y)
    must_have_axes("y", y, "N, F, G, H, W")
    must_have_group_axis("y", y, group)
    compose, inverse = tables(group)
    return act(y[:, :, compose[inverse[element]]], element, group)


@lru_cache
def tables(group: str) -> tuple[Array, Array]:
    """Return compose[g, h], the element that acts as h and then g, and inverse[g], found by acting on a pattern."""
    order = order_of(group)
    pattern = np.arange(4).reshape(2, 2)
    number = {act(pattern, h, group).tobytes(): h for h in range(order)}
    compose = np.array(
        [[number[act(act(pattern, h, group), g, group).tobytes()] for h in range(order)] for g in range(order)]
    )
    return compose, np.argmin(compose, axis=1)  # g·g⁻¹ is element 0


def act_back(a: Array, element: int, group: str) -> Array:
    """Undo `act`; since the action only moves cells, this is its transpose too."""
    return act(a, int(tables(group)[1][element]), group)


def must_have_group_axis(name: str, array: Array, group: str) -> None:
    """Check that axis 2 of `array` has one entry for each element."""
    if array.shape[2] != order_of(group):
        raise ValueError(f"{name} must have G = {order_of(group)} elements on axis 2 for {group}; got {array.shape[2]}")


def equivariance_error(
    layer: Callable[[Array], Any],
    x: Any,
    turn_input: Callable[[Array], Any],
    turn_output: Callable[[Array], Any] | None = None,
) -> float:
    """Measure how far a layer is from commuting with a transformation T.

    The number is max abs(layer(T x) − T layer(x)) / max abs(T layer(x)).

    Parameters
    ----------
    layer : callable
    x : array
        What the layer takes.
    turn_input, turn_output : callable
        The transformation before and behind the layer; the same for both if only one is given. With the identity behind
        it, the number tells how far the layer is from invariant.

    Returns
    -------
    float
        0 for an equivariant layer, of order 1 for one that is not; infinity if the shapes differ.

    Examples
    --------
    >>> import convbp
    >>> x, w = np.arange(1, 8).reshape(1, 1, 7) % 4, [[[1, -2]]]
    >>> moved = lambda a: np.roll(a, 1, axis=-1)
    >>> equivariance_error(lambda x: convbp.conv1d(convbp.pad(x, [(0, 1)], "wrap"), w), x, moved)
    0.0
    """
    (x,), _ = checked(x=x)
    expected = np.asarray((turn_output or turn_input)(np.asarray(layer(x))))
    actual = np.asarray(layer(np.asarray(turn_input(x))))
    if actual.shape != expected.shape:
        return float("inf")
    scale = float(np.max(np.abs(expected), initial=0.0))
    difference = float(np.max(np.abs(actual - expected), initial=0.0))
    return difference / scale if scale else difference
