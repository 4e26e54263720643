"""Times of calls that take turns: whatever else the machine does then hits all of them alike.

Each round has an order of its own, since what one call leaves in the caches helps or hinders the next.
"""

from collections.abc import Callable
from random import Random
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

CLOCKS = {"wall": perf_counter, "cpu": process_time}
AT_LEAST = 1e-3  # seconds; a shorter call is repeated
# Seconds between two calls. Threads of the one before go on waiting for work, with a processor each: OpenBLAS's for
# 2²⁶ cycles, some 25 ms. Whoever comes too soon shares the machine with them.
REST = {"one thread": 2e-3, "several": 50e-3}


def medians(
    calls: dict[str, Callable[[], Any]], rounds: int, budget: float, clock: str, threads: int
) -> dict[str, float]:
    """Run the calls in turn and return the median time of each in seconds; each has run once before.

    A call that has used up `budget` seconds leaves out the rounds that remain.
    """
    now, rest = CLOCKS[clock], REST["several" if threads > 1 else "one thread"]
    repeats = {name: _repeats(call) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    order, shuffle = list(calls.items()), Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name, call in order:
            if repeats[name] * sum(times[name]) < budget:
                sleep(rest)
                start = now()
                for _ in range(repeats[name]):
                    call()
                times[name].append((now() - start) / repeats[name])
    return {name: median(values) for name, values in times.items()}


def _repeats(call: Callable[[], Any]) -> int:
    start = perf_counter()
    call()
    return max(1, int(AT_LEAST / max(perf_counter() - start, 1e-7)))
