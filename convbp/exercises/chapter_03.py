"""The exercises of chapter 3: a difference backwards, a maximum with ties, and the suspect."""

from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.conv import conv2d_backward
from convbp.exercises.exercise import Exercise, Limit, Mistake, numbers
from convbp.geometry import Axis

DIFF_BACKWARD = Exercise(
    title="A difference, backwards",
    reference=lambda dy: -np.diff(np.pad(dy, 1)),
    returns=("dx",),
    cases=[{"dy": numbers(m)} for m in (1, 2, 4, 7)],
    mistakes=[
        Mistake("the sign is wrong: x[i] enters y[i] with −1 and y[i − 1] with +1.", lambda dy: np.diff(np.pad(dy, 1))),
        Mistake(
            "dx needs the shape of x, two cells more than this: put a zero on both sides of dy first.",
            lambda dy: -np.diff(dy),
        ),
        Mistake(
            "this is the forward pass once more; the backward pass has the other sign, and a zero on both sides of dy.",
            lambda dy: np.diff(dy),
        ),
        Mistake(
            "the two ends are left at 0. The first cell is read by y[0] with −1, the last one by the last y with +1.",
            lambda dy: np.pad(-np.diff(dy), 1),
        ),
        Mistake(
            "this undoes the difference. A backward pass is the transpose, not the inverse.",
            lambda dy: np.append(0, np.cumsum(dy)),
        ),
        Mistake("only the part with slope −1 is here; y[i − 1] reads x[i] as well.", lambda dy: np.append(-dy, 0)),
        Mistake("only the part with slope +1 is here; y[i] reads x[i] as well.", lambda dy: np.append(0, dy)),
    ],
)


def _pairs(dy: Array, x: Array, chosen: Any) -> Array:
    """Hand dy[o] to the cells of window o that `chosen` marks."""
    return np.concatenate([d * chosen(pair) for d, pair in zip(dy, x.reshape(-1, 2), strict=True)])


def _tied(x: Array) -> bool:
    return any(left == right for left, right in x.reshape(-1, 2))


FIRST_MAXIMUM = Exercise(
    title="The first maximum takes all",
    reference=lambda dy, x: _pairs(dy, x, lambda pair: np.eye(2, dtype=int)[np.argmax(pair)]),
    returns=("dx",),
    cases=[
        {"dy": numbers(len(x) // 2), "x": np.array(x)}
        for x in [(1, 3), (5, 4), (5, 5), (5, 5, 1, 3), (-2, -7, 4, 4, 0, 6), (2, 8, 7, 3)]
    ],
    mistakes=[
        Mistake(
            "at a tie both cells get the whole gradient. A window hands on what it receives, once.",
            lambda dy, x: _pairs(dy, x, lambda pair: pair == pair.max()),
        ),
        Mistake(
            "at a tie the two cells share. That is a right gradient too, but here the first maximum takes all.",
            lambda dy, x: _pairs(dy, x, lambda pair: (pair == pair.max()) / (pair == pair.max()).sum()),
        ),
        Mistake(
            "at a tie the last maximum takes all; asked for is the first.",
            lambda dy, x: _pairs(dy, x, lambda pair: np.eye(2)[1 - np.argmax(pair[::-1])]),
        ),
        Mistake("the minimum gets the gradient.", lambda dy, x: _pairs(dy, x, lambda p: np.eye(2)[np.argmin(p)])),
        Mistake("every cell gets the gradient, not only the maximum.", lambda dy, x: np.repeat(dy, 2)),
        Mistake("every cell gets half of it: that is the average pool.", lambda dy, x: np.repeat(dy, 2) / 2),
        Mistake(
            "the gradient is multiplied by the maximum. A maximum has slope 1.",
            lambda dy, x: _pairs(dy, x, lambda pair: pair.max() * np.eye(2)[np.argmax(pair)]),
        ),
    ],
    limits=[Limit("it is right without ties only.", lambda dy, x: _tied(x))],
)


def _mended(dy: Array, x: Array, w: Array, b: Array, stride: int, pad: int) -> Any:
    return conv2d_backward(dy, x, w, stride=stride, padding=pad, backend="loops")


def _suspect(
    dy: Array, x: Array, w: Array, b: Array, stride: int, pad: int, *, square: bool = False, slow: bool = False
) -> tuple[Array, Array]:
    """Return the padded dx and dw, with one of the first two mistakes of the suspect, or none."""
    (KH, KW), (OH, OW) = w.shape[2:], dy.shape[2:]
    step = 1 if slow else stride
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i, j in np.ndindex(OH, OH if square else OW):
        window = (..., slice(step * i, step * i + KH), slice(step * j, step * j + KW))
        dx[window] += np.einsum("nf,fcpq->ncpq", dy[:, :, i, j], w)
        dw += np.einsum("nf,ncpq->fcpq", dy[:, :, i, j], padded[window])
    return dx, dw


def _cropped(padded: Array, x: Array, pad: int) -> Array:
    return padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


SQUARE = "the columns are counted by the height of dy: it is right only as long as the output is square."
SLOW = "the window starts at i, where it must start at stride·i."

SUSPECT = Exercise(
    title="The suspect, mended",
    reference=_mended,
    returns=("dx", "dw", "db"),
    cases=[
        {
            "dy": numbers(n, f, Axis(h, kh, s, 1, pad, pad).outputs, Axis(v, kw, s, 1, pad, pad).outputs, start=3),
            "x": numbers(n, c, h, v),
            "w": numbers(f, c, kh, kw, start=h),
            "b": numbers(f),
            "stride": s,
            "pad": pad,
        }
        for n, f, c, (h, v), (kh, kw), s, pad in [
            (1, 1, 1, (3, 2), (2, 1), 1, 0),
            (1, 1, 1, (2, 3), (1, 1), 1, 1),
            (1, 2, 1, (4, 3), (2, 2), 2, 0),
            (2, 3, 2, (3, 4), (3, 2), 1, 1),
            (2, 2, 3, (5, 4), (2, 3), 2, 1),
            (2, 3, 2, (6, 7), (3, 2), 3, 2),
        ]
    ],
    mistakes=[
        Mistake(
            SQUARE, lambda x, pad, **more: _cropped(_suspect(x=x, pad=pad, square=True, **more)[0], x, pad), of="dx"
        ),
        Mistake(SQUARE, lambda **case: _suspect(square=True, **case)[1], of="dw"),
        Mistake(SLOW, lambda x, pad, **more: _cropped(_suspect(x=x, pad=pad, slow=True, **more)[0], x, pad), of="dx"),
        Mistake(SLOW, lambda **case: _suspect(slow=True, **case)[1], of="dw"),
        Mistake(
            "without padding the crop pad:-pad is empty. Count from the front: pad : pad + H.",
            lambda pad, **more: _suspect(pad=pad, **more)[0][:, :, pad:-pad, pad:-pad],
            of="dx",
        ),
        Mistake("the padding is still on: dx needs the shape of x.", lambda **case: _suspect(**case)[0], of="dx"),
        Mistake(
            "db is averaged over the batch. A bias gradient is a sum; the mean is a matter of the loss.",
            lambda dy, **more: dy.sum(axis=(2, 3)).mean(axis=0),
            of="db",
        ),
        Mistake("db is averaged over batch and places. It is a sum.", lambda dy, **more: dy.mean((0, 2, 3)), of="db"),
        Mistake("dw is averaged over the batch. It is a sum.", lambda x, **o: _suspect(x=x, **o)[1] / len(x), of="dw"),
    ],
    limits=[
        Limit("it is right for stride 1 only.", lambda stride, **more: stride > 1),
        Limit("it is right only where something is padded.", lambda pad, **more: pad == 0),
        Limit("it is right without padding only.", lambda pad, **more: pad > 0),
        Limit("it is right for one sample only.", lambda x, **more: len(x) > 1),
    ],
)

EXERCISES = {"diff-backward": DIFF_BACKWARD, "first-maximum": FIRST_MAXIMUM, "suspect": SUSPECT}
