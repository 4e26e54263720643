"""What the Rosetta page says of PyTorch, SciPy and NumPy, run."""

from __future__ import annotations

import math
import warnings
from types import ModuleType

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal

import convbp

X, W = np.array([3.0, 1, 4, 1, 5, 9]), np.array([2.0, -1, 3])
FIRST, SECOND = np.array([1.0, 0]), np.array([0.0, 1])  # filters that only pick a tap


def correlation(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Write out the sum with the plus."""
    return np.array([sum(x[o + k] * w[k] for k in range(len(w))) for o in range(len(x) - len(w) + 1)])


def conv1d(torch: ModuleType, x: np.ndarray, w: np.ndarray, **options: object) -> np.ndarray:
    y = torch.nn.functional.conv1d(torch.tensor(x)[None, None], torch.tensor(w)[None, None], **options)
    return y[0, 0].numpy()


def test_torch_and_convbp_do_not_flip(torch: ModuleType) -> None:
    assert (conv1d(torch, X, W) == correlation(X, W)).all()
    assert (convbp.conv1d([[X]], [[W]])[0, 0] == correlation(X, W)).all()


@pytest.mark.parametrize("convolve", [scipy.signal.convolve, np.convolve, lambda x, w, mode: two_axes(x, w, mode)])
def test_scipy_and_numpy_convolve_flip(convolve) -> None:
    assert (convolve(X, W, mode="valid") == correlation(X, W[::-1])).all()
    assert (convolve(X, W, mode="valid") != correlation(X, W)).any()


def two_axes(x: np.ndarray, w: np.ndarray, mode: str) -> np.ndarray:
    return scipy.signal.convolve2d(x[None], w[None], mode=mode)[0]


@pytest.mark.parametrize("correlate", [scipy.signal.correlate, np.correlate])
def test_scipy_and_numpy_correlate_do_not_flip(correlate) -> None:
    assert (correlate(X, W, mode="valid") == correlation(X, W)).all()


@pytest.mark.parametrize("correlate", [scipy.signal.correlate, np.correlate])
def test_scipy_and_numpy_correlate_conjugate_the_second(correlate) -> None:
    a, b = np.array([1 + 2j, 3j]), np.array([1j, 2])
    assert correlate(a, b, mode="valid") == [(a * b.conj()).sum()]
    assert (a * b.conj()).sum() != (a * b).sum()


@pytest.mark.parametrize(
    ("function", "cells"),
    [(scipy.signal.convolve, 8), (scipy.signal.correlate, 8), (np.convolve, 8), (np.correlate, 4)],
)
def test_the_range_without_a_word_about_it(function, cells: int) -> None:
    assert function(X, W).size == cells


def test_numpy_correlate_with_the_shorter_first_comes_out_reversed() -> None:
    assert (np.correlate(W, X, "valid") == np.correlate(X, W, "valid")[::-1]).all()


def test_ndimage_flips_in_convolve_only_and_keeps_the_size() -> None:
    inner = slice(1, -1)
    assert (scipy.ndimage.correlate1d(X, W)[inner] == correlation(X, W)).all()
    assert (scipy.ndimage.convolve1d(X, W)[inner] == correlation(X, W[::-1])).all()
    assert scipy.ndimage.correlate1d(X, W).shape == X.shape


def test_same_with_an_even_filter_has_the_odd_cell_after_in_torch_and_convbp(torch: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Using padding='same' with even kernel", UserWarning)
        judged = conv1d(torch, X, FIRST, padding="same"), conv1d(torch, X, SECOND, padding="same")
    ours = [convbp.conv1d([[X]], [[w]], padding="same")[0, 0] for w in (FIRST, SECOND)]
    for found in (judged, ours):
        assert (found[0] == X).all()
        assert (found[1] == [*X[1:], 0]).all()


@pytest.mark.parametrize("correlate", [scipy.signal.correlate, np.correlate])
def test_same_with_an_even_filter_has_the_odd_cell_before_in_scipy_and_numpy(correlate) -> None:
    assert (correlate(X, FIRST, mode="same") == [0, *X[:-1]]).all()
    assert (correlate(X, SECOND, mode="same") == X).all()


def test_torch_has_same_for_stride_1_only(torch: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="strided"):
        conv1d(torch, X, W, padding="same", stride=2)
    assert convbp.conv1d([[X]], [[W]], padding="same", stride=2).size == math.ceil(6 / 2)


def test_the_formulas_for_the_size_agree(torch: ModuleType) -> None:
    for n, k, s, p in np.ndindex(9, 4, 3, 3):
        n, k, s = n + 1, k + 1, s + 1
        if n + 2 * p < k:
            continue
        size = convbp.output_size(n, k, stride=s, padding=p)[0]
        assert size == conv1d(torch, np.zeros(n), np.zeros(k), stride=s, padding=p).size
        assert size == (n + 2 * p - k) // s + 1 == (n - k + 2 * p + s) // s == -((n + 2 * p - k + 1) // -s)
        if (n - k + 2 * p) % s == 0:
            assert size == (n - k + 2 * p) / s + 1


def test_dilation_1_is_dense_in_torch_as_here(torch: ModuleType) -> None:
    assert (conv1d(torch, X, W, dilation=1) == conv1d(torch, X, W)).all()
    spread = [2, 0, -1, 0, 3]
    assert (conv1d(torch, X, W, dilation=2) == correlation(X, np.array(spread))).all()
    assert (convbp.conv1d([[X]], [[W]], dilation=2)[0, 0] == correlation(X, np.array(spread))).all()


ROW = np.array([1.0, 2, 3])
PADDED = {"zero": [0, 1, 2, 3, 0], "reflect": [2, 1, 2, 3, 2], "edge": [1, 1, 2, 3, 3], "wrap": [3, 1, 2, 3, 1]}


@pytest.mark.parametrize(
    ("ours", "numpy", "ndimage", "framework"),
    [
        ("zero", "constant", "constant", "constant"),
        ("reflect", "reflect", "mirror", "reflect"),
        ("edge", "edge", "nearest", "replicate"),
        ("edge", "symmetric", "reflect", "replicate"),
        ("wrap", "wrap", "wrap", "circular"),
    ],
)
def test_the_names_of_a_padding(torch: ModuleType, ours: str, numpy: str, ndimage: str, framework: str) -> None:
    expected = PADDED[ours]
    assert convbp.pad([[ROW]], 1, ours)[0, 0].tolist() == expected
    assert np.pad(ROW, 1, numpy).tolist() == expected
    judged = torch.nn.functional.pad(torch.tensor(ROW)[None, None], (1, 1), mode=framework)
    assert judged[0, 0].tolist() == expected
    before = scipy.ndimage.correlate1d(ROW, [1, 0, 0], mode=ndimage)
    after = scipy.ndimage.correlate1d(ROW, [0, 0, 1], mode=ndimage)
    assert [before[0], *ROW, after[-1]] == expected


def test_symmetric_and_edge_part_after_one_cell() -> None:
    assert np.pad(ROW, 2, "symmetric").tolist() == [2, 1, 1, 2, 3, 3, 2]
    assert np.pad(ROW, 2, "edge").tolist() == [1, 1, 1, 2, 3, 3, 3]


def test_torch_orders_filters_out_in_and_transposed_ones_in_out(torch: ModuleType) -> None:
    assert tuple(torch.nn.Conv2d(6, 4, (3, 2), groups=2).weight.shape) == (4, 3, 3, 2)
    assert tuple(torch.nn.ConvTranspose2d(6, 4, (3, 2), groups=2).weight.shape) == (6, 2, 3, 2)
    assert tuple(torch.nn.Conv2d(6, 12, (3, 2), groups=6).weight.shape) == (12, 1, 3, 2)


def test_a_transposed_convolution_stamps_with_the_filter_unflipped(torch: ModuleType) -> None:
    one = np.array([[[1.0, 0, 0]]])
    judged = torch.nn.functional.conv_transpose1d(torch.tensor(one), torch.tensor(W)[None, None], stride=2)
    assert judged[0, 0].tolist() == [2, -1, 3, 0, 0, 0, 0]
    assert convbp.conv_transpose1d(one, [[W]], stride=2).tolist() == judged.tolist()


def test_output_padding_computes_its_cells_and_adds_no_zeros(torch: ModuleType) -> None:
    x, w = torch.ones(1, 1, 3), torch.tensor(W)[None, None].float()
    short = torch.nn.functional.conv_transpose1d(x, w, stride=2, padding=1)
    long = torch.nn.functional.conv_transpose1d(x, w, stride=2, padding=1, output_padding=1)
    assert long[0, 0, :-1].tolist() == short[0, 0].tolist()
    assert long[0, 0, -1] == 3


def test_an_average_counts_the_padding_in_torch_as_here_unless_told(torch: ModuleType) -> None:
    ones = np.ones((1, 1, 4))
    for count, border in [({}, 1), ({"count_include_pad": True}, 1), ({"count_include_pad": False}, 1.5)]:
        judged = torch.nn.functional.avg_pool1d(torch.tensor(1.5 * ones), 3, stride=1, padding=1, **count)
        ours = convbp.avg_pool1d(1.5 * ones, 3, stride=1, padding=1, **count)
        assert judged[0, 0].tolist() == ours[0, 0].tolist() == [border, 1.5, 1.5, border]


def test_a_pool_steps_by_its_window_if_nothing_is_said(torch: ModuleType) -> None:
    x = np.arange(7.0)[None, None]
    assert torch.nn.functional.max_pool1d(torch.tensor(x), 3).tolist() == [[[2, 5]]]
    assert convbp.max_pool1d(x, 3).y.tolist() == [[[2, 5]]]


def test_padding_never_wins_a_maximum(torch: ModuleType) -> None:
    x = -np.ones((1, 1, 4))
    assert torch.nn.functional.max_pool1d(torch.tensor(x), 2, padding=1).max() == -1
    assert convbp.max_pool1d(x, 2, padding=1).y.max() == -1


def test_an_lp_pool_takes_magnitudes_here_and_signed_numbers_in_torch(torch: ModuleType) -> None:
    x = np.array([[[-2.0, 0]]])
    assert torch.nn.functional.lp_pool1d(torch.tensor(x), 3, 2).isnan().all()
    assert convbp.lp_pool1d(x, 3, 2).item() == pytest.approx(2, rel=1e-15)  # a cube root rounds
