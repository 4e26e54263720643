"""One dtype, one number of threads, all peers: run by bench.py in a process of its own, which prints JSON."""

import json
import os
import sys
from importlib.util import find_spec
from time import perf_counter
from typing import Any

ROUNDS = 9
MAY_BE_LEFT_OUT = ("scipy", "jax")
TOO_LONG = 6.0  # seconds for the first two passes; JAX compiles in them


def use_threads(threads: int) -> None:
    """Leave this process as many processors as threads, before any library counts them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def rows_of(name: str, dtype: str, threads: int, clock: str, budget: float) -> list[dict[str, Any]]:
    """Return what was measured on one layer, forward and backward."""
    from accuracy import errors
    from layers import BY_NAME
    from peers import PEERS, must_agree
    from timing import medians

    layer = BY_NAME[name]
    x, w, dy = layer.arrays(dtype)
    calls = {peer: calls for peer, make in PEERS.items() if (calls := make(layer, x, w, dy))}
    results = {}
    for peer, (forward, backward) in list(calls.items()):
        start = perf_counter()
        results[peer] = forward(), backward()
        if peer in MAY_BE_LEFT_OUT and perf_counter() - start > TOO_LONG:
            del calls[peer]
    for peer, found in results.items():
        for which, actual, expected in zip(("forward", "backward"), found, results["numba"], strict=True):
            must_agree(peer, layer, which, actual, expected)
    error = errors(layer, x, w, dy, *results["numba"])
    rows = []
    for turn, which in enumerate(("forward", "backward")):
        seconds = medians({peer: pair[turn] for peer, pair in calls.items()}, ROUNDS, budget, clock, threads)
        milliseconds = {peer: 1e3 * seconds[peer] if peer in seconds else None for peer in PEERS}
        row = {"layer": name, "pass": which, "dtype": dtype, "threads": threads, "milliseconds": milliseconds}
        rows.append({**row, "error": error[turn]})
    return rows


def main(dtype: str, threads: int, clock: str, budget: float, names: list[str]) -> dict[str, Any]:
    """Return the limits of the machine and the rows of the layers."""
    use_threads(threads)
    from convbp.kernels import set_num_threads
    from peak import bytes_copied, multiply_adds

    set_num_threads(threads)
    if find_spec("torch"):
        import torch

        torch.set_num_threads(threads)
    run: dict[str, Any] = {"dtype": dtype, "threads": threads}
    run |= {"gflops": multiply_adds(dtype, clock), "gigabytes_per_second": bytes_copied(clock)}
    return {**run, "rows": [row for name in names for row in rows_of(name, dtype, threads, clock, budget)]}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), sys.argv[5:])))
