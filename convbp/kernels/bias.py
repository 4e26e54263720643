"""The bias: one number added to every cell of a map, and so a gradient that sums over them."""

import numpy as np

from convbp.arrays import Array


def add_bias(y: Array, b: Array) -> None:
    """Add b (F,) to the maps of y (N, F, …), in place."""
    y += b.reshape(-1, *(1,) * (y.ndim - 2))


def bias_gradient(dy: Array) -> Array:
    """Sum dy (N, F, …) over samples and positions."""
    return np.add.reduce(dy, axis=(0, *range(2, dy.ndim)))
