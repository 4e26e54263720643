"""Jobs for a few threads that the package owns.

The kernels release the interpreter's lock, so plain Python threads run them side by side. Whoever calls does jobs too,
and never waits for a helper that has not begun: any number of callers, even from other threads, make progress. A job
writes its own cells in its own order, so the result does not depend on how many threads there are.
"""

import os
import threading
from collections.abc import Callable
from itertools import count
from queue import SimpleQueue
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.options import at_least, integer

CACHE_LINE = 64
MOST_KEPT = 32 << 20  # bytes of one use

_local = threading.local()
_lock = threading.Lock()
_rounds: "SimpleQueue[_Round]" = SimpleQueue()
_helpers = 0
_wanted = 0


def set_num_threads(threads: int) -> None:
    """Use at most this many threads for one call of the compiled kernels.

    The result does not depend on it, not in one bit. Without this call it is the number of processors.

    Parameters
    ----------
    threads : int, at least 1

    Raises
    ------
    ValueError
        If `threads` is below 1.
    TypeError
        If `threads` is not an int.

    Examples
    --------
    >>> set_num_threads(2)
    """
    global _wanted
    _wanted = at_least(1, "threads", integer("threads", threads))


def get_num_threads() -> int:
    """Return the number of threads that one call may use."""
    return _wanted or _processors()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(work: Callable[[int], Any], jobs: int) -> None:
    """Call work(0) … work(jobs − 1), on as many threads as there are jobs and threads for."""
    helpers = min(get_num_threads(), jobs) - 1
    if helpers < 1:
        for job in range(jobs):
            work(job)
        return
    _hire(helpers)
    this = _Round(work, jobs)
    for _ in range(helpers):
        _rounds.put(this)
    this.help()
    this.finished.acquire()
    if this.error:
        raise this.error


def run_ranges(work: Callable[[int, int], Any], jobs: int, pieces: int) -> None:
    """Call work(first, stop) for `pieces` runs of the numbers 0 … jobs − 1: one call for many small jobs.

    Each call costs some microseconds, so one thread does all of them in one.
    """
    if not jobs:
        return
    pieces = max(1, min(pieces, jobs)) if get_num_threads() > 1 else 1
    run_jobs(lambda piece: work(jobs * piece // pieces, jobs * (piece + 1) // pieces), pieces)


class _Round:
    """The jobs of one call: whoever comes takes the next one until none is left."""

    def __init__(self, work: Callable[[int], Any], jobs: int) -> None:
        self.work, self.jobs = work, jobs
        self.next = count()
        self.left = jobs
        self.counting = threading.Lock()
        self.finished = threading.Lock()
        self.finished.acquire()
        self.error: BaseException | None = None

    def help(self) -> None:
        while (job := next(self.next)) < self.jobs:
            try:
                self.work(job)
            except BaseException as error:
                self.error = error
            with self.counting:
                self.left -= 1
                last = self.left == 0
            if last:
                self.finished.release()


def _hire(helpers: int) -> None:
    global _helpers
    with _lock:
        while _helpers < helpers:
            threading.Thread(target=_serve, args=(_rounds,), name="convbp", daemon=True).start()
            _helpers += 1


def _serve(rounds: "SimpleQueue[_Round]") -> None:
    while True:
        rounds.get().help()


def _forget_helpers() -> None:
    """A forked child has none of its parent's threads; it hires its own."""
    global _helpers, _rounds, _lock
    _helpers, _rounds, _lock = 0, SimpleQueue(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)


def scratch(size: int, dtype: np.dtype[Any], use: str = "tiles") -> Array:
    """Return memory of this thread for `size` numbers, on a cache line and with whatever was left there.

    The next call for the same use gets the same memory, which spares the system from handing out pages again.
    """
    need = size * dtype.itemsize + CACHE_LINE
    kept: dict[str, Array] = _local.__dict__
    memory = kept.get(use)
    if memory is None or memory.size < need:
        memory = np.empty(need, np.uint8)
        if need <= MOST_KEPT:
            kept[use] = memory
    skip = -memory.ctypes.data % CACHE_LINE
    return memory[skip : skip + size * dtype.itemsize].view(dtype)


def new(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return an array for results, with whatever was left there."""
    return np.empty(shape, dtype)
