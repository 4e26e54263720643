"""The table of a network: counts that can be checked by hand, and what each layer really reads."""

import numpy as np
import pytest

from convbp import layers
from convbp.layers import BatchNorm, Conv2d, Flatten, GlobalAvgPool, Linear, MaxPool2d, ReLU, Residual, Sequential
from convbp.regions import receptive_field


def test_six_filters_over_a_colour_image():
    (row,) = Sequential(Conv2d(3, 6, 5, rng=0)).summary((1, 3, 32, 32)).rows
    assert row.output == (1, 6, 28, 28)
    assert row.parameters == 456
    assert row.multiplies == 352_800
    assert row.reads == (5, 5)


def test_shapes_are_those_that_a_run_has():
    net = Sequential(
        Conv2d(1, 4, 3, padding="same", rng=0),
        BatchNorm(4),
        ReLU(),
        MaxPool2d(2, ceil_mode=True),
        Residual(Conv2d(4, 6, 3, stride=2, padding=1, rng=0), shortcut=Conv2d(4, 6, 1, stride=2, rng=0)),
        layers.ConvTranspose2d(6, 2, 3, stride=2, rng=0),
        layers.AvgPool2d(2, stride=1),
        Flatten(),
        Linear(48, 5, rng=0),
    )
    x = np.ones((3, 1, 9, 7))
    table = net.summary(x.shape)
    for layer, row in zip(net, table.rows, strict=True):
        x = layer(x)
        assert row.output == x.shape
    assert table.multiplies == sum(row.multiplies for row in table.rows) == net.multiplies((3, 1, 9, 7))
    assert table.parameters == sum(p.value.size for p in net.parameters())


def touched(net: Sequential, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Measure the widest span of input cells whose gradient is not zero, for one output cell after another."""
    y = net(np.zeros(shape))
    widest = [0] * (len(shape) - 2)
    for at in np.ndindex(y.shape):
        dy = np.zeros(y.shape)
        dy[at] = 1
        cells = np.nonzero(net.backward(dy))[2:]
        if cells[0].size:
            widest = [max(w, int(c.max() - c.min()) + 1) for w, c in zip(widest, cells, strict=True)]
    return tuple(widest)


STACKS = {
    "two convolutions": lambda: [Conv2d(1, 1, 3, rng=0), Conv2d(1, 1, (2, 3), dilation=2, rng=1)],
    "stride and pool": lambda: [
        Conv2d(1, 1, 3, stride=2, padding=1, rng=0),
        layers.AvgPool2d(2),
        Conv2d(1, 1, 2, rng=1),
    ],
    "padding clips": lambda: [Conv2d(1, 1, 5, padding="same", rng=i) for i in range(3)],
    "down and up": lambda: [
        layers.AvgPool2d(2),
        layers.ConvTranspose2d(1, 1, 2, stride=2, rng=0),
        Conv2d(1, 1, 2, rng=1),
    ],
    "overlapping stamps": lambda: [layers.ConvTranspose2d(1, 1, (3, 4), stride=2, rng=0), Conv2d(1, 1, 3, rng=1)],
    "around": lambda: [
        Residual(Conv2d(1, 1, 3, padding=1, rng=0), Conv2d(1, 1, 3, padding=1, rng=1)),
        BatchNorm(1).eval(),
    ],
    "everything": lambda: [Conv2d(1, 2, 2, stride=2, rng=0), GlobalAvgPool()],
    "dense": lambda: [Conv2d(1, 2, 2, rng=0), Flatten(), Linear(2 * 10 * 8, 2, rng=0)],
}


@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)
def test_the_receptive_field_is_what_gradients_reach(stack):
    net = Sequential(*stack())
    for parameter in net.parameters():
        parameter.value = np.abs(parameter.value) + 0.1
    net.eval()
    assert net.summary((1, 1, 11, 9)).rows[-1].reads == touched(net, (1, 1, 11, 9))


def test_far_from_the_border_it_is_the_formula():
    rows = Sequential(*STACKS["stride and pool"]()).summary((1, 1, 40, 40)).rows
    expected = receptive_field([(3, 2, 1), (2, 2), (2,)])
    assert rows[-1].reads == (expected.size * 2)


def test_two_dimensions_are_not_needed():
    table = Sequential(layers.Conv1d(2, 3, 3, rng=0), Flatten(), Linear(12, 2, rng=0)).summary((5, 2, 6))
    assert [row.reads for row in table.rows] == [(3,), (3,), (6,)]
    assert Sequential(Linear(4, 2, rng=0)).summary((7, 4)).rows[0].reads == ()


def test_the_table_lists_every_layer_and_the_total():
    lines = str(
        Sequential(Conv2d(1, 4, 3, stride=2, padding=((1, 0), (0, 1)), rng=0), ReLU()).summary((2, 1, 8, 8))
    ).split("\n")
    assert len(lines) == 4
    assert lines[1].split() == [
        "Conv2d(1→4,",
        "3×3,",
        "stride=2,",
        "padding=((1,0),(0,1)))",
        "(2,",
        "4,",
        "4,",
        "4)",
        "40",
        "1,152",
        "3×3",
    ]
    assert lines[3].split() == ["total", "40", "1,152"]


def test_a_shape_that_does_not_fit_is_refused():
    net = Sequential(Conv2d(1, 4, 3, rng=0), Flatten(), Linear(10, 2, rng=0))
    with pytest.raises(ValueError, match=r"x must have shape \(N, 10\).*; got \(1, 16\)"):
        net.summary((1, 1, 4, 4))
