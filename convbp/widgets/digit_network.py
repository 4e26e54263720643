"""A small network that has learnt to read digits. Its weights are sixteenths: all sums are exact, on every machine.

The pixels are sixteenths too, so that no product or sum of a forward pass is ever rounded, in whatever order a machine
adds. Training itself may end in another last bit elsewhere; what it ended in here is kept in `WEIGHTS`, and
``python -m convbp.widgets.digit_network`` makes it again.
"""

from textwrap import fill

import numpy as np

from convbp.data import Samples, digits, split
from convbp.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from convbp.train import Adam, fit

PARTS = 16
WEIGHTS = """
16 20 26 9 2 -1 9 -1 3 -22 32 1 18 18 -26 14 1 4 19 32 12 -16 12 5 -20 -30 -5 -11 -37 -14 21 -8 -6 21 36 25 -5 -3 5 2
2 9 -14 3 -6 -1 2 -16 5 -4 -2 -8 11 -14 4 14 -5 15 -3 0 10 -9 -24 14 11 -16 -8 7 -10 14 -14 -7 -11 -22 15 -13 -14 9 5
16 4 0 5 10 -2 -18 4 5 -1 0 -11 -15 5 4 -5 -11 -30 -7 -3 -22 -4 5 -20 4 16 -3 -7 -12 -6 -19 -12 17 0 -5 -4 -7 -3 -2 -2
-2 -4 8 -9 -7 -4 5 -5 -19 17 9 11 16 -13 2 -23 -14 -6 -15 -21 4 -12 11 26 -16 -19 7 6 16 8 -2 8 -14 -11 -6 -10 1 4 2
-11 6 -12 17 4 -10 -14 3 11 4 -3 -13 2 -7 -4 8 4 1 -28 -8 3 -11 10 13 5 1 -5 -4 -21 13 -6 8 4 -1 11 1 6 0 23 5 3 -5 5
-6 -24 -30 -25 -11 -6 -11 4 10 7 4 0 6 6 0 -1 20 -12 -19 10 9 13 8 -4 -14 5 -12 0 2 -6 -19 2 -20 -12 6 -4 4 -10 -11 20
12 2 1 0 -6 -6 -18 11 -11 4 7 15 13 3 -21 -1 -6 -12 3 1 -15 3 8 4 -2 9 -21 3 -6 -5 11 -4 3 -7 -11 -10 -11 -14 4 4 -11
2 -4 12 -9 -17 12 12 -42 8 3 3 6 7 -2 -3 13 -7 8 1 -6 -8 3 -1 -2 7 1 7 -13 12 10 -4 1 -11 10 -9 -7 22 2 -24 -3 16 -4
-7 -10 -25 -30 7 0 -7 -7 1 4 -7 6 -7 5 -6 8 -15 5 5 14 2 0 3 -8 4 -4 -5 -6 2 -4 -1 1 9 -2 -16 2 -1 -25 -3 10 -2 -1 0 5
3 5 -1 -8 -6 8 -1 7 -8 -10 11 1 -15 -5 -2 -11 -9 12 10 13 -5 8 0 0 -6 -4 -6 -2 -13 6 5 -14 1 6 1 -3 2 0 -1 2 -4 -2
"""


def digit_network() -> Sequential:
    """Return the trained network: four filters of 3×3, ReLU, maximum of 2×2, and ten scores."""
    model, numbers = untrained(), np.array(WEIGHTS.split(), dtype=float) / PARTS
    for parameter in model.parameters():
        here, numbers = np.split(numbers, [parameter.value.size])
        parameter.value[...] = here.reshape(parameter.value.shape)
    return model


def untrained() -> Sequential:
    """Return the network with the weights that training starts from."""
    rng = np.random.default_rng(11)
    return Sequential(Conv2d(1, 4, 3, rng=rng), ReLU(), MaxPool2d(2), Flatten(), Linear(36, 10, rng=rng))


def parts() -> tuple[Samples, Samples]:
    """Return the digits that are learnt from, and those held out."""
    return split(*digits(), held_out=0.2, rng=0)


def trained() -> list[int]:
    """Train the network, and return its weights in sixteenths."""
    model, (learnt, _) = untrained(), parts()
    fit(model, learnt.x, learnt.labels, epochs=20, batch_size=32, optimizer=Adam(0.01), rng=0, progress=False)
    return [round(PARTS * value) for parameter in model.parameters() for value in parameter.value.flat]


if __name__ == "__main__":
    print(fill(" ".join(map(str, trained())), 118))
