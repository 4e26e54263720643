"""StepSize: how wrong a numerical gradient is, over the step that it takes."""

from typing import TYPE_CHECKING, Any

import traitlets

from convbp.options import integer
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, offered
from convbp.widgets.step_cases import all_cases
from convbp.widgets.step_tables import LOWEST, Table, across, height_of, make_table, power_of_ten, sentence, step_text
from convbp.widgets.table_figure import TableFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CASES = tuple(all_cases(0.001))
DTYPES = ("float64", "float32")
TICK = 10  # a line at every tenth power of two, and at every fourth power of ten


class StepSize(TableFigure):
    """Show the error of a gradient check for every step from 2⁻⁴⁰ to 2⁴.

    For a curved function the error is a V: rounding falls like ε/h, truncation climbs like h². A corner within the
    step, a tie, a linear map and a map of whole numbers each leave the V in a way of their own.

    Parameters
    ----------
    cases : str or tuple of str
        What the reader can choose from, the first at the start: "curved", "corner", "tie", "linear" and "whole".
    dtypes : str or tuple of str
        "float64", "float32" or both: what the functions are computed in.
    smallest, largest : int
        The exponents of the first and the last step, which are powers of two.
    exponent : int
        The exponent of the step at the start.
    beside : float
        How far from the corner the case "corner" is checked.

    Attributes
    ----------
    case, exponent
        What is shown; follow the reader, and can be set.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    TypeError
        If an exponent is not an int.

    Notes
    -----
    The errors are those of `check_gradients`, and are stored to two digits. The functions add, multiply and compare
    only, so that they are the same on every machine.

    Examples
    --------
    >>> steps = StepSize(exponent=-3)
    >>> steps.sentence()[:79]
    'float64: error 2.8·10⁻²: truncation rules: the curve bends within the step. Hal'
    """

    _esm = joined("frame.js", "options.js", "step_size.js")
    _css = styled("step_size.css")

    case: Any = Option().tag(sync=True)
    exponent = traitlets.Int().tag(sync=True)
    scale = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        cases: Any = CASES,
        dtypes: Any = DTYPES,
        *,
        smallest: int = -40,
        largest: int = 4,
        exponent: int = -17,
        beside: float = 0.001,
    ) -> None:
        self._arguments = {"cases": cases, "dtypes": dtypes, "smallest": smallest, "largest": largest}
        chosen = _known("cases", cases, CASES)
        self._dtypes = _known("dtypes", dtypes, DTYPES)
        self._exponents = _range(integer("smallest", smallest), integer("largest", largest))
        if isinstance(beside, bool) or not isinstance(beside, int | float):
            raise TypeError(f"beside must be a number; got {beside!r}")
        if not 0 <= beside <= 1:
            raise ValueError(f"beside must be between 0 and 1; got {beside}")
        self._beside, self._cases = beside, all_cases(float(beside))
        super().__init__({"case": chosen}, {}, exponent=integer("exponent", exponent), scale=self._scale())

    def make_table(self, arrays: dict[str, Any], chosen: dict[str, Any]) -> Table:
        """Check one case at every step."""
        return make_table(self._cases[chosen["case"]], self._dtypes, self._exponents)

    def has_selected(self, selection: dict[str, Any]) -> bool:
        """Nothing is selected: every case has every step."""
        return True

    def sentence(self) -> str:
        """Say what is measured at the present step."""
        return sentence(self.table, self.exponent - self._exponents[0])

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.draw.step_size import error_over_step

        table = self.table
        lines = {line.dtype: [float(error) if error else None for error in line.errors] for line in table.lines}
        steps = [2.0**exponent for exponent in self._exponents]
        at = self.exponent - self._exponents[0]
        return error_over_step(f"Checked is {table.title}", steps, lines, at, [self.sentence()])

    def __repr__(self) -> str:
        arguments = {**self._arguments, "exponent": self.exponent, "beside": self._beside}
        return f"StepSize({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"

    def _scale(self) -> dict[str, Any]:
        """Name every step, and place the lines of the grid."""
        steps = self._exponents
        decades = range(0, LOWEST - 1, -4)
        heights = {power_of_ten(f"1.0e{ten}").removeprefix("1.0·"): height_of(f"1e{ten}") for ten in decades}
        return {
            "first": steps[0],
            "steps": ";".join(map(step_text, steps)),
            "across": " ".join(f"{across(at, steps):g}" for at in range(len(steps))),
            "columns": [[step_text(n).split(" ")[0], across(n - steps[0], steps)] for n in steps if n % TICK == 0],
            "rows": [["1" if text == "1.0" else text, height] for text, height in heights.items()] + [["0", 100]],
            "mistake": height_of("1e-2"),
        }

    @traitlets.validate("exponent")
    def _known_step(self, proposal: Any) -> int:
        value: int = proposal["value"]
        if value not in self._exponents:
            first, last = self._exponents[0], self._exponents[-1]
            raise ValueError(f"exponent must be between {first} and {last}; got {value}")
        return value


def _known(name: str, value: Any, known: tuple[str, ...]) -> tuple[Any, ...]:
    chosen = offered(name, value)
    for one in chosen:
        if one not in known:
            raise ValueError(f"{name} must be made of {', '.join(map(repr, known))}; got {one!r}")
    return chosen


def _range(smallest: int, largest: int) -> range:
    if not -60 <= smallest < largest <= 20:
        raise ValueError(
            f"smallest must be at least -60 and below largest, which is at most 20; got {smallest}, {largest}"
        )
    return range(smallest, largest + 1)
