"""TransposedConv: stamps that add up, the same as a flipped filter over a hollow input, and as a gradient."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.conv_transpose import conv_transpose1d
from convbp.options import per_axis
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Choice, Option, WholeNumbers, numbers, offered, whole, window_options
from convbp.widgets.ruler import MOST_CELLS
from convbp.widgets.table_figure import TableFigure
from convbp.widgets.tables import W_VALUES, X_VALUES
from convbp.widgets.transposed_table import Stamps, make_stamps

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OPTIONS = ("kernel", "stride", "padding", "output_padding", "dilation")
SELECTIONS = ("input", "output")


def _as_text(array: Any, _: object) -> str:
    return " ".join(f"{n:g}" for n in np.resize(array, MOST_CELLS))


class TransposedConv(TableFigure):
    """Show a transposed convolution step by step, in two ways that give the same numbers.

    As stamps: each input cell drops a copy of the filter, times its number, onto the result, and where stamps overlap
    they add up. As a hollow convolution: zeros are put between the input cells and the flipped filter slides over them.
    Read as a gradient the same picture takes dy to dx. The number of stamps is written under each cell, and on an image
    these counts make the checkerboard. All places come from `convbp.geometry`, for every setting of the options, so
    that the figure lives on in a page without Python.

    Parameters
    ----------
    size : int
        Cells of the input.
    kernel, stride, padding, output_padding, dilation : one option or a tuple of options
        What the reader can choose from, the first at the start. Impossible settings are shown as such.
    x, w : array of int, optional
        The numbers in the input and in the filter; a filter with fewer taps than are given takes the first ones.
    view : "stamps", "hollow" or "plane"
        Stamps, the flipped filter over the hollow input, or an image of counts with the same setting on both axes.
    reading : "forward" or "gradient"
        Whether the names are x and y, or dy and dx.
    selection : dict, optional
        What is pinned at the start, such as ``{"kind": "output", "index": [2]}``; kind is "input" or "output". On an
        image only outputs can be pinned, by two ints.

    Attributes
    ----------
    kernel, stride, padding, output_padding, dilation, view, reading, selection
        What is shown; follows the reader, and can be set.
    x, w : numpy.ndarray
        Another array can be set, of another size too.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If a size or an option is not made of ints.

    Examples
    --------
    >>> stamps = TransposedConv(selection={"kind": "output", "index": [2]})
    >>> stamps.counts()
    [1, 1, 2, 1, 2, 1, 1]
    >>> stamps.equation()
    'y[2] = x[0]·w[2] + x[1]·w[0] = 2·2 + 1·1 = 5; flipped filter: x[0]·w[2] + 0·w[1] + x[1]·w[0] = 5'
    """

    _esm = joined(
        "frame.js", "options.js", "ruler.js", "transposed_reading.js", "transposed_looks.js", "transposed_conv.js"
    )
    _css = styled("ruler.css", "transposed_conv.css")

    kernel: Any = Option().tag(sync=True)
    stride: Any = Option().tag(sync=True)
    padding: Any = Option().tag(sync=True)
    output_padding: Any = Option().tag(sync=True)
    dilation: Any = Option().tag(sync=True)
    x: Any = WholeNumbers().tag(sync=True, to_json=_as_text)
    w: Any = WholeNumbers().tag(sync=True, to_json=_as_text)
    view: Any = Choice("stamps", "hollow", "plane").tag(sync=True)
    reading: Any = Choice("forward", "gradient").tag(sync=True)

    def __init__(
        self,
        size: int = 3,
        kernel: Any = (3, 2, 4),
        stride: Any = (2, 1, 3),
        padding: Any = (0, 1),
        output_padding: Any = (0, 1, 2),
        dilation: Any = 1,
        *,
        x: Sequence[int] | None = None,
        w: Sequence[int] | None = None,
        view: str = "stamps",
        reading: str = "forward",
        selection: dict[str, Any] | None = None,
    ) -> None:
        sizes = per_axis("size", size, 1)
        windows = window_options(1, kernel=kernel, stride=stride, padding=padding)
        extra = offered("output_padding", output_padding)
        for option in extra:
            per_axis("output_padding", option, 1, minimum=0)
        options = {**windows, "output_padding": extra, **window_options(1, dilation=dilation)}
        arrays = {"x": numbers("x", x, X_VALUES, sizes), "w": numbers("w", w, W_VALUES, (max(options["kernel"]),))}
        super().__init__(options, arrays, view=view, reading=reading)
        self.selection = selection or {}
        alone = {name: values[0] if len(values) == 1 else values for name, values in options.items()}
        self._arguments = {"size": size, **alone}

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> Stamps:
        """Ask the geometry for one combination of the options."""
        if arrays["w"].size < chosen["kernel"]:
            raise ValueError(f"w must have {chosen['kernel']} or more taps; got {arrays['w'].tolist()}")
        return make_stamps(arrays["x"].size, **chosen)

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Tell whether the present picture has the selected cell."""
        axis, kind, index = self.table.axis, selection["kind"], selection["index"]
        start, stop = (0, axis.outputs) if kind == "input" else (-axis.before, axis.size + axis.after)
        if self.view != "stamps" and kind == "output":
            start, stop = 0, axis.size
        axes = 2 if self.view == "plane" else 1
        known = not self.table.reason and (axes == 1 or kind == "output")
        return known and len(index) == axes and all(start <= n < stop for n in index)

    def counts(self) -> list[int]:
        """Count the stamps on each cell of the result."""
        counts = enumerate(self.table.ruler.counts)
        return [count for cell, count in counts if not self.table.is_cut(cell)]

    def result(self) -> np.ndarray:
        """Compute the result with `convbp.conv_transpose1d`."""
        options = {name: getattr(self, name) for name in OPTIONS[1:]}
        return conv_transpose1d([[self.x]], [[self.w[: self.kernel]]], **options)[0, 0]

    def equation(self) -> str:
        """Write the pinned cell of the result in both ways; an empty string when there is none."""
        if self.view == "plane" or self.selection.get("kind") != "output":
            return ""
        cell = self.selection["index"][0] + self.table.axis.before
        return self.table.equation(cell, *self._numbers(), self.reading == "gradient")

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.transposed_figure import draw

        return draw(self.table, self.view, self.reading, *self._numbers())

    def __repr__(self) -> str:
        return f"TransposedConv({', '.join(f'{name}={value!r}' for name, value in self._arguments.items())})"

    def _numbers(self) -> tuple[list[int], list[int]]:
        return [int(n) for n in self.x], [int(n) for n in self.w[: self.kernel]]

    @traitlets.observe("view")
    def _other_view(self, change: Any) -> None:
        self._let_go(change)

    @traitlets.validate("selection")
    def _known_cell(self, proposal: Any) -> dict[str, Any]:
        value = proposal["value"]
        if not value:
            return {}
        if set(value) != {"kind", "index"} or value["kind"] not in SELECTIONS:
            rule = f'be {{}} or hold a "kind" out of {SELECTIONS} and an "index"'
            raise ValueError(f"selection must {rule}; got {value}")
        cleaned = {"kind": value["kind"], "index": [int(n) for n in whole("selection", value["index"])]}
        if not self.has_selected(cleaned):
            raise ValueError(f"selection must name a cell of the present picture; got {value}")
        return cleaned
