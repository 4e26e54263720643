"""Resampling against PyTorch and NumPy's interpolation; gradients against the adjoint and exact differences."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convbp
from compare import assert_close, assert_same
from convbp.check import adjoint_check, integer_gradient

SHAPES = {1: (2, 3, 7), 2: (2, 3, 4, 5), 3: (1, 2, 3, 2, 4)}
SCALES = {1: 3, 2: (2, 3), 3: (2, 1, 3)}
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def whole(shape, seed=0):
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float64)


# For each operation: forward(x), backward(dy, input_shape), exact on whole numbers.
OPERATIONS = {
    "zero_insert": (
        lambda x: convbp.zero_insert(x, (3, 2)),
        lambda dy, shape: convbp.zero_insert_backward(dy, shape, (3, 2)),
    ),
    "subsample": (
        lambda x: convbp.subsample(x, (3, 2)),
        lambda dy, shape: convbp.subsample_backward(dy, shape, (3, 2)),
    ),
    "nearest": (
        lambda x: convbp.upsample(x, (2, 3)),
        lambda dy, shape: convbp.upsample_backward(dy, shape, (2, 3)),
    ),
    "linear": (
        lambda x: convbp.upsample(x, (2, 4), "linear"),
        lambda dy, shape: convbp.upsample_backward(dy, shape, (2, 4), "linear"),
    ),
    "blur_pool": (
        lambda x: convbp.blur_pool(x, (2, 3), taps=4),
        lambda dy, shape: convbp.blur_pool_backward(dy, shape, (2, 3), taps=4),
    ),
    "pixel_shuffle": (
        lambda x: convbp.pixel_shuffle(x, 2),
        lambda dy, shape: convbp.pixel_shuffle_backward(dy, 2),
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_gradient_is_the_adjoint_and_equals_exact_differences(name):
    forward, backward = OPERATIONS[name]
    x = whole((2, 4, 5, 6))
    dy = whole(forward(x).shape, 1)
    dx = backward(dy, x.shape)
    assert adjoint_check(forward, lambda _: dx, x, dy).error == 0
    assert_same(dx, integer_gradient(forward, x, dy))


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_are_kept_and_an_empty_batch_is_answered(name, dtype):
    forward, backward = OPERATIONS[name]
    x = np.ones((0, 4, 5, 6), dtype)
    y = forward(x)
    assert (y.shape[0], y.dtype) == (0, dtype)
    dx = backward(y, x.shape)
    assert (dx.shape, dx.dtype) == (x.shape, dtype)


@pytest.mark.parametrize("name", OPERATIONS)
def test_inputs_are_left_alone_and_outputs_are_fresh(name):
    forward, backward = OPERATIONS[name]
    x = whole((1, 4, 4, 6))
    before = x.copy()
    y = forward(x)
    y[...] = 77
    backward(y, x.shape)[...] = 77
    assert_same(x, before)
    assert (y == 77).all()


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize("align_corners", [False, True, None])
def test_pytorch_interpolates_alike(torch, rank, align_corners):
    x = whole(SHAPES[rank]) + 0.3
    tensor = torch.tensor(x, requires_grad=True)
    scale = convbp.options.per_axis("scale", SCALES[rank], rank)
    size = [s * n for s, n in zip(scale, x.shape[2:], strict=True)]
    if align_corners is None:
        mode, options, theirs = "nearest", {}, torch.nn.functional.interpolate(tensor, size=size)
    else:
        mode, options = "linear", {"align_corners": align_corners}
        theirs = torch.nn.functional.interpolate(tensor, size=size, mode=LINEAR[rank], align_corners=align_corners)
    dy = whole(tuple(theirs.shape), 1) + 0.7
    theirs.backward(torch.tensor(dy))
    assert_close(convbp.upsample(x, SCALES[rank], mode, **options), theirs.detach().numpy(), terms=2**rank)
    dx = convbp.upsample_backward(dy, x.shape, SCALES[rank], mode, **options)
    assert_close(dx, tensor.grad.numpy(), terms=4**rank * 3)


@pytest.mark.parametrize("align_corners", [False, True])
def test_linear_upsampling_is_numpy_interpolation(align_corners):
    x = whole((1, 1, 6))[0, 0]
    scale = 4
    o = np.arange(scale * 6)
    at = o * 5 / (scale * 6 - 1) if align_corners else (o + 0.5) / scale - 0.5
    y = convbp.upsample([[x]], scale, "linear", align_corners=align_corners)[0, 0]
    assert_close(y, np.interp(at, np.arange(6), x), terms=2)


@pytest.mark.parametrize("align_corners", [False, True])
def test_upsampling_keeps_a_constant_and_its_gradient_keeps_the_sum(align_corners):
    x = np.full((1, 2, 3, 5), 7.0)
    y = convbp.upsample(x, (2, 3), "linear", align_corners=align_corners)
    assert_close(y, np.full((1, 2, 6, 15), 7.0), terms=4)
    dx = convbp.upsample_backward(whole(y.shape), x.shape, (2, 3), "linear", align_corners=align_corners)
    assert_close(dx.sum(), whole(y.shape).sum(), terms=y.size, magnitude=np.abs(whole(y.shape)).sum())


def test_pytorch_shuffles_pixels_alike(torch):
    x = whole((2, 18, 3, 4))
    assert_same(convbp.pixel_shuffle(x, 3), torch.nn.functional.pixel_shuffle(torch.tensor(x), 3).numpy())
    dy = whole((2, 2, 9, 12))
    assert_same(convbp.pixel_shuffle_backward(dy, 3), torch.nn.functional.pixel_unshuffle(torch.tensor(dy), 3).numpy())


@pytest.mark.parametrize("rank", SHAPES)
def test_pixel_shuffle_is_its_formula_in_every_rank(rank):
    factor, channels = 2, 3
    x = whole((2, channels * factor**rank, *SHAPES[rank][2:]))
    y = convbp.pixel_shuffle(x, factor)
    for n, c, *at in np.ndindex(y.shape):
        part = 0
        for cell in at:
            part = part * factor + cell % factor
        assert y[n, c, *at] == x[n, c * factor**rank + part, *(cell // factor for cell in at)]
    assert_same(convbp.pixel_shuffle_backward(y, factor), x)


@given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4))
def test_a_stride_is_a_subsampled_convolution_and_spreads_the_gradient(size, kernel, stride):
    x, w = whole((1, 1, size + kernel)), whole((1, 1, kernel), 1)
    y = convbp.conv1d(x, w, stride=stride)
    dense = convbp.conv1d(x, w)
    assert_same(y, convbp.subsample(dense, stride))
    dy = whole(y.shape, 2)
    strided = convbp.conv1d_backward(dy, x, w, stride=stride)
    spread = convbp.subsample_backward(dy, dense.shape, stride)
    assert_same(strided.dx, convbp.conv1d_backward(spread, x, w).dx)
    assert_same(strided.dw, convbp.conv1d_backward(spread, x, w).dw)
    assert_same(convbp.zero_insert(dy, stride), spread[..., : stride * (dy.shape[2] - 1) + 1])


@given(st.integers(1, 5), st.integers(1, 4))
def test_inserting_zeros_and_picking_cells_undo_each_other(size, stride):
    x = whole((1, 2, size))
    assert_same(convbp.subsample(convbp.zero_insert(x, stride), stride), x)


def test_blur_pool_is_its_binomial_filter():
    x = whole((1, 1, 6, 7))
    padded = np.pad(x[0, 0], 1, "reflect")
    w = np.outer([1, 2, 1], [1, 2, 1]) / 16
    dense = np.array([[np.sum(padded[i : i + 3, j : j + 3] * w) for j in range(7)] for i in range(6)])
    assert_same(convbp.blur_pool(x)[0, 0], dense[::2, ::2])
    assert_same(convbp.blur_pool(x, 2, taps=1), convbp.subsample(x, 2))


def test_a_nan_reaches_only_what_reads_it():
    x = np.array([[[np.nan, 1.0, 2.0, 3.0]]])
    assert np.isnan(convbp.upsample(x, 2, "linear"))[0, 0].tolist() == [True, True, True] + [False] * 5
    assert np.isnan(convbp.upsample(x, 3, "linear", align_corners=True))[0, 0].tolist() == [True] * 4 + [False] * 8
    assert np.isnan(convbp.zero_insert(x, 2))[0, 0].tolist() == [True] + [False] * 6
    dx = convbp.upsample_backward([[[1, 2, 3, np.nan]]], (1, 1, 2), 2, "linear", align_corners=True)
    assert dx[0, 0, 0] == 1 + 2 * (1 - 1 / 3) + 3 * (1 - 2 / 3)
    assert np.isnan(dx[0, 0, 1])


def test_fractions_stay_fractions_where_cells_only_move():
    third = Fraction(1, 3)
    assert convbp.upsample([[[third]]], 2).tolist() == [[[third, third]]]
    assert convbp.zero_insert([[[third, third]]], 2).tolist() == [[[third, 0, third]]]


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, r"stride must be at least 1; got 0", lambda: convbp.zero_insert(np.ones((1, 1, 3)), 0)),
        (
            ValueError,
            r"stride must be an int or 2 ints.*; got \(1, 2, 3\)",
            lambda: convbp.subsample(np.ones((1, 1, 3, 3)), (1, 2, 3)),
        ),
        (ValueError, r"scale must be at least 1; got -1", lambda: convbp.upsample(np.ones((1, 1, 3)), -1)),
        (TypeError, r"scale must be made of ints; got 1.5", lambda: convbp.upsample(np.ones((1, 1, 3)), 1.5)),
        (
            ValueError,
            r"mode must be one of 'nearest', 'linear'; got 'cubic'",
            lambda: convbp.upsample(np.ones((1, 1, 3)), 2, "cubic"),
        ),
        (
            ValueError,
            r"align_corners must be False with mode=\"nearest\"; got True",
            lambda: convbp.upsample(np.ones((1, 1, 3)), 2, align_corners=True),
        ),
        (
            TypeError,
            r"align_corners must be True or False; got 1",
            lambda: convbp.upsample(np.ones((1, 1, 3)), 2, "linear", align_corners=1),
        ),
        (ValueError, r"x must have 3 to 5 axes .*; got shape \(2, 2\)", lambda: convbp.upsample([[1, 2], [3, 4]], 2)),
        (
            ValueError,
            r"x must have no empty axis .*; got shape \(1, 0, 3\)",
            lambda: convbp.subsample(np.ones((1, 0, 3)), 2),
        ),
        (
            ValueError,
            r"factor must divide the channels into factor\^2 parts; got 2 with C=6",
            lambda: convbp.pixel_shuffle(np.ones((1, 6, 3, 3)), 2),
        ),
        (
            ValueError,
            r"factor must divide every spatial axis of dy; got 2 with shape \(1, 1, 4, 3\)",
            lambda: convbp.pixel_shuffle_backward(np.ones((1, 1, 4, 3)), 2),
        ),
        (ValueError, r"factor must be at least 1; got 0", lambda: convbp.pixel_shuffle(np.ones((1, 6, 3)), 0)),
        (ValueError, r"taps must be at least 1; got 0", lambda: convbp.blur_pool(np.ones((1, 1, 3)), taps=0)),
        (
            ValueError,
            r"dy must have shape \(1, 1, 6\), as the forward call returns; got \(1, 1, 5\)",
            lambda: convbp.upsample_backward(np.ones((1, 1, 5)), (1, 1, 3), 2),
        ),
        (
            ValueError,
            r"dy must have shape \(1, 1, 2\), as the forward call returns; got \(1, 1, 3\)",
            lambda: convbp.blur_pool_backward(np.ones((1, 1, 3)), (1, 1, 3), 2),
        ),
    ],
)
def test_malformed_calls_are_refused(error, message, call):
    with pytest.raises(error, match=message):
        call()
