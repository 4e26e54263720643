"""Losses: by hand, by differences, by exact fractions, with extreme scores, and by PyTorch and SciPy."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from compare import assert_close, assert_same
from convbp.check import adjoint_check, numerical_gradient
from convbp.loss import (
    mean_squared_error,
    mean_squared_error_backward,
    softmax,
    softmax_backward,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)


def some_scores(dtype=np.float64):
    rng = np.random.default_rng(5)
    return rng.standard_normal((7, 4)).astype(dtype) * 3, rng.integers(0, 4, 7)


def test_cross_entropy_by_hand():
    scores = np.log([[1.0, 3.0], [1.0, 1.0]])
    assert np.isclose(softmax_cross_entropy(scores, [0, 1]), (np.log(4) + np.log(2)) / 2, rtol=1e-15)
    gradient = softmax_cross_entropy_backward(8, scores, [0, 1])
    np.testing.assert_allclose(gradient, [[-3, 3], [2, -2]], rtol=1e-15)


def test_scores_that_say_nothing_cost_the_logarithm_of_the_classes():
    assert softmax_cross_entropy(np.full((5, 10), 3.7), np.arange(5)) == np.log(10)


def test_squared_error_by_hand():
    assert mean_squared_error([[1, 2], [3, 4]], [[1, 0], [0, 0]]) == 29 / 4
    assert mean_squared_error_backward(2, [[1, 2], [3, 4]], [[1, 0], [0, 0]]).tolist() == [[0, 2], [3, 4]]


def test_gradients_equal_differences():
    scores, labels = some_scores()
    target, dy = np.roll(scores, 1), np.roll(scores, 3)
    squared = mean_squared_error_backward(1.7, scores, target)
    pairs = (
        (softmax_cross_entropy_backward(1.7, scores, labels), lambda s: softmax_cross_entropy(s, labels), scores, 1.7),
        (softmax_backward(dy, scores), softmax, scores, dy),
        (squared, lambda y: mean_squared_error(y, target), scores, 1.7),
        (-squared, lambda t: mean_squared_error(scores, t), target, 1.7),
    )
    for gradient, f, at, weight in pairs:
        expected = numerical_gradient(f, at, weight)
        assert np.max(np.abs(gradient - expected)) < 2e-9


def test_softmax_backward_is_symmetric_so_it_is_its_own_adjoint():
    scores, _ = some_scores()
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, *scores.shape))
    sides = adjoint_check(lambda v: softmax_backward(v, scores), lambda v: softmax_backward(v, scores), one, other)
    assert sides.error < 1e-14


def test_the_cross_entropy_gradient_is_that_of_its_parts():
    """−log of softmax, carried back through both."""
    scores, labels = some_scores()
    p = softmax(scores)
    dp = np.zeros_like(p)
    dp[np.arange(7), labels] = -1 / p[np.arange(7), labels] / 7
    assert_close(softmax_cross_entropy_backward(1, scores, labels), softmax_backward(dp, scores), terms=4)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), max_size=5), st.floats(-1e6, 1e6))
def test_rows_add_up_and_a_shift_changes_nothing(rows, shift):
    scores, labels = np.array(rows).reshape(-1, 3), np.zeros(len(rows), int)
    p = softmax(scores)
    assert np.all(np.abs(p.sum(axis=1) - 1) < 1e-15 * 4)
    assert np.all(np.abs(softmax_cross_entropy_backward(1, scores, labels).sum(axis=1)) < 1e-15)
    assert np.all(p >= 0)
    blur = np.spacing(np.abs(scores).max(initial=1.0) + abs(shift))
    np.testing.assert_allclose(softmax(scores + shift), p, atol=4 * blur)
    assert abs(softmax_cross_entropy(scores + shift, labels) - softmax_cross_entropy(scores, labels)) <= 8 * blur


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pytorch_agrees(torch, dtype):
    scores, labels = some_scores(dtype)
    functional = torch.nn.functional
    target = np.roll(scores, 1)
    for mine, my_gradient, theirs in (
        (
            softmax_cross_entropy(scores, labels),
            softmax_cross_entropy_backward(1.0, scores, labels),
            lambda s: functional.cross_entropy(s, torch.tensor(labels)),
        ),
        (
            mean_squared_error(scores, target),
            mean_squared_error_backward(1.0, scores, target),
            lambda s: functional.mse_loss(s, torch.tensor(target)),
        ),
    ):
        given_scores = torch.tensor(scores, requires_grad=True)
        loss = theirs(given_scores)
        loss.backward()
        for got, want in ((mine, loss.detach().numpy()), (my_gradient, given_scores.grad.numpy())):
            assert got.dtype == dtype
            assert_close(got, want, terms=scores.size)
            if dtype == np.float64:
                assert np.max(np.abs(got - want)) <= 1e-12 * np.max(np.abs(want))


def test_scipy_agrees():
    scores, labels = some_scores()
    np.testing.assert_allclose(softmax(scores), scipy.special.softmax(scores, axis=1), rtol=1e-14)
    expected = -scipy.special.log_softmax(scores, axis=1)[np.arange(7), labels].mean()
    np.testing.assert_allclose(softmax_cross_entropy(scores, labels), expected, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_extreme_scores_neither_overflow_nor_lose_the_loss(dtype):
    big = 30000.0
    scores = np.array([[big, -big, 0], [-big, big, 0]], dtype)
    assert softmax_cross_entropy(scores, [0, 1]) == 0
    assert softmax_cross_entropy(scores[:1] / 2, [2]) == big / 2
    assert softmax_cross_entropy_backward(1, scores[:1], [1]).tolist() == [[1, -1, 0]]


def test_minus_infinity_is_a_class_that_cannot_be():
    scores = [[0.0, 0.0, -np.inf]]
    assert softmax(scores).tolist() == [[0.5, 0.5, 0]]
    assert softmax_cross_entropy(scores, [0]) == np.log(2)
    assert softmax_cross_entropy(scores, [2]) == np.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_score_spoils_the_gradient_of_its_row_alone(bad):
    scores, labels = some_scores()
    expected = softmax_cross_entropy_backward(1, scores, labels)
    scores[2, 1] = bad
    actual = softmax_cross_entropy_backward(1, scores, labels)
    assert np.isnan(actual[2]).all()
    assert_same(np.delete(actual, 2, axis=0), np.delete(expected, 2, axis=0))
    assert np.isnan(softmax_cross_entropy(scores, labels))


def test_an_empty_batch_costs_nothing():
    assert softmax_cross_entropy(np.zeros((0, 3)), []) == 0
    assert softmax_cross_entropy_backward(1, np.zeros((0, 3)), []).shape == (0, 3)
    assert softmax(np.zeros((0, 3))).shape == (0, 3)
    assert mean_squared_error(np.zeros((0, 3)), np.zeros((0, 3))) == 0
    assert mean_squared_error_backward(1, np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)


def test_squared_error_of_fractions_is_exact():
    y, target = np.array([Fraction(1, 3), Fraction(1, 2)]), np.array([Fraction(1, 6), Fraction(0)])
    assert mean_squared_error(y, target) == Fraction(5, 36)
    gradient = mean_squared_error_backward(Fraction(1, 7), y, target)
    assert gradient.tolist() == [Fraction(1, 42), Fraction(1, 14)]


def test_inputs_are_left_alone_and_kinds_are_kept():
    scores, labels = some_scores(np.float32)
    scores.flags.writeable = labels.flags.writeable = False
    assert softmax_cross_entropy_backward(1.0, scores, labels).dtype == np.float32
    assert softmax_cross_entropy_backward(np.float64(1), scores, labels.astype(np.uint8)).dtype == np.float32
    assert mean_squared_error(scores.astype(np.float16), scores.astype(np.float16)).dtype == np.float16
    assert softmax([[1, 2]]).dtype == np.float64


GOOD = np.zeros((2, 3))
BAD = {
    "scores axes": (
        ValueError,
        lambda: softmax_cross_entropy(GOOD[0], [0]),
        r"scores must have 2 axes \(N, K\); got 1",
    ),
    "softmax axes": (ValueError, lambda: softmax(GOOD[None]), r"scores must have 2 axes .* \(1, 2, 3\)"),
    "no class": (ValueError, lambda: softmax(GOOD[:, :0]), r"scores must have at least one class .* \(2, 0\)"),
    "label too high": (
        ValueError,
        lambda: softmax_cross_entropy(GOOD, [0, 3]),
        r"labels must be classes from 0 to 2; got 3 at labels\[1\]",
    ),
    "label negative": (
        ValueError,
        lambda: softmax_cross_entropy_backward(1, GOOD, [-1, 0]),
        r"labels must be classes from 0 to 2; got -1 at labels\[0\]",
    ),
    "labels too many": (
        ValueError,
        lambda: softmax_cross_entropy(GOOD, [0, 1, 2]),
        r"labels must have shape \(2,\), one class for each sample; got \(3,\)",
    ),
    "labels one-hot": (ValueError, lambda: softmax_cross_entropy(GOOD, np.eye(3, dtype=int)[:2]), r"got \(2, 3\)"),
    "labels float": (
        TypeError,
        lambda: softmax_cross_entropy(GOOD, [0.0, 1.0]),
        r"labels must be an array of ints, .*; got dtype float64",
    ),
    "labels bool": (TypeError, lambda: softmax_cross_entropy(GOOD, [True, False]), r"labels must .*; got dtype bool"),
    "labels masked": (
        TypeError,
        lambda: softmax_cross_entropy(GOOD, np.ma.array([0, 1], mask=[0, 1])),
        r"labels must be an array of ints",
    ),
    "scores objects": (
        TypeError,
        lambda: softmax_cross_entropy(np.full((1, 2), Fraction(1)), [0]),
        r"scores must not hold objects.*; got dtype object",
    ),
    "scores complex": (
        TypeError,
        lambda: softmax(GOOD * 1j),
        r"scores must be .* real numbers .* got dtype complex128",
    ),
    "dy array": (
        ValueError,
        lambda: softmax_cross_entropy_backward([1.0, 1.0], GOOD, [0, 1]),
        r"dy must have shape \(\), since a loss is one number; got \(2,\)",
    ),
    "dy text": (
        TypeError,
        lambda: mean_squared_error_backward("1", GOOD, GOOD),
        r"dy must be an array of real numbers",
    ),
    "softmax dy": (ValueError, lambda: softmax_backward(GOOD[:1], GOOD), r"dy must have shape \(2, 3\), .* \(1, 3\)"),
    "target": (
        ValueError,
        lambda: mean_squared_error(GOOD, GOOD[0]),
        r"target must have shape \(2, 3\), as y has; got \(3,\)",
    ),
}


@pytest.mark.parametrize(("kind", "call", "message"), BAD.values(), ids=BAD)
def test_malformed_calls_are_refused(kind, call, message):
    with pytest.raises(kind, match=message):
        call()
