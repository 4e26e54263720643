"""Time convbp beside its peers, print the tables, and write what the book's page on speed reads.

    python benchmarks/bench.py [--quick] [--layers vgg res56] [--threads 2 1] [--dtype float32 float64] [--clock cpu]

Without names of layers, everything is measured and written to benchmarks/results. README.md beside this file says what
is in there.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import fresh
from layers import BY_NAME, Layer

HERE = Path(__file__).parent
QUICK = ("lenet2", "res14", "up3", "max2")
PACKAGES = ("numpy", "numba", "torch", "scipy", "jax")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few layers, and nothing is written")
    parser.add_argument(
        "--layers", nargs="*", choices=list(BY_NAME), default=[], help="some layers; nothing is written"
    )
    parser.add_argument("--dtype", nargs="*", choices=["float32", "float64"], default=["float32", "float64"])
    parser.add_argument("--threads", nargs="*", type=int, default=sorted({min(2, _processors()), 1}, reverse=True))
    parser.add_argument(
        "--clock", choices=["wall", "cpu"], default="wall", help="cpu: for one thread, on busy machines"
    )
    parser.add_argument("--budget", type=float, default=0.25, help="seconds for one peer on one pass of a layer")
    parser.add_argument("--to", type=Path, help="write to this folder, whatever was measured")
    options = parser.parse_args(arguments)
    if options.clock == "cpu" and options.threads != [1]:
        parser.error("--clock cpu must go with --threads 1")
    names = options.layers or (list(QUICK) if options.quick else list(BY_NAME))
    runs = [
        in_fresh_process(dtype, threads, options.clock, options.budget, names)
        for dtype in options.dtype
        for threads in options.threads
    ]
    complete = names == list(BY_NAME)
    results = gathered(runs, [BY_NAME[name] for name in names], complete)
    print_tables(results)
    folder = options.to or (HERE / "results" if complete else None)
    if folder:
        write(results, folder)


def in_fresh_process(dtype: str, threads: int, clock: str, budget: float, names: list[str]) -> dict[str, Any]:
    """Measure with a number of threads: every library reads it when it is loaded, or counts its processors."""
    environment = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [sys.executable, str(HERE / "measure.py"), dtype, str(threads), clock, str(budget), *names]
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def gathered(runs: list[dict[str, Any]], layers: list[Layer], with_fresh: bool) -> dict[str, Any]:
    """Return what is written: the machine, its limits, the layers, a row for each measurement."""
    results: dict[str, Any] = {
        "schema": 1,
        "machine": {"processor": processor(), "processors": _processors(), "system": platform.system()},
        "versions": {"python": platform.python_version(), **_versions()},
        "layers": {
            layer.name: {
                **{"kind": layer.kind, "x": layer.x, "w": layer.w, "options": layer.options},
                **{"operations": layer.operations, "may_skip_products": layer.may_skip_products},
                "megabytes": {str(size): layer.cells * size / 1e6 for size in (4, 8)},
            }
            for layer in layers
        },
        "limits": [
            {name: run[name] for name in ("dtype", "threads", "gflops", "gigabytes_per_second")} for run in runs
        ],
        "rows": [row for run in runs for row in run["rows"]],
        "memory": memory_of(layers) if with_fresh and fresh.can_measure_memory() else {},
        "first_use": fresh.first_uses("float32") if with_fresh else {},
    }
    return rounded(results)


def memory_of(layers: list[Layer]) -> dict[str, Any]:
    """Ask a fresh process for each layer and peer, two at a time: memory, unlike time, does not mind company."""
    jobs = [(peer, layer.name) for layer in layers for peer in fresh.MEMORY_PEERS if peer != "torch" or _has("torch")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda job: fresh.ask_memory(*job, "float32"), jobs))
    found: dict[str, Any] = {layer.name: {} for layer in layers}
    for (peer, name), answer in zip(jobs, answers, strict=True):
        found[name][peer] = answer or None
    return found


def rounded(value: Any) -> Any:
    """Keep three digits of what was measured: the others differ from run to run."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(inner) for inner in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value


def print_tables(results: dict[str, Any]) -> None:
    from convbp.draw import memory_table, speed_table

    for limit in results["limits"]:
        print(speed_table(results, limit["dtype"], limit["threads"]), end="\n\n")
    if results["memory"]:
        print(memory_table(results), end="\n\n")
    for when, steps in results["first_use"].items():
        print(f"first use, {when}: " + ", ".join(f"{step} {seconds:g} s" for step, seconds in steps.items()))


def write(results: dict[str, Any], folder: Path) -> None:
    """Write the JSON file and, for people, the roofline; both are named after the machine."""
    from convbp.draw import roofline

    folder.mkdir(parents=True, exist_ok=True)
    machine = results["machine"]
    name = re.sub(r"[^a-z0-9]+", "-", f"{machine['processor']} {machine['processors']}".lower()).strip("-")
    path = folder / f"{name}.json"
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    title = f"Roofline of convbp's forward passes on {machine['processor']}, {machine['processors']} processors"
    figure = roofline(results, threads=max(limit["threads"] for limit in results["limits"]))
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None, "Title": title})
    path.with_suffix(".svg").write_text(titled(path.with_suffix(".svg").read_text(encoding="utf-8"), title))
    print(f"wrote {path.name} and {path.with_suffix('.svg').name}")


def titled(svg: str, title: str) -> str:
    """Give a drawing the name that a screen reader says."""
    name = escape(title, quote=True)
    return re.sub(r"(<svg\b[^>]*)>", rf'\1 role="img" aria-label="{name}">\n <title>{name}</title>', svg, count=1)


def processor() -> str:
    """Name the processor, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES if _has(name)}


def _has(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


if __name__ == "__main__":
    main()
