"""Draw the present state of ChannelSum for print."""

from typing import TYPE_CHECKING

from convbp.draw.affected import Look, affected_region
from convbp.widgets.channel_table import ARRAY, RESULT, ChannelTable
from convbp.widgets.frame import minus
from convbp.widgets.sums import Factor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Place = tuple[float, float]
WORDS = {"x": "x  input", "w": "w  filters", "b": "b", "y": "y  output", "dy": "dy  gradient of the output"}


def draw(table: ChannelTable, kind: str, cell: int, way: str, back: bool) -> "Figure":
    """Draw all maps with the cell pointed at; an empty kind points at nothing."""
    sums = table.sums
    copies = kind == "output" and back
    own = (ARRAY[kind], cell) if kind else ("", -1)
    terms = table.terms(RESULT[kind], cell) + table.bias(RESULT[kind], cell) if kind else []
    met = {(factor.array[-1], factor.cell) for term in terms for factor in term}
    looks, captions = [], []
    for array, places in places_of(table).items():
        gradient = kind != "" and array == "y" and (kind != "output" or back)
        captions.append((*places[0], WORDS["d" * gradient + array]))
        for number, at in enumerate(places):
            active = (array, number) == own
            marked = gradient or (active and kind != "output")
            factor = Factor("d" * marked + array, number)
            role = "gradient" if marked else {"b": "w"}.get(array, array)
            faded = bool(kind) and not active and (array, number) not in met
            name = ",".join(map(str, sums.cells(array)[number]))
            looks.append(Look(*at, name, minus(sums.value(factor)), role, faded, active, ""))
    sentence = table.copies(cell) if copies else table.sentence(kind, cell, way, back) if kind else ""
    return affected_region(looks, captions, [], "y", sentence)


def places_of(table: ChannelTable) -> dict[str, list[Place]]:
    """Return (row, column) of every cell: the maps of x, then the slices with a biased column, then the maps of y."""
    sums = table.sums
    _, channels, size = sums.shapes["x"]
    filters, depth, taps = sums.shapes["w"]
    maps = filters // table.groups
    wide = taps + 0.3
    at_w, at_b = size + 0.8, size + 1.2 + channels * wide
    at_y = at_b + 1.6
    return {
        "x": [(0.5 + n * (channels + 0.2) + c, float(i)) for n, c, i in sums.cells("x")],
        "w": [(0.5 + f, at_w + (f // maps * depth + c) * wide + k) for f, c, k in sums.cells("w")],
        "b": [(0.5 + f, at_b) for (f,) in sums.cells("b")],
        "y": [(0.5 + n * (filters + 0.2) + f, at_y + o) for n, f, o in sums.cells("y")],
    }
