"""What each kind of convolution costs: numbers to learn, and multiply-adds."""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from convbp.options import at_least, integer, is_sequence


class Cost(NamedTuple):
    """What a layer holds and does for one sample: numbers to learn, and multiply-adds."""

    parameters: int
    multiply_adds: int


def conv_cost(
    channels: int, filters: int, kernel_size: Any, *, groups: int = 1, outputs: Any = 1, bias: bool = False
) -> Cost:
    """Count an ordinary or grouped convolution: I·O·∏K / groups parameters.

    Parameters
    ----------
    channels, filters : int
        Maps that go in (I) and come out (O).
    kernel_size : int or one int per axis
        An int is the length of a one-dimensional filter; write (3, 3) for 3 × 3.
    groups : int
    outputs : int or one int per axis
        Cells of one output map: each costs as many multiply-adds as there are weights.
    bias : bool
        Whether each output map has a bias, which counts as a parameter but not as a multiply-add.

    Returns
    -------
    Cost

    Raises
    ------
    ValueError
        If a number is below 1, or `groups` does not divide both channels and filters.

    Examples
    --------
    >>> conv_cost(64, 128, (3, 3)).parameters
    73728
    >>> conv_cost(3, 6, (5, 5), outputs=(28, 28), bias=True)
    Cost(parameters=456, multiply_adds=352800)
    """
    maps_in, maps_out = _count("channels", channels), _count("filters", filters)
    parts = _count("groups", groups)
    if maps_in % parts or maps_out % parts:
        raise ValueError(f"groups must divide channels and filters; got {parts} with C={maps_in}, F={maps_out}")
    weights = maps_in // parts * maps_out * _product("kernel_size", kernel_size)
    return Cost(weights + (maps_out if bias else 0), weights * _product("outputs", outputs))


def depthwise_cost(
    channels: int, kernel_size: Any, *, multiplier: int = 1, outputs: Any = 1, bias: bool = False
) -> Cost:
    """Count a depthwise convolution: I·m·∏K parameters.

    Parameters
    ----------
    channels : int
    kernel_size, outputs, bias
        As in `conv_cost`.
    multiplier : int
        Filters for each channel.

    Returns
    -------
    Cost

    Examples
    --------
    >>> depthwise_cost(64, (3, 3)).parameters
    576
    """
    maps_out = _count("channels", channels) * _count("multiplier", multiplier)
    return conv_cost(channels, maps_out, kernel_size, groups=channels, outputs=outputs, bias=bias)


def separable_cost(
    channels: int, filters: int, kernel_size: Any, *, multiplier: int = 1, outputs: Any = 1, bias: bool = False
) -> Cost:
    """Count a separable convolution: I·m·∏K + I·m·O parameters, about 1/O + 1/∏K of the ordinary one's for m = 1.

    Parameters
    ----------
    channels, filters : int
    kernel_size, outputs, bias
        As in `conv_cost`; the bias is that of the second stage.
    multiplier : int
        Filters for each channel in the first stage.

    Returns
    -------
    Cost

    Examples
    --------
    >>> separable_cost(64, 128, (3, 3)).parameters
    8768
    """
    first = depthwise_cost(channels, kernel_size, multiplier=multiplier, outputs=outputs)
    second = conv_cost(channels * multiplier, filters, 1, outputs=outputs, bias=bias)
    return Cost(first.parameters + second.parameters, first.multiply_adds + second.multiply_adds)


def _count(name: str, value: Any) -> int:
    return at_least(1, name, integer(name, value))


def _product(name: str, value: Any) -> int:
    entries: Sequence[Any] = value if is_sequence(value) else [value]
    return prod(_count(name, entry) for entry in entries)
