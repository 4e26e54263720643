"""The exercises of chapter 9: a stamp with all its settings, and the transpose of interpolation."""

from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.conv_transpose import conv_transpose1d
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers
from convbp.resample import subsample, upsample_backward


def _stamped(
    x: Array, w: Array, stride: int, dilation: int, before: int = 0, after: int = 0, output_padding: int = 0
) -> Array:
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": [(before, after)]}
    return conv_transpose1d([[x]], [[w]], output_padding=output_padding, backend="loops", **options)[0, 0]


def _overwritten(x: Array, w: Array, stride: int, dilation: int, before: int, after: int, output_padding: int) -> Array:
    y = np.zeros(len(_stamped(x, w, stride, dilation)) + output_padding)
    for i, k in np.ndindex(len(x), len(w)):
        y[stride * i + dilation * k] = w[k] * x[i]
    return y[before : len(y) - after]


STAMP = Exercise(
    title="The stamp, written out",
    reference=lambda x, w, stride, dilation, before, after, output_padding: _stamped(
        x, w, stride, dilation, before, after, output_padding
    ),
    returns=("y",),
    cases=[
        {"x": numbers(i), "w": numbers(k, start=i), "stride": s, "dilation": d, "before": p, "after": q,
         "output_padding": more}
        for i, k, s, d, p, q, more in [
            (2, 2, 1, 1, 0, 0, 0), (2, 3, 2, 1, 0, 0, 0), (2, 3, 2, 1, 1, 1, 0), (2, 3, 2, 1, 1, 1, 1),
            (3, 2, 3, 1, 0, 2, 2), (3, 2, 2, 3, 1, 0, 1), (4, 3, 1, 2, 2, 1, 0),
        ]
    ],
    mistakes=[
        Mistake("stamps overlap, and you assigned where you must add.", _overwritten),
        Mistake(
            "the cells of output_padding are filled with zeros. They get what the stamps leave there: "
            "cut less, do not pad.",
            lambda x, w, stride, dilation, before, after, output_padding: np.concatenate(
                [_stamped(x, w, stride, dilation, before, after), np.zeros(output_padding)]
            ),
        ),
        Mistake(
            "before and after add zeros to the output. In a transposed layer they cut cells off.",
            lambda x, w, stride, dilation, before, after, output_padding: np.pad(
                _stamped(x, w, stride, dilation), (before, after + output_padding)
            ),
        ),
        Mistake(
            "nothing is cut off: before and after are ignored.",
            lambda x, w, stride, dilation, before, after, output_padding: np.pad(
                _stamped(x, w, stride, dilation), (0, output_padding)
            ),
        ),
        Mistake(
            "output_padding is ignored.",
            lambda x, w, stride, dilation, before, after, output_padding: _stamped(
                x, w, stride, dilation, before, after
            ),
        ),
        Mistake(
            "the filter is flipped. A stamp is pressed as it is; the flip belongs to the hollow input.",
            lambda x, w, stride, dilation, before, after, output_padding: _stamped(
                x, w[::-1], stride, dilation, before, after, output_padding
            ),
        ),
        Mistake(
            "front and back are exchanged.",
            lambda x, w, stride, dilation, before, after, output_padding: np.pad(
                _stamped(x, w, stride, dilation), (0, output_padding)
            )[after : len(_stamped(x, w, stride, dilation)) + output_padding - before],
        ),
    ],
    limits=[
        Limit("it is right only for stride 1.", lambda stride, **more: stride > 1),
        Limit("it is right only for dilation 1.", lambda dilation, **more: dilation > 1),
    ],
)  # fmt: skip


def _linear(dy: Array, cells: int, scale: int, align_corners: bool = False) -> Array:
    return upsample_backward([[dy]], (1, 1, cells), scale, "linear", align_corners=align_corners)[0, 0]


def _not_held(dy: Array, cells: int, scale: int) -> Array:
    places = (np.arange(len(dy)) + 0.5) / scale - 0.5
    return np.maximum(0, 1 - abs(places - np.arange(cells)[:, None])) @ dy


LINEAR_BACKWARD = Exercise(
    title="The transpose of interpolation",
    reference=lambda dy, cells, scale: _linear(dy, cells, scale),
    returns=("dx",),
    cases=[
        # The weights are quarters and eighths, exact in binary; multiples of 8 make whole numbers of them.
        {"dy": 8 * numbers(cells * scale, start=cells), "cells": cells, "scale": scale}
        for cells, scale in [(1, 2), (2, 2), (3, 2), (2, 4), (4, 4)]
    ],
    mistakes=[
        Mistake(
            "dy is summed block by block. That is the transpose of repeating; here each cell also collects from the "
            "outputs of its neighbours.",
            lambda dy, cells, scale: np.reshape(dy, (cells, scale)).sum(1),
        ),
        Mistake(
            "the places are those of align_corners=True, where the centres of the end cells coincide.",
            lambda dy, cells, scale: _linear(dy, cells, scale, align_corners=True),
        ),
        Mistake(
            "places are not held inside the row, so the outputs at the ends give only a part of their gradient back.",
            _not_held,
        ),
        Mistake(
            "dy is averaged, divided by the scale. A transpose sums with the weights of the forward pass.",
            lambda dy, cells, scale: _linear(dy, cells, scale) / scale,
        ),
        Mistake(
            "single cells of dy are picked. Every output took part in the loss, so every one sends something back.",
            lambda dy, cells, scale: subsample([[dy]], scale)[0, 0],
        ),
        Mistake(
            "dx is a mean of dy: block by block, divided by the scale.",
            lambda dy, cells, scale: np.reshape(dy, (cells, scale)).mean(1),
        ),
    ],
    limits=[Limit("it is right only for scale 2.", lambda scale, **more: scale != 2)],
)

EXERCISES = {"transposed-stamp": STAMP, "linear-backward": LINEAR_BACKWARD}
