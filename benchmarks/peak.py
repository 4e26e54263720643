"""What this machine can do at most: multiply-adds on numbers in registers and cache, and bytes copied per second."""

from typing import Any

import numpy as np

from convbp.kernels.fast.direct import TALL, tall
from convbp.kernels.fast.vectors import lanes
from convbp.kernels.jit import compiled
from convbp.kernels.threads import get_num_threads, run_jobs
from timing import CLOCKS

TERMS, REPEATS, ROUNDS = 144, 3000, 9


@compiled
def _repeat(c, a, x, offsets, pitch, repeats):  # type: ignore[no-untyped-def]
    for _ in range(repeats):
        tall(c, 0, pitch, a, 0, x, 0, offsets, 0, offsets.shape[0], True)


def multiply_adds(dtype: Any, clock: str) -> float:
    """Return the most floating-point operations per second, in 10⁹, a multiply-add counted as two."""
    dtype = np.dtype(dtype)
    rows, vectors = TALL
    panel = vectors * lanes(dtype)
    a, x = np.ones(TERMS * rows, dtype), np.ones(panel + TERMS, dtype)
    offsets = np.arange(TERMS)
    threads = get_num_threads()
    sums = [np.empty(rows * panel, dtype) for _ in range(threads)]
    now = CLOCKS[clock]
    best = float("inf")
    for _ in range(ROUNDS):
        start = now()
        run_jobs(lambda job: _repeat(sums[job], a, x, offsets, panel, REPEATS), threads)
        best = min(best, now() - start)
    return 2e-9 * TERMS * rows * panel * REPEATS * threads / best


def bytes_copied(clock: str) -> float:
    """Return the bytes, in 10⁹ per second, that are read and written while a large array is copied."""
    source, to = np.ones(1 << 24), np.empty(1 << 24)
    now = CLOCKS[clock]
    best = float("inf")
    for _ in range(ROUNDS):
        start = now()
        np.copyto(to, source)
        best = min(best, now() - start)
    return 2e-9 * source.nbytes / best
