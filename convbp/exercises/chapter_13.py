"""The exercises of chapter 13: a stride on a ring, a filter with turned copies, and the maps of a turned picture."""

import numpy as np

from convbp.arrays import Array
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers


def _ring(dy: Array, w: Array, stride: int, N: int, *, way: int = 1, wrap: bool = True) -> Array:
    dx = np.zeros(N)
    for o, k in np.ndindex(len(dy), len(w)):
        i = stride * o + way * k
        if wrap or 0 <= i < N:
            dx[i % N] += w[k] * dy[o]
    return dx


def _ring_overwritten(dy: Array, w: Array, stride: int, N: int) -> Array:
    dx = np.zeros(N)
    for o, k in np.ndindex(len(dy), len(w)):
        dx[(stride * o + k) % N] = w[k] * dy[o]
    return dx


def _unrolled(dy: Array, w: Array, stride: int) -> Array:
    dx = np.zeros(stride * (len(dy) - 1) + len(w))
    for o, k in np.ndindex(len(dy), len(w)):
        dx[stride * o + k] += w[k] * dy[o]
    return dx


RING = Exercise(
    title="Blur on a ring, and back",
    reference=lambda dy, w, stride, N: _ring(dy, w, stride, N),
    returns=("dx",),
    cases=[
        {"dy": numbers(n // s, start=k), "w": numbers(k, start=n), "stride": s, "N": n}
        for n, k, s in [(3, 2, 1), (4, 3, 2), (6, 4, 2), (6, 3, 3), (8, 5, 2), (6, 5, 3)]
    ],
    mistakes=[
        Mistake(
            "what goes over the end is dropped. On a ring, cell N − 1 is followed by cell 0.",
            lambda dy, w, stride, N: _ring(dy, w, stride, N, wrap=False),
        ),
        Mistake("windows overlap, and you assigned where you must add.", _ring_overwritten),
        Mistake(
            "the filter is flipped. Window o spreads its taps in the order in which it read them.",
            lambda dy, w, stride, N: _ring(dy, w[::-1], stride, N),
        ),
        Mistake(
            "the windows run backwards: cell stride·o − k where it should be stride·o + k.",
            lambda dy, w, stride, N: _ring(dy, w, stride, N, way=-1),
        ),
        Mistake(
            "the stride is ignored: window o starts in cell stride·o.",
            lambda dy, w, stride, N: _ring(dy, w, 1, N),
        ),
        Mistake(
            "dx is a line, not a ring: what goes over the end must come back at the start.",
            lambda dy, w, stride, N: _unrolled(dy, w, stride),
        ),
    ],
    limits=[Limit("it is right only for stride 1.", lambda stride, **more: stride > 1)],
)


def _tied(dw_h: Array, way: int) -> Array:
    """Add up the copies, each turned by `way` times its number."""
    return np.sum([np.rot90(g, way * h) for h, g in enumerate(dw_h)], axis=0)


TIED = Exercise(
    title="Four copies, one filter",
    reference=lambda dw_h: _tied(dw_h, -1),
    returns=("dw",),
    # Four times the pattern, so that a mean is whole as well.
    cases=[{"dw_h": 4 * numbers(4, k, k, start=k)} for k in (2, 3, 4)],
    mistakes=[
        Mistake(
            "the gradients of the copies are added as they are. Each must be turned back first.",
            lambda dw_h: _tied(dw_h, 0),
        ),
        Mistake(
            "the gradients are turned the way the copies were. They have to go the way back.",
            lambda dw_h: _tied(dw_h, 1),
        ),
        Mistake(
            "the mean is taken, and nothing is turned back. Turn back, and add.", lambda dw_h: _tied(dw_h, 0) / 4
        ),
        Mistake(
            "turned back, but the mean is taken. A weight that is used four times collects from four places.",
            lambda dw_h: _tied(dw_h, -1) / 4,
        ),
        Mistake(
            "each gradient has its rows and columns exchanged. The ᵀ is the transpose of the matrix that turns, "
            "not that of the filter.",
            lambda dw_h: _tied(dw_h, 0).T,
        ),
        Mistake("only the first copy sends something back.", lambda dw_h: dw_h[0]),
        Mistake(
            "only the last copy is left: you assigned where you must add.", lambda dw_h: np.rot90(dw_h[-1], -3)
        ),
    ],
)  # fmt: skip


def _handed(y: Array, turns: int, places: int) -> Array:
    return np.array([np.rot90(y[(h - places) % 4], turns) for h in range(4)])


TURN_LIFTED = Exercise(
    title="Turned, and handed on",
    reference=lambda y: _handed(y, 1, 1),
    returns=("turned y",),
    cases=[{"y": numbers(4, *shape, start=sum(shape))} for shape in [(2, 2), (2, 3), (3, 3)]],
    mistakes=[
        Mistake(
            "every map is turned, but none is handed on: map h of the turned picture comes from map h − 1.",
            lambda y: _handed(y, 1, 0),
        ),
        Mistake("the maps are handed on, but not turned.", lambda y: _handed(y, 0, 1)),
        Mistake(
            "turned rightly, but handed on the wrong way: map 0 becomes map 1, and map 3 becomes map 0.",
            lambda y: _handed(y, 1, -1),
        ),
        Mistake("handed on rightly, but turned clockwise.", lambda y: _handed(y, -1, 1)),
        Mistake(
            "these are the maps of the picture turned clockwise: both steps go the wrong way.",
            lambda y: _handed(y, -1, -1),
        ),
        Mistake("nothing has moved.", lambda y: _handed(y, 0, 0)),
    ],
)

EXERCISES = {"ring-dx": RING, "tied-dw": TIED, "turn-lifted": TURN_LIFTED}
