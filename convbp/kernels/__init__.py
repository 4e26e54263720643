"""A backend is a module with the functions of `CONTRACT`; it is imported when it is first used.

Each takes checked arrays of one dtype and a `ConvGeometry` that fits them, modifies nothing and returns a fresh array:

======================  ====================================================
``conv(x, w, g)``       y  (N, F, O…): every product collected where it lands
``conv_dx(dy, w, g)``   dx (N, C, L…): for each input cell, what reads it
``conv_dw(dy, x, g)``   dw (F, C/groups, K…): for each weight, what it multiplies
======================  ====================================================
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, cast

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry


class Backend(Protocol):
    """The functions that a backend module defines."""

    def conv(self, x: Array, w: Array, g: ConvGeometry) -> Array: ...
    def conv_dx(self, dy: Array, w: Array, g: ConvGeometry) -> Array: ...
    def conv_dw(self, dy: Array, x: Array, g: ConvGeometry) -> Array: ...


CONTRACT = ("conv", "conv_dx", "conv_dw")
MODULES = {"loops": "loops", "numpy": "vectorised", "numba": "compiled"}
CHOICES = ("auto", *MODULES)

_preferred: ContextVar[str] = ContextVar("convbp_backend", default="auto")


@contextmanager
def use_backend(name: str) -> Iterator[None]:
    """Use one backend for every call in a block that does not name its own.

    Parameters
    ----------
    name : {"auto", "loops", "numpy", "numba"}
        "loops" is the formula, literally; "numpy" is vectorised; "numba" is compiled on first use; "auto" chooses.

    Notes
    -----
    The choice belongs to the block: blocks nest, and other threads and tasks do not see it.

    Examples
    --------
    >>> import convbp
    >>> with convbp.use_backend("loops"):
    ...     print(convbp.conv1d([[[1, 2, 4, 7]]], [[[1, 0, -1]]]))
    [[[-3. -5.]]]
    """
    _known(name)
    token = _preferred.set(name)
    try:
        yield
    finally:
        _preferred.reset(token)


def backend(name: str, dtype: np.dtype[Any]) -> Backend:
    """Import and return the backend that `name` stands for, given the dtype to compute in.

    "auto" is NumPy wherever it computes: `make bench` shows its matrix products ahead of the compiled loops on every
    layer but the tiniest, which would have to earn back the time to compile first.
    """
    _known(name)
    if name == "auto":
        name = _preferred.get()
    if name == "auto":
        name = "loops" if dtype.kind == "O" else "numpy"
    if dtype.kind == "O" and name != "loops":
        raise TypeError(f'backend must be "loops" for arrays of objects; got {name!r}')
    if name == "numba" and not find_spec("numba"):
        raise ImportError('backend "numba" must have numba installed: pip install "convbp[fast]"')
    return cast(Backend, import_module(f"convbp.kernels.{MODULES[name]}"))


def _known(name: str) -> None:
    if name not in CHOICES:
        raise ValueError(f"backend must be one of {', '.join(map(repr, CHOICES))}; got {name!r}")
