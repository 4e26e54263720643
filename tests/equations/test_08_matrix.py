"""The equations of chapter 8, as printed, against SciPy, sums written out, polynomials and whole differences."""

from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from scipy import linalg, signal

import convbp
from convbp import winograd
from convbp.geometry import conv_geometry, products
from convbp.matrix import col2im, conv_matrix, im2col
from convbp.spectral import fft_convolve


class Settings(NamedTuple):
    """One axis, in the words of the chapter."""

    N: int
    K: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def M(self):
        return (self.N + self.before + self.after - self.dilation * (self.K - 1) - 1) // self.stride + 1

    @property
    def options(self):
        return {"stride": self.stride, "dilation": self.dilation, "padding": [(self.before, self.after)]}

    def cell(self, o, k):
        return self.stride * o + self.dilation * k - self.before


AXES = [
    Settings(4, 2, 1, 1, 0, 0),
    Settings(5, 2, 2, 1, 0, 0),
    Settings(7, 3, 2, 2, 1, 2),
    Settings(6, 3, 1, 1, 2, 2),
    Settings(9, 2, 3, 4, 0, 1),
    Settings(5, 1, 4, 1, 0, 0),
]
every_axis = pytest.mark.parametrize("a", AXES, ids=str)


def whole(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def correlated(x, w, a):
    """The layer on one axis by SciPy: pad, spread the filter, slide, pick."""
    hollow = np.zeros(a.dilation * (a.K - 1) + 1, int)
    hollow[:: a.dilation] = w
    return signal.correlate(np.pad(x, (a.before, a.after)), hollow, "valid", "direct")[:: a.stride]


def by_units(f, size):
    """The matrix of a linear map: what it makes of the unit vectors, side by side."""
    return np.array([f(unit) for unit in np.eye(size, dtype=int)]).T


def slopes(f, start, dy):
    """The gradient of Σ dy·f(start) by whole steps both ways; exact where f is linear in each cell."""
    gradient = np.zeros(start.shape, int)
    for at in np.ndindex(start.shape):
        step = np.zeros(start.shape, int)
        step[at] = 1
        gradient[at], rest = divmod(int(np.sum(dy * (f(start + step) - f(start - step)))), 2)
        assert rest == 0
    return gradient


@every_axis
@pytest.mark.equation("eq-matrix-entries", exact=True)
def test_an_entry_is_the_weight_through_which_the_output_reads_the_cell(a):
    w = whole(a.K, 1)
    printed = [[sum(w[k] * (i == a.cell(o, k)) for k in range(a.K)) for i in range(a.N)] for o in range(a.M)]
    assert printed == by_units(lambda x: correlated(x, w, a), a.N).tolist()
    assert printed == conv_matrix([[w]], (1, a.N), **a.options).toarray().tolist()


@every_axis
@pytest.mark.equation("eq-matrix-y", exact=True)
def test_the_layer_multiplies_by_the_matrix(a):
    x, w, b = whole(a.N, 1), whole(a.K, 2), 5
    y = conv_matrix([[w]], (1, a.N), **a.options) @ x + b
    assert y.tolist() == (correlated(x, w, a) + b).tolist()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.equation("eq-matrix-y", exact=True)
def test_in_the_plane_too_read_row_by_row(stride):
    x, w = whole((5, 7), 1), whole((3, 2), 2)
    y = signal.correlate2d(x, w, "valid")[::stride, ::stride]
    assert (conv_matrix([[w]], (1, 5, 7), stride=stride) @ x.ravel() == y.ravel()).all()


@every_axis
@pytest.mark.equation("eq-matrix-taps", exact=True)
def test_each_weight_has_its_own_pattern(a):
    w = whole(a.K, 1)
    patterns = [[[int(a.cell(o, k) == i) for i in range(a.N)] for o in range(a.M)] for k in range(a.K)]
    assert (np.tensordot(w, patterns, 1) == by_units(lambda x: correlated(x, w, a), a.N)).all()


@pytest.mark.equation("eq-matrix-taps", exact=True)
def test_with_stride_1_the_matrix_is_toeplitz():
    w = whole(3, 1)
    column, row = [w[0], 0, 0, 0], [*w, 0, 0, 0]
    assert (conv_matrix([[w]], (1, 6)).toarray() == linalg.toeplitz(column, row)).all()


LAYERS = [
    ((1, 2, 5), (3, 2, 2), 1, {"stride": 2, "dilation": 1, "padding": [(1, 0)]}),
    ((1, 4, 6, 5), (6, 2, 3, 2), 2, {"stride": (2, 1), "dilation": (1, 2), "padding": [(1, 0), (0, 2)]}),
    ((1, 2, 3, 4, 3), (2, 1, 2, 2, 1), 2, {"stride": (1, 2, 1), "dilation": 1, "padding": 1}),
]


@pytest.mark.parametrize(("x_shape", "w_shape", "groups", "options"), LAYERS)
@pytest.mark.equation("eq-matrix-dx", exact=True)
def test_the_backward_pass_multiplies_by_the_transpose(x_shape, w_shape, groups, options, torch):
    x, w = whole(x_shape, 1), whole(w_shape, 2)
    g = conv_geometry(x_shape, w_shape, groups=groups, **options)
    dy = whole(g.output_shape, 3)
    A = conv_matrix(w, x_shape[1:], groups=groups, **options)
    before_after = [n for axis in reversed(g.axes) for n in (axis.before, axis.after)]
    rank = len(g.axes)
    layer = getattr(torch.nn.functional, f"conv{rank}d")
    x_torch = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    padded = torch.nn.functional.pad(x_torch, before_after)
    strides, dilations = [axis.stride for axis in g.axes], [axis.dilation for axis in g.axes]
    y = layer(padded, torch.tensor(w, dtype=torch.float64), stride=strides, dilation=dilations, groups=groups)
    y.backward(torch.tensor(dy, dtype=torch.float64))
    assert (A @ x.ravel() == y.detach().numpy().ravel()).all()
    assert (A.T @ dy.ravel() == x_torch.grad.numpy().ravel()).all()


@every_axis
@pytest.mark.equation("eq-matrix-dw-taps", exact=True)
def test_the_gradient_of_a_weight_collects_along_its_diagonal(a):
    x, w, dy = whole(a.N, 1), whole(a.K, 2), whole(a.M, 3)
    patterns = [conv_matrix([[unit]], (1, a.N), **a.options) for unit in np.eye(a.K)]
    printed = [dy @ (pattern @ x) for pattern in patterns]
    assert printed == slopes(lambda w: correlated(x, w, a), w, dy).tolist()


PLANES = [((2, 3, 5, 6), (4, 3, 2, 3), 1, 0), ((1, 2, 7, 5), (3, 2, 3, 2), 2, 1)]
every_plane = pytest.mark.parametrize(("x_shape", "w_shape", "stride", "padding"), PLANES)


def by_scipy(x, w, b, stride, padding):
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    maps = [
        [sum(signal.correlate2d(channel, tap, "valid") for channel, tap in zip(planes, f, strict=True)) for f in w]
        for planes in padded
    ]
    return np.array(maps)[:, :, ::stride, ::stride] + b[:, None, None]


def plane_problem(x_shape, w_shape, stride, padding):
    x, w, b = whole(x_shape, 1), whole(w_shape, 2), whole(w_shape[0], 3)
    dy = whole(by_scipy(x, w, b, stride, padding).shape, 4)
    return x, w, b, dy, im2col(x, w_shape[2:], stride=stride, padding=padding)


@every_plane
@pytest.mark.equation("eq-matrix-columns", exact=True)
def test_a_row_of_the_columns_is_what_a_tap_reads_in_a_channel(x_shape, w_shape, stride, padding):
    x, _, _, dy, columns = plane_problem(x_shape, w_shape, stride, padding)
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    rows = list(product(*map(range, w_shape[1:])))
    outputs = list(np.ndindex(dy.shape[2:]))
    for n, (row, (c, p, q)), (o, (i, j)) in product(range(len(x)), enumerate(rows), enumerate(outputs)):
        assert columns[n, row, o] == padded[n, c, stride * i + p, stride * j + q]
    assert columns.shape[1:] == (len(rows), len(outputs))


@every_plane
@pytest.mark.equation("eq-matrix-columns-y", exact=True)
@pytest.mark.equation("eq-matrix-columns-dw", exact=True)
@pytest.mark.equation("eq-matrix-columns-dx", exact=True)
def test_a_layer_and_its_gradients_are_three_products_of_matrices(x_shape, w_shape, stride, padding):
    x, w, b, dy, columns = plane_problem(x_shape, w_shape, stride, padding)
    W, dY = w.reshape(len(w), -1), dy.reshape(len(x), len(w), -1)
    y = W @ columns + b[:, None]
    assert (y.reshape(dy.shape) == by_scipy(x, w, b, stride, padding)).all()
    dW = sum(each @ its.T for each, its in zip(dY, columns, strict=True))
    assert (dW.reshape(w.shape) == slopes(lambda w: by_scipy(x, w, b, stride, padding), w, dy)).all()
    assert (dY.sum((0, 2)) == slopes(lambda b: by_scipy(x, w, b, stride, padding), b, dy)).all()
    through_columns = slopes(lambda columns: W @ columns.reshape(len(x), W.shape[1], -1), columns.astype(int), dY)
    assert (W.T @ dY == through_columns).all()


def copier(a):
    """R of the chapter: a row for each tap and output, a 1 in the column of the cell that is read."""
    return np.array([[int(a.cell(o, k) == i) for i in range(a.N)] for k in range(a.K) for o in range(a.M)])


@every_axis
@pytest.mark.equation("eq-matrix-col2im", exact=True)
def test_one_copies_and_the_other_adds_the_copies(a):
    x, dcolumns = whole(a.N, 1), whole((a.K, a.M), 2)
    R = copier(a)
    assert (R @ x == im2col([[x]], a.K, **a.options).ravel()).all()
    assert (R.T @ dcolumns.ravel() == col2im([dcolumns], (1, 1, a.N), a.K, **a.options).ravel()).all()
    dx = slopes(lambda x: R @ x, x, dcolumns.ravel())
    assert (R.T @ dcolumns.ravel() == dx).all()


@every_axis
@pytest.mark.equation("eq-matrix-counts", exact=True)
def test_there_and_back_counts_the_copies(a):
    x = whole(a.N, 1)
    windows = [{a.cell(o, k) for k in range(a.K)} for o in range(a.M)]
    coverage = [sum(i in window for window in windows) for i in range(a.N)]
    assert (copier(a).T @ copier(a) == np.diag(coverage)).all()
    back = col2im(im2col([[x]], a.K, **a.options), (1, 1, a.N), a.K, **a.options)
    assert back[0, 0].tolist() == [count * value for count, value in zip(coverage, x, strict=True)]


@every_axis
@pytest.mark.equation("eq-matrix-factor", exact=True)
def test_a_convolution_copies_and_then_mixes(a):
    w = whole((3, a.K), 1)
    A = np.kron(w, np.eye(a.M, dtype=int)) @ copier(a)
    assert (np.vstack([by_units(lambda x, f=f: correlated(x, f, a), a.N) for f in w]) == A).all()
    assert (copier(a).T @ np.kron(w.T, np.eye(a.M, dtype=int)) == A.T).all()


@every_plane
@pytest.mark.equation("eq-matrix-memory", exact=True)
def test_the_columns_have_a_place_for_each_tap_of_each_window(x_shape, w_shape, stride, padding):
    _, w, _, dy, columns = plane_problem(x_shape, w_shape, stride, padding)
    N, C, K, M = x_shape[0], x_shape[1], w[0, 0].size, dy[0, 0].size
    assert columns.size == N * C * K * M


RINGS = [1, 2, 4]  # the roots of unity are 1, −1 and i: whole numbers all the way


def spectrum(x, T):
    """The definition, written out; exact for T = 1, 2 and 4."""
    roots = [np.array([1, 1j, -1, -1j])[(4 // T * power) % 4] for power in range(T)]
    return np.array([sum(x[i] * roots[-nu * i % T] for i in range(len(x))) for nu in range(T)])


@pytest.mark.parametrize("T", RINGS)
@pytest.mark.equation("eq-matrix-dft", exact=True)
def test_the_spectrum_as_printed_is_that_of_numpy_and_leads_back(T):
    x = whole(T, 1)
    assert spectrum(x, T).tolist() == np.fft.fft(x).tolist()
    roots = [np.array([1, 1j, -1, -1j])[(4 // T * power) % 4] for power in range(T)]
    back = [sum(spectrum(x, T)[nu] * roots[nu * i % T] for nu in range(T)) for i in range(T)]
    assert [value / T for value in back] == x.tolist()


def on_ring(x, w, sign):
    T = len(x)
    return np.array([sum(w[k] * x[(o + sign * k) % T] for k in range(T)) for o in range(T)])


@pytest.mark.parametrize("T", RINGS)
@pytest.mark.equation("eq-matrix-spectra", exact=True)
def test_a_correlation_multiplies_by_the_conjugate_and_a_convolution_does_not(T):
    x, w = whole(T, 1), whole(T, 2)
    assert (spectrum(on_ring(x, w, +1), T) == spectrum(x, T) * spectrum(w, T).conj()).all()
    assert (spectrum(on_ring(x, w, -1), T) == spectrum(x, T) * spectrum(w, T)).all()


@pytest.mark.parametrize("T", [3, 5, 7, 12])
@pytest.mark.equation("eq-matrix-spectra", tolerance="1e-12 relative")
@pytest.mark.equation("eq-matrix-spectra-back", tolerance="1e-12 relative")
def test_so_on_any_ring(T):
    x, w, dy = whole(T, 1), whole(T, 2), whole(T, 3)
    hats = [np.fft.fft(values) for values in (x, w, dy)]
    circulant = linalg.circulant(on_ring(np.eye(T, dtype=int)[0], w, +1))
    found = [hats[0] * hats[1].conj(), hats[2] * hats[1], hats[0] * hats[2].conj()]
    expected = [circulant @ x, circulant.T @ dy, on_ring(x, dy, +1)]
    for spectra, values in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.fft.ifft(spectra), values, rtol=1e-12, atol=1e-12 * abs(values).max())


@pytest.mark.parametrize("T", RINGS)
@pytest.mark.equation("eq-matrix-spectra-back", exact=True)
def test_backward_the_conjugate_moves_to_dy(T):
    x, w, dy = whole(T, 1), whole(T, 2), whole(T, 3)
    dx = slopes(lambda x: on_ring(x, w, +1), x, dy)
    dw = slopes(lambda w: on_ring(x, w, +1), w, dy)
    assert (spectrum(dx, T) == spectrum(dy, T) * spectrum(w, T)).all()
    assert (spectrum(dw, T) == spectrum(x, T) * spectrum(dy, T).conj()).all()


@pytest.mark.parametrize(("N", "K"), [(4, 2), (5, 3), (3, 3), (6, 1), (7, 5)])
@pytest.mark.equation("eq-matrix-wrap", tolerance="1e-12 absolute")
def test_what_does_not_fit_on_the_ring_falls_on_the_beginning(N, K):
    x, w = whole(N, 1), whole(K, 2)
    full = signal.convolve(x, w, method="direct")
    for T in range(max(N, K), N + K + 2):
        ring = np.fft.ifft(np.fft.fft(x, T) * np.fft.fft(w, T)).real
        printed = [sum(full[o::T]) for o in range(T)]
        np.testing.assert_allclose(ring, printed, rtol=0, atol=1e-12 * 81 * K)
        assert (printed[: len(full)] == full.tolist()) == (T >= N + K - 1 or not full[T:].any())
    np.testing.assert_allclose(fft_convolve(x, w), full, rtol=0, atol=1e-12 * 81 * K)


G, BT, ET = winograd.FILTER_TRANSFORM, winograd.INPUT_TRANSFORM, winograd.OUTPUT_TRANSFORM
every_tile = pytest.mark.parametrize("seed", range(5))


@every_tile
@pytest.mark.equation("eq-matrix-f23", exact=True)
@pytest.mark.equation("eq-matrix-f23-matrices", exact=True)
def test_two_outputs_of_three_taps_take_four_products(seed):
    x, w = whole(4, seed), whole(3, seed + 9)
    half = Fraction(1, 2)
    z = [
        (x[0] - x[2]) * w[0],
        (x[1] + x[2]) * (half * int(w[0] + w[1] + w[2])),
        (x[2] - x[1]) * (half * int(w[0] - w[1] + w[2])),
        (x[1] - x[3]) * w[2],
    ]
    expected = signal.correlate(x, w, "valid", "direct").tolist()
    assert [z[0] + z[1] + z[2], z[1] - z[2] - z[3]] == expected
    assert (ET @ ((G @ w) * (BT @ x))).tolist() == expected


@every_tile
@pytest.mark.equation("eq-matrix-toom", exact=True)
def test_four_values_of_a_product_of_polynomials_are_enough(seed):
    dy, w = whole(2, seed), whole(3, seed + 9)
    D, V = np.polynomial.Polynomial(dy), np.polynomial.Polynomial(w)
    zero, one, minus = (D(t) * V(t) for t in (0, 1, -1))
    infinity = dy[1] * w[2]
    printed = [zero, (one - minus) / 2 - infinity, (one + minus) / 2 - zero, infinity]
    assert printed == signal.convolve(dy, w, method="direct").tolist()


@every_tile
@pytest.mark.equation("eq-matrix-trilinear", exact=True)
@pytest.mark.equation("eq-matrix-winograd-back", exact=True)
def test_one_sum_of_four_products_of_three_factors_holds_y_dx_and_dw(seed):
    x, w, dy = whole(4, seed), whole(3, seed + 9), whole(2, seed + 19)
    y = signal.correlate(x, w, "valid", "direct")
    assert sum((G @ w) * (BT @ x) * (ET.T @ dy)) == dy @ y
    assert (BT.T @ ((G @ w) * (ET.T @ dy))).tolist() == signal.convolve(dy, w, method="direct").tolist()
    assert (G.T @ ((BT @ x) * (ET.T @ dy))).tolist() == signal.correlate(x, dy, "valid", "direct").tolist()


def rational_tile(m, r, points):
    """E, G and B of F(m, r) in fractions, by Lagrange's formula for the coefficients."""

    def powers(n):
        return [[Fraction(t) ** k for k in range(n)] for t in points] + [[Fraction(int(k == n - 1)) for k in range(n)]]

    size = len(points) + 1
    at_infinity = np.array([Fraction(1)])
    for t in points:
        at_infinity = np.convolve(at_infinity, np.array([-Fraction(t), Fraction(1)]))
    columns = []
    for j, t in enumerate(points):
        line = np.array([Fraction(1)])
        for other in points[:j] + points[j + 1 :]:
            line = np.convolve(line, np.array([-Fraction(other), Fraction(1)]) / (Fraction(t) - Fraction(other)))
        columns.append([*line, *[Fraction(0)] * (size - len(line))])
    columns.append(list(at_infinity))
    return np.array(powers(m)), np.array(powers(r)), np.array(columns).T


TILES = [(2, [0, 1, -1]), (4, [0, 1, -1, 2, -2]), (6, [0, 1, -1, 2, -2, Fraction(1, 2), Fraction(-1, 2)])]


@pytest.mark.parametrize(("m", "points"), TILES)
@pytest.mark.equation("eq-matrix-winograd-count", exact=True)
def test_a_tile_has_a_product_for_each_cell_it_reads(m, points):
    r = 3
    E, filters, B = rational_tile(m, r, points)
    x, w = [Fraction(int(n)) for n in whole(m + r - 1, 1)], [Fraction(int(n)) for n in whole(r, 2)]
    z = (filters @ w) * (B.T @ x)
    assert (E.T @ z).tolist() == [sum(w[k] * x[o + k] for k in range(r)) for o in range(m)]
    assert len(z) == m + r - 1
    ratio = Fraction(m * r, m + r - 1) ** 2
    assert ratio == Fraction(m**2 * r**2, len(z) ** 2)
    assert {2: Fraction(9, 4), 4: Fraction(4), 6: Fraction(81, 16)}[m] == ratio


@pytest.mark.parametrize(("m", "points", "expected"), [(*TILES[0], 8), (*TILES[1], 48), (*TILES[2], Fraction(203, 3))])
@pytest.mark.equation("eq-matrix-winograd-growth", exact=True)
def test_the_sums_inside_a_larger_tile_grow_larger(m, points, expected):
    E, filters, B = rational_tile(m, 3, points)
    steps = range(m + 2)
    growth = max(
        sum(abs(E[t, o]) * sum(map(abs, filters[t])) * sum(abs(B[i, t]) for i in range(m + 2)) for t in steps)
        for o in range(m)
    )
    assert growth == expected


@every_plane
@pytest.mark.equation("eq-matrix-work", exact=True)
@pytest.mark.equation("eq-matrix-intensity", exact=True)
def test_every_output_adds_a_product_for_each_weight_of_its_filter(x_shape, w_shape, stride, padding):
    if padding:  # products with padding are counted, though nobody does them
        x_shape = (*x_shape[:2], *(size + 2 * padding for size in x_shape[2:]))
    g = conv_geometry(x_shape, w_shape, stride=stride, padding=0, dilation=1, groups=1)
    met = list(products(g))
    N, F, C = g.batch, g.filters, g.channels
    M, K = np.prod(g.output_shape[2:]), np.prod(w_shape[2:])
    assert len(met) == N * F * M * C * K
    sizes = [len({pair[array] for pair in met}) for array in range(3)]
    read = [np.prod(shape) for shape in (x_shape, w_shape, g.output_shape)]
    assert sizes[1:] == read[1:]  # every weight and every output takes part
    assert Fraction(2 * len(met), int(4 * sum(read))) == Fraction(int(2 * N * F * M * C * K), int(4 * sum(read)))


@pytest.mark.parametrize(("operations", "moved"), [(1000, 10), (1000, 100), (1000, 1000), (7, 3)])
@pytest.mark.equation("eq-matrix-roofline", exact=True)
def test_the_slower_of_two_clocks_decides(operations, moved):
    peak, bandwidth = Fraction(200), Fraction(20)
    least_time = max(operations / peak, moved / bandwidth)
    assert operations / least_time == min(peak, bandwidth * Fraction(operations, moved))


@pytest.mark.equation("eq-matrix-columns-dw", exact=True)
@pytest.mark.equation("eq-matrix-columns-dx", exact=True)
def test_the_three_gradients_of_a_layer_are_those_of_the_columns():
    x, w, dy = whole((2, 3, 6, 5), 1), whole((4, 3, 2, 3), 2), whole((2, 4, 5, 3), 3)
    g = convbp.conv2d_backward(dy, x, w)
    columns, dY = im2col(x, (2, 3)), dy.reshape(2, 4, -1)
    assert (col2im(w.reshape(4, -1).T @ dY, x.shape, (2, 3)) == g.dx).all()
    assert (np.einsum("nfo,nao->fa", dY, columns).reshape(w.shape) == g.dw).all()
