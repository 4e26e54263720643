"""A linear map along one axis in which every output reads a few cells: y[o] = Σ_t weights[t, o] · x[cells[t, o]].

Padding, upsampling and zero insertion are such maps, one for each axis. Their gradients are the transposes: what an
output read, it gives back, with the same weight, and what is given back to one cell adds up.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convbp.arrays import Array


class AxisMap(NamedTuple):
    """The map along one axis of `size` cells; a weight of 0 reads nothing, not even a NaN."""

    size: int
    cells: Array
    weights: Array

    @property
    def outputs(self) -> int:
        return self.cells.shape[1]

    def apply(self, x: Array, axis: int) -> Array:
        """Return y for the cells of x along `axis`."""
        moved = np.moveaxis(x, axis, -1)
        y = sum(_weighted(moved[..., cells], weights) for cells, weights in zip(self.cells, self.weights, strict=True))
        return np.moveaxis(np.asarray(y), -1, axis)

    def transpose(self, dy: Array, axis: int) -> Array:
        """Return dx for the gradient of each output along `axis`."""
        moved = np.moveaxis(dy, axis, 0)
        dx = np.zeros((self.size, *moved.shape[1:]), dy.dtype)
        for cells, weights in zip(self.cells, self.weights, strict=True):
            given = np.moveaxis(_weighted(np.moveaxis(moved, 0, -1), weights), -1, 0)
            np.add.at(dx, cells, given)
        return np.moveaxis(dx, 0, axis)


def moves(size: int, cells: Sequence[int]) -> AxisMap:
    """Return the map in which output o is a copy of cell cells[o], or 0 where that is negative."""
    index = np.asarray(cells, np.int64)
    return AxisMap(size, np.maximum(index, 0)[None], (index >= 0).astype(np.float64)[None])


def apply_all(x: Array, maps: Sequence[AxisMap]) -> Array:
    """Apply one map to each spatial axis, which begin at 2, and return a fresh array."""
    for axis, along in enumerate(maps, 2):
        x = along.apply(x, axis)
    return np.ascontiguousarray(x)


def transpose_all(dy: Array, maps: Sequence[AxisMap]) -> Array:
    """Apply the transposes to the spatial axes; those of different axes commute."""
    for axis, along in enumerate(maps, 2):
        dy = along.transpose(dy, axis)
    return np.ascontiguousarray(dy)


def _weighted(read: Array, weights: Array) -> Array:
    """Multiply by the weights along the last axis; a plain copy or a 0 stays exact for numbers of any kind."""
    if np.all((weights == 0) | (weights == 1)):
        return np.where(weights == 1, read, np.zeros((), read.dtype))
    return np.where(weights != 0, read * weights.astype(read.dtype), np.zeros((), read.dtype))
