"""The two sign conventions as functions: x ⋆ w = Σ x[i+a]·w[a] and x ∗ w = Σ x[i−a]·w[a], over every index range.

Arrays of any rank up to three, without batch or channels.
"""

from typing import Any

import numpy as np

from convbp.arrays import Array, checked
from convbp.geometry import ConvGeometry, conv_geometry
from convbp.kernels import backend as choose_backend

RANGES = ("valid", "same", "full", "causal")


def flip(w: Any) -> Array:
    """Reverse every axis of a filter: J w, the turn by 180° in two dimensions.

    Parameters
    ----------
    w : array of any rank and kind

    Returns
    -------
    array of the same shape
        A copy, ``flip(w)[a] = w[K−1−a]`` on each axis.

    Notes
    -----
    In a filter bank (F, C, KH, KW) only the planes are flipped: ``w[..., ::-1, ::-1]``.

    Examples
    --------
    >>> flip([[1, 2], [3, 4]])
    array([[4, 3],
           [2, 1]])
    """
    return np.flip(np.asarray(w)).copy()


def correlate(x: Any, w: Any, mode: str = "valid") -> Array:
    """Slide `w` along `x` as it is: (x ⋆ w)[i] = Σ x[i+a]·w[a].

    Parameters
    ----------
    x, w : arrays of the same rank, 1 to 3
        Cells outside `x` count as 0.
    mode : {"valid", "same", "full", "causal"}
        Which outputs i are returned, in the order of i; N cells, K taps on an axis:

        ========  ==================  =========  ===================================================
        mode      first and last i    outputs    windows
        ========  ==================  =========  ===================================================
        valid     0 … N−K             N−K+1      those inside x
        same      −⌊(K−1)/2⌋ …        N          as `conv2d` with padding="same": the odd cell after
        full      −(K−1) … N−1        N+K−1      those that touch x
        causal    −(K−1) … N−K        N          those that end inside x: nothing after a cell is read
        ========  ==================  =========  ===================================================

    Returns
    -------
    array

    Raises
    ------
    ValueError
        If the ranks differ, an array is empty, or "valid" finds no window.
    TypeError
        If an array is not of real numbers.

    See Also
    --------
    convolve : with the filter reversed.

    Notes
    -----
    For even K, "same" of SciPy starts one cell earlier.

    Examples
    --------
    >>> correlate([1, 2, 4, 7], [1, 0, -1])
    array([-3., -5.])
    >>> correlate([1, 2, 4, 7], [1, 0, -1], mode="causal")
    array([-1., -2., -3., -5.])
    """
    (x, w), dtype = checked(x=x, w=w)
    g = range_geometry(x.shape, w.shape, mode)
    y = choose_backend("auto", x.dtype).conv(x[None, None], w[None, None], g)
    return y[0, 0].astype(dtype, copy=False)


def convolve(x: Any, w: Any, mode: str = "full") -> Array:
    """Slide the reversed `w` along `x`: (x ∗ w)[i] = Σ x[i−a]·w[a] = (x ⋆ Jw)[i−(K−1)].

    Parameters
    ----------
    x, w : arrays of the same rank, 1 to 3
        Cells outside `x` count as 0.
    mode : {"full", "valid", "same", "causal"}
        Which outputs i are returned, in the order of i; N cells, K taps on an axis:

        ========  ==================  =========
        mode      first and last i    outputs
        ========  ==================  =========
        full      0 … N+K−2           N+K−1
        valid     K−1 … N−1           N−K+1
        same      ⌈(K−1)/2⌉ …         N
        causal    0 … N−1             N
        ========  ==================  =========

    Returns
    -------
    array

    Raises
    ------
    ValueError, TypeError
        As in `correlate`.

    See Also
    --------
    correlate : with the filter as it is.

    Examples
    --------
    Multiplying 1 + 2t + 3t² by 1 + t:

    >>> convolve([1, 2, 3], [1, 1])
    array([1., 3., 5., 3.])
    """
    return correlate(x, flip(w), mode)


def range_geometry(x_shape: tuple[int, ...], w_shape: tuple[int, ...], mode: str) -> ConvGeometry:
    """Return the layer of one sample, channel and filter whose outputs are those of an index range."""
    if not 1 <= len(x_shape) <= 3 or len(x_shape) != len(w_shape):
        raise ValueError(f"x and w must have the same rank, 1 to 3; got shapes {x_shape} and {w_shape}")
    return conv_geometry((1, 1, *x_shape), (1, 1, *w_shape), padding=_padding(mode, w_shape))


def _padding(mode: str, kernel: tuple[int, ...]) -> Any:
    if mode in ("valid", "same"):
        return mode
    if mode == "full":
        return [(k - 1, k - 1) for k in kernel]
    if mode == "causal":
        return [(k - 1, 0) for k in kernel]
    raise ValueError(f"mode must be one of {', '.join(map(repr, RANGES))}; got {mode!r}")
