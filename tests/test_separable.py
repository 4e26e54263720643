"""Depthwise and separable convolution against the ordinary convolution they are, exact differences and PyTorch."""

import numpy as np
import pytest

import convbp
from compare import assert_same
from convbp import separable
from convbp.check import euler_check, integer_gradient

RANKS = {
    1: ((2, 3, 9), (3, 2, 3), {"stride": 2, "padding": [(1, 2)]}),
    2: ((2, 3, 7, 8), (3, 2, 3, 2), {"stride": (2, 3), "padding": ((1, 0), (0, 2)), "dilation": (1, 2)}),
    3: ((1, 2, 4, 5, 6), (2, 3, 2, 3, 2), {"padding": "same"}),
}
CONV = {1: convbp.conv1d, 2: convbp.conv2d, 3: convbp.conv3d}


def whole(shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(np.float64)


def named(name, rank, end=""):
    return getattr(separable, f"{name}{rank}d{end}")


@pytest.mark.parametrize("backend", ["loops", "numpy", "numba"])
@pytest.mark.parametrize("rank", RANKS)
def test_depthwise_filters_each_channel_alone(rank, backend):
    x_shape, w_shape, options = RANKS[rank]
    x, w, b = whole(x_shape), whole(w_shape, 1), whole(w_shape[0] * w_shape[1], 2)
    y = named("depthwise_conv", rank)(x, w, b, backend=backend, **options)
    for c in range(x_shape[1]):
        for m in range(w_shape[1]):
            alone = CONV[rank](x[:, c : c + 1], w[c : c + 1, m : m + 1], **options)
            assert_same(y[:, c * w_shape[1] + m], alone[:, 0] + b[c * w_shape[1] + m])


@pytest.mark.parametrize("rank", RANKS)
def test_depthwise_gradients_equal_exact_integer_differences(rank):
    x_shape, w_shape, options = RANKS[rank]
    x, w = whole(x_shape), whole(w_shape, 1)
    forward = named("depthwise_conv", rank)
    dy = whole(forward(x, w, **options).shape, 3)
    dx, dw, db = named("depthwise_conv", rank, "_backward")(dy, x, w, **options)
    assert_same(dx, integer_gradient(lambda x: forward(x, w, **options), x, dy))
    assert_same(dw, integer_gradient(lambda w: forward(x, w, **options), w, dy))
    assert_same(db, dy.sum(axis=(0, *range(2, dy.ndim))))


@pytest.mark.parametrize("rank", RANKS)
def test_separable_is_an_ordinary_convolution_of_low_rank(rank):
    x_shape, w_shape, options = RANKS[rank]
    x, w, v, b = whole(x_shape), whole(w_shape, 1), whole((5, w_shape[0] * w_shape[1]), 2), whole(5, 3)
    mixed = np.einsum("fcm,cm...->fc...", v.reshape(5, *w_shape[:2]), w)
    y = named("separable_conv", rank)(x, w, v, b, **options)
    assert_same(y, CONV[rank](x, mixed, b, **options))


@pytest.mark.parametrize("rank", RANKS)
def test_separable_gradients_equal_exact_integer_differences(rank):
    x_shape, w_shape, options = RANKS[rank]
    x, w, v, b = whole(x_shape), whole(w_shape, 1), whole((4, w_shape[0] * w_shape[1]), 2), whole(4, 3)
    forward = named("separable_conv", rank)
    y = forward(x, w, v, b, **options)
    dy = whole(y.shape, 4)
    dx, dw, dv, db = named("separable_conv", rank, "_backward")(dy, x, w, v, **options)
    assert_same(dw, integer_gradient(lambda w: forward(x, w, v, b, **options), w, dy))
    assert_same(dv, integer_gradient(lambda v: forward(x, w, v, b, **options), v, dy))
    assert_same(db, integer_gradient(lambda b: forward(x, w, v, b, **options), b, dy))
    assert euler_check(y, dy, (x, dx), (b, db)).error == 0
    assert euler_check(y, dy, (w, dw), (b, db)).error == 0


def test_pytorch_differentiates_both_stages_alike(torch):
    x, w, v, dy = whole((2, 3, 7, 8)), whole((3, 2, 3, 2), 1), whole((4, 6), 2), whole((2, 4, 5, 7), 3)
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, w.reshape(6, 1, 3, 2), v.reshape(4, 6, 1, 1))]
    between = torch.nn.functional.conv2d(tensors[0], tensors[1], groups=3)
    y = torch.nn.functional.conv2d(between, tensors[2])
    y.backward(torch.tensor(dy))
    assert_same(separable.separable_conv2d(x, w, v), y.detach().numpy())
    gradients = separable.separable_conv2d_backward(dy, x, w, v)
    for mine, theirs in zip(gradients[:3], tensors, strict=True):
        assert_same(mine, theirs.grad.numpy().reshape(mine.shape))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_are_kept_and_an_empty_batch_is_answered(dtype):
    x, w, v = np.zeros((0, 2, 5), dtype), np.ones((2, 1, 2), dtype), np.ones((3, 2), dtype)
    y = separable.separable_conv1d(x, w, v)
    assert (y.shape, y.dtype) == ((0, 3, 4), dtype)
    assert [g.dtype for g in separable.separable_conv1d_backward(y, x, w, v)] == [dtype] * 4


def test_costs_count_the_weights_that_the_layers_hold():
    for groups in (1, 2, 4):
        cost = convbp.conv_cost(4, 8, (3, 2), groups=groups, outputs=(5, 7), bias=True)
        w = np.ones((8, 4 // groups, 3, 2))
        y = convbp.conv2d(np.ones((1, 4, 7, 8)), w, groups=groups)
        assert cost.parameters == w.size + 8
        assert cost.multiply_adds == w[0].size * y.size
    assert convbp.depthwise_cost(4, (3, 2), multiplier=3, outputs=(5, 7)).parameters == np.ones((4, 3, 3, 2)).size
    whole_cost = convbp.separable_cost(4, 8, (3, 2), multiplier=3, outputs=(5, 7))
    assert whole_cost == (4 * 3 * 6 + 12 * 8, (4 * 3 * 6 + 12 * 8) * 35)


def test_the_counts_of_the_lecture_and_their_ratio():
    ordinary, cheap = convbp.conv_cost(64, 128, (3, 3)), convbp.separable_cost(64, 128, (3, 3))
    assert (ordinary.parameters, cheap.parameters) == (73_728, 8_768)
    assert convbp.depthwise_cost(64, (3, 3)).parameters == 576
    assert cheap.parameters * 128 * 9 == ordinary.parameters * (9 + 128)  # the ratio is 1/O + 1/K²


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            ValueError,
            r"w must have one slice for each of the 3 channels on axis 0; got shape \(2, 1, 2\)",
            lambda: separable.depthwise_conv1d(np.ones((1, 3, 5)), np.ones((2, 1, 2))),
        ),
        (
            ValueError,
            r"w must have 4 axes \(C, M, KH, KW\); got 3 in shape \(3, 1, 2\)",
            lambda: separable.depthwise_conv2d(np.ones((1, 3, 5, 5)), np.ones((3, 1, 2))),
        ),
        (
            ValueError,
            r"x must have 3 axes \(N, C, L\); got 4",
            lambda: separable.depthwise_conv1d(np.ones((1, 3, 5, 5)), np.ones((3, 1, 2))),
        ),
        (
            ValueError,
            r"w_point must have 2 axes \(F, C·M\); got 3 in shape \(2, 3, 1\)",
            lambda: separable.separable_conv1d(np.ones((1, 3, 5)), np.ones((3, 1, 2)), np.ones((2, 3, 1))),
        ),
        (
            ValueError,
            r"w must have C/groups = 3/1 = 3 channels",
            lambda: separable.separable_conv1d(np.ones((1, 3, 5)), np.ones((3, 1, 2)), np.ones((2, 4))),
        ),
        (
            ValueError,
            r"groups must divide channels and filters; got 3 with C=4, F=6",
            lambda: convbp.conv_cost(4, 6, 3, groups=3),
        ),
        (ValueError, r"kernel_size must be at least 1; got 0", lambda: convbp.conv_cost(4, 6, (3, 0))),
        (
            TypeError,
            r"multiplier must be made of ints; got 0.5",
            lambda: convbp.depthwise_cost(4, 3, multiplier=0.5),
        ),
    ],
)
def test_malformed_calls_are_refused(error, message, call):
    with pytest.raises(error, match=message):
        call()
