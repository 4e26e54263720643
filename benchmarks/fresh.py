"""What only a fresh process can tell: how much memory a layer takes at most, and what its first use costs.

python benchmarks/fresh.py memory numba vgg float32    print the bytes for forward and backward
python benchmarks/fresh.py first_use float32           print the seconds of each step
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

HERE = Path(__file__).parent
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
SMALL = {"conv": (1, 16, 16, 16), "conv_transpose": (1, 16, 16, 16), "max_pool": (1, 1, 8, 8), "avg_pool": (1, 1, 8, 8)}
MEMORY_PEERS = ("numba", "im2col", "torch")
GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": "65536"}  # or memory that is free again would still count as used


def ask(*words: str, **environment: str) -> Any:
    """Run this file in a fresh process and return what it prints."""
    command = [sys.executable, str(HERE / "fresh.py"), *words]
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def ask_memory(peer: str, name: str, dtype: str) -> dict[str, float]:
    """Return what `memory` finds in a fresh process, in megabytes."""
    return {which: size / 1e6 for which, size in ask("memory", peer, name, dtype, **GIVE_BACK).items()}


def can_measure_memory() -> bool:
    """Only Linux forgets the peak of a running process when it is told to."""
    return os.access(CLEAR, os.W_OK)


def memory(peer: str, name: str, dtype: str) -> dict[str, int]:
    """Return the most bytes that each pass held at once beside what it was given and what it returned."""
    from layers import BY_NAME
    from peers import PEERS

    layer = BY_NAME[name]
    _load_code(peer, layer, dtype)
    x, w, dy = layer.arrays(dtype)
    calls = PEERS[peer](layer, x, w, dy)
    if calls is None:
        return {}
    found, before = {}, _kilobytes("VmRSS")
    for which, call in zip(("forward", "backward"), calls, strict=True):
        CLEAR.write_text("5")  # the peak begins again from here
        results = call()
        returned = sum(a.nbytes for a in results if a is not None)
        found[which] = max(0, 1024 * (_kilobytes("VmHWM") - before) - returned)
        del results
    return found


def _load_code(peer: str, layer: Any, dtype: str) -> None:
    """Call a small layer of the same kind, so that what is measured is work and not the loading of a library."""
    from peers import PEERS

    shape = SMALL[layer.kind][: 2 + layer.rank]
    w = layer.w if layer.is_pool else (16, 16, *layer.w[2:])
    small = layer._replace(x=shape, w=w, options={k: v for k, v in layer.options.items() if k != "groups"})
    for call in PEERS[peer](small, *small.arrays(dtype)) or ():
        call()


def _kilobytes(field: str) -> int:
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith(field + ":"))
    return int(line.split()[1])


def first_use(dtype: str) -> dict[str, float]:
    """Return the seconds of the import, and of the first and the second call of a layer, forward and backward."""
    begin = perf_counter()
    import convbp

    steps = {"import": perf_counter() - begin}
    from layers import BY_NAME

    layer = BY_NAME["res56"]
    x, w, dy = layer.arrays(dtype)
    for which in ("first", "second"):
        begin = perf_counter()
        convbp.conv2d(x, w, backend="numba", **layer.options)
        steps[f"{which} forward"] = perf_counter() - begin
        begin = perf_counter()
        convbp.conv2d_backward(dy, x, w, backend="numba", **layer.options)
        steps[f"{which} backward"] = perf_counter() - begin
    return steps


def first_uses(dtype: str) -> dict[str, dict[str, float]]:
    """Ask twice with the same folder for compiled code: it is empty, then it is full."""
    with tempfile.TemporaryDirectory() as folder:
        return {when: ask("first_use", dtype, NUMBA_CACHE_DIR=folder) for when in ("compiling", "compiled before")}


if __name__ == "__main__":
    print(json.dumps({"memory": memory, "first_use": first_use}[sys.argv[1]](*sys.argv[2:])))
