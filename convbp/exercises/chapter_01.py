"""The exercises of chapter 1: stamps of the filter, and one step downhill."""

import numpy as np

from convbp.arrays import Array
from convbp.correlation import convolve, correlate
from convbp.exercises.exercise import Exercise, Mistake, numbers
from convbp.exercises.references import line_dw, line_dx


def _stamp(dy: Array, w: Array) -> Array:
    return line_dx(dy, w, len(dy) + len(w) - 1)


def _assigned(dy: Array, w: Array) -> Array:
    dx = np.zeros(len(dy) + len(w) - 1)
    for o in range(len(dy)):
        dx[o : o + len(w)] = dy[o] * w
    return dx


STAMP = Exercise(
    title="Stamp and add",
    reference=lambda dy, w: _stamp(dy, w),
    returns=("dx",),
    cases=[{"dy": numbers(m), "w": numbers(k, start=m)} for m, k in [(2, 2), (2, 3), (4, 2), (3, 4), (5, 3)]],
    mistakes=[
        Mistake(
            "windows overlap, and you assigned where you must add: a cell keeps only what its last window left.",
            _assigned,
        ),
        Mistake(
            "the filter is stamped backwards. Tap k of output o belongs to cell o + k; nothing is flipped here.",
            lambda dy, w: _stamp(dy, w[::-1]),
        ),
        Mistake(
            "dx has as many cells as dy. It needs the shape of x: the last windows reach K − 1 cells further.",
            lambda dy, w: _stamp(dy, w)[: len(dy)],
        ),
        Mistake("the last output does not stamp.", lambda dy, w: np.append(_stamp(dy[:-1], w), 0)),
        Mistake("each stamp must be multiplied by its dy[o].", lambda dy, w: _stamp(np.ones(len(dy)), w)),
        Mistake("what each output hands out must be multiplied by w.", lambda dy, w: _stamp(dy, np.ones(len(w)))),
    ],
)


def _dy(x: Array, w: Array, b: int, t: Array) -> Array:
    return correlate(x, w) + b - t


def _new_w(x: Array, w: Array, b: int, t: Array, eta: int) -> Array:
    return w - eta * line_dw(_dy(x, w, b, t), x, len(w))


def _new_b(x: Array, w: Array, b: int, t: Array, eta: int) -> Array:
    return b - eta * _dy(x, w, b, t).sum()


ONE_STEP = Exercise(
    title="One step downhill",
    reference=lambda x, w, b, t, eta: (_new_w(x, w, b, t, eta), _new_b(x, w, b, t, eta)),
    returns=("w", "b"),
    cases=[
        {"x": numbers(n), "w": numbers(k, start=n), "b": b, "t": numbers(n - k + 1, start=5), "eta": eta}
        for n, k, b, eta in [(3, 2, 1, 1), (4, 2, -2, 2), (5, 3, 4, 3)]
    ],
    mistakes=[
        Mistake(
            "the step goes uphill. The gradient points where the loss grows: subtract it.",
            lambda x, w, b, t, eta: _new_w(x, w, b, t, -eta),
            of="w",
        ),
        Mistake("the step ignores eta.", lambda x, w, b, t, eta: _new_w(x, w, b, t, 1), of="w"),
        Mistake(
            "dw is averaged over the outputs. It is a sum: every output used the same weight.",
            lambda x, w, b, t, eta: w - eta * line_dw(_dy(x, w, b, t), x, len(w)) / len(t),
            of="w",
        ),
        Mistake(
            "the targets are missing: dy = y − t, not y.",
            lambda x, w, b, t, eta: _new_w(x, w, b, 0 * t, eta),
            of="w",
        ),
        Mistake("the bias is missing in y.", lambda x, w, b, t, eta: _new_w(x, w, 0, t, eta), of="w"),
        Mistake(
            "dw comes out backwards: dw[k] collects x[o + k]·dy[o]. You exchanged the operands.",
            lambda x, w, b, t, eta: w - eta * line_dw(_dy(x, w, b, t), x, len(w))[::-1],
            of="w",
        ),
        Mistake(
            "dw belongs to a convolution, x[o − k]·dy[o]; this layer reads x[o + k].",
            lambda x, w, b, t, eta: w - eta * convolve(x, _dy(x, w, b, t))[: len(w)],
            of="w",
        ),
        Mistake("the bias goes uphill: subtract eta·db.", lambda x, w, b, t, eta: _new_b(x, w, b, t, -eta), of="b"),
        Mistake(
            "db is averaged over the outputs. A bias gradient is a sum: all of them wish for the same number.",
            lambda x, w, b, t, eta: b - eta * _dy(x, w, b, t).mean(),
            of="b",
        ),
        Mistake("the bias has not moved.", lambda x, w, b, t, eta: b, of="b"),
        Mistake("the step of the bias ignores eta.", lambda x, w, b, t, eta: _new_b(x, w, b, t, 1), of="b"),
        Mistake("the targets are missing: dy = y − t.", lambda x, w, b, t, eta: _new_b(x, w, b, 0 * t, eta), of="b"),
        Mistake("the bias is missing in y.", lambda x, w, b, t, eta: b - eta * _dy(x, w, 0, t).sum(), of="b"),
    ],
)

EXERCISES = {"stamp": STAMP, "one-step": ONE_STEP}
