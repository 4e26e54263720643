"""Draw the present state of SeparableCost for print."""

from textwrap import wrap
from typing import TYPE_CHECKING

from convbp.draw.affected import Look, affected_region
from convbp.draw.separable import cost_areas
from convbp.widgets.cost_table import CostTable
from convbp.widgets.separable_table import SeparableTable, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROLES = {"x": "x", "w_depth": "w", "z": "y", "w_point": "w", "y": "y", "w": "w"}
Corner = tuple[float, float]


def draw_costs(table: CostTable) -> "Figure":
    """Draw the parameters of both layers as areas."""
    stages = {"depthwise": table.depthwise.parameters, "pointwise": table.pointwise.parameters}
    figure = cost_areas({"ordinary": {"weights": table.ordinary.parameters}, "separable": stages})
    figure.supxlabel("\n".join(wrap(table.sentence(), 84)), x=0.02, ha="left", fontsize=10.5)
    return figure


def draw_layer(table: SeparableTable, view: str, array: str, cell: int, back: bool, words: str) -> "Figure":
    """Draw the arrays of one view with the cell pointed at; an empty array points at nothing."""
    sums = table.sums(view)
    result = table.result(array, back) if array else ""
    factors = [factor for term in sums.terms(result, cell) for factor in term] if array else []
    standing = {_plain(factor.array): factor.array for factor in factors}
    met = {(_plain(factor.array), factor.cell) for factor in factors}
    looks, captions = [], []
    for name, corner in _corners(table, view).items():
        shown = standing.get(name, f"d{name}" if back and name in ("z", "y") else name)
        captions.append((*corner, shown))
        for place, at in enumerate(_places(table, view, name, corner)):
            active = (name, place) == (array, cell)
            which = result if active else shown
            role = "gradient" if which != name else ROLES[name]
            index = ",".join(map(str, sums.cells(name)[place]))
            faded = bool(array) and not active and (name, place) not in met
            looks.append(Look(*at, index, number(table, view, which, place), role, faded, active, ""))
    return affected_region(looks, captions, [], "y", words)


def _plain(name: str) -> str:
    return name.removeprefix("d")


def _corners(table: SeparableTable, view: str) -> dict[str, Corner]:
    """Return where each array begins: side by side, or w_point and w_depth around the filters that they make."""
    multiplier = table.rank.shapes["w_depth"][1]
    if view == "rank":
        right = table.rank.shapes["w_point"][1] + 0.8
        return {"w_depth": (0.5, right), "w_point": (1.3 + multiplier, 0.0), "w": (1.3 + multiplier, right)}
    left, corners = 0.0, {}
    for name, shape in table.gradients.shapes.items():
        corners[name] = (0.5, left)
        left += max(shape[-1], 2) + 0.6
    return corners


def _places(table: SeparableTable, view: str, name: str, corner: Corner) -> list[Corner]:
    """Return (row, column) of every cell of an array."""
    cells = table.sums(view).cells(name)
    top, left = corner
    if len(cells[0]) == 2:
        return [(top + row, left + column) for row, column in cells]
    _, multiplier, taps = table.rank.shapes["w_depth"]
    if name == "w":
        return [(top + f, left + c * (taps + 0.2) + k) for f, c, k in cells]
    if view == "rank":
        return [(top + m, left + c * (taps + 0.2) + k) for c, m, k in cells]
    return [(top + c * multiplier + m, left + k) for c, m, k in cells]
