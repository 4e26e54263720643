"""How the loops of this package are compiled."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(loops: Callable[..., None]) -> Any:
    """Compile on the first call, to run without the interpreter's lock; keep the result on disk if there is a place."""
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "reassoc"}}
    try:
        return njit(cache=True, **options)(loops)
    except RuntimeError:  # no writable cache folder
        return njit(**options)(loops)
