"""A backend is a module with the functions of `CONTRACT`; it is imported when it is first used.

Each takes checked arrays of one dtype and a `ConvGeometry` that fits them, modifies nothing and returns a fresh array:

===================================  ==================================================================
``conv(x, w, g)``                    y  (N, F, O…): every product collected where it lands
``conv_dx(dy, w, g)``                dx (N, C, L…): for each input cell, what reads it
``conv_dw(dy, x, g)``                dw (F, C/groups, K…): for each weight, what it multiplies
``conv_backward(dy, x, w, g)``       dx, dw and db (F,) at once, db for each map the sum of its dy
``max_pool(x, g)``                   y and indices (N, C, O…): the first largest cell, flat in its plane
``max_pool_dx(dy, indices, sizes)``  dx (N, C, *sizes): for each input cell, what it won, or None (see below)
``window_sum(x, g)``                 Σ x over each window
``window_sum_dx(dy, g)``             dx: Σ dy over the windows that read x
``lp_sum(x, scale, p, g)``           Σ (|x|/scale)^p over each window
``lp_dx(dy, x, scale, p, g)``        dx: Σ dy·sign(x)·(|x|/scale)^(p−1) over the windows that read x
``exp_sum(x, shift, g)``             Σ exp(x − shift) over each window
``exp_dx(dy, x, shift, g)``          dx: Σ dy·exp(x − shift) over the windows that read x
===================================  ==================================================================

A backend may have a fifth function for convolutions, ``prepared(g)``: a `Layer`, the four above for this geometry with
all made ready that they need, or None where that would not pay.

Where windows pool, g has one group for each channel. Whether the indices lie inside their
planes has not been checked: where one does not, `max_pool_dx` returns None.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn, Protocol, cast

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry
from convbp.kernels.layer import Convolutions, Layer, layer_for
from convbp.kernels.threads import set_num_threads


class Backend(Convolutions, Protocol):
    """The functions that a backend module defines."""

    def max_pool(self, x: Array, g: ConvGeometry) -> tuple[Array, Array]: ...
    def max_pool_dx(self, dy: Array, indices: Array, sizes: tuple[int, ...]) -> Array | None: ...
    def window_sum(self, x: Array, g: ConvGeometry) -> Array: ...
    def window_sum_dx(self, dy: Array, g: ConvGeometry) -> Array: ...
    def lp_sum(self, x: Array, scale: Array, p: float, g: ConvGeometry) -> Array: ...
    def lp_dx(self, dy: Array, x: Array, scale: Array, p: float, g: ConvGeometry) -> Array: ...
    def exp_sum(self, x: Array, shift: Array, g: ConvGeometry) -> Array: ...
    def exp_dx(self, dy: Array, x: Array, shift: Array, g: ConvGeometry) -> Array: ...


__all__ = [
    "CHOICES",
    "CONTRACT",
    "MODULES",
    "Backend",
    "Layer",
    "backend",
    "layer_for",
    "set_num_threads",
    "use_backend",
]

CONTRACT = (
    *("conv", "conv_dx", "conv_dw", "conv_backward"),
    *("max_pool", "max_pool_dx", "window_sum", "window_sum_dx", "lp_sum", "lp_dx", "exp_sum", "exp_dx"),
)
MODULES = {"loops": "loops", "numpy": "vectorised", "numba": "compiled"}
CHOICES = ("auto", *MODULES)

WORTH_COMPILING = 1 << 26
"""Scalar products of a layer's forward pass from which "auto" takes Numba.

There, on one thread, NumPy needs 2 to 5 ms forward and 4 to 16 ms backward, and Numba about two thirds of that. Numba's
own price is a second in each process and 10 to 20 s once for a dtype on a machine, so it must have much to do: at the
border some thousand calls earn that back, at ten times the products some hundred.
"""

_preferred: ContextVar[str] = ContextVar("convbp_backend", default="auto")


@contextmanager
def use_backend(name: str) -> Iterator[None]:
    """Use one backend for every call in a block that does not name its own.

    Parameters
    ----------
    name : {"auto", "loops", "numpy", "numba"}
        "loops" is the formula, literally; "numpy" is vectorised; "numba" is compiled on first use, which takes 10 to
        20 s once for a dtype on a machine, and a second in each later process. "auto" is "numpy" for all that NumPy
        does in a few milliseconds, so that it never waits for a compiler, and "numba", if it is installed, for
        convolutions of 2²⁶ scalar products and more; for arrays of objects it is "loops".

    Notes
    -----
    "auto" goes by the shapes, the options and the dtype of a call, never by what ran before or how long it took: the
    same program gives the same digits each time, and a training run goes on from a checkpoint bit for bit.

    The choice belongs to the block: blocks nest, and other threads and tasks do not see it.

    Examples
    --------
    >>> import convbp
    >>> with convbp.use_backend("loops"):
    ...     print(convbp.conv1d([[[1, 2, 4, 7]]], [[[1, 0, -1]]]))
    [[[-3. -5.]]]
    """
    if name not in CHOICES:
        _refuse(name)
    token = _preferred.set(name)
    try:
        yield
    finally:
        _preferred.reset(token)


def backend(name: str, dtype: np.dtype[Any], products: int = 0) -> Backend:
    """Import and return the backend that `name` stands for, given the dtype and the scalar products to compute.

    "auto" is a function of these, and of whether Numba is there to compile: which backend computes must not depend on
    what ran before, or a training run that goes on from a checkpoint would differ in its last digits.
    """
    if name not in CHOICES:
        _refuse(name)
    if name == "auto":
        name = preferred()
    if name == "auto":
        name = "numpy" if dtype.kind != "O" else "loops"
        if products >= WORTH_COMPILING and name == "numpy" and _numba_compiles():
            name = "numba"
    if dtype.kind == "O" and name != "loops":
        raise TypeError(f'backend must be "loops" for arrays of objects; got {name!r}')
    return _imported(name)


preferred = _preferred.get
"""Return the backend that the block around a call prefers, "auto" outside of all blocks: see `use_backend`."""


@cache
def _numba_compiles() -> bool:
    """Tell whether Numba is installed, fits this NumPy and is not told to leave the loops to the interpreter."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return False
    try:
        _imported("numba")
    except ImportError:
        return False
    return True


@cache
def _imported(name: str) -> Backend:
    if name == "numba" and not find_spec("numba"):
        raise ImportError('backend "numba" must have numba installed: pip install "convbp[fast]"')
    return cast(Backend, import_module(f"convbp.kernels.{MODULES[name]}"))


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"backend must be one of {', '.join(map(repr, CHOICES))}; got {name!r}")
