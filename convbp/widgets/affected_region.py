"""AffectedRegion: point at one cell of a convolution and see the products that meet in it."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from convbp.geometry import window_axes
from convbp.options import padding_pairs, per_axis
from convbp.widgets.frame import joined
from convbp.widgets.pointing import GRID, cells_of, equation
from convbp.widgets.tables import DY_VALUES, W_VALUES, X_VALUES, Table, make_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OPTIONS = ("stride", "dilation", "padding")
MOST_CELLS = 200


def _packed(tables: list[Table], _: object) -> list[dict[str, str]]:
    return [table.packed() for table in tables]


class AffectedRegion(anywidget.AnyWidget):
    """Show which products of x, w and dy meet in the cell that the reader points at.

    Pointing at an input cell lights the outputs that read it, at a weight its patch, at an output its window, and the
    sum is written out in letters and numbers. All windows and numbers are computed here, for every combination of the
    options, so that the figure lives on in a page without Python.

    Parameters
    ----------
    size, kernel : int or two ints
        Cells of the input and taps of the filter, on one axis or two.
    stride, dilation, padding : one option or a tuple of options
        What the reader can choose from, the first at the start. An option is an int, a tuple for two axes, or for
        padding also "same" or "valid". Options for which no window fits are shown as such.
    x, w : array of int, optional
        The numbers in the cells of the input and of the filter.
    dy : sequence of int, optional
        The gradients of the outputs in reading order, repeated as often as needed.
    selection : dict, optional
        What is pinned at the start, such as ``{"kind": "input", "index": [4]}``; kind is "input", "weight" or
        "output". The middle input cell when not given, nothing for ``{}``.

    Attributes
    ----------
    selection : dict
        What is pinned, ``{}`` for nothing; follows the reader, and can be set.
    stride, dilation, padding
        The option shown; follows the reader, and can be set to any of the options.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If a size or an option is not made of ints.

    Examples
    --------
    >>> region = AffectedRegion(size=8, kernel=3, stride=(1, 2, 3))
    >>> region.stride = 2
    >>> region.equation()
    'dx[4] = w[2]·dy[1] + w[0]·dy[2] = 2·2 + 1·(−1) = 3'
    """

    _esm = joined("frame.js", "affected_pointing.js", "affected_region.js")
    _css = joined("frame.css", "affected_region.css")

    tables: Any = traitlets.List().tag(sync=True, to_json=_packed)
    options = traitlets.Dict().tag(sync=True)
    stride: Any = traitlets.TraitType().tag(sync=True)
    dilation: Any = traitlets.TraitType().tag(sync=True)
    padding: Any = traitlets.TraitType().tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        size: Any = 8,
        kernel: Any = 3,
        stride: Any = (1, 2, 3),
        dilation: Any = 1,
        padding: Any = 0,
        *,
        x: Any = None,
        w: Any = None,
        dy: Sequence[int] | None = None,
        selection: dict[str, Any] | None = None,
    ) -> None:
        sizes, taps = _ints("size", size), _ints("kernel", kernel)
        if len(sizes) != len(taps):
            raise ValueError(f"kernel must have as many ints as size = {size}; got {kernel!r}")
        options = {
            "stride": _checked_options("stride", stride, len(sizes)),
            "dilation": _checked_options("dilation", dilation, len(sizes)),
            "padding": _checked_options("padding", padding, len(sizes)),
        }
        numbers = (_numbers("x", x, X_VALUES, sizes), _numbers("w", w, W_VALUES, taps))
        gradients = [int(n) for n in np.ravel(_whole("dy", DY_VALUES if dy is None else dy))]
        tables: list[Table] = []
        for s, d, p in product(*options.values()):
            strides, dilations = per_axis("stride", s, len(sizes)), per_axis("dilation", d, len(sizes))
            axes = window_axes(sizes, taps, strides, p, dilations)
            _must_be_readable(prod(a.padded for a in axes) + prod(taps) + prod(a.outputs for a in axes), size)
            tables.append(make_table(axes, *numbers, gradients))
        super().__init__(
            tables=tables,
            options={name: _listed(values) for name, values in options.items()},
            selection={"kind": "input", "index": [n // 2 for n in sizes]} if selection is None else selection,
            **{name: values[0] for name, values in options.items()},
        )
        alone = {name: values[0] if len(values) == 1 else values for name, values in options.items()}
        self._arguments = {"size": size, "kernel": kernel, **alone}

    @property
    def table(self) -> Table:
        """The table of the options that are shown."""
        number = 0
        for name in OPTIONS:
            choices = self.options[name]
            number = number * len(choices) + choices.index(_listed(getattr(self, name)))
        found: Table = self.tables[number]
        return found

    def equation(self) -> str:
        """Write the sum of the pinned cell in letters and in numbers; an empty string when nothing is pinned."""
        return equation(self.table, *self._pinned()) if self.selection else ""

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.affected_figure import draw

        return draw(self.table, *(self._pinned() if self.selection else ("", -1)))

    def __repr__(self) -> str:
        return f"AffectedRegion({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _pinned(self) -> tuple[str, int]:
        kind = self.selection["kind"]
        return kind, cells_of(self.table, GRID[kind]).index(tuple(self.selection["index"]))

    @traitlets.validate(*OPTIONS)
    def _known_option(self, proposal: Any) -> Any:
        name = proposal["trait"].name
        choices, value = self.options[name], _listed(proposal["value"])
        if value not in choices or isinstance(value, bool):
            raise ValueError(f"{name} must be one of {choices}; got {proposal['value']!r}")
        return proposal["value"] if isinstance(value, int | str) else _tupled(value)

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"kind", "index"} or value["kind"] not in GRID:
            rule = f'be {{}} or hold a "kind" out of {tuple(GRID)} and an "index"'
            raise ValueError(f"selection must {rule}; got {value}")
        index = [int(n) for n in np.ravel(_whole("selection", value["index"]))]
        if tuple(index) not in cells_of(self.table, GRID[value["kind"]]):
            raise ValueError(f"selection must name a cell of the present table; got {value}")
        return {"kind": value["kind"], "index": index}

    @traitlets.observe(*OPTIONS)
    def _let_go_of_lost_cell(self, _: Any) -> None:
        kind = self.selection.get("kind")
        if kind and tuple(self.selection["index"]) not in cells_of(self.table, GRID[kind]):
            self.selection = {}


def _ints(name: str, value: Any) -> tuple[int, ...]:
    rank = len(value) if isinstance(value, list | tuple) else 1
    if rank not in (1, 2):
        raise ValueError(f"{name} must be an int or two ints; got {value!r}")
    return per_axis(name, value, rank)


def _checked_options(name: str, value: Any, rank: int) -> tuple[Any, ...]:
    choices = _tupled(value) if isinstance(value, list | tuple) else (value,)
    for option in choices:
        if name != "padding":
            per_axis(name, option, rank)
        elif option != "same":
            padding_pairs(name, option, rank)
    if len(set(choices)) < max(1, len(choices)):
        raise ValueError(f"{name} must hold one or more different options; got {value!r}")
    return choices


def _whole(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "iu" or not array.size:
        raise TypeError(f"{name} must be made of ints; got {value!r}")
    return array


def _numbers(name: str, value: Any, pattern: Sequence[int], shape: tuple[int, ...]) -> np.ndarray:
    array = np.resize(pattern, shape) if value is None else _whole(name, value)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}; got {array.shape}")
    return array.astype(float)


def _must_be_readable(cells: int, size: Any) -> None:
    if cells > MOST_CELLS:
        raise ValueError(f"size must keep every picture within {MOST_CELLS} cells; got {size!r}, which needs {cells}")


def _listed(value: Any) -> Any:
    return [_listed(v) for v in value] if isinstance(value, list | tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(v) for v in value) if isinstance(value, list | tuple) else value
