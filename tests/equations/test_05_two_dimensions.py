"""The numbered equations of chapter 5, as printed, against sums and differences that share no code with them."""

from itertools import product

import numpy as np
import pytest
from scipy import signal

import convbp

SIZES = [(6, 9, 3, 4), (7, 5, 2, 3), (4, 8, 4, 1), (5, 6, 1, 5)]
every_size = pytest.mark.parametrize(("H", "W", "KH", "KW"), SIZES)


def whole(shape, seed):
    """Random whole numbers as a list of lists of Python ints."""
    return np.random.default_rng(seed).integers(-9, 10, shape).tolist()


def valid_sizes(H, W, KH, KW):
    return H - KH + 1, W - KW + 1


def full_sizes(H, W, KH, KW):
    return H + KH - 1, W + KW - 1


def cells(rows, columns):
    return list(product(range(rows), range(columns)))


def inside(table, row, column):
    """The cell, or 0 outside of the table: what a mark ° or a zero extension means on paper."""
    return table[row][column] if 0 <= row < len(table) and 0 <= column < len(table[0]) else 0


def turned(table):
    return [row[::-1] for row in table[::-1]]


def slopes(forward, start, dy):
    """The gradient of Σ dy·forward(start) by whole steps both ways; exact where the loss is linear in each cell."""
    gradient = []
    for r, row in enumerate(start):
        gradient.append([])
        for s in range(len(row)):
            ends = []
            for step in (1, -1):
                moved = [list(line) for line in start]
                moved[r][s] += step
                y = np.asarray(forward(moved)).tolist()
                ends.append(
                    sum(g * v for back, line in zip(dy, y, strict=True) for g, v in zip(back, line, strict=True))
                )
            gradient[-1].append((ends[0] - ends[1]) / 2)
    return gradient


def correlation(w):
    return lambda x: signal.correlate2d(x, w, "valid")


def convolution(w):
    return lambda x: signal.convolve2d(x, w, "full")


@every_size
@pytest.mark.equation("eq-2d-y", exact=True)
def test_an_output_is_its_bias_plus_the_filter_laid_on_its_window(H, W, KH, KW):
    x, w, b = whole((H, W), 1), whole((KH, KW), 2), 5
    OH, OW = valid_sizes(H, W, KH, KW)
    y = [[b + sum(w[p][q] * x[i + p][j + q] for p, q in cells(KH, KW)) for j in range(OW)] for i in range(OH)]
    assert y == (b + signal.correlate2d(x, w, "valid")).tolist()
    assert y == convbp.conv2d([[x]], [[w]], [b])[0, 0].tolist()


@every_size
@pytest.mark.equation("eq-2d-db", exact=True)
def test_the_gradient_of_the_bias_is_the_sum_over_the_outputs(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    OH, OW = valid_sizes(H, W, KH, KW)
    dy = whole((OH, OW), 3)
    db = sum(dy[i][j] for i, j in cells(OH, OW))
    assert [[db]] == slopes(lambda b: b[0][0] + signal.correlate2d(x, w, "valid"), [[7]], dy)
    assert db == convbp.conv2d_backward([[dy]], [[x]], [[w]]).db[0]


@every_size
@pytest.mark.equation("eq-2d-dw", exact=True)
def test_the_gradient_of_a_weight_is_dy_on_the_patch_that_it_saw(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    OH, OW = valid_sizes(H, W, KH, KW)
    dy = whole((OH, OW), 3)
    dw = [[sum(dy[i][j] * x[i + p][j + q] for i, j in cells(OH, OW)) for q in range(KW)] for p in range(KH)]
    assert dw == slopes(lambda w: signal.correlate2d(x, w, "valid"), w, dy)
    assert dw == signal.correlate2d(x, dy, "valid").tolist()
    assert dw == convbp.conv2d_backward([[dy]], [[x]], [[w]]).dw[0, 0].tolist()


@every_size
@pytest.mark.equation("eq-2d-dw-flip", exact=True)
def test_dw_is_the_valid_part_of_the_convolution_with_the_turned_dy(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    OH, OW = valid_sizes(H, W, KH, KW)
    dy = whole((OH, OW), 3)
    convolved = signal.convolve2d(x, turned(dy), "full")
    part = [[convolved[p + OH - 1, q + OW - 1] for q in range(KW)] for p in range(KH)]
    assert part == slopes(lambda w: signal.correlate2d(x, w, "valid"), w, dy)


@every_size
@pytest.mark.equation("eq-2d-region", exact=True)
def test_q_holds_exactly_the_outputs_that_move_when_the_cell_moves(H, W, KH, KW):
    OH, OW = valid_sizes(H, W, KH, KW)
    w = np.ones((KH, KW), int)
    for r, s in cells(H, W):
        rows = range(max(0, r - KH + 1), min(r, OH - 1) + 1)
        columns = range(max(0, s - KW + 1), min(s, OW - 1) + 1)
        spike = np.zeros((H, W), int)
        spike[r, s] = 1
        moved = {(int(i), int(j)) for i, j in np.argwhere(signal.correlate2d(spike, w, "valid"))}
        assert set(product(rows, columns)) == moved
        assert convbp.affected_outputs((r, s), (H, W), (KH, KW)) == (tuple(rows), tuple(columns))


@every_size
@pytest.mark.equation("eq-2d-full-y", exact=True)
def test_the_full_convolution_reads_backwards_and_zeros_outside(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    OH, OW = full_sizes(H, W, KH, KW)
    y = [[sum(w[p][q] * inside(x, i - p, j - q) for p, q in cells(KH, KW)) for j in range(OW)] for i in range(OH)]
    assert y == signal.convolve2d(x, w, "full").tolist()
    assert y == convbp.convolve(x, w, "full").tolist()


@every_size
@pytest.mark.equation("eq-2d-region-full", exact=True)
def test_p_holds_exactly_the_outputs_that_move_and_is_never_cut(H, W, KH, KW):
    w = np.ones((KH, KW), int)
    for r, s in cells(H, W):
        P = {(i, j) for i in range(r, r + KH) for j in range(s, s + KW)}
        spike = np.zeros((H, W), int)
        spike[r, s] = 1
        assert {(int(i), int(j)) for i, j in np.argwhere(signal.convolve2d(spike, w, "full"))} == P


def gathered(dy, w, H, W):
    KH, KW, OH, OW = len(w), len(w[0]), len(dy), len(dy[0])
    return [
        [
            sum(
                dy[i][j] * w[r - i][s - j]
                for i in range(max(0, r - KH + 1), min(r, OH - 1) + 1)
                for j in range(max(0, s - KW + 1), min(s, OW - 1) + 1)
            )
            for s in range(W)
        ]
        for r in range(H)
    ]


@every_size
@pytest.mark.equation("eq-2d-dx-gather", exact=True)
def test_a_cell_gathers_dy_times_the_weight_that_looked_at_it(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    dy = whole(valid_sizes(H, W, KH, KW), 3)
    dx = gathered(dy, w, H, W)
    assert dx == slopes(correlation(w), x, dy)
    assert dx == convbp.conv2d_backward([[dy]], [[x]], [[w]]).dx[0, 0].tolist()


@every_size
@pytest.mark.equation("eq-2d-dx-taps", exact=True)
def test_with_zeros_outside_dx_is_the_full_convolution_of_dy_and_w(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    dy = whole(valid_sizes(H, W, KH, KW), 3)
    dx = [[sum(w[p][q] * inside(dy, r - p, s - q) for p, q in cells(KH, KW)) for s in range(W)] for r in range(H)]
    assert dx == slopes(correlation(w), x, dy)
    assert dx == signal.convolve2d(dy, w, "full").tolist()


@every_size
@pytest.mark.equation("eq-2d-dx-scatter", exact=True)
def test_stamping_the_filter_times_each_dy_gives_dx(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    OH, OW = valid_sizes(H, W, KH, KW)
    dy = whole((OH, OW), 3)
    dx = [
        [
            sum((r == i + p and s == j + q) * w[p][q] * dy[i][j] for i, j in cells(OH, OW) for p, q in cells(KH, KW))
            for s in range(W)
        ]
        for r in range(H)
    ]
    assert dx == slopes(correlation(w), x, dy)


@every_size
@pytest.mark.equation("eq-2d-rot180-correlation", exact=True)
def test_dx_is_the_padded_dy_correlated_with_the_turned_filter(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    dy, Jw = whole(valid_sizes(H, W, KH, KW), 3), turned(w)
    dx = [
        [sum(Jw[p][q] * inside(dy, r - (KH - 1) + p, s - (KW - 1) + q) for p, q in cells(KH, KW)) for s in range(W)]
        for r in range(H)
    ]
    assert dx == slopes(correlation(w), x, dy)
    padded = np.pad(dy, [(KH - 1, KH - 1), (KW - 1, KW - 1)])
    assert dx == signal.correlate2d(padded, Jw, "valid").tolist()


@every_size
@pytest.mark.equation("eq-2d-shifted-output", exact=True)
def test_the_output_moved_by_a_tap_sees_the_cell_through_that_tap(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    y = signal.convolve2d(x, w, "full")
    for (r, s), (p, q) in product(cells(H, W), cells(KH, KW)):
        terms = [w[a][c] * inside(x, r + p - a, s + q - c) for a, c in cells(KH, KW)]
        assert y[r + p, s + q] == sum(terms)
        raised = [list(row) for row in x]
        raised[r][s] += 1
        assert signal.convolve2d(raised, w, "full")[r + p, s + q] - y[r + p, s + q] == w[p][q]


@every_size
@pytest.mark.equation("eq-2d-rot180-convolution", exact=True)
def test_the_gradient_of_a_full_convolution_is_a_valid_correlation(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    dy, Jw = whole(full_sizes(H, W, KH, KW), 3), turned(w)
    expected = slopes(convolution(w), x, dy)
    first = [[sum(w[p][q] * dy[r + p][s + q] for p, q in cells(KH, KW)) for s in range(W)] for r in range(H)]
    second = [
        [sum(Jw[p][q] * dy[r + KH - 1 - p][s + KW - 1 - q] for p, q in cells(KH, KW)) for s in range(W)]
        for r in range(H)
    ]
    assert first == second == expected
    whole_convolution = signal.convolve2d(dy, Jw, "full")
    assert whole_convolution[KH - 1 : KH - 1 + H, KW - 1 : KW - 1 + W].tolist() == expected


@every_size
@pytest.mark.equation("eq-2d-full-dw", exact=True)
def test_the_weights_of_a_full_convolution_get_dy_correlated_with_x(H, W, KH, KW):
    x, w = whole((H, W), 1), whole((KH, KW), 2)
    dy = whole(full_sizes(H, W, KH, KW), 3)
    dw = [
        [sum(dy[i][j] * x[i - p][j - q] for i in range(p, p + H) for j in range(q, q + W)) for q in range(KW)]
        for p in range(KH)
    ]
    assert dw == slopes(lambda w: signal.convolve2d(x, w, "full"), w, dy)
    assert dw == convbp.correlate(dy, x).tolist()


@every_size
@pytest.mark.parametrize(
    ("activation", "slope"),
    [(lambda z: z * z, lambda z: 2 * z), (lambda z: np.maximum(0, z), lambda z: int(z > 0))],
    ids=["square", "rectifier"],
)
@pytest.mark.equation("eq-2d-delta", exact=True)
def test_below_an_activation_the_gathered_sum_gets_the_slope_as_factor(H, W, KH, KW, activation, slope):
    z, w = (2 * np.array(whole((H, W), 1)) + 1).tolist(), whole((KH, KW), 2)
    dy = whole(valid_sizes(H, W, KH, KW), 3)
    # A whole step on odd numbers meets no kink, and the difference of a square is exact: the two curvatures cancel.
    dx = gathered(dy, w, H, W)
    dz = [[slope(z[r][s]) * dx[r][s] for s in range(W)] for r in range(H)]
    assert dz == slopes(lambda z: signal.correlate2d(activation(np.array(z)), w, "valid"), z, dy)
