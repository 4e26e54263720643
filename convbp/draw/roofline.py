"""The roofline: how fast each layer ran, under the two limits of the machine, its arithmetic and its memory."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from matplotlib.transforms import Bbox

from convbp.draw.speed_tables import gflops
from convbp.draw.style import MUTED, ROLES, TEXT, styled

SLOWEST = 1.0  # GFLOP/s; below it a call is all overhead
ITEMSIZE = {"float32": 4, "float64": 8}
GAP, LINE = 7, 16  # pixels: from a point to its name, and from one name to the next


class Point(NamedTuple):
    """One layer: where it stands, and whether it may skip products of the formula."""

    name: str
    intensity: float  # operations for each byte of input, weights and output
    speed: float  # GFLOP/s, counted as the direct formula
    may_skip: bool


def roofline(results: Mapping[str, Any], threads: int) -> Figure:
    """Draw the forward passes of a benchmark under the roofs of the machine, one panel for each dtype.

    Parameters
    ----------
    results : mapping
        What `make bench` writes.
    threads : int
        Draw the runs with this number of threads.

    Notes
    -----
    A layer is as high as its speed, in 10⁹ operations of the direct formula a second, and as far to the right as it
    does operations for each byte that it must at least move. The level roof is the most operations that the
    processor did a second, the slanted one the most bytes that it copied, times operations per byte. Pools, which are
    not counted in products, and layers below 1 GFLOP/s are left out.
    """
    limits = [limit for limit in results["limits"] if limit["threads"] == threads]
    with styled(7.6, 4.4 * len(limits), rows=len(limits)) as (figure, panels):
        for axes, limit in zip([panels] if len(limits) == 1 else panels, limits, strict=True):
            points = roofline_points(results, limit["dtype"], threads)
            _roof(axes, limit, points)
            for group, marker, ink in ((False, "o", ROLES["x"].ink), (True, "D", ROLES["gradient"].ink)):
                chosen = [point for point in points if point.may_skip == group]
                label = "may skip products (3 × 3, stride 1)" if group else "every product of the formula"
                axes.plot(
                    [p.intensity for p in chosen], [p.speed for p in chosen], marker, color=ink, ms=5, label=label
                )
            axes.legend(loc="upper left", fontsize=9)
            axes.set_title(f"{limit['dtype']}, {threads} thread{'s' * (threads > 1)}")
            axes.set_ylabel("GFLOP/s")
        axes.set_xlabel("operations for each byte of input, weights and output")
        figure.draw_without_rendering()  # names are placed in pixels, so the panels must have their sizes
        figure.set_layout_engine("none")
        for axes, limit in zip(figure.axes, limits, strict=True):
            _names(axes, roofline_points(results, limit["dtype"], threads))
    return figure


def roofline_points(results: Mapping[str, Any], dtype: str, threads: int) -> list[Point]:
    """Return the forward passes that do enough products to be compared with a roof.

    Parameters
    ----------
    results : mapping
        What `make bench` writes.
    dtype : {"float32", "float64"}
    threads : int

    Returns
    -------
    list of Point
        ``name``, ``intensity`` in operations for each byte, ``speed`` in GFLOP/s, ``may_skip``.
    """
    points = []
    for row in results["rows"]:
        speed = gflops(results, row)
        if (row["dtype"], row["threads"], row["pass"]) == (dtype, threads, "forward") and speed > SLOWEST:
            layer = results["layers"][row["layer"]]
            size = 1e6 * layer["megabytes"][str(ITEMSIZE[dtype])]
            points.append(Point(row["layer"], layer["operations"] / size, speed, layer["may_skip_products"]))
    return points


def _roof(axes: Axes, limit: Mapping[str, Any], points: Sequence[Point]) -> None:
    peak, memory = limit["gflops"], limit["gigabytes_per_second"]
    intensities = [point.intensity for point in points] or [peak / memory]
    left, right = min(*intensities, peak / memory) / 2.5, max(*intensities, peak / memory) * 2.5
    lowest = min([point.speed for point in points] or [peak]) / 2.5
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(left, right)
    axes.set_ylim(lowest, 4 * max([peak, *(point.speed for point in points)]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(10, subs=(1.0, 3.0)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(color=MUTED, alpha=0.18, linewidth=0.6)
    corner = peak / memory
    axes.plot([left, corner, right], [left * memory, peak, peak], color=TEXT, linewidth=1.8, linestyle="-")
    low = (left**2 * corner) ** (1 / 3)  # a third of the way up the slope
    _beside(axes, f"{peak:.3g} GFLOP/s: arithmetic", (corner, peak), (4, 5), "left")
    _beside(axes, f"{memory:.3g} GB/s: memory", (low, low * memory), (10, -6), "left")


def _beside(axes: Axes, words: str, point: tuple[float, float], step: tuple[int, int], side: str) -> None:
    axes.annotate(words, point, step, textcoords="offset points", ha=side, fontsize=9, color=TEXT)


def _names(axes: Axes, points: Sequence[Point]) -> None:
    """Write each name at the nearest place that is still free, with a thread to its point."""
    points = sorted(points, key=lambda point: point.intensity)
    pixels = [axes.transData.transform((point.intensity, point.speed)) for point in points]
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in pixels]
    for point, (x, y) in zip(points, pixels, strict=True):
        width, height = 8.4 * len(point.name) + 2, LINE
        for right, up in _places():
            low = x + GAP + right if right >= 0 else x - GAP + right - width
            box = Bbox.from_bounds(low, y + up - height / 2, width, height)
            if not any(box.overlaps(other) for other in taken):
                break
        taken.append(box)
        to = axes.transData.inverted().transform((low if right >= 0 else low + width, y + up))
        axes.plot([point.intensity, to[0]], [point.speed, to[1]], color=MUTED, linewidth=0.6, linestyle="-", zorder=1)
        axes.text(to[0], to[1], point.name, ha="left" if right >= 0 else "right", va="center", fontsize=9, color=TEXT)


def _places() -> list[tuple[int, int]]:
    """Steps in pixels to the right and up, the nearest first; a negative one means left of the point."""
    places = [(right, up) for right in (0, 12, 30, -1, -12, -30) for up in range(-9 * LINE, 9 * LINE + 1, LINE)]
    return sorted(places, key=lambda place: place[0] ** 2 + place[1] ** 2 + (200 if place[0] < 0 else 0))
