"""Tables of a benchmark's results, as plain text for a terminal and as HTML for a page."""

from collections.abc import Mapping, Sequence
from html import escape
from math import exp, fsum, log
from typing import Any, NamedTuple

PASSES = ("forward", "backward")
NAMES = {"numpy": "NumPy", "torch": "PyTorch", "scipy": "SciPy", "jax": "JAX", "numba": "convbp"}
NOTHING = "–"


class Table(NamedTuple):
    """A caption, a head and rows of words; the last `summary` rows sum up the others."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int = 1  # columns on the left that say what a row is about
    summary: int = 0

    def __str__(self) -> str:
        lines = [self.head, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.head))]
        shown = [
            "  ".join(
                word.ljust(width) if column < self.names else word.rjust(width)
                for column, (word, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        ]
        return "\n".join([self.caption, *(line.rstrip() for line in shown)])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """Write a table that scrolls by itself where the page is narrow."""
        head = "".join(f'<th scope="col">{escape(word)}</th>' for word in self.head)
        body = "".join(self._html_row(row, number) for number, row in enumerate(self.rows))
        return (
            f'<div class="cb-table" tabindex="0" role="region" aria-label="{escape(self.caption, quote=True)}">'
            f'<table class="table"><caption>{escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _html_row(self, row: Sequence[str], number: int) -> str:
        names = "".join(f'<th scope="row">{escape(word)}</th>' for word in row[: self.names])
        cells = "".join(f"<td>{escape(word)}</td>" for word in row[self.names :])
        kind = ' class="cb-summary"' if number >= len(self.rows) - self.summary else ""
        return f"<tr{kind}>{names}{cells}</tr>"


def speed_table(results: Mapping[str, Any], dtype: str, threads: int) -> Table:
    """Return the times of convbp's compiled backend, and how many times as long each peer takes.

    Parameters
    ----------
    results : mapping
        What `make bench` writes.
    dtype : {"float32", "float64"}
    threads : int

    Returns
    -------
    Table
        A row for each layer and pass: milliseconds, billions of operations a second, the share of the most that the
        machine can do, the relative error, and time of the peer / time of convbp for each peer.
    """
    rows = [row for row in results["rows"] if (row["dtype"], row["threads"]) == (dtype, threads)]
    peers = [peer for peer in rows[0]["milliseconds"] if peer != "numba"]
    (peak,) = (v["gflops"] for v in results["limits"] if (v["dtype"], v["threads"]) == (dtype, threads))
    lines = []
    for row in rows:
        speed = gflops(results, row)
        measured = [
            _digits(row["milliseconds"]["numba"]),
            *([f"{speed:.3g}", f"{speed / peak:.0%}"] if speed else 2 * [NOTHING]),
        ]
        ratios = [_digits(ratio(row, peer)) for peer in peers]
        lines.append([row["layer"], row["pass"], *measured, f"{row['error']:.0e}", *ratios])
    for which in PASSES:
        means = [_digits(mean_ratio(rows, which, peer)) for peer in peers]
        lines.append(["geometric mean", which, *4 * [""], *means])
    head = ["layer", "pass", "ms", "GFLOP/s", "of peak", "error", *(f"× {NAMES.get(peer, peer)}" for peer in peers)]
    caption = (
        f"{dtype}, {threads} thread{'s' * (threads > 1)}: times of convbp, and how many times as long each peer takes"
    )
    return Table(caption, head, lines, names=2, summary=len(PASSES))


def memory_table(results: Mapping[str, Any]) -> Table:
    """Return the megabytes that each layer takes at most beside its inputs and results, in float32."""
    memory = results["memory"]
    peers = list(next(iter(memory.values())))
    lines = []
    for name, found in memory.items():
        sizes = [_digits(found[peer][which]) if found[peer] else NOTHING for peer in peers for which in PASSES]
        lines.append([name, _digits(results["layers"][name]["megabytes"]["4"]), *sizes])
    head = ["layer", "x, w and y", *(f"{NAMES.get(peer, peer)} {which}" for peer in peers for which in PASSES)]
    return Table("Megabytes beside inputs and results, float32", head, lines)


def slower_table(results: Mapping[str, Any], peer: str) -> Table:
    """Return every measurement in which a peer took less time than convbp, the worst first."""
    lost = [(value, row) for row in results["rows"] if (value := ratio(row, peer)) is not None and value < 1]
    lines = [
        [
            row["layer"],
            row["pass"],
            row["dtype"],
            str(row["threads"]),
            _digits(row["milliseconds"]["numba"]),
            _digits(value),
        ]
        for value, row in sorted(lost, key=lambda pair: pair[0])
    ]
    name = NAMES.get(peer, peer)
    caption = f"Where {name} is faster: {len(lost)} of {len(results['rows'])} measurements"
    return Table(caption, ["layer", "pass", "dtype", "threads", "ms", f"× {name}"], lines, names=2)


def first_use_table(results: Mapping[str, Any]) -> Table:
    """Return the seconds of the first steps in a fresh process, with compiled code on disk and without."""
    uses = results["first_use"]
    steps = list(next(iter(uses.values())))
    lines = [[step, *(_digits(times[step]) for times in uses.values())] for step in steps]
    return Table("Seconds of the first steps in a fresh process, float32", ["step", *uses], lines)


def machine_table(results: Mapping[str, Any]) -> Table:
    """Return what ran where: the processor, the versions, and the most that the machine did."""
    machine, names = results["machine"], {**NAMES, "python": "Python", "numba": "Numba"}
    lines = [
        ["processor", f"{machine['processor']}, {machine['processors']} processors, {machine['system']}"],
        ["versions", ", ".join(f"{names[name]} {number}" for name, number in results["versions"].items())],
    ]
    for limit in results["limits"]:
        what = f"{limit['dtype']}, {limit['threads']} thread{'s' * (limit['threads'] > 1)}"
        most = f"{limit['gflops']:.3g} GFLOP/s of multiply-adds, {limit['gigabytes_per_second']:.3g} GB/s copied"
        lines.append([f"limits, {what}", most])
    return Table("The machine", ["what", "which"], lines, names=2)


def gflops(results: Mapping[str, Any], row: Mapping[str, Any]) -> float:
    """Return the direct formula's operations, in 10⁹ per second, that one row did; 0 for a pool."""
    passes = 1 if row["pass"] == "forward" else 2  # dx and dw
    operations: int = results["layers"][row["layer"]]["operations"]
    return 1e-6 * passes * operations / row["milliseconds"]["numba"]


def ratio(row: Mapping[str, Any], peer: str) -> float | None:
    """Return the time of a peer over convbp's, or None where the peer did not run."""
    theirs = row["milliseconds"][peer]
    return None if theirs is None else theirs / row["milliseconds"]["numba"]


def mean_ratio(rows: Sequence[Mapping[str, Any]], which: str, peer: str) -> float | None:
    """Return the geometric mean of the ratios: twice as fast here and half as fast there is 1."""
    found = [value for row in rows if row["pass"] == which and (value := ratio(row, peer)) is not None]
    return exp(fsum(map(log, found)) / len(found)) if found else None


def _digits(value: float | None) -> str:
    """Write two digits, three if the number has them before the point."""
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    return f"{value:.0f}" if value >= 99.5 else f"{value:#.2g}".rstrip(".")
