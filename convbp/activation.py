"""Activations, one number at a time: y = f(x) and dx = dy · f′(x).

==========  ====================  ==============================  =====================
name        f(x)                  f′(x)                           at the corner x = 0
==========  ====================  ==============================  =====================
identity    x                     1
relu        max(x, 0)             1 for x > 0, else 0             f′(0) = 0
leaky_relu  x or slope·x          1 for x > 0, else slope         f′(0) = slope
elu         x or α·(eˣ − 1)       1 for x > 0, else α·eˣ          f′(0) = α
sigmoid     σ(x) = 1/(1 + e⁻ˣ)    σ(x)·σ(−x)
tanh        tanh(x)               1 − tanh²(x)
softplus    log(1 + eˣ)           σ(x)
gelu        x·Φ(x)                Φ(x) + x·φ(x)
silu        x·σ(x)                σ(x) + x·σ(x)·σ(−x)
==========  ====================  ==============================  =====================

Φ is the normal distribution function and φ its density. Nothing overflows however large x is, infinity gives the limit,
and NaN stays in its cell. The ones with corners also take objects that can be compared, such as fractions.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_shape

ALL_BUT_CERTAIN = 40.0  # beyond it the density of the normal distribution is 0 in float64
_erfc = np.frompyfunc(math.erfc, 1, 1)


def identity(x: Any) -> Array:
    """Return a copy: the activation of a linear layer.

    Parameters
    ----------
    x : array of any shape
        Integers are computed in float64; float32 and float64 stay as they come.

    Returns
    -------
    y : array like x

    Raises
    ------
    TypeError
        If `x` is not of real numbers.

    Examples
    --------
    >>> identity([-2, 3])
    array([-2.,  3.])
    """
    return _forward(np.copy, x)


def identity_backward(dy: Any, x: Any) -> Array:
    """Return dx = dy.

    Parameters
    ----------
    dy : array like x
        Gradient of the loss with respect to the output of the forward call.
    x : array
        What the forward call took, unchanged, and then its options. All activations share this order.

    Returns
    -------
    dx : array like x

    Raises
    ------
    ValueError
        If `dy` has another shape than `x`.
    TypeError
        If an array is not of real numbers.

    Examples
    --------
    >>> identity_backward([10, 20], [-2, 3])
    array([10., 20.])
    """
    return _backward(lambda dy, x: np.copy(dy), dy, x)


def relu(x: Any) -> Array:
    """Return max(x, 0): positive numbers pass, the others become 0.

    Examples
    --------
    >>> relu([-2, 0, 3])
    array([0., 0., 3.])
    """
    return _forward(lambda x: np.maximum(x, 0), x)


def relu_backward(dy: Any, x: Any) -> Array:
    """Return dy where x > 0, else 0; at the corner, 0 is the slope that keeps a dead cell dead.

    Examples
    --------
    >>> relu_backward([10, 20, 30], [-2, 0, 3])
    array([ 0.,  0., 30.])
    """
    return _backward(lambda dy, x: np.where(x <= 0, 0, dy), dy, x)


def leaky_relu(x: Any, slope: float = 0.01) -> Array:
    """Return x where it is positive, else slope·x.

    Examples
    --------
    >>> leaky_relu([-2, 0, 3], slope=0.5)
    array([-1.,  0.,  3.])
    """
    factor = finite("slope", slope)
    return _forward(lambda x: np.where(x > 0, x, factor * x), x)


def leaky_relu_backward(dy: Any, x: Any, slope: float = 0.01) -> Array:
    """Return dy where x > 0, else slope·dy.

    Examples
    --------
    >>> leaky_relu_backward([10, 20, 30], [-2, 0, 3], slope=0.5)
    array([ 5., 10., 30.])
    """
    factor = finite("slope", slope)
    return _backward(lambda dy, x: np.where(x <= 0, factor * dy, dy), dy, x)


def elu(x: Any, alpha: float = 1.0) -> Array:
    """Return x where it is positive, else α·(eˣ − 1), which levels off at −α.

    Examples
    --------
    >>> elu([-np.inf, 0, 3], alpha=2)
    array([-2.,  0.,  3.])
    """
    factor = finite("alpha", alpha)
    return _forward(lambda x: np.where(x > 0, x, factor * np.expm1(np.minimum(x, 0))), x, smooth=True)


def elu_backward(dy: Any, x: Any, alpha: float = 1.0) -> Array:
    """Return dy where x > 0, else dy·α·eˣ.

    Examples
    --------
    >>> elu_backward([10, 20, 30], [-np.inf, 0, 3], alpha=2)
    array([ 0., 40., 30.])
    """
    factor = finite("alpha", alpha)
    return _backward(lambda dy, x: dy * np.where(x > 0, 1, factor * np.exp(np.minimum(x, 0))), dy, x, smooth=True)


def sigmoid(x: Any) -> Array:
    """Return σ(x) = 1/(1 + e⁻ˣ), which rises from 0 to 1.

    Examples
    --------
    >>> sigmoid([-1000, 0, 1000])
    array([0. , 0.5, 1. ])
    """
    return _forward(_sigmoid, x, smooth=True)


def sigmoid_backward(dy: Any, x: Any) -> Array:
    """Return dy·σ(x)·σ(−x), which is at most dy/4.

    Examples
    --------
    >>> sigmoid_backward([4, 4], [0, 1000])
    array([1., 0.])
    """
    return _backward(lambda dy, x: dy * _sigmoid_slope(x), dy, x, smooth=True)


def tanh(x: Any) -> Array:
    """Return the hyperbolic tangent, which rises from −1 to 1: 2σ(2x) − 1.

    Examples
    --------
    >>> tanh([-1000, 0, 1000])
    array([-1.,  0.,  1.])
    """
    return _forward(np.tanh, x, smooth=True)


def tanh_backward(dy: Any, x: Any) -> Array:
    """Return dy·(1 − tanh²(x)) in the form 4·dy·σ(2x)·σ(−2x), which keeps its digits where tanh is close to ±1.

    Examples
    --------
    >>> tanh_backward([4, 4], [0, 1000])
    array([4., 0.])
    """
    return _backward(lambda dy, x: dy * (4 * _sigmoid_slope(_near(x) * 2)), dy, x, smooth=True)


def softplus(x: Any) -> Array:
    """Return log(1 + eˣ), a relu without its corner, in a form that does not overflow.

    Examples
    --------
    >>> softplus([-1000, 1000])
    array([   0., 1000.])
    """
    return _forward(lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), x, smooth=True)


def softplus_backward(dy: Any, x: Any) -> Array:
    """Return dy·σ(x).

    Examples
    --------
    >>> softplus_backward([4, 4, 4], [-1000, 0, 1000])
    array([0., 2., 4.])
    """
    return _backward(lambda dy, x: dy * _sigmoid(x), dy, x, smooth=True)


def gelu(x: Any) -> Array:
    """Return x·Φ(x), exactly: Φ from the complementary error function, not from a fit by tanh.

    References
    ----------
    D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", arXiv:1606.08415.

    Examples
    --------
    >>> gelu([0, 1000]), float(gelu(1).round(6))
    (array([   0., 1000.]), 0.841345)
    """
    return _forward(lambda x: np.maximum(x, -ALL_BUT_CERTAIN) * _normal_distribution(x), x, smooth=True)


def gelu_backward(dy: Any, x: Any) -> Array:
    """Return dy·(Φ(x) + x·φ(x)).

    Examples
    --------
    >>> gelu_backward([4, 4, 4], [-1000, 0, 1000])
    array([0., 2., 4.])
    """
    return _backward(lambda dy, x: dy * _gelu_slope(x), dy, x, smooth=True)


def silu(x: Any) -> Array:
    """Return x·σ(x), also called swish.

    Examples
    --------
    >>> silu([0, 1000])
    array([   0., 1000.])
    """
    return _forward(lambda x: np.maximum(x, np.finfo(x.dtype).min) * _sigmoid(x), x, smooth=True)


def silu_backward(dy: Any, x: Any) -> Array:
    """Return dy·(σ(x) + x·σ(x)·σ(−x)).

    Examples
    --------
    >>> silu_backward([4, 4, 4], [-1000, 0, 1000])
    array([0., 2., 4.])
    """
    return _backward(lambda dy, x: dy * (_sigmoid(x) + _near(x) * _sigmoid_slope(x)), dy, x, smooth=True)


def finite(name: str, value: Any) -> Any:
    """Return an option that has to be one finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number; got {value!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite; got {value!r}")
    return value


def _sigmoid(x: Array) -> Array:
    shrinking = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, shrinking) / (1 + shrinking)


def _sigmoid_slope(x: Array) -> Array:
    shrinking = np.exp(-np.abs(x))
    return shrinking / (1 + shrinking) ** 2


def _normal_distribution(x: Array) -> Array:
    return np.asarray(_erfc(x.astype(np.float64) * -math.sqrt(0.5)), np.float64) / 2


def _gelu_slope(x: Array) -> Array:
    near = np.clip(x.astype(np.float64), -ALL_BUT_CERTAIN, ALL_BUT_CERTAIN)
    density = np.exp(-near * near / 2) / math.sqrt(2 * math.pi)
    return _normal_distribution(x) + near * density


def _near(x: Array) -> Array:
    """Bring infinity down to a number whose product with a slope of 0 is 0, and whose double does not overflow."""
    return np.clip(x, np.finfo(x.dtype).min / 2, np.finfo(x.dtype).max / 2)


def _forward(f: Callable[[Array], Any], x: Any, *, smooth: bool = False) -> Array:
    (x,), dtype = checked(x=x)
    _not_objects(x, smooth)
    return np.asarray(f(x)).astype(dtype, copy=False)


def _backward(f: Callable[[Array, Array], Any], dy: Any, x: Any, *, smooth: bool = False) -> Array:
    (dy, x), dtype = checked(dy=dy, x=x)
    must_have_shape("dy", dy, x.shape, "as the forward call returns")
    _not_objects(x, smooth)
    return np.asarray(f(dy, x)).astype(dtype, copy=False)


def _not_objects(x: Array, smooth: bool) -> None:
    if smooth and x.dtype.kind == "O":
        raise TypeError(f"x must not hold objects, which have no exponential function; got dtype {x.dtype}")
