"""Convolution by the Fourier transform: a product of spectra instead of a sum over taps."""

from typing import Any

import numpy as np

from convbp import correlation
from convbp.arrays import Array, checked


def fft_convolve(x: Any, w: Any, mode: str = "full") -> Array:
    """Return `convbp.convolve` computed as a product of spectra.

    Parameters
    ----------
    x, w : arrays of the same rank, 1 to 3
    mode : {"full", "valid", "same", "causal"}
        As in `convbp.convolve`.

    Returns
    -------
    array
        Equal to `convbp.convolve` up to rounding.

    Raises
    ------
    ValueError, TypeError
        As in `convbp.convolve`; object arrays have no spectrum and are a TypeError.

    Notes
    -----
    The transform of x ∗ w is the product of the transforms when both are extended by zeros to N+K−1 cells; with fewer,
    the ends would wrap around and add to the beginning. One NaN or infinity would spread to every output: then the sum
    over taps is used.

    Examples
    --------
    >>> fft_convolve([1, 2, 3], [1, 1]).round(12)
    array([1., 3., 5., 3.])
    """
    return fft_correlate(x, correlation.flip(w), mode)


def fft_correlate(x: Any, w: Any, mode: str = "valid") -> Array:
    """Return `convbp.correlate` computed with the conjugate spectrum of `w`.

    Parameters
    ----------
    x, w : arrays of the same rank, 1 to 3
    mode : {"valid", "same", "full", "causal"}
        As in `convbp.correlate`.

    Returns
    -------
    array
        Equal to `convbp.correlate` up to rounding.

    Raises
    ------
    ValueError, TypeError
        As in `convbp.correlate`; object arrays are a TypeError.

    Notes
    -----
    For real w, reversing the filter conjugates its spectrum, apart from a shift by K−1 cells: the transform of x ⋆ w is
    the product of that of x and the conjugate of that of w.

    Examples
    --------
    >>> fft_correlate([1, 2, 4, 7], [1, 0, -1]).round(12)
    array([-3., -5.])
    """
    (x, w), dtype = checked(x=x, w=w)
    if x.dtype == object:
        raise TypeError("x and w must be numbers to be transformed; got dtype object")
    if not (np.isfinite(x).all() and np.isfinite(w).all()):
        return correlation.correlate(x, w, mode)
    axes = correlation.range_geometry(x.shape, w.shape, mode).axes
    lengths = [a.size + a.kernel - 1 for a in axes]
    every_axis = tuple(range(x.ndim))
    spectrum = np.fft.rfftn(x, lengths, every_axis) * np.conj(np.fft.rfftn(w, lengths, every_axis))
    wrapped = np.fft.irfftn(spectrum, lengths, every_axis)
    wanted = [np.arange(a.outputs) - a.before for a in axes]  # output o starts at cell o − before; below 0 it wraps
    return wrapped[np.ix_(*wanted)].astype(dtype)
