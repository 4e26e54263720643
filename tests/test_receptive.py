"""The effective receptive field against the theoretical one, path counts and coverage."""

import numpy as np
import pytest

import convbp
from compare import assert_same
from convbp.layers import Conv2d, Flatten, MaxPool2d, ReLU, Sequential
from convbp.receptive import effective_receptive_field


def stack_of_ones(*layers):
    model = Sequential(*layers)
    for parameter in model.parameters():
        parameter.value[...] = 1 if parameter.value.ndim > 1 else 0
    return model


def rng():
    return np.random.default_rng(0)


def test_it_fills_the_theoretical_field_and_nothing_else():
    model = stack_of_ones(Conv2d(2, 3, 3, stride=2, rng=rng()), Conv2d(3, 1, 2, dilation=3, rng=rng()))
    field = effective_receptive_field(model, np.ones((1, 2, 19, 23)), unit=(1, 2))
    size, jump, start = convbp.receptive_field([(3, 2), (2, 1, 0, 3)])
    rows, columns = np.nonzero(field)
    for reached, at in ((rows, 1), (columns, 2)):
        first = start[0] + jump[0] * at
        assert (reached.min(), reached.max()) == (first, first + size[0] - 1)


def test_paths_are_counted_with_their_multiplicity():
    model = stack_of_ones(Conv2d(1, 1, 3, padding=1, rng=rng()), Conv2d(1, 1, 3, padding=1, rng=rng()))
    field = effective_receptive_field(model, np.zeros((1, 1, 7, 7)))
    ways = np.convolve([1, 1, 1], [1, 1, 1])
    assert_same(field[1:-1, 1:-1], np.outer(ways, ways).astype(float))
    assert field.sum() == 81


def test_it_depends_on_the_data_where_the_network_bends():
    model = stack_of_ones(Conv2d(1, 1, 2, rng=rng()), ReLU(), MaxPool2d(2))
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 1, 1] = 5
    field = effective_receptive_field(model, x, unit=(0, 0))
    expected = np.zeros((5, 5))
    expected[:2, :2] = 1
    assert_same(field, expected)


@pytest.mark.parametrize(
    ("size", "kernel", "options"),
    [
        ((9, 8), (3, 2), {}),
        ((9, 8), (3, 2), {"stride": (2, 3), "padding": ((1, 0), (0, 2))}),
        ((9, 8), (2, 3), {"dilation": 3}),
    ],
)
def test_coverage_is_the_gradient_of_ones(size, kernel, options):
    rows, columns = convbp.coverage(size, kernel, **options)
    x, w = np.zeros((1, 1, *size)), np.ones((1, 1, *kernel))
    dy = np.ones_like(convbp.conv2d(x, w, **options))
    assert_same(convbp.conv2d_backward(dy, x, w, **options).dx[0, 0], np.outer(rows, columns).astype(float))


def test_malformed_calls_are_refused():
    model = stack_of_ones(Conv2d(1, 1, 2, rng=rng()))
    with pytest.raises(ValueError, match=r"unit must lie inside the output of \(4, 4\) cells; got \(4, 0\)"):
        effective_receptive_field(model, np.ones((1, 1, 5, 5)), unit=(4, 0))
    with pytest.raises(ValueError, match=r"model must return spatial axes behind N and C; got shape \(1, 16\)"):
        effective_receptive_field(Sequential(*model.layers, Flatten()), np.ones((1, 1, 5, 5)))
    with pytest.raises(ValueError, match=r"kernel_size must be at least 1; got 0"):
        convbp.coverage(5, 0)
