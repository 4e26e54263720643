"""Time every backend beside the usual im2col code and PyTorch, alternating in one run, and print medians and ratios.

    python benchmarks/bench_conv.py [--dtype float64] [--rounds 7] [--layers vgg res56] [--json FILE]

A ratio is the peer's time over that of convbp's backend: above 1, convbp is faster. Times move by a third on a busy
machine; the ratios move less, because the calls alternate.
"""

import argparse
import json
import platform
from collections.abc import Callable
from importlib.util import find_spec
from math import exp, log
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

import convbp
import im2col
from convbp.geometry import conv_geometry
from layers import LAYERS, Layer

BACKENDS = ("numpy", "numba")


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
        if name != "numba" or find_spec("numba"):
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


def medians(calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Run the calls in turn and return the median time of each in seconds."""
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = perf_counter()
            call()
            times[name].append(perf_counter() - start)
    return {name: median(values) for name, values in times.items()}


def report(rows: list[dict[str, Any]]) -> None:
    """Print one line for each layer and the geometric means of the ratios to im2col and PyTorch."""
    peers = [peer for peer in ("im2col", "torch") if peer in rows[0]["seconds"]]
    ours = [name for name in BACKENDS if name in rows[0]["seconds"]]
    pairs = [(peer, name) for name in ours for peer in peers]
    print(f"{'layer':10} {'pass':9} " + " ".join(f"{name + ' ms':>10}" for name in ours), end=" ")
    print(" ".join(f"{peer + '/' + name:>13}" for peer, name in pairs))
    for row in rows:
        seconds = row["seconds"]
        times = " ".join(f"{1e3 * seconds[name]:10.3f}" for name in ours)
        print(f"{row['layer']:10} {row['pass']:9} {times}", end=" ")
        print(" ".join(f"{seconds[peer] / seconds[name]:13.2f}" for peer, name in pairs))
    for which in ("forward", "backward"):
        chosen = [row["seconds"] for row in rows if row["pass"] == which]
        means = [exp(sum(log(s[peer] / s[name]) for s in chosen) / len(chosen)) for peer, name in pairs]
        print(f"{'geo. mean':10} {which:9} " + " " * (11 * len(ours)) + " ".join(f"{value:13.2f}" for value in means))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--layers", nargs="*", choices=[layer.name for layer in LAYERS], default=[])
    parser.add_argument("--json", help="write the medians to this file too")
    options = parser.parse_args()
    rows = []
    for layer in LAYERS:
        if not options.layers or layer.name in options.layers:
            for which, calls in calls_of(layer, options.dtype).items():
                rows.append({"layer": layer.name, "pass": which, "seconds": medians(calls, options.rounds)})
    machine = f"{platform.machine()}, NumPy {np.__version__}"
    print(f"{options.dtype}, {machine}, medians of {options.rounds} alternating rounds")
    report(rows)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"dtype": options.dtype, "rounds": options.rounds, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
