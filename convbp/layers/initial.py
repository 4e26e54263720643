"""The first weights: random, with a variance that keeps signals from growing or fading from layer to layer."""

from typing import Any

import numpy as np

from convbp.arrays import Array

Seed = int | np.random.Generator | None

SCHEMES = ("he", "glorot")


def initial_weights(
    shape: tuple[int, ...], terms_in: float, terms_out: float, init: str, rng: Seed, dtype: Any
) -> Array:
    """Draw normal weights of mean 0 with the variance of a scheme.

    Parameters
    ----------
    shape : tuple of int
    terms_in : number
        Products that add up in one output: channels of a group times taps.
    terms_out : number
        Products in which one input takes part.
    init : {"he", "glorot"}
        Var w = 2/terms_in, for a relu behind the layer, which halves the mean square; or
        Var w = 2/(terms_in + terms_out), the balance of forward and backward pass with no relu.
    rng : int, Generator or None
        A seed, a generator to draw from, or None for other weights in every run.
    dtype : float32 or float64

    Raises
    ------
    ValueError
        If `init` is no scheme.
    TypeError
        If `dtype` is not float32 or float64.

    References
    ----------
    K. He et al., "Delving deep into rectifiers", arXiv:1502.01852.
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.

    Examples
    --------
    >>> w = initial_weights((100, 50), 50, 100, "he", 0, np.float64)
    >>> print((w.var() * 50).round(1))
    2.0
    """
    if init not in SCHEMES:
        raise ValueError(f"init must be one of {', '.join(map(repr, SCHEMES))}; got {init!r}")
    variance = 2 / terms_in if init == "he" else 2 / (terms_in + terms_out)
    weights = np.random.default_rng(rng).standard_normal(shape) * np.sqrt(variance)
    return weights.astype(weight_dtype(dtype))


def weight_dtype(dtype: Any) -> np.dtype[Any]:
    """Check the dtype of weights."""
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise TypeError(f"dtype must be float32 or float64; got {np.dtype(dtype)}")
    return np.dtype(dtype)
