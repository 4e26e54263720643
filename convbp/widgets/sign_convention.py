"""SignConvention: one switch between correlation and convolution, for the equation, the code and the picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from convbp.correlation import RANGES
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, WholeNumbers, offered, whole
from convbp.widgets.sign_tables import CONVENTIONS, SHOWN, Table, equation, make_table
from convbp.widgets.table_figure import TableFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 24


class SignConvention(TableFigure):
    """Slide a filter along a signal as a correlation or as a convolution, forward and backward.

    Every cell stands in the column of its own index, so that one can see what the sign does: x ⋆ w lays tap k on the
    cell o + k and names a window after its first cell; x ∗ w lays it on o − k, turned round, and names the window after
    its last cell. In the gradient of x the sign is the other one.

    Parameters
    ----------
    x, w, dy : sequence of int
        The cells of the signal, the taps of the filter, and the gradients of the outputs from the first one on,
        repeated as often as needed.
    mode : one of "valid", "same", "full", "causal", or a tuple of them
        The index ranges that the reader can choose from, the first at the start.
    convention : {"correlation", "convolution"}
        The sign at the start.
    shown : {"y", "dx", "dw"}
        The result at the start: the outputs, or one of the two gradients.
    step : int
        The place of the moving row at the start, counted from 0.

    Attributes
    ----------
    convention, shown, mode, step
        What is shown; follow the reader, and can be set. Where a setting has fewer places than `step`, the last is
        shown.
    x, w, dy : numpy.ndarray
        Another array can be set, of another size too; then everything is computed again.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If an array is not made of ints.

    Examples
    --------
    >>> signs = SignConvention(x=[1, 2, 4, 7], w=[2, -1])
    >>> signs.equation()
    'y[0] = w[0]·x[0] + w[1]·x[1] = 2·1 + (−1)·2 = 0'
    >>> signs.convention = "convolution"
    >>> signs.equation()
    'y[1] = w[0]·x[1] + w[1]·x[0] = 2·2 + (−1)·1 = 3'
    """

    _esm = joined("frame.js", "options.js", "sign_convention.js")
    _css = styled("sign_convention.css")

    convention: Any = Option().tag(sync=True)
    shown: Any = Option().tag(sync=True)
    mode: Any = Option().tag(sync=True)
    step = traitlets.Int(0, min=0).tag(sync=True)
    x: Any = WholeNumbers()
    w: Any = WholeNumbers()
    dy: Any = WholeNumbers()

    def __init__(
        self,
        x: Sequence[int] = (1, 2, 4, 7),
        w: Sequence[int] = (2, -1),
        dy: Sequence[int] = (-1, 0, 2),
        mode: Any = RANGES,
        *,
        convention: str = CONVENTIONS[0],
        shown: str = SHOWN[0],
        step: int = 0,
    ) -> None:
        arrays = {name: _line(name, value) for name, value in {"x": x, "w": w, "dy": dy}.items()}
        modes = offered("mode", mode)
        for name, value, choices in (
            *(("mode", value, RANGES) for value in modes),
            ("convention", convention, CONVENTIONS),
            ("shown", shown, SHOWN),
        ):
            if value not in choices:
                raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")
        if isinstance(step, bool) or not isinstance(step, int):
            raise TypeError(f"step must be an int; got {step!r}")
        if step < 0:
            raise ValueError(f"step must be at least 0; got {step}")
        super().__init__({"convention": CONVENTIONS, "shown": SHOWN, "mode": modes}, arrays, step=step)
        self.convention, self.shown = convention, shown
        self._modes = mode

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> Table:
        """Ask the geometry and the library everything that one setting shows."""
        table = make_table(chosen["convention"], chosen["shown"], chosen["mode"], **arrays)
        if len(table.columns) > MOST_COLUMNS:
            raise ValueError(f"x and w must fit into {MOST_COLUMNS} columns; got {len(table.columns)}")
        return table

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Nothing is selected: `step` is at home in every setting."""
        return True

    def equation(self) -> str:
        """Write the sum of the present place in letters and in numbers, or why there is none."""
        return equation(self.table, self._place()) if self.table.places else self.table.empty

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.sign_figure import draw

        return draw(self.table, self._place())

    def __repr__(self) -> str:
        numbers = {name: getattr(self, name).astype(int).tolist() for name in ("x", "w", "dy")}
        chosen = {name: getattr(self, name) for name in ("convention", "shown", "step")}
        arguments = {**numbers, "mode": self._modes, **chosen}
        return f"SignConvention({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"

    def _place(self) -> int:
        return min(self.step, max(0, len(self.table.places) - 1))


def _line(name: str, value: Any) -> np.ndarray:
    array = whole(name, value)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one axis; got shape {array.shape}")
    return array
