"""The exercises of chapter 7: crops, leftovers, mirrors, and one window for every backward pass."""

import numpy as np

from convbp.arrays import Array
from convbp.correlation import correlate
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers
from convbp.exercises.references import line_dx
from convbp.geometry import Axis
from convbp.pad import pad_backward
from convbp.resample import zero_insert


def _unpadded(dx_padded: Array, before: int, after: int, mode: str) -> Array:
    shape = (1, 1, len(dx_padded) - before - after)
    return pad_backward([[dx_padded]], shape, [(before, after)], mode)[0, 0]


def _uncropped(dx_padded: Array, before: int, after: int) -> Array:
    return dx_padded[before : len(dx_padded) - after]


CROP = Exercise(
    title="Crop, also where nothing was padded",
    reference=lambda dx_padded, before, after: _unpadded(dx_padded, before, after, "zero"),
    returns=("dx",),
    cases=[
        {"dx_padded": numbers(n + before + after), "before": before, "after": after}
        for n, before, after in [(3, 0, 0), (2, 1, 1), (3, 2, 0), (3, 0, 3), (4, 1, 2), (1, 2, 1)]
    ],
    mistakes=[
        Mistake(
            "a slice that ends at −0 is empty: with after = 0 nothing is left. Count from the front: before + N.",
            lambda dx_padded, before, after: dx_padded[before:-after],
        ),
        Mistake(
            "a slice that ends at −0 is empty, and the two sides need not be alike.",
            lambda dx_padded, before, after: dx_padded[before:-before],
        ),
        Mistake(
            "both sides are cut by `before`. The padding may differ from side to side.",
            lambda dx_padded, before, after: dx_padded[before : len(dx_padded) - before],
        ),
        Mistake("the front is cut, the end is not.", lambda dx_padded, before, after: dx_padded[before:]),
        Mistake(
            "the end is cut, the front is not.", lambda dx_padded, before, after: dx_padded[: len(dx_padded) - after]
        ),
        Mistake("front and back are exchanged.", lambda dx_padded, before, after: _uncropped(dx_padded, after, before)),
        Mistake(
            "what arrives at the padding is added to the end cells. Zeros are constants; their gradients go nowhere.",
            lambda dx_padded, before, after: _unpadded(dx_padded, before, after, "edge"),
        ),
    ],
    limits=[Limit("it is right only where something was padded behind.", lambda after, **more: after == 0)],
)


def _short(dy: Array, w: Array, stride: int) -> Array:
    return line_dx(dy, w, stride * (len(dy) - 1) + len(w), stride=stride)


def _assigned(dy: Array, w: Array, stride: int, N: int) -> Array:
    dx = np.zeros(N)
    for o, d in enumerate(dy):
        dx[stride * o : stride * o + len(w)] = d * w
    return dx


STRIDED_DX = Exercise(
    title="A shape from x",
    reference=lambda dy, w, stride, N: line_dx(dy, w, N, stride=stride),
    returns=("dx",),
    cases=[
        {"dy": numbers(Axis(n, k, s).outputs, start=4), "w": numbers(k, start=n), "stride": s, "N": n}
        for n, k, s in [(4, 2, 2), (5, 2, 2), (6, 3, 2), (7, 3, 1), (8, 3, 3), (11, 2, 4)]
    ],
    mistakes=[
        Mistake(
            "dx gets its size from dy. The cells that the stride leaves over are missing: the shape belongs to x.",
            lambda dy, w, stride, N: _short(dy, w, stride),
        ),
        Mistake(
            "the last cells, which no window reads, must have gradient 0; np.resize gives them the first ones again.",
            lambda dy, w, stride, N: np.resize(_short(dy, w, stride), N),
        ),
        Mistake(
            "the zeros for the leftover cells stand in front. It is the last cells that no window reads.",
            lambda dy, w, stride, N: np.pad(dx := _short(dy, w, stride), (N - len(dx), 0)),
        ),
        Mistake("windows overlap, and you assigned where you must add.", _assigned),
        Mistake(
            "the stride is missing: output o starts at cell stride·o.",
            lambda dy, w, stride, N: np.pad(dx := _short(dy, w, 1), (0, N - len(dx))),
        ),
        Mistake(
            "this is the gradient with the filter flipped; nothing is flipped when stamps are added.",
            lambda dy, w, stride, N: line_dx(dy, w[::-1], N, stride=stride),
        ),
    ],
    limits=[
        Limit("it is right for stride 1 only.", lambda stride, **more: stride > 1),
        Limit(
            "it is right only where the stride leaves nothing over.",
            lambda w, stride, N, **more: Axis(N, len(w), stride).leftover > 0,
        ),
    ],
)


def _folded_once_more(dx_padded: Array, before: int, after: int) -> Array:
    """Fold as if the mirror stood between two cells, so that the end cell is repeated."""
    dx = _uncropped(dx_padded, before, after).copy()
    dx[:before] += dx_padded[:before][::-1]
    dx[len(dx) - after :] += dx_padded[len(dx_padded) - after :][::-1]
    return dx


def _copies(dx_padded: Array, before: int, after: int) -> Array:
    return _unpadded(np.ones(len(dx_padded)), before, after, "reflect")


MIRROR_BACKWARD = Exercise(
    title="The adjoint of a mirror",
    reference=lambda dx_padded, before, after: _unpadded(dx_padded, before, after, "reflect"),
    returns=("dx",),
    cases=[
        {"dx_padded": numbers(n + before + after), "before": before, "after": after}
        for n, before, after in [(2, 1, 0), (3, 0, 1), (4, 1, 2), (5, 3, 1), (4, 2, 3), (3, 0, 0)]
    ],
    mistakes=[
        Mistake(
            "a crop is not enough. What arrives at a copy belongs to the cell of which it is a copy: fold it in.",
            _uncropped,
        ),
        Mistake(
            "the mirror stands one cell too far out: by reflection the end cell itself is not repeated.",
            _folded_once_more,
        ),
        Mistake(
            "everything from the padding is given to the end cells. That is the gradient of edge padding.",
            lambda dx_padded, before, after: _unpadded(dx_padded, before, after, "edge"),
        ),
        Mistake(
            "this folds round the circle. That is the gradient of wrap padding.",
            lambda dx_padded, before, after: _unpadded(dx_padded, before, after, "wrap"),
        ),
        Mistake(
            "what comes to a cell is averaged over its copies. A copy hands its gradient back whole: sum.",
            lambda dx_padded, before, after: (
                _unpadded(dx_padded, before, after, "reflect") / _copies(dx_padded, before, after)
            ),
        ),
        Mistake(
            "the front is folded in, the end is only cropped.",
            lambda dx_padded, before, after: _unpadded(dx_padded[: len(dx_padded) - after], before, 0, "reflect"),
        ),
        Mistake(
            "the end is folded in, the front is only cropped.",
            lambda dx_padded, before, after: _unpadded(dx_padded[before:], 0, after, "reflect"),
        ),
        Mistake("nothing is folded or cropped: dx needs the shape of x.", lambda dx_padded, before, after: dx_padded),
    ],
    limits=[Limit("it fails where something was padded behind.", lambda after, **more: after > 0)],
)


def _line(axis: Axis, dy: Array, w: Array) -> Array:
    options = {"stride": axis.stride, "dilation": axis.dilation, "padding": [(axis.before, axis.after)]}
    return line_dx(dy, w, axis.size, **options)


def _without_leftover(dy: Array, w: Array, N: int, stride: int, dilation: int, before: int, after: int) -> Array:
    a = Axis(N, len(w), stride, dilation, before, after)
    return _line(a._replace(size=N - a.leftover), dy, w)


def _slid(dy: Array, w: Array, a: Axis) -> Array:
    """Slide over the spread gradient without a crop: np.pad refuses where one is needed."""
    spread = np.pad(zero_insert([[dy]], a.stride)[0, 0], (0, a.leftover))
    padded = np.pad(spread, (a.reach - 1 - a.before, a.reach - 1 - a.after))
    return correlate(padded, zero_insert([[w]], a.dilation)[0, 0][::-1])


def _slid_case(N: int, K: int, stride: int, dilation: int, before: int, after: int) -> dict[str, object]:
    a = Axis(N, K, stride, dilation, before, after)
    settings = {"N": N, "stride": stride, "dilation": dilation, "before": before, "after": after}
    return {"dy": numbers(a.outputs, start=4), "w": numbers(K, start=N), **settings}


SLID_DX = Exercise(
    title="One window for every backward pass",
    reference=lambda dy, w, N, stride, dilation, before, after: _line(
        Axis(N, len(w), stride, dilation, before, after), dy, w
    ),
    returns=("dx",),
    cases=[
        _slid_case(*sizes)
        for sizes in [
            (3, 2, 1, 1, 0, 0),
            (5, 2, 2, 1, 0, 0),
            (5, 2, 1, 2, 0, 0),
            (4, 3, 1, 1, 1, 0),
            (7, 3, 3, 2, 1, 0),
            (6, 2, 2, 1, 2, 3),
            (8, 3, 2, 2, 0, 3),
        ]
    ],
    mistakes=[
        Mistake(
            "the cells that the stride leaves over are missing: put r zeros behind the last gradient.",
            _without_leftover,
        ),
        Mistake(
            "the filter is not turned round. Sliding over dy as a correlation needs the flipped filter.",
            lambda dy, w, N, stride, dilation, before, after: _line(
                Axis(N, len(w), stride, dilation, before, after), dy, w[::-1]
            ),
        ),
        Mistake(
            "front and back are exchanged: reach − 1 − before zeros go in front.",
            lambda dy, w, N, stride, dilation, before, after: _line(
                Axis(N, len(w), stride, dilation, after, before), dy, w
            ),
        ),
        Mistake(
            "where reach − 1 − before is negative there is nothing to pad: crop instead.",
            lambda dy, w, N, stride, dilation, before, after: _slid(
                dy, w, Axis(N, len(w), stride, dilation, before, after)
            ),
        ),
        Mistake(
            "the padding is still on: dx needs the N cells of x.",
            lambda dy, w, N, stride, dilation, before, after: _line(
                Axis(before + N + after, len(w), stride, dilation), dy, w
            ),
        ),
    ],
    limits=[
        Limit("it is right for stride 1 only.", lambda stride, **more: stride > 1),
        Limit("it is right for dilation 1 only.", lambda dilation, **more: dilation > 1),
        Limit("it is right without padding only.", lambda before, after, **more: before + after > 0),
        Limit(
            "it fails where the stride leaves cells over: put r zeros behind the last gradient.",
            lambda w, N, stride, dilation, before, after, **more: (
                Axis(N, len(w), stride, dilation, before, after).leftover > 0
            ),
        ),
    ],
)

EXERCISES = {"crop": CROP, "strided-dx": STRIDED_DX, "mirror-backward": MIRROR_BACKWARD, "slid-dx": SLID_DX}
