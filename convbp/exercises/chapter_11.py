"""The exercises of chapter 11: one floor of the delta recursion, the way through pool and relu, steps with a memory."""

from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.conv import conv1d_backward
from convbp.exercises.exercise import Exercise, Mistake, numbers


def _back(delta: Array, w: Array, z: Array) -> Array:
    """Return the gradient behind the activation, before its slope."""
    g: Any = conv1d_backward(delta[None], z[None], w, backend="loops")
    return g.dx[0]


def _some_zeros(*shape: int, start: int = 0) -> Array:
    """Return numbers of which some are 0, the corner of relu."""
    return numbers(*shape, start=start) - 1


DELTA_BELOW = Exercise(
    title="One floor down",
    reference=lambda delta, w, z: _back(delta, w, z) * (z > 0),
    returns=("delta",),
    cases=[
        {"delta": numbers(f, size - k + 1, start=c), "w": numbers(f, c, k, start=f), "z": _some_zeros(c, size, start=k)}
        for f, c, size, k in [(1, 1, 3, 2), (2, 1, 4, 2), (1, 2, 5, 3), (3, 2, 6, 2), (2, 3, 7, 3)]
    ],
    mistakes=[
        Mistake("the slope of relu is missing: this is the gradient behind it, not delta.", _back),
        Mistake(
            "the slope is taken of the gradient. It is taken of z: a unit is off if its z is not above 0.",
            lambda delta, w, z: np.maximum(_back(delta, w, z), 0),
        ),
        Mistake(
            "you multiplied by relu(z) itself. Backward goes the slope, which is 1 or 0.",
            lambda delta, w, z: _back(delta, w, z) * np.maximum(z, 0),
        ),
        Mistake(
            "the slope at z = 0 is taken as 1. There it is 0, by convention.",
            lambda delta, w, z: _back(delta, w, z) * (z >= 0),
        ),
        Mistake(
            "the filter is flipped. The forward pass is a correlation, so the way back stamps it as it is.",
            lambda delta, w, z: _back(delta, w[..., ::-1], z) * (z > 0),
        ),
        Mistake(
            "only the last filter is left: you assigned where you must add over the filters.",
            lambda delta, w, z: _back(delta[-1:], w[-1:], z) * (z > 0),
        ),
        Mistake(
            "the slope is turned round: units that were on are switched off.",
            lambda delta, w, z: _back(delta, w, z) * (z <= 0),
        ),
    ],
)


def _routed(dpooled: Array, z: Array, winners: Array) -> Array:
    """Give each window's gradient to one of its two cells."""
    return (np.arange(2) == winners[:, None]) * dpooled[:, None] * np.ones_like(z).reshape(-1, 2)


def _through(dpooled: Array, z: Array) -> Array:
    winners = np.maximum(z, 0).reshape(-1, 2).argmax(1)
    return _routed(dpooled, z, winners).ravel() * (z > 0)


THROUGH_POOL = Exercise(
    title="Through pool and relu",
    reference=lambda dpooled, z: _through(dpooled, z),
    returns=("delta",),
    cases=[
        {"dpooled": numbers(len(z) // 2, start=len(z)), "z": np.array(z)}
        for z in ([-1, 3], [4, 1, -2, -3], [3, 3, 2, 5, -1, 0], [-4, 2, 0, 0, 1, 1, 6, -5], [1, 7, -6, -2, 5, 5])
    ],
    mistakes=[
        Mistake(
            "the slope of relu is missing: the winner of a window in which all were off gets something.",
            lambda dpooled, z: _routed(dpooled, z, np.maximum(z, 0).reshape(-1, 2).argmax(1)).ravel(),
        ),
        Mistake(
            "the slope of relu is missing: the winner of a window in which all were off gets something.",
            lambda dpooled, z: _routed(dpooled, z, z.reshape(-1, 2).argmax(1)).ravel(),
        ),
        Mistake(
            "the pool is not undone: both cells of a window get its gradient. Only the winner does.",
            lambda dpooled, z: np.repeat(dpooled, 2) * (z > 0),
        ),
        Mistake(
            "the gradient is shared between both cells, as an average pool would do. A maximum gives it to the winner.",
            lambda dpooled, z: np.repeat(dpooled, 2) / 2 * (z > 0),
        ),
        Mistake(
            "of two equal cells both get the whole gradient. Only the first one wins.",
            lambda dpooled, z: (
                np.repeat(dpooled, 2) * (z > 0) * (z.reshape(-1, 2) == z.reshape(-1, 2).max(1, keepdims=True)).ravel()
            ),
        ),
        Mistake(
            "of two equal cells the second wins. It is the first.",
            lambda dpooled, z: (
                _routed(dpooled, z, 1 - np.maximum(z, 0).reshape(-1, 2)[:, ::-1].argmax(1)).ravel() * (z > 0)
            ),
        ),
        Mistake(
            "the winner is looked for by size without sign, before relu.",
            lambda dpooled, z: _routed(dpooled, z, abs(z).reshape(-1, 2).argmax(1)).ravel() * (z > 0),
        ),
        Mistake("you multiplied by the winner's value. Its slope is 1.", lambda dpooled, z: _through(dpooled, z) * z),
    ],
)


def _memories(gradients: Array, momentum: float, new: float = 1.0) -> Array:
    """Return the memory after each step, into which `new` of each gradient goes."""
    kept = [np.zeros(gradients.shape[1])]
    for gradient in gradients:
        kept.append(momentum * kept[-1] + new * gradient)
    return np.array(kept)


def _walked(w: Array, steps: Array, rate: float) -> Array:
    return w - rate * np.cumsum(steps, axis=0)


MOMENTUM_STEPS = Exercise(
    title="Steps with a memory",
    reference=lambda w, gradients, rate, momentum: _walked(w, _memories(gradients, momentum)[1:], rate),
    returns=("w",),
    cases=[
        # Halves of halves of halves of a multiple of 16 are whole.
        {"w": numbers(size, start=steps), "gradients": 16 * numbers(steps, size, start=size), "rate": rate,
         "momentum": momentum}
        for steps, size, rate, momentum in [(2, 1, 1, 0.5), (3, 2, 2, 0.5), (4, 3, 1, 0.5), (3, 2, 3, 0.25)]
    ],
    mistakes=[
        Mistake(
            "the memory is missing: every step follows its own gradient only.",
            lambda w, gradients, rate, momentum: _walked(w, gradients, rate),
        ),
        Mistake(
            "the memory is a mean: you weighed the new gradient by 1 − momentum. It goes in whole.",
            lambda w, gradients, rate, momentum: _walked(w, _memories(gradients, momentum, 1 - momentum)[1:], rate),
        ),
        Mistake(
            "every step uses the memory before the new gradient has gone in.",
            lambda w, gradients, rate, momentum: _walked(w, _memories(gradients, momentum)[:-1], rate),
        ),
        Mistake(
            "the steps go uphill. Subtract.",
            lambda w, gradients, rate, momentum: _walked(w, -_memories(gradients, momentum)[1:], rate),
        ),
        Mistake(
            "momentum is applied twice, in the memory and on top of it: Nesterov's rule, which looks ahead.",
            lambda w, gradients, rate, momentum: _walked(
                w, momentum * _memories(gradients, momentum)[1:] + gradients, rate
            ),
        ),
        Mistake(
            "the memory does not fade: earlier gradients are kept whole.",
            lambda w, gradients, rate, momentum: _walked(w, _memories(gradients, 1.0)[1:], rate),
        ),
        Mistake(
            "the learning rate is not used.",
            lambda w, gradients, rate, momentum: _walked(w, _memories(gradients, momentum)[1:], 1),
        ),
    ],
)  # fmt: skip

EXERCISES = {"delta-below": DELTA_BELOW, "through-pool": THROUGH_POOL, "momentum-steps": MOMENTUM_STEPS}
