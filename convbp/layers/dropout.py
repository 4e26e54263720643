"""Dropout: in training, a random part of the numbers is left out."""

import numpy as np

from convbp.activation import finite
from convbp.arrays import Array, checked
from convbp.layers.base import Layer
from convbp.layers.initial import Seed


class Dropout(Layer):
    """Set each number to 0 with probability `rate` in training, and divide the others by 1 − rate.

    The division keeps the mean of every number, so that `eval` mode passes them on as they are.

    Parameters
    ----------
    rate : float from 0 to below 1
    rng : int, Generator or None
        Seed or generator that each call draws from; `convbp.train` saves its state with the model.

    Raises
    ------
    ValueError
        If `rate` is out of its range.

    References
    ----------
    N. Srivastava et al., "Dropout", Journal of Machine Learning Research 15, 2014.

    Examples
    --------
    >>> layer = Dropout(0.5, rng=0)
    >>> layer(np.ones(5)), layer.backward(np.ones(5))
    (array([2., 0., 0., 0., 2.]), array([2., 0., 0., 0., 2.]))
    >>> layer.eval()(np.ones(5))
    array([1., 1., 1., 1., 1.])
    """

    def __init__(self, rate: float = 0.5, rng: Seed = None) -> None:
        if not 0 <= finite("rate", rate) < 1:
            raise ValueError(f"rate must be from 0 to below 1; got {rate!r}")
        self.rate = rate
        self.rng = np.random.default_rng(rng)

    def _forward(self, x: Array) -> tuple[Array, Array | None]:
        (x,), _ = checked(x=x)
        kept = np.asarray(self.rng.random(x.shape) >= self.rate) if self.training else None
        return self._masked(x, kept), kept

    def _backward(self, dy: Array, kept: Array | None) -> Array:
        return self._masked(dy, kept)

    def _masked(self, values: Array, kept: Array | None) -> Array:
        (values,), dtype = checked(dy=values)
        if kept is None:
            return values.astype(dtype)
        return np.where(kept, values / (1 - self.rate), 0).astype(dtype, copy=False)

    def _described(self) -> str:
        return str(self.rate)
