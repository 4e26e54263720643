"""The roofline: how fast each layer ran, under the two limits of the machine, its arithmetic and its memory."""

from math import log10
from typing import Any

SLOWEST = 1.0  # GFLOP/s; below it a call is all overhead
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 440, 70, 60, 20
PLOT = WIDTH - LEFT - 20, HEIGHT - BOTTOM - TOP


def draw(run: dict[str, Any], path: str) -> None:
    """Write the forward passes of one run of bench_conv.py as an SVG file."""
    forward = [row for row in run["rows"] if row["pass"] == "forward"]
    rows = [row for row in forward if row["gflops"] > SLOWEST] or forward
    peak, memory = run["peak_gflops"], run["copied_gigabytes_per_second"]
    low = min(0.5, *(row["operations_per_byte"] for row in rows)) / 2, min(row["gflops"] for row in rows) / 2
    high = max(row["operations_per_byte"] for row in rows) * 4, 4 * peak

    def at(intensity: float, speed: float) -> tuple[float, float]:
        across = (log10(intensity) - log10(low[0])) / (log10(high[0]) - log10(low[0]))
        up = (log10(speed) - log10(low[1])) / (log10(high[1]) - log10(low[1]))
        return LEFT + across * PLOT[0], TOP + (1 - up) * PLOT[1]

    corner = at(peak / memory, peak)
    start = at(max(low[0], low[1] / memory), max(low[1], low[0] * memory))
    end = at(high[0], peak)
    roof = " ".join(f"{x:.1f},{y:.1f}" for x, y in (start, corner, end))
    title = f"Forward passes, {run['dtype']}, {run['threads']} threads: {run['machine']}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<polyline points="{roof}" fill="none" stroke="#333" stroke-width="2"/>',
        *_grid(low, high, at),
        *_marks([(*at(row["operations_per_byte"], row["gflops"]), row["layer"]) for row in rows]),
        _text(end[0] - 4, TOP + 12, f"{peak:.0f} GFLOP/s: multiply-adds", "end"),
        _text(LEFT + PLOT[0] / 2, HEIGHT - 16, "operations per byte of input, weights and output", "middle"),
        f'<g transform="rotate(-90 18 {TOP + PLOT[1] / 2})">'
        + _text(18, TOP + PLOT[1] / 2, "GFLOP/s, counted as the direct formula", "middle")
        + "</g>",
        "</svg>",
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n")


def _grid(low: tuple[float, float], high: tuple[float, float], at: Any) -> list[str]:
    lines = []
    for power in range(-4, 6):
        value = 10.0**power
        if low[0] <= value <= high[0]:
            x, _ = at(value, low[1])
            lines.append(f'<path d="M{x:.1f} {TOP}V{TOP + PLOT[1]}" stroke="#ddd"/>')
            lines.append(_text(x, TOP + PLOT[1] + 18, f"{value:g}", "middle"))
        if low[1] <= value <= high[1]:
            _, y = at(low[0], value)
            lines.append(f'<path d="M{LEFT} {y:.1f}h{PLOT[0]}" stroke="#ddd"/>')
            lines.append(_text(LEFT - 6, y + 4, f"{value:g}", "end"))
    return lines


def _marks(points: list[tuple[float, float, str]]) -> list[str]:
    """Draw the points, each with its name on the nearest line of text that is still free, and a thread to it."""
    parts, taken = [], [(x, y, 8) for x, y, _ in points]
    for x, y, name in sorted(points):
        width = 7 * len(name)
        for drop in (step * sign for step in range(0, 200, 14) for sign in (1, -1)):
            if all(abs(y + drop - b) >= 13 or x + 8 > a + w or x + 8 + width < a for a, b, w in taken):
                break
        taken.append((x + 8, y + drop, width))
        parts.append(f'<path d="M{x:.1f} {y:.1f}L{x + 7:.1f} {y + drop:.1f}" stroke="#999"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#0b5fa5"/>')
        parts.append(_text(x + 9, y + drop + 4, name, "start"))
    return parts


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="12" text-anchor="{anchor}">{words}</text>'
    )
