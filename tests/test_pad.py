"""Padding against NumPy and PyTorch, its gradient against the adjoint identity and PyTorch."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convbp
from compare import assert_same
from convbp.check import adjoint_check, integer_gradient

NUMPY_MODES = {"zero": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}
TORCH_MODES = {"zero": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
SHAPES = {1: (2, 3, 7), 2: (2, 3, 4, 5), 3: (1, 2, 3, 4, 5)}
PAIRS = {1: [(2, 1)], 2: [(1, 3), (0, 2)], 3: [(1, 0), (2, 2), (0, 3)]}


def whole(shape, seed=0):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float64)


@pytest.mark.parametrize("mode", NUMPY_MODES)
@pytest.mark.parametrize("rank", SHAPES)
def test_numpy_pads_alike(rank, mode):
    x = whole(SHAPES[rank])
    assert_same(convbp.pad(x, PAIRS[rank], mode), np.pad(x, [(0, 0), (0, 0), *PAIRS[rank]], NUMPY_MODES[mode]))


@given(st.integers(1, 5), st.integers(0, 12), st.integers(0, 12), st.sampled_from(["edge", "wrap", "reflect"]))
def test_padding_may_be_longer_than_the_input(size, before, after, mode):
    x = whole((1, 1, size))
    expected = np.pad(x, [(0, 0), (0, 0), (before, after)], NUMPY_MODES[mode])
    assert_same(convbp.pad(x, [(before, after)], mode), expected)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 9), st.integers(0, 9), st.sampled_from(list(NUMPY_MODES)))
def test_the_gradient_is_the_adjoint(height, width, before, after, mode):
    padding = [(before, after), (after, before)]
    x, dy = whole((2, 1, height, width)), whole((2, 1, height + before + after, width + before + after), 1)
    sides = adjoint_check(
        lambda x: convbp.pad(x, padding, mode), lambda dy: convbp.pad_backward(dy, x.shape, padding, mode), x, dy
    )
    assert sides.left == sides.right


@pytest.mark.parametrize("mode", NUMPY_MODES)
def test_the_gradient_equals_exact_integer_differences(mode):
    x = whole(SHAPES[2])
    dy = whole(convbp.pad(x, PAIRS[2], mode).shape, 1)
    dx = convbp.pad_backward(dy, x.shape, PAIRS[2], mode)
    assert_same(dx, integer_gradient(lambda x: convbp.pad(x, PAIRS[2], mode), x, dy))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mode", TORCH_MODES)
@pytest.mark.parametrize("rank", SHAPES)
def test_pytorch_agrees(torch, rank, mode, dtype):
    x = whole(SHAPES[rank]).astype(dtype)
    tensor = torch.tensor(x, requires_grad=True)
    ends = [end for pair in reversed(PAIRS[rank]) for end in pair]
    padded = torch.nn.functional.pad(tensor, ends, TORCH_MODES[mode])
    dy = whole(tuple(padded.shape), 1).astype(dtype)
    padded.backward(torch.tensor(dy))
    assert_same(convbp.pad(x, PAIRS[rank], mode), padded.detach().numpy())
    assert_same(convbp.pad_backward(dy, x.shape, PAIRS[rank], mode), tensor.grad.numpy())


def test_zero_padding_in_front_of_a_valid_convolution_is_padding_in_it():
    x, w = whole((1, 2, 5, 6)), whole((3, 2, 2, 3), 1)
    expected = convbp.conv2d(x, w, padding=PAIRS[2])
    assert_same(convbp.conv2d(convbp.pad(x, PAIRS[2]), w), expected)
    dy = whole(expected.shape, 2)
    through = convbp.conv2d_backward(dy, convbp.pad(x, PAIRS[2]), w).dx
    assert_same(convbp.pad_backward(through, x.shape, PAIRS[2]), convbp.conv2d_backward(dy, x, w, padding=PAIRS[2]).dx)


def test_a_nan_stays_in_its_copies_and_zeros_stay_zeros():
    x = np.array([[[np.nan, 1.0, 2.0]]])
    np.testing.assert_array_equal(convbp.pad(x, 1), [[[0, np.nan, 1, 2, 0]]])
    np.testing.assert_array_equal(convbp.pad(x, 1, "wrap"), [[[2, np.nan, 1, 2, np.nan]]])
    np.testing.assert_array_equal(convbp.pad_backward([[[np.nan, 1, 2, 3, 4]]], (1, 1, 3), 1), [[[1, 2, 3]]])


def test_fractions_stay_fractions_and_halves_stay_halves():
    third = Fraction(1, 3)
    assert convbp.pad([[[third, 2]]], 1, "edge").tolist() == [[[third, third, 2, 2]]]
    assert convbp.pad(np.ones((1, 1, 2), np.float16), 1).dtype == np.float16
    assert convbp.pad_backward(np.full((1, 1, 4), third), (1, 1, 2), 1, "edge").tolist() == [[[2 * third, 2 * third]]]


def test_no_padding_still_copies_and_an_empty_batch_is_answered():
    x = whole((1, 1, 3))
    y = convbp.pad(x, 0)
    y[...] = 99
    assert x.max() < 99
    assert convbp.pad(np.zeros((0, 2, 3)), 2, "reflect").shape == (0, 2, 7)
    assert convbp.pad_backward(np.zeros((0, 2, 7)), (0, 2, 3), 2, "reflect").shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            ValueError,
            r"mode must be one of 'zero', .*; got 'mirror'",
            lambda: convbp.pad(np.ones((1, 1, 3)), 1, "mirror"),
        ),
        (ValueError, r"padding must be at least 0; got -2", lambda: convbp.pad(np.ones((1, 1, 3)), -2)),
        (ValueError, r"padding must be .* for 2 axes; got \[1\]", lambda: convbp.pad(np.ones((1, 1, 3, 3)), [1])),
        (ValueError, r"x must have 3 to 5 axes .*; got shape \(3,\)", lambda: convbp.pad([1, 2, 3], 1)),
        (ValueError, r"x must have no empty axis .*; got shape \(1, 1, 0\)", lambda: convbp.pad(np.ones((1, 1, 0)), 1)),
        (
            ValueError,
            r"dy must have shape \(1, 1, 5\), as the forward call returns; got \(1, 1, 4\)",
            lambda: convbp.pad_backward(np.ones((1, 1, 4)), (1, 1, 3), 1),
        ),
        (TypeError, r"padding must be made of ints; got 1.5", lambda: convbp.pad(np.ones((1, 1, 3)), 1.5)),
        (TypeError, r"x must be an array of real numbers .*; got dtype bool", lambda: convbp.pad([[[True]]], 1)),
    ],
)
def test_malformed_calls_are_refused(error, message, call):
    with pytest.raises(error, match=message):
        call()
