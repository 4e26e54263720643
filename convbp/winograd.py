"""Winograd's F(2, 3): two outputs of a filter of three taps with four multiplications instead of six.

y = Aᵀ[(G w) ⊙ (Bᵀ x)] for each tile of four inputs. Written out for the book; in two dimensions every matrix acts on
both axes, and four outputs of a 3 × 3 filter take 16 multiplications instead of 36.
"""

from itertools import product
from typing import Any

import numpy as np

from convbp.arrays import Array, checked

INPUT_TRANSFORM = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], np.float64)  # Bᵀ
FILTER_TRANSFORM = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])  # G
OUTPUT_TRANSFORM = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], np.float64)  # Aᵀ
TAPS, STEP, TILE = 3, 2, 4


def winograd_correlate(x: Any, w: Any) -> Array:
    """Return the valid part of x ⋆ w for a filter of 3 or 3 × 3 taps, tile by tile.

    Parameters
    ----------
    x : array of rank 1 or 2, at least 3 cells on each axis
    w : array (3,) or (3, 3)

    Returns
    -------
    y : array
        L−2 cells on each axis, equal to ``convbp.correlate(x, w)`` up to rounding.

    Raises
    ------
    ValueError
        If `w` does not have three taps on each axis of x, or x has fewer than three cells.

    Notes
    -----
    For the last tile the input is extended by zeros, and what they add is cut off. Within one tile a NaN or an infinity
    spreads to both outputs, which the sum over taps would not do.

    References
    ----------
    S. Winograd, "Arithmetic complexity of computations", SIAM 1980; A. Lavin and S. Gray, "Fast algorithms for
    convolutional neural networks", arXiv:1509.09308.

    Examples
    --------
    >>> winograd_correlate([1, 2, 4, 7], [1, 0, -1])
    array([-3., -5.])
    """
    (x, w), dtype = checked(x=x, w=w)
    if x.ndim not in (1, 2) or w.shape != (TAPS,) * x.ndim:
        raise ValueError(f"w must have 3 taps on each of the 1 or 2 axes of x; got {w.shape} for x of shape {x.shape}")
    if min(x.shape) < TAPS:
        raise ValueError(f"x must have at least 3 cells on each axis; got shape {x.shape}")
    outputs = [size - TAPS + 1 for size in x.shape]
    tiles = [-(-size // STEP) for size in outputs]
    extended = np.pad(x, [(0, STEP * n + TAPS - 1 - size) for n, size in zip(tiles, x.shape, strict=True)])
    y = np.empty([STEP * n for n in tiles], extended.dtype)
    filter_spectrum = _on_every_axis(FILTER_TRANSFORM, w)
    for at in product(*(range(0, STEP * n, STEP) for n in tiles)):
        tile = extended[tuple(slice(start, start + TILE) for start in at)]
        products = filter_spectrum * _on_every_axis(INPUT_TRANSFORM, tile)
        y[tuple(slice(start, start + STEP) for start in at)] = _on_every_axis(OUTPUT_TRANSFORM, products)
    return y[tuple(slice(0, size) for size in outputs)].astype(dtype)


def _on_every_axis(matrix: Array, a: Array) -> Array:
    for axis in range(a.ndim):
        a = np.moveaxis(np.tensordot(matrix.astype(a.dtype), a, (1, axis)), 0, axis)
    return a
