"""Maps of a moved picture against moved maps, for an ordinary layer and a group layer."""

from typing import Any, NamedTuple

import numpy as np

from convbp.conv import conv1d, conv2d
from convbp.pad import pad
from convbp.pool import max_pool1d, max_pool2d
from convbp.symmetry import lift_conv2d
from convbp.turns import act, act_on_lifted, equivariance_error, order_of

MOTIONS = ("shift by 1", "shift by 2", "quarter turn", "mirror", "twice as large")
STAGES = ("stride 1", "stride 2", "maximum of 2", "maximum over the maps", "maximum over maps and places")
STRIDE_1, STRIDE_2, POOL, OVER_MAPS, OVER_ALL = STAGES
BOUNDARIES = ("wrap", "zero")
MARGIN = 1
LOWEST = 648
CONV = {1: conv1d, 2: conv2d}
MAX_POOL = {1: max_pool1d, 2: max_pool2d}


class Compared(NamedTuple):
    """Both ways round for one layer, each (maps, places…); `order` tells which cell of y each cell of moved y was."""

    y: np.ndarray
    order: np.ndarray
    of_moved: np.ndarray
    equivariance: float
    invariance: float

    @property
    def moved(self) -> np.ndarray:
        """The maps of the picture as it was, moved afterwards."""
        return self.y.ravel()[self.order]

    @property
    def equal(self) -> np.ndarray:
        """Where it makes no difference whether one moves before or after."""
        return self.moved == self.of_moved


class Layer(NamedTuple):
    """A layer under test; with a group, the maps are those of one filter and its turned copies."""

    w: np.ndarray
    stage: str
    boundary: str
    group: str = ""

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the maps (1, maps, places…) of a picture (1, 1, places…)."""
        rank, stride = x.ndim - 2, 2 if self.stage == STRIDE_2 else 1
        around = pad(x, [(MARGIN, MARGIN)] * rank, self.boundary)
        if self.group:
            y = lift_conv2d(around, self.w, group=self.group, stride=stride)[:, 0]
        else:
            y = CONV[rank](around, self.w, stride=stride)
        if self.stage == POOL:
            return MAX_POOL[rank](y, 2).y
        over = {OVER_MAPS: (1,), OVER_ALL: tuple(range(1, y.ndim))}.get(self.stage, ())
        return y.max(axis=over, keepdims=True) if over else y


def move(x: np.ndarray, motion: str, cells: int = 1, group: str = "") -> np.ndarray:
    """Move maps (…, maps, places…); a map of every `cells`-th place goes that much less far.

    With a group that has one map for each of its elements, a turn also hands the maps on: map h becomes map gh.
    """
    axis = x.ndim - 1
    if motion.startswith("shift"):
        return np.roll(x, int(motion.split()[-1]) // cells, axis=axis)
    if motion == "twice as large":
        for spatial in range(2, x.ndim):
            size = x.shape[spatial]
            x = np.take(x, size // 4 + np.arange(size) // 2, axis=spatial) if size > 1 else x
        return x
    element, needs = (1, "C4") if motion == "quarter turn" else (4, "D4")
    if group and x.shape[1] == order_of(group) and (needs == "C4" or group == "D4"):
        return act_on_lifted(x[:, None], element, group)[:, 0]
    return act(x, element, "D4") if x.ndim > 3 or element == 4 else x


def compared(layer: Layer, x: np.ndarray, motion: str) -> Compared:
    """Move before the layer, and behind it, and measure how far the two are apart."""
    y = layer(x)
    cells = max(1, x.shape[-1] // y.shape[-1])

    def f(a: np.ndarray) -> np.ndarray:
        return layer(a)

    def before(a: np.ndarray) -> np.ndarray:
        return move(a, motion)

    def behind(a: np.ndarray) -> np.ndarray:
        return move(a, motion, cells, layer.group)

    return Compared(
        y=y[0],
        order=behind(np.arange(y.size).reshape(y.shape))[0],
        of_moved=layer(before(x))[0],
        equivariance=equivariance_error(f, x, before, behind),
        invariance=equivariance_error(f, x, before, lambda a: a),
    )


def motions_of(rank: int) -> tuple[str, ...]:
    """A signal cannot be turned."""
    return tuple(motion for motion in MOTIONS if rank > 1 or motion != "quarter turn")


def packed(numbers: Any) -> str:
    """Write whole numbers as two characters each, to the base of 36, counted from −648."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    counted = (int(n) + LOWEST for n in np.ravel(numbers))
    return "".join(digits[n // len(digits)] + digits[n % len(digits)] for n in counted)


def where(layer: Compared) -> str:
    """Write where moving takes the maps, and where it takes the places of each."""
    units = layer.y[0].size
    order = layer.order.reshape(-1, units)
    return f"{packed(order[:, 0] // units)};{packed(order[0] % units)}"
