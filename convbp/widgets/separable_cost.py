"""SeparableCost: what a separable layer saves, how gradients pass through it, and why it is a filter of rank one."""

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.options import at_least, integer, per_axis
from convbp.widgets.cost_table import CostTable, make_cost_table
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, WholeNumbers, offered, whole
from convbp.widgets.separable_table import VIEWS, SeparableTable, make_separable_table
from convbp.widgets.table_figure import TableFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The layer of chapter 12.
X_VALUES = ((1, 2, 4, 7), (3, 0, 1, 2))
DEPTH_VALUES = (((2, -1),), ((1, 3),))
POINT_VALUES = ((1, 1), (2, -1), (0, 3))
DY_VALUES = (-1, 0, 2, 3, -5, 1, 0, 1, -2)
MOST_CELLS = 200
MOST_CHOICES = 600


def _packed(table: SeparableTable, _: object) -> dict[str, Any]:
    return table.packed()


class SeparableCost(TableFigure):
    """Compare an ordinary layer with a separable one: its cost, its gradients, and the rank of its filters.

    In the first view sliders choose the sizes, and blocks of one scale show the parameters. In the second a small
    layer carries gradients back through both of its stages; in the third the filters of that layer are outer products.

    Parameters
    ----------
    channels, filters, kernel, multiplier : int or tuple of int
        Sizes to choose from: I channels, O filters, K for K × K taps, and filters for each channel in the first stage.
        The first of each stands at the start; the sliders are in order of size.
    outputs : int or two ints
        Cells of an output map, for the multiply-adds.
    x : array of int (C, L), optional
        The input of the small layer, one sample on a line.
    w_depth : array of int (C, M, K), optional
        The filters of its first, depthwise stage.
    w_point : array of int (F, C·M), optional
        The weights of its second, pointwise stage.
    dy : array of int, optional
        The gradients of its outputs in reading order, repeated as often as needed.
    view : "cost", "gradients" or "rank"
        What is shown at the start.
    selection : dict, optional
        What is pinned in the small layer, such as ``{"array": "z", "index": [0, 1]}``; the array is "x", "w_depth",
        "z", "w_point", "y" or, in the view "rank", "w". A tap of the first stage when not given, nothing for ``{}``.

    Attributes
    ----------
    view : "cost", "gradients" or "rank"
        What is shown; follows the reader, and can be set.
    channels, filters, kernel, multiplier : int
        The sizes shown; follow the reader, and can be set to any that was offered.
    selection : dict
        What is pinned, ``{}`` for nothing; follows the reader, and can be set.
    back : bool
        Whether z and y are read as gradients; follows the reader, and can be set.
    x, w_depth, w_point, dy : numpy.ndarray
        The numbers of the small layer. Others can be set; then it is computed again.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If a number is not an int.

    Examples
    --------
    >>> cost = SeparableCost()
    >>> cost.table.ordinary.parameters, cost.table.separable.parameters
    (73728, 8768)
    >>> cost.view = "gradients"
    >>> cost.equation()
    'dw_depth[0,0,1] = dz[0,0]·x[0,1] + dz[0,1]·x[0,2] + dz[0,2]·x[0,3] = 5·2 + (−10)·4 + 4·7 = −2'
    """

    _esm = joined("frame.js", "options.js", "sums.js", "separable_layer.js", "separable_cost.js")
    _css = styled("separable_cost.css")

    channels: Any = Option().tag(sync=True)
    filters: Any = Option().tag(sync=True)
    kernel: Any = Option().tag(sync=True)
    multiplier: Any = Option().tag(sync=True)
    outputs: Any = traitlets.List().tag(sync=True)
    view = traitlets.Enum(("cost", *VIEWS), default_value="cost").tag(sync=True)
    back = traitlets.Bool(True).tag(sync=True)
    layer: Any = traitlets.Any().tag(sync=True, to_json=_packed)
    x: Any = WholeNumbers()
    w_depth: Any = WholeNumbers()
    w_point: Any = WholeNumbers()
    dy: Any = WholeNumbers(flat=True)

    def __init__(
        self,
        channels: Any = (64, 3, 16, 32),
        filters: Any = (128, 1, 16, 64),
        kernel: Any = (3, 1, 5, 7),
        multiplier: Any = (1, 2, 4),
        outputs: Any = (28, 28),
        *,
        x: Any = X_VALUES,
        w_depth: Any = DEPTH_VALUES,
        w_point: Any = POINT_VALUES,
        dy: Any = DY_VALUES,
        view: str = "cost",
        selection: dict[str, Any] | None = None,
    ) -> None:
        given = {"channels": channels, "filters": filters, "kernel": kernel, "multiplier": multiplier}
        options = {name: _sizes(name, value) for name, value in given.items()}
        choices = int(np.prod([len(sizes) for sizes in options.values()]))
        if choices > MOST_CHOICES:
            raise ValueError(f"channels, filters, kernel and multiplier must make at most 600 choices; got {choices}")
        high, wide = per_axis("outputs", outputs, 2)
        arrays = {"x": whole("x", x), "w_depth": whole("w_depth", w_depth), "w_point": whole("w_point", w_point)}
        arrays["dy"] = whole("dy", dy)
        self._outputs = (high, wide)
        super().__init__(
            {name: tuple(sorted(sizes)) for name, sizes in options.items()},
            arrays,
            layer=_make_layer(**arrays),
            outputs=[high, wide],
            view=view,
            selection={"array": "w_depth", "index": [0, 0, 1]} if selection is None else selection,
        )
        for name, sizes in options.items():
            setattr(self, name, sizes[0])
        self._arguments = {**given, "outputs": outputs}

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> CostTable:
        """Count one choice of sizes; the numbers of the small layer do not matter to it."""
        return make_cost_table(**chosen, outputs=self._outputs)

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the small layer has the selected cell."""
        known = self.layer.gradients.shapes | self.layer.rank.shapes
        shape, index = known.get(selection["array"], ()), selection["index"]
        return len(index) == len(shape) > 0 and all(0 <= i < n for i, n in zip(index, shape, strict=True))

    def equation(self) -> str:
        """Write the sum of the pinned cell in letters and in numbers; an empty string when the view has none."""
        pinned = self._pinned()
        return str(self.layer.equation(self.view, *pinned, self.back)) if pinned else ""

    def sentence(self) -> str:
        """Compare the costs, or say which sum the pinned cell is; an empty string when the view has none."""
        if self.view == "cost":
            return str(self.table.sentence())
        pinned = self._pinned()
        return str(self.layer.sentence(self.view, *pinned, self.back)) if pinned else ""

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.separable_figure import draw_costs, draw_layer

        if self.view == "cost":
            return draw_costs(self.table)
        words = " ".join(filter(None, (self.sentence(), self.equation())))
        return draw_layer(self.layer, self.view, *(self._pinned() or ("", -1)), self.back, words)

    def __repr__(self) -> str:
        return f"SeparableCost({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _pinned(self) -> tuple[str, int] | None:
        """Return the array and the number of the pinned cell, if the view has it."""
        if self.view == "cost" or not self.selection:
            return None
        array, sums = self.selection["array"], self.layer.sums(self.view)
        return (array, sums.cells(array).index(tuple(self.selection["index"]))) if array in sums.shapes else None

    def _recompute(self, change: Any) -> None:
        try:
            self.layer = _make_layer(self.x, self.w_depth, self.w_point, self.dy)
        except ValueError:
            setattr(self, change["name"], change["old"])  # a figure never shows numbers that are not its own
            raise
        self._let_go(change)

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"array", "index"}:
            raise ValueError(f'selection must be {{}} or hold an "array" and an "index"; got {value}')
        found = {"array": value["array"], "index": [int(n) for n in np.ravel(whole("selection", value["index"]))]}
        if not self.has_selected(found):
            raise ValueError(f"selection must name a cell of the layer; got {value}")
        return found


def _sizes(name: str, value: Any) -> tuple[int, ...]:
    return tuple(at_least(1, name, integer(name, size)) for size in offered(name, value))


def _make_layer(x: np.ndarray, w_depth: np.ndarray, w_point: np.ndarray, dy: np.ndarray) -> SeparableTable:
    for name, array, axes in (("x", x, "C, L"), ("w_depth", w_depth, "C, M, K"), ("w_point", w_point, "F, C·M")):
        if array.ndim != axes.count(",") + 1:
            raise ValueError(f"{name} must have axes ({axes}); got shape {array.shape}")
    channels, multiplier, _ = w_depth.shape
    if channels != len(x):
        raise ValueError(f"w_depth must have {len(x)} channels, as x has; got shape {w_depth.shape}")
    if w_point.shape[1] != channels * multiplier:
        columns = channels * multiplier
        raise ValueError(f"w_point must have {columns} columns, C·M of w_depth; got shape {w_point.shape}")
    x, w_depth, w_point, dy = (array.astype(float) for array in (x, w_depth, w_point, np.ravel(dy)))
    table = make_separable_table(x, w_depth, w_point, dy)
    cells = sum(len(table.gradients.cells(array)) for array in table.gradients.shapes) + len(table.rank.cells("w"))
    if cells > MOST_CELLS:
        raise ValueError(f"x must keep the picture within {MOST_CELLS} cells; got shape {x.shape}: {cells} cells")
    return table
