"""How strongly one output depends on each input cell: the receptive field as gradients show it."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from convbp.arrays import Array, checked


class Differentiable(Protocol):
    """A layer or a network: anything of `convbp.layers`."""

    def __call__(self, x: Array) -> Array: ...
    def backward(self, dy: Array) -> Array: ...


def effective_receptive_field(model: Differentiable, x: Any, unit: Sequence[int] | None = None) -> Array:
    """Measure the mean size of the gradient that one output position sends to each input cell.

    Parameters
    ----------
    model : layer or network
        Called on `x`, then asked for the gradient. Those of its parameters add up as in any backward pass; clear them
        with ``model.zero_grad()`` before training goes on.
    x : array (N, C, spatial…)
        The more samples, the smoother the picture.
    unit : one int per spatial axis of the output, optional
        The output position; the middle one if not given.

    Returns
    -------
    array (spatial…)
        mean over samples and channels of ``|dx|``, where dy is 1 in every channel at `unit` and 0 elsewhere. Cells
        outside the receptive field are 0.

    Raises
    ------
    ValueError
        If the unit lies outside the output, or the model's output has no spatial axes.

    References
    ----------
    W. Luo et al., "Understanding the effective receptive field in deep convolutional neural networks",
    arXiv:1701.04128.

    Examples
    --------
    Two filters of three ones behind each other: paths to the middle cell are three, to the ends one.

    >>> from convbp.layers import Conv1d, Sequential
    >>> model = Sequential(*(Conv1d(1, 1, 3, rng=np.random.default_rng(0)) for _ in range(2)))
    >>> for parameter in model.parameters():
    ...     parameter.value[...] = 1
    >>> effective_receptive_field(model, np.zeros((1, 1, 9)))
    array([0., 0., 1., 2., 3., 2., 1., 0., 0.])
    """
    (x,), _ = checked(x=x)
    y = model(x)
    shape = y.shape[2:]
    if not shape:
        raise ValueError(f"model must return spatial axes behind N and C; got shape {y.shape}")
    at = tuple(size // 2 for size in shape) if unit is None else tuple(unit)
    if len(at) != len(shape) or not all(0 <= i < size for i, size in zip(at, shape, strict=True)):
        raise ValueError(f"unit must lie inside the output of {shape} cells; got {at}")
    dy = np.zeros_like(y)
    dy[:, :, *at] = 1
    return np.abs(model.backward(dy)).mean(axis=(0, 1))
