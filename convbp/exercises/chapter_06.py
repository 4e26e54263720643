"""The exercises of chapter 6: the filters of the backward layer, and a batch of maps."""

from typing import cast

import numpy as np

from convbp.arrays import Array
from convbp.conv import conv1d_backward
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers

FILTERS_BACK = Exercise(
    title="Out and in",
    reference=lambda w: w.swapaxes(0, 1)[:, :, ::-1],
    returns=("filters",),
    cases=[
        {"w": numbers(f, c, k, start=f)}
        for f, c, k in [(1, 1, 2), (2, 1, 2), (1, 2, 3), (3, 2, 2), (2, 2, 3), (2, 3, 4)]
    ],
    mistakes=[
        Mistake(
            "np.flip turns the order of the maps round too. Only the taps are reversed: [:, :, ::-1].",
            lambda w: np.flip(w.swapaxes(0, 1)),
        ),
        Mistake(
            "reshape does not exchange axes, it cuts the same row of numbers elsewhere. Use swapaxes.",
            lambda w: w.reshape(w.shape[1], w.shape[0], w.shape[2])[:, :, ::-1],
        ),
        Mistake("axes f and c are not exchanged: backward, the filters become the channels.", lambda w: w[:, :, ::-1]),
        Mistake("the taps are not reversed.", lambda w: w.swapaxes(0, 1)),
        Mistake("all axes are exchanged; the taps stay where they are.", lambda w: w.T),
        Mistake("the maps are reversed instead of the taps.", lambda w: w.swapaxes(0, 1)[::-1]),
        Mistake("the channels are reversed instead of the taps.", lambda w: w.swapaxes(0, 1)[:, ::-1]),
    ],
    limits=[
        Limit("it is right for one filter only.", lambda w: w.shape[0] > 1),
        Limit("it is right for one channel only.", lambda w: w.shape[1] > 1),
        Limit("it is right for one filter and one channel only.", lambda w: w.shape[0] * w.shape[1] > 1),
    ],
)


def _dx(dy: Array, x: Array, w: Array) -> Array:
    return cast(Array, conv1d_backward(dy, x, w, backend="loops").dx)


def _dw(dy: Array, x: Array, w: Array) -> Array:
    return cast(Array, conv1d_backward(dy, x, w, backend="loops").dw)


BATCH_BACKWARD = Exercise(
    title="A batch of maps",
    reference=lambda dy, x, w: tuple(conv1d_backward(dy, x, w, backend="loops")),
    returns=("dx", "dw", "db"),
    cases=[
        {"dy": numbers(n, f, m, start=3), "x": numbers(n, c, m + k - 1), "w": numbers(f, c, k, start=6)}
        for n, f, c, m, k in [
            (1, 1, 1, 2, 2),
            (2, 1, 1, 2, 2),
            (1, 2, 1, 3, 2),
            (1, 1, 2, 2, 3),
            (2, 3, 4, 5, 2),
            (3, 4, 2, 3, 3),
        ]
    ],
    mistakes=[
        Mistake(
            "dw keeps only the last sample: you assigned where you must add. Every sample used the same weights.",
            lambda dy, x, w: _dw(dy[-1:], x[-1:], w),
            of="dw",
        ),
        Mistake(
            "dw is averaged over the batch. It is a sum; the mean is a matter of the loss.",
            lambda dy, x, w: _dw(dy, x, w) / len(x),
            of="dw",
        ),
        Mistake(
            "dw comes out backwards: dw[f, c] = Σ x[n, c] ⋆ dy[n, f], with nothing flipped.",
            lambda dy, x, w: _dw(dy, x, w)[:, :, ::-1],
            of="dw",
        ),
        Mistake(
            "axes f and c of dw are exchanged: it needs the shape of w.",
            lambda dy, x, w: _dw(dy, x, w).swapaxes(0, 1),
            of="dw",
        ),
        Mistake(
            "dx keeps only the last filter: you assigned where you must add. Every filter has read the channel.",
            lambda dy, x, w: _dx(dy[:, -1:], x, w[-1:]),
            of="dx",
        ),
        Mistake(
            "this is the gradient with the filter flipped: dx[n, c] = Σ dy[n, f] ∗ w[f, c], with w as it is.",
            lambda dy, x, w: _dx(dy, x, w[:, :, ::-1]),
            of="dx",
        ),
        Mistake("dx is averaged over the filters. It is a sum.", lambda dy, x, w: _dx(dy, x, w) / len(w), of="dx"),
        Mistake(
            "db is averaged over the batch; a bias gradient is a sum.",
            lambda dy, x, w: dy.mean(axis=0).sum(axis=1),
            of="db",
        ),
        Mistake(
            "db is averaged over batch and places; a bias gradient is a sum.", lambda dy, x, w: dy.mean((0, 2)), of="db"
        ),
        Mistake(
            "db is one number for all filters. Each filter has a bias of its own.", lambda dy, x, w: dy.sum(), of="db"
        ),
        Mistake(
            "db is not summed over the batch: all samples share the bias.", lambda dy, x, w: dy.sum(axis=2), of="db"
        ),
    ],
    limits=[
        Limit("it is right for one sample only.", lambda x, **more: len(x) > 1),
        Limit("it is right for one filter only.", lambda w, **more: len(w) > 1),
        Limit("it is right for one channel only.", lambda w, **more: w.shape[1] > 1),
    ],
)

EXERCISES = {"filters-back": FILTERS_BACK, "batch-backward": BATCH_BACKWARD}
