"""Time convbp beside the usual im2col code and PyTorch, alternating in one run, and print medians, shares and ratios.

    python benchmarks/bench_conv.py [--dtype float64] [--rounds 7] [--threads 1] [--clock cpu] [--layers vgg res56]
                                    [--json FILE] [--svg FILE]

README.md beside this file says how to read the table.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from importlib.util import find_spec
from math import exp, log, prod
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import numpy as np

import convbp
import im2col
from convbp.geometry import conv_geometry
from layers import LAYERS, Layer
from peak import bytes_copied, multiply_adds
from roofline import draw

BACKENDS = ("numpy", "numba")
PEERS = ("im2col", "torch", "numpy")
CLOCKS = {"wall": perf_counter, "cpu": thread_time}


def calls_of(layer: Layer, dtype: Any) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return, for forward and backward, one call for each peer and backend."""
    rng = np.random.default_rng(0)
    g = conv_geometry(layer.x, layer.w, **layer.options)
    x, w, dy = (rng.standard_normal(shape).astype(dtype) for shape in (layer.x, layer.w, g.output_shape))
    forward = {1: convbp.conv1d, 2: convbp.conv2d}[len(g.axes)]
    backward = {1: convbp.conv1d_backward, 2: convbp.conv2d_backward}[len(g.axes)]
    calls: dict[str, dict[str, Callable[[], Any]]] = {
        "forward": {"im2col": lambda: im2col.conv(x, w, g)},
        "backward": {"im2col": lambda: im2col.conv_backward(dy, x, w, g)},
    }
    for name in BACKENDS:
        calls["forward"][name] = lambda name=name: forward(x, w, backend=name, **layer.options)
        calls["backward"][name] = lambda name=name: backward(dy, x, w, backend=name, **layer.options)
    if find_spec("torch"):
        calls["forward"]["torch"], calls["backward"]["torch"] = torch_calls(layer, x, w, dy)
    return calls


def torch_calls(layer: Layer, x: Any, w: Any, dy: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return PyTorch's forward and backward of the same layer, without autograd's bookkeeping."""
    import torch

    rank = x.ndim - 2
    tx, tw, tdy = (torch.from_numpy(a) for a in (x, w, dy))
    options = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **layer.options}
    run = getattr(torch.nn.functional, f"conv{rank}d")
    per_axis = [[options[name]] * rank for name in ("stride", "padding", "dilation")]
    rest = (*per_axis, False, [0] * rank, options["groups"], [True, True, True])
    return (
        lambda: run(tx, tw, **options),
        lambda: torch.ops.aten.convolution_backward(tdy, tx, tw, [layer.w[0]], *rest),
    )


def medians(calls: dict[str, Callable[[], Any]], rounds: int, clock: str) -> dict[str, float]:
    """Run the calls in turn and return the median time of each in seconds."""
    now = CLOCKS[clock]
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = now()
            call()
            times[name].append(now() - start)
    return {name: median(values) for name, values in times.items()}


def row_of(layer: Layer, which: str, seconds: dict[str, float], peak: float, itemsize: int) -> dict[str, Any]:
    """Return one line of the table: what was measured, and what follows from it."""
    g = conv_geometry(layer.x, layer.w, **layer.options)
    passes = 1 if which == "forward" else 2  # dx and dw
    operations = 2e-9 * g.multiplies * passes
    cells = prod(g.input_shape) + prod(g.weight_shape) + prod(g.output_shape)
    gflops = operations / seconds["numba"]
    return {
        "layer": layer.name,
        "pass": which,
        "seconds": seconds,
        "gflops": gflops,
        "share_of_peak": gflops / peak,
        "operations_per_byte": 1e9 * operations / (cells * passes * itemsize),
        "ratios": {peer: seconds[peer] / seconds["numba"] for peer in PEERS if peer in seconds},
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print one line for each layer and pass, and the geometric means of the ratios."""
    peers = list(rows[0]["ratios"])
    print(f"{'layer':10} {'pass':9} {'ms':>9} {'GFLOP/s':>8} {'of peak':>8}", *(f"{'x ' + p:>9}" for p in peers))
    for row in rows:
        shown = f"{row['layer']:10} {row['pass']:9} {1e3 * row['seconds']['numba']:9.3f} {row['gflops']:8.1f}"
        print(shown, f"{row['share_of_peak']:8.0%}", *(f"{row['ratios'][peer]:9.2f}" for peer in peers))
    for which in ("forward", "backward"):
        chosen = [row["ratios"] for row in rows if row["pass"] == which]
        means = [exp(sum(log(ratios[peer]) for ratios in chosen) / len(chosen)) for peer in peers]
        print(f"{'geo. mean':10} {which:9}" + " " * 28, *(f"{mean:9.2f}" for mean in means))


def use_threads(threads: int) -> None:
    """Give every peer the same number of threads; NumPy's BLAS has read its own when it was loaded."""
    convbp.kernels.set_num_threads(threads)
    if find_spec("torch"):
        import torch

        torch.set_num_threads(threads)
    if find_spec("threadpoolctl"):
        import threadpoolctl

        threadpoolctl.threadpool_limits(threads, user_api="blas")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall", help="cpu: of one thread, for busy machines")
    parser.add_argument("--layers", nargs="*", choices=[layer.name for layer in LAYERS], default=[])
    parser.add_argument("--json", help="write everything to this file too")
    parser.add_argument("--svg", help="draw the roofline into this file")
    options = parser.parse_args()
    if options.clock == "cpu" and options.threads != 1:
        parser.error("--clock cpu must go with --threads 1")
    use_threads(options.threads)
    peak, memory = multiply_adds(options.dtype, options.clock), bytes_copied(options.clock)
    rows = []
    for layer in LAYERS:
        if not options.layers or layer.name in options.layers:
            for which, calls in calls_of(layer, options.dtype).items():
                seconds = medians(calls, options.rounds, options.clock)
                rows.append(row_of(layer, which, seconds, peak, np.dtype(options.dtype).itemsize))
    run = {
        "dtype": options.dtype,
        "threads": options.threads,
        "clock": options.clock,
        "rounds": options.rounds,
        "machine": f"{machine_name()}, {os.cpu_count()} processors, NumPy {np.__version__}",
        "peak_gflops": peak,
        "copied_gigabytes_per_second": memory,
        "rows": rows,
    }
    print(", ".join(f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}"
                    for name, value in run.items() if name != "rows"))  # fmt: skip
    print_table(rows)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(run, file, indent=1)
    if options.svg:
        draw(run, options.svg)


def machine_name() -> str:
    """Name the processor, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
