"""The exercises of chapter 12: the backward pass of a depthwise layer, and the filters behind a separable one."""

from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.exercises.exercise import Exercise, Mistake, numbers
from convbp.separable import depthwise_conv1d_backward


def _back(dz: Array, x: Array, w: Array) -> tuple[Array, Array]:
    g: Any = depthwise_conv1d_backward(dz[None], x[None], w, backend="loops")
    return g.dx[0], g.dw


def _by_multiplier_first(dz: Array, w: Array) -> Array:
    """Take the maps as if map m·C + c belonged to channel c."""
    return dz.reshape(w.shape[1], w.shape[0], -1).swapaxes(0, 1).reshape(dz.shape)


def _first_only(dz: Array, w: Array) -> Array:
    """Keep the first filter of each channel and drop what comes back through the others."""
    return (dz.reshape(*w.shape[:2], -1) * (np.arange(w.shape[1]) == 0)[:, None]).reshape(dz.shape)


def _last_only(dz: Array, w: Array) -> Array:
    return (dz.reshape(*w.shape[:2], -1) * (np.arange(w.shape[1]) == w.shape[1] - 1)[:, None]).reshape(dz.shape)


DEPTHWISE_BACKWARD = Exercise(
    title="The gradients of a depthwise layer",
    reference=lambda dz, x, w: _back(dz, x, w),
    returns=("dx", "dw"),
    cases=[
        {"dz": numbers(c * m, size - k + 1, start=c), "x": numbers(c, size, start=k), "w": numbers(c, m, k, start=m)}
        for c, m, size, k in [(1, 2, 3, 2), (2, 1, 3, 2), (2, 3, 4, 2), (3, 2, 5, 3)]
    ],
    mistakes=[
        Mistake(
            "map m·C + c is taken for filter m of channel c. The maps of one channel stand together: c·M + m.",
            lambda dz, x, w: _back(_by_multiplier_first(dz, w), x, w)[0],
            "dx",
        ),
        Mistake(
            "only the first filter of each channel sends something back. dx sums over m.",
            lambda dz, x, w: _back(_first_only(dz, w), x, w)[0],
            "dx",
        ),
        Mistake(
            "only the last filter of each channel is left in dx: you assigned where you must add over m.",
            lambda dz, x, w: _back(_last_only(dz, w), x, w)[0],
            "dx",
        ),
        Mistake(
            "dx is made with the flipped filter.", lambda dz, x, w: _back(dz, x, w[..., ::-1])[0], "dx"
        ),
        Mistake(
            "dx is summed over the channels. A depthwise layer never mixes them.",
            lambda dz, x, w: np.broadcast_to(_back(dz, x, w)[0].sum(0), x.shape),
            "dx",
        ),
        Mistake(
            "map m·C + c is taken for filter m of channel c. The maps of one channel stand together: c·M + m.",
            lambda dz, x, w: _back(_by_multiplier_first(dz, w), x, w)[1],
            "dw",
        ),
        Mistake("dw is reversed.", lambda dz, x, w: _back(dz, x, w)[1][..., ::-1], "dw"),
        Mistake(
            "dw meets the sum of all channels. Each filter saw its own channel only.",
            lambda dz, x, w: _back(dz, np.broadcast_to(x.sum(0), x.shape), w)[1],
            "dw",
        ),
        Mistake(
            "all filters of a channel get the same gradient: dz is summed over m before it meets x.",
            lambda dz, x, w: _back(
                np.repeat(dz.reshape(*w.shape[:2], -1).sum(1), w.shape[1], axis=0), x, w
            )[1],
            "dw",
        ),
    ],
)  # fmt: skip


def _composed(w_depth: Array, w_point: Array) -> Array:
    return np.einsum("fcm,cmk->fck", w_point.reshape(len(w_point), *w_depth.shape[:2]), w_depth)


FILTERS = Exercise(
    title="The filters behind a separable layer",
    reference=lambda w_depth, w_point: _composed(w_depth, w_point),
    returns=("w",),
    cases=[
        {"w_depth": numbers(c, m, k, start=f), "w_point": numbers(f, c * m, start=k)}
        for c, m, k, f in [(1, 2, 2, 1), (2, 1, 2, 3), (2, 2, 3, 1), (3, 2, 2, 4)]
    ],
    mistakes=[
        Mistake(
            "w_point is read as if map m·C + c were filter m of channel c. It is c·M + m.",
            lambda w_depth, w_point: np.einsum(
                "fmc,cmk->fck", w_point.reshape(len(w_point), w_depth.shape[1], w_depth.shape[0]), w_depth
            ),
        ),
        Mistake(
            "the filters of a channel are averaged. They add up.",
            lambda w_depth, w_point: _composed(w_depth, w_point) / w_depth.shape[1],
        ),
        Mistake(
            "only the first filter of each channel is used. Sum over m.",
            lambda w_depth, w_point: _composed(w_depth[:, :1], w_point[:, :: w_depth.shape[1]]),
        ),
        Mistake(
            "the mixing weights are left out: the filters of a channel are summed as they are.",
            lambda w_depth, w_point: np.broadcast_to(
                w_depth.sum(1), (len(w_point), w_depth.shape[0], w_depth.shape[2])
            ),
        ),
        Mistake(
            "every slice is summed over the channels. A slice belongs to one channel.",
            lambda w_depth, w_point: np.broadcast_to(
                _composed(w_depth, w_point).sum(1, keepdims=True),
                (len(w_point), w_depth.shape[0], w_depth.shape[2]),
            ),
        ),
        Mistake("the taps are reversed.", lambda w_depth, w_point: _composed(w_depth, w_point)[..., ::-1]),
    ],
)

EXERCISES = {"composed-filters": FILTERS, "depthwise-backward": DEPTHWISE_BACKWARD}
