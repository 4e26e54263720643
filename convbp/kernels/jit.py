"""How the loops of this package are compiled, and where the result is kept.

Numba looks for edits in the file of a function alone, and not in those that it calls. So the folder is named after all
sources of the kernels: an edit or an upgrade finds an empty one, and stale code never runs.
"""

import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba

_settings: Any = numba.config
HERE = Path(__file__).parent


def compiled(loops: Callable[..., None], *, in_any_order: bool = True) -> Any:
    """Compile on the first call, to run without the interpreter's lock; keep the result on disk if there is a place.

    `in_any_order` allows sums and products to be taken in another order than written, as vectors need it.
    """
    fastmath = {"contract", "reassoc"} if in_any_order else {"contract"}
    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath}
    folder = cache_folder()
    if folder is None:
        return numba.njit(**options)(loops)
    before, _settings.CACHE_DIR = _settings.CACHE_DIR, str(folder)
    try:
        return numba.njit(cache=True, **options)(loops)
    finally:
        _settings.CACHE_DIR = before


def inlined(loops: Callable[..., None]) -> Any:
    """Compile as lines of each function that calls it: to make a function of its own costs more than a few lines do.

    A constant that it is given is one to the compiler, too.
    """
    return numba.njit(inline="always")(loops)


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """Return the folder of these sources, or None if nowhere may be written.

    It lies where NUMBA_CACHE_DIR says, else beside the sources, else among the user's caches.
    """
    digest = sha256()
    for path in sorted(HERE.rglob("*.py")):
        digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    name = f"convbp-{digest.hexdigest()[:16]}"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    places = [Path(_settings.CACHE_DIR)] if _settings.CACHE_DIR else [HERE / "__pycache__", user]
    return next((place / name for place in places if _is_writable(place / name)), None)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
