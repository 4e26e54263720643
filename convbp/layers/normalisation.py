"""Batch normalisation: each channel gets mean 0 and variance 1, then a scale and a shift that are learnt."""

from typing import Any, NamedTuple

import numpy as np

from convbp.activation import finite
from convbp.arrays import Array, checked
from convbp.layers.base import Layer, Parameter, Shape
from convbp.layers.initial import weight_dtype
from convbp.options import at_least, integer


class _Normalised(NamedTuple):
    """What the backward pass needs, with the channels on axis 1 and axes of one cell elsewhere."""

    values: Array
    spread: Array
    by_batch: bool
    dtype: np.dtype[Any]


class BatchNorm(Layer):
    """Normalise each channel over the batch and all positions; one class for rows, signals, images and volumes.

    Parameters
    ----------
    channels : int
    eps : float
        Added to the variance, so that a constant channel is not divided by 0.
    momentum : float from 0 to 1
        Part of the running statistics that each batch replaces.
    dtype : float32 or float64

    Attributes
    ----------
    scale, shift : Parameter (C,)
        γ and β, at first 1 and 0.
    running_mean, running_var : array (C,)
        What `eval` mode normalises by; at first 0 and 1. The variance that runs is the unbiased one, Σ(x − μ)²/(m − 1).

    Raises
    ------
    ValueError
        In training, if a channel has a single number: its variance says nothing.

    Notes
    -----
    In training x̂ = (x − μ)/√(σ² + eps) and y = γ·x̂ + β, with the mean μ and the variance σ² = Σ(x − μ)²/m of the m
    numbers of the channel. As μ and σ depend on every x,

    dx = γ/√(σ² + eps) · (dy − mean(dy) − x̂·mean(dy·x̂)), dγ = Σ dy·x̂, dβ = Σ dy.

    In `eval` mode they are constants, and dx = γ/√(σ² + eps)·dy. An empty batch leaves the statistics alone.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch normalization", arXiv:1502.03167.

    Examples
    --------
    >>> BatchNorm(1, eps=0)([[1], [3]])
    array([[-1.],
           [ 1.]])
    """

    buffers = ("running_mean", "running_var")

    def __init__(self, channels: int, *, eps: float = 1e-5, momentum: float = 0.1, dtype: Any = np.float64) -> None:
        size, kind = at_least(1, "channels", integer("channels", channels)), weight_dtype(dtype)
        if not finite("eps", eps) >= 0:
            raise ValueError(f"eps must be at least 0; got {eps!r}")
        if not 0 <= finite("momentum", momentum) <= 1:
            raise ValueError(f"momentum must be from 0 to 1; got {momentum!r}")
        self.eps, self.momentum = eps, momentum
        self.scale, self.shift = Parameter(np.ones(size, kind)), Parameter(np.zeros(size, kind))
        self.running_mean, self.running_var = np.zeros(size, kind), np.ones(size, kind)

    def _forward(self, x: Array) -> tuple[Array, _Normalised]:
        (x, scale, shift), dtype = checked(x=x, scale=self.scale.value, shift=self.shift.value)
        self.output_shape(x.shape)
        by_batch = self.training and len(x) > 0
        mean, variance = self._batch_statistics(x) if by_batch else (self.running_mean, self.running_var)
        spread = _per_channel(np.sqrt(variance.astype(x.dtype, copy=False) + self.eps), x.ndim)
        values = (x - _per_channel(mean.astype(x.dtype, copy=False), x.ndim)) / spread
        y = values * _per_channel(scale, x.ndim) + _per_channel(shift, x.ndim)
        return y.astype(dtype, copy=False), _Normalised(values, spread, by_batch, dtype)

    def _backward(self, dy: Array, kept: _Normalised) -> Array:
        (dy, scale), _ = checked(dy=dy, scale=self.scale.value)
        axes = _all_but_channels(dy)
        self.shift.grad += dy.sum(axis=axes)
        self.scale.grad += (dy * kept.values).sum(axis=axes)
        if kept.by_batch:
            along = (dy * kept.values).mean(axis=axes, keepdims=True)
            dy = dy - dy.mean(axis=axes, keepdims=True) - kept.values * along
        return (_per_channel(scale, dy.ndim) / kept.spread * dy).astype(kept.dtype, copy=False)

    def _batch_statistics(self, x: Array) -> tuple[Array, Array]:
        """Return mean and variance of a batch, and let the running ones follow."""
        axes = _all_but_channels(x)
        count = x.size // x.shape[1]
        if count < 2:
            raise ValueError(f"x must have at least 2 numbers in each channel to train on; got shape {x.shape}")
        mean, variance = x.mean(axis=axes), x.var(axis=axes)
        for running, new in ((self.running_mean, mean), (self.running_var, variance * (count / (count - 1)))):
            running += self.momentum * (new - running)
        return mean, variance

    def output_shape(self, input_shape: Shape) -> Shape:
        channels = self.running_mean.size
        if len(input_shape) < 2 or input_shape[1] != channels:
            raise ValueError(f"x must have {channels} channels on axis 1; got shape {tuple(input_shape)}")
        if 0 in input_shape[1:]:
            raise ValueError(f"x must have no empty axis besides the batch; got shape {tuple(input_shape)}")
        return tuple(input_shape)

    def _described(self) -> str:
        return str(self.running_mean.size)


def _all_but_channels(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _per_channel(values: Array, ndim: int) -> Array:
    """Stand one number for each channel along axis 1."""
    return values.reshape(-1, *(1,) * (ndim - 2))
