"""Banks of turned and scaled filters: each copy is a sparse matrix times the filter, so the gradient is its transpose.

By any angle and size the taps of a copy fall between those of the filter; they are interpolated between the four around
them. This is how a network can look for one pattern at several angles and sizes with one set of weights.
"""

from collections.abc import Sequence
from math import cos, floor, radians, sin
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convbp.arrays import Array, checked, must_have_axes, must_have_shape
from convbp.options import at_least, integer

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Pose(NamedTuple):
    """How a copy looks: turned counter-clockwise by `angle` degrees, then enlarged by `scale`."""

    angle: float = 0.0
    scale: float = 1.0


def pose_matrix(size: int, pose: Pose) -> "csr_array":
    """Return the sparse matrix that maps a filter of `size` × `size` taps, as a vector, to its copy in a pose.

    Parameters
    ----------
    size : int
    pose : Pose

    Returns
    -------
    scipy.sparse.csr_array (size², size²)
        Row: a tap of the copy. Its weights lie on the up to four taps of the filter around the point that it shows;
        what lies outside the filter counts as 0.

    Raises
    ------
    ValueError
        If `size` is below 1 or the scale not above 0.

    Examples
    --------
    >>> pose_matrix(3, Pose(angle=90)).toarray().argmax(axis=1)
    array([2, 5, 8, 1, 4, 7, 0, 3, 6])
    """
    from scipy.sparse import csr_array

    taps = at_least(1, "size", integer("size", size))
    if not pose.scale > 0:
        raise ValueError(f"pose must have a scale above 0; got {pose.scale}")
    rows, columns, weights = [], [], []
    for row, (p, q) in enumerate(np.ndindex(taps, taps)):
        for (r, s), weight in _neighbours(*_shown_point(p, q, taps, pose)):
            if 0 <= r < taps and 0 <= s < taps and weight:
                rows.append(row)
                columns.append(r * taps + s)
                weights.append(weight)
    return csr_array((weights, (rows, columns)), shape=(taps * taps, taps * taps))


def filter_bank(w: Any, poses: Sequence[Pose]) -> Array:
    """Return a copy of each filter in each pose.

    Parameters
    ----------
    w : array (F, C, K, K)
    poses : sequence of Pose

    Returns
    -------
    bank : array (F, poses, C, K, K)
        Reshape it to (F·poses, C, K, K) for `convbp.conv2d`.

    Raises
    ------
    ValueError
        If the filters are not square or there is no pose.

    Examples
    --------
    >>> filter_bank([[[[0, 0, 0], [0, 5, 4], [0, 0, 0]]]], [Pose(angle=90)])[0, 0, 0]
    array([[0., 4., 0.],
           [0., 5., 0.],
           [0., 0., 0.]])
    """
    (w,), dtype = checked(w=w)
    matrices = _matrices(w.shape, poses)
    flat = w.reshape(*w.shape[:2], -1)
    copies = [(matrix @ flat.reshape(-1, flat.shape[-1]).T).T.reshape(w.shape) for matrix in matrices]
    return np.stack(copies, axis=1).astype(dtype)


def filter_bank_backward(dbank: Any, w: Any, poses: Sequence[Pose]) -> Array:
    """Carry a gradient back through `filter_bank`: dw = Σ_h T_hᵀ dw_h.

    Parameters
    ----------
    dbank : array (F, poses, C, K, K)
    w, poses
        What the forward call took.

    Returns
    -------
    dw : array (F, C, K, K)

    Examples
    --------
    >>> w = [[[[0, 0, 0], [0, 5, 4], [0, 0, 0]]]]
    >>> dbank = [[[[[0, 7, 0], [0, 0, 0], [0, 0, 0]]]]]
    >>> filter_bank_backward(dbank, w, [Pose(angle=90)])[0, 0]
    array([[0., 0., 0.],
           [0., 0., 7.],
           [0., 0., 0.]])
    """
    (dbank, w), dtype = checked(dbank=dbank, w=w)
    matrices = _matrices(w.shape, poses)
    must_have_shape("dbank", dbank, (len(w), len(matrices), *w.shape[1:]), "as the forward call returns")
    taps = w.shape[-1] * w.shape[-2]
    dw = np.zeros((len(w) * w.shape[1], taps))
    for h, matrix in enumerate(matrices):
        dw += (matrix.T @ dbank[:, h].reshape(-1, taps).T).T
    return dw.reshape(w.shape).astype(dtype)


def _matrices(shape: tuple[int, ...], poses: Sequence[Pose]) -> list["csr_array"]:
    must_have_axes("w", np.empty(shape), "F, C, K, K")
    if shape[-1] != shape[-2]:
        raise ValueError(f"w must be square to be turned; got {shape[-2]} by {shape[-1]} taps")
    if not len(poses):
        raise ValueError(f"poses must hold at least one pose; got {poses!r}")
    return [pose_matrix(shape[-1], Pose(*pose)) for pose in poses]


def _shown_point(p: int, q: int, taps: int, pose: Pose) -> tuple[float, float]:
    """Return the point of the filter that tap (p, q) of the copy shows: the pose undone, about the centre."""
    centre = (taps - 1) / 2
    down, right = (p - centre) / pose.scale, (q - centre) / pose.scale
    c, s = cos(radians(pose.angle)), sin(radians(pose.angle))
    return round(centre + c * down + s * right, 12), round(centre - s * down + c * right, 12)


def _neighbours(row: float, column: float) -> list[tuple[tuple[int, int], float]]:
    """Return the four taps around a point with their bilinear weights."""
    r, s = floor(row), floor(column)
    down, right = row - r, column - s
    return [
        ((r, s), (1 - down) * (1 - right)),
        ((r, s + 1), (1 - down) * right),
        ((r + 1, s), down * (1 - right)),
        ((r + 1, s + 1), down * right),
    ]
