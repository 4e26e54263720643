"""The matrix views against the layer itself: every option, and the transposes as backward passes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convbp
from cases import CONV, whole_numbers
from compare import assert_close, assert_same
from convbp.matrix import col2im, conv_matrix, im2col
from convbp.spectral import fft_convolve, fft_correlate
from convbp.winograd import FILTER_TRANSFORM, INPUT_TRANSFORM, OUTPUT_TRANSFORM, winograd_correlate

FORWARD = {1: convbp.conv1d, 2: convbp.conv2d, 3: convbp.conv3d}
BACKWARD = {1: convbp.conv1d_backward, 2: convbp.conv2d_backward, 3: convbp.conv3d_backward}
UNGROUPED = [case for case in CONV if "groups" not in case.options]


@pytest.mark.parametrize("case", CONV, ids=str)
def test_the_sparse_matrix_is_the_layer_and_its_transpose_the_input_gradient(case):
    x, w, _, dy = whole_numbers(case)
    matrix = conv_matrix(w, case.x[1:], **case.options)
    y = FORWARD[case.rank](x, w, **case.options)
    dx = BACKWARD[case.rank](dy, x, w, need=["dx"], **case.options).dx
    for n in range(len(x)):
        assert_same(matrix @ x[n].ravel(), y[n].ravel())
        assert_same(matrix.T @ dy[n].ravel(), dx[n].ravel())


def test_the_sparse_matrix_stores_each_product_once():
    w = np.zeros((2, 3, 2))
    matrix = conv_matrix(w, (3, 5), padding=1)
    assert matrix.nnz == 2 * 3 * (2 * 6 - 2)
    assert conv_matrix(w.astype(np.float32), (3, 5)).dtype == np.float32


@pytest.mark.parametrize("case", UNGROUPED, ids=str)
def test_columns_turn_all_three_passes_into_matrix_products(case):
    x, w, _, dy = whole_numbers(case)
    columns = im2col(x, case.w[2:], **case.options)
    rows, dy_rows = w.reshape(len(w), -1), dy.reshape(*dy.shape[:2], -1)
    dx, dw, _ = BACKWARD[case.rank](dy, x, w, **case.options)
    assert_same((rows @ columns).reshape(dy.shape), FORWARD[case.rank](x, w, **case.options))
    assert_same((dy_rows @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape), dw)
    assert_same(col2im(rows.T @ dy_rows, x.shape, case.w[2:], **case.options), dx)


@pytest.mark.parametrize("case", UNGROUPED, ids=str)
def test_col2im_after_im2col_counts_the_windows(case):
    x = np.ones((1, *case.x[1:]))
    counts = col2im(im2col(x, case.w[2:], **case.options), x.shape, case.w[2:], **case.options)
    for at in np.ndindex(case.x[2:]):
        reached = convbp.affected_outputs(at, case.x[2:], case.w[2:], **case.options)
        assert (counts[0, :, *at] == np.prod([len(axis) for axis in reached])).all()


@pytest.mark.parametrize("mode", ["valid", "same", "full", "causal"])
@pytest.mark.parametrize("shapes", [((9,), (4,)), ((6, 8), (3, 2)), ((4, 5, 6), (2, 3, 4))])
def test_spectra_give_the_same_sums(shapes, mode):
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape) for shape in shapes)
    terms = 20 * x.size
    assert_close(fft_convolve(x, w, mode), convbp.convolve(x, w, mode), terms=terms)
    assert_close(fft_correlate(x, w, mode), convbp.correlate(x, w, mode), terms=terms)
    x32, w32 = x.astype(np.float32), w.astype(np.float32)
    assert fft_convolve(x32, w32, mode).dtype == np.float32


def test_a_spectrum_of_length_n_alone_would_wrap():
    x, w = np.array([1.0, 2, 4, 7]), np.array([1.0, 0, -1])
    wrapped = np.fft.irfft(np.fft.rfft(x, 4) * np.fft.rfft(w, 4), 4)
    assert_close(wrapped[:2], convbp.convolve(x, w)[:2] + convbp.convolve(x, w)[4:], terms=30)
    assert_close(fft_convolve(x, w), convbp.convolve(x, w), terms=30)


def test_a_nan_stays_local_in_the_spectral_way_too():
    x = np.array([1.0, 2, np.nan, 4, 5, 6])
    np.testing.assert_array_equal(fft_convolve(x, [1.0, 1.0]), convbp.convolve(x, [1.0, 1.0]))


def test_the_three_matrices_compute_two_outputs_of_three_taps():
    for i in range(4):
        for k in range(3):
            x, w = np.eye(4)[i], np.eye(3)[k]
            y = OUTPUT_TRANSFORM @ ((FILTER_TRANSFORM @ w) * (INPUT_TRANSFORM @ x))
            assert y.tolist() == [1.0 if i == o + k else 0.0 for o in range(2)]


@given(st.integers(3, 9), st.integers(3, 9))
def test_winograd_equals_the_sum_over_taps(height, width):
    rng = np.random.default_rng(height * 10 + width)
    x, w = 4 * rng.integers(-5, 6, (height, width)), 4 * rng.integers(-5, 6, (3, 3))
    assert_same(winograd_correlate(x, w), convbp.correlate(x, w))
    assert_same(winograd_correlate(x[0], w[0]), convbp.correlate(x[0], w[0]))


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, r"w must have C/groups = 2/1 = 2 channels", lambda: conv_matrix(np.ones((1, 1, 2)), (2, 5))),
        (ValueError, r"w must fit .* axis 0", lambda: conv_matrix(np.ones((1, 1, 6)), (1, 5))),
        (
            ValueError,
            r"kernel_size must be an int or 1 ints.*; got \(2, 2\)",
            lambda: im2col(np.ones((1, 1, 4)), (2, 2)),
        ),
        (ValueError, r"x must have 3 to 5 axes .*; got shape \(4,\)", lambda: im2col([1, 2, 3, 4], 2)),
        (
            ValueError,
            r"columns must have shape \(1, 2, 3\), as im2col returns; got \(1, 3, 3\)",
            lambda: col2im(np.ones((1, 3, 3)), (1, 1, 4), 2),
        ),
        (ValueError, r"mode must be one of 'valid', .*; got 'wrap'", lambda: fft_convolve([1, 2], [1], "wrap")),
        (
            TypeError,
            r"x and w must be numbers .*; got dtype object",
            lambda: fft_convolve(np.array([1, 2], object), [1]),
        ),
        (
            ValueError,
            r"w must have 3 taps .*; got \(2,\) for x of shape \(5,\)",
            lambda: winograd_correlate(range(5), [1, 2]),
        ),
        (
            ValueError,
            r"x must have at least 3 cells .*; got shape \(2,\)",
            lambda: winograd_correlate([1, 2], [1, 2, 3]),
        ),
    ],
)
def test_malformed_calls_are_refused(error, message, call):
    with pytest.raises(error, match=message):
        call()
