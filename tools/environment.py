"""What every process that this project starts should find in its environment."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def numba_cache() -> Path:
    """Name a folder for compiled code after the sources it was compiled from.

    Numba looks at the file of the function alone, so an edit in another file that it calls would go unnoticed.
    """
    digest = hashlib.sha256()
    for path in sorted((ROOT / "convbp").rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return ROOT / ".numba_cache" / digest.hexdigest()[:16]


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of this process with the settings of the project."""
    settings = {
        "NUMBA_CACHE_DIR": str(numba_cache()),
        "OPENBLAS_NUM_THREADS": "1",  # its threads spin while they wait, and several processes run at once
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "0",
    }
    return {**os.environ, **settings, **extra}
