"""Times of calls that take turns: whatever else the machine does then hits all of them alike."""

from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

CLOCKS = {"wall": perf_counter, "cpu": process_time}
AT_LEAST = 1e-3  # seconds; a shorter call is repeated
REST = 2e-3  # seconds in which the threads of the one before stop waiting for more work


def medians(calls: dict[str, Callable[[], Any]], rounds: int, budget: float, clock: str) -> dict[str, float]:
    """Run the calls in turn and return the median time of each in seconds; each has run once before.

    A call that has used up `budget` seconds leaves out the rounds that remain.
    """
    now = CLOCKS[clock]
    repeats = {name: _repeats(call) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            if repeats[name] * sum(times[name]) < budget:
                sleep(REST)
                start = now()
                for _ in range(repeats[name]):
                    call()
                times[name].append((now() - start) / repeats[name])
    return {name: median(values) for name, values in times.items()}


def _repeats(call: Callable[[], Any]) -> int:
    start = perf_counter()
    call()
    return max(1, int(AT_LEAST / max(perf_counter() - start, 1e-7)))
