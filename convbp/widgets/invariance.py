"""Invariance: move a picture before a layer or its maps behind it, and see where that makes a difference."""

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from convbp.options import integer
from convbp.turns import order_of
from convbp.widgets.frame import joined, styled
from convbp.widgets.inputs import Option, offered, whole
from convbp.widgets.moved_maps import (
    BOUNDARIES,
    LOWEST,
    MOTIONS,
    STAGES,
    Compared,
    Layer,
    compared,
    motions_of,
    move,
    packed,
    where,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIGNAL = (0, 1, 4, 2, 0, 0, 3, 1)
# Four filters without any symmetry; the first one is the group layer's.
FILTERS = np.array(
    [
        [[2, 1, 0], [-1, 2, 0], [0, -2, -1]],
        [[0, 1, 2], [-1, 1, 0], [-2, 0, 1]],
        [[2, -1, 0], [1, 0, -2], [1, 0, -1]],
        [[-1, 0, 1], [-2, 1, 0], [0, 2, 1]],
    ]
)
KNOWN = {"motion": MOTIONS, "stage": STAGES, "boundary": BOUNDARIES}
BRIGHTEST = 16


class Invariance(anywidget.AnyWidget):
    r"""Show whether a layer commutes with shifts, turns, mirror images and scaling, cell by cell.

    An ordinary layer of four filters stands beside a group layer of one filter and its turned copies, both behind the
    same stage. All numbers are whole, so that = and ≠ are exact.

    Parameters
    ----------
    digit : int
        Number of the digit, as `convbp.data.digits` counts them.
    signal : sequence of int
        A signal of 4 or 8 cells.
    motion, stage, boundary : one option or a tuple of options, optional
        What the reader can choose from, out of `MOTIONS`, `STAGES` and `BOUNDARIES`; all of them when not given.
    group : {"C4", "D4"}
        Quarter turns, or these with mirror images.
    filters : array of int (4, 3, 3), optional
        Those of the ordinary layer; the group layer turns the first one, a signal meets the first row of each.
    picture : {"signal", "digit"}
        What is shown at the start.

    Attributes
    ----------
    picture, motion, stage, boundary : str
        What is shown; follows the reader, and can be set.
    map : int
        Which map of each layer is shown.
    digit, signal, filters
        The numbers that are moved and met. Others can be set; then everything is computed again.

    Raises
    ------
    ValueError
        If a value breaks a rule; the message names the argument, the rule and the value.
    ImportError
        If scikit-learn, which ships the digits, is not installed.

    Examples
    --------
    >>> shown = Invariance()
    >>> shown.motion, shown.picture = "quarter turn", "digit"
    >>> print(shown.sentence().replace(". ", ".\n"))
    Quarter turn, stride 1.
    Ordinary layer: 32 of 256 cells agree, error 1.35.
    Group layer: 256 of 256 cells agree, error 0.
    """

    _esm = joined("frame.js", "options.js", "network_maps.js", "invariance.js")
    _css = styled("invariance.css")

    options: Any = traitlets.Dict().tag(sync=True)
    option_names: Any = traitlets.List().tag(sync=True)  # a stored notebook sorts the keys of a dictionary
    picture: Any = Option().tag(sync=True)
    motion: Any = Option().tag(sync=True)
    stage: Any = Option().tag(sync=True)
    boundary: Any = Option().tag(sync=True)
    map = traitlets.Int(0).tag(sync=True)
    pictures: Any = traitlets.List().tag(sync=True)
    maps: Any = traitlets.Dict().tag(sync=True)
    orders: Any = traitlets.Dict().tag(sync=True)
    moved: Any = traitlets.Dict().tag(sync=True)
    errors: Any = traitlets.Dict().tag(sync=True)
    digit: Any = traitlets.Any()
    signal: Any = traitlets.Any()
    filters: Any = traitlets.Any()

    def __init__(
        self,
        digit: int = 2,
        signal: Sequence[int] = SIGNAL,
        *,
        motion: Any = MOTIONS,
        stage: Any = STAGES,
        boundary: Any = BOUNDARIES,
        group: str = "C4",
        filters: Any = None,
        picture: str = "signal",
    ) -> None:
        order_of(group)
        self._group = group
        options = {"picture": ("signal", "digit"), **_known(motion=motion, stage=stage, boundary=boundary)}
        if picture not in options["picture"]:
            raise ValueError(f"picture must be one of {options['picture']}; got {picture!r}")
        super().__init__(
            options={name: list(choices) for name, choices in options.items()},
            option_names=list(options),
            picture=picture,
            digit=digit,
            signal=signal,
            filters=FILTERS if filters is None else filters,
            **{name: options[name][0] for name in KNOWN},
        )
        self._tell_the_page()
        self.observe(lambda _: self._tell_the_page(), names=["digit", "signal", "filters"])
        self._given = {"motion": motion, "stage": stage, "boundary": boundary, "group": group, "picture": picture}

    def compared(self) -> list[Compared]:
        """Compare both ways round for the layers that are shown: the ordinary one, and for a digit the group layer."""
        return self._compared(self.picture, self.motion, self.stage, self.boundary)

    def sentence(self) -> str:
        """Say how many cells agree, and the equivariance error of each layer."""
        found = self.compared()
        if not found:
            return f"{self.motion.capitalize()}: a {self.picture} has one axis and cannot be turned."
        parts = [
            f"{name}: {int(layer.equal.sum())} of {layer.equal.size} cells agree, error {layer.equivariance:.3g}."
            for name, layer in zip(("Ordinary layer", "Group layer"), found, strict=False)
        ]
        return " ".join([f"{self.motion.capitalize()}, {self.stage}.", *parts])

    def figure(self) -> "Figure":
        """Draw the present state as a Matplotlib figure, for print."""
        from convbp.widgets.invariance_figure import draw

        x = self._pictures[self.picture]
        return draw(x[0, 0], move(x, self.motion)[0, 0], self.compared(), self.map, self.sentence())

    def __repr__(self) -> str:
        usual = {"digit": 2, "signal": SIGNAL, "filters": FILTERS.tolist(), **KNOWN, "group": "C4", "picture": "signal"}
        numbers = {"digit": self.digit, "signal": self.signal, "filters": self.filters.astype(int).tolist()}
        given = {name: value for name, value in {**numbers, **self._given}.items() if value != usual[name]}
        return f"Invariance({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    @property
    def _pictures(self) -> dict[str, np.ndarray]:
        return {"signal": np.array(self.signal, float)[None, None], "digit": _digit(self.digit)}

    def _compared(self, picture: str, motion: str, stage: str, boundary: str) -> list[Compared]:
        x = self._pictures[picture]
        if motion not in motions_of(x.ndim - 2):
            return []
        if picture == "signal":
            return [compared(Layer(self.filters[:, None, 0], stage, boundary), x, motion)]
        ordinary = Layer(self.filters[:, None], stage, boundary)
        turned = Layer(self.filters[:1, None], stage, boundary, self._group)
        return [compared(ordinary, x, motion), compared(turned, x, motion)]

    def _tell_the_page(self) -> None:
        """Send every map once, and for every motion the maps of the moved picture and where each cell went.

        A key holds the numbers of the options. A map that agrees everywhere is not sent again.
        """
        pictures = [
            {"columns": x.shape[-1], "x": packed(x)} | {m: packed(move(x, m)) for m in motions_of(x.ndim - 2)}
            for x in self._pictures.values()
        ]
        maps: dict[str, str] = {}
        orders: dict[str, str] = {}
        moved: dict[str, str] = {}
        errors: dict[str, str] = {}
        for numbered in product(*(enumerate(choices) for choices in self.options.values())):
            (p, picture), (m, motion), (s, stage), (b, boundary) = numbered
            for layer, found in enumerate(self._compared(picture, motion, stage, boundary)):
                maps[f"{p}{s}{b}{layer}"] = f"{found.y.shape[0]};{found.y.shape[-1]};{packed(found.y)}"
                orders[f"{p}{m}{s}{layer}"] = where(found)
                moved[f"{p}{m}{s}{b}{layer}"] = "" if found.equal.all() else packed(found.of_moved)
                errors[f"{p}{m}{s}{b}{layer}"] = f"{found.equivariance:.3g} {found.invariance:.3g}"
        with self.hold_sync():  # the page never sees the maps of one picture beside another
            self.pictures = pictures
            self.maps, self.orders, self.moved, self.errors = maps, orders, moved, errors

    @traitlets.validate("digit", "signal", "filters")
    def _known_numbers(self, proposal: Any) -> Any:
        return {"digit": _sample, "signal": _signal, "filters": _four}[proposal["trait"].name](proposal["value"])

    @traitlets.validate("map")
    def _known_map(self, proposal: Any) -> int:
        count = max(len(self.filters), order_of(self._group))
        if not 0 <= proposal["value"] < count:
            raise ValueError(f"map must lie in 0 to {count - 1}; got {proposal['value']}")
        return int(proposal["value"])


def _known(**values: Any) -> dict[str, tuple[Any, ...]]:
    options = {name: offered(name, value) for name, value in values.items()}
    for name, choices in options.items():
        if not set(choices) <= set(KNOWN[name]):
            raise ValueError(f"{name} must be out of {KNOWN[name]}; got {values[name]!r}")
    return options


def _four(filters: Any) -> np.ndarray:
    array = whole("filters", np.asarray(filters)).astype(float)
    if array.shape != (4, 3, 3):
        raise ValueError(f"filters must have shape (4, 3, 3); got {array.shape}")
    if np.abs(array).sum(axis=(1, 2)).max() * BRIGHTEST >= LOWEST:
        raise ValueError(f"filters must have weights of at most {LOWEST // BRIGHTEST} in sum; got {array.tolist()}")
    array.setflags(write=False)
    return array


def _signal(values: Sequence[int]) -> tuple[int, ...]:
    array = whole("signal", list(values))
    if array.shape not in ((4,), (8,)) or array.min() < 0 or array.max() > BRIGHTEST:
        raise ValueError(f"signal must hold 4 or 8 ints from 0 to {BRIGHTEST}; got {list(values)}")
    return tuple(int(value) for value in array)


def _sample(number: Any) -> int:
    number = integer("digit", number)
    _digit(number)
    return number


def _digit(number: int) -> np.ndarray:
    from convbp.data import BRIGHTEST_DIGIT, digits

    x = digits().x
    if not 0 <= number < len(x):
        raise ValueError(f"digit must lie in 0 to {len(x) - 1}; got {number}")
    return np.round(x[number : number + 1] * BRIGHTEST_DIGIT)
