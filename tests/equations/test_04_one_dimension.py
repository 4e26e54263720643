"""The equations of chapter 4, as printed, against differences of a forward pass that somebody else wrote."""

import numpy as np
import pytest
from scipy import signal

from convbp import check

SHAPES = [(4, 2), (9, 4), (11, 7), (5, 5), (6, 1)]
PADDINGS = [(0, 0), (1, 2), (0, 3), (5, 1), (4, 4)]
STRIDES = [(8, 3, 2), (11, 4, 3), (9, 2, 4), (7, 3, 2)]


def integers(*sizes, seed=0):
    """Return one list of Python ints for each size, so that every sum below is exact."""
    rng = np.random.default_rng([seed, *sizes])
    return [rng.integers(-9, 10, size).tolist() for size in sizes]


def at(values, place):
    """Read an array that is extended by zeros to all integers."""
    return values[place] if 0 <= place < len(values) else 0


def padded_forward(before, after):
    return lambda x, w: np.correlate(np.pad(x, (before, after)), w, "valid")


FORWARD = {
    "valid": lambda x, w: np.correlate(x, w, "valid"),
    "full": lambda x, w: signal.convolve(x, w, "full", method="direct"),
    "valid-conv": lambda x, w: signal.convolve(x, w, "valid", method="direct"),
    "causal": lambda x, w: signal.lfilter(w, [1.0], x),
}


def gradients(forward, x, w, dy):
    """Differences of a forward pass, exact since it is linear in x and in w."""
    dx = check.integer_gradient(lambda moved: forward(moved, w), x, dy)
    dw = check.integer_gradient(lambda moved: forward(x, moved), w, dy)
    return dx.tolist(), dw.tolist()


def slopes(forward, x, w):
    """Return ∂y[o]/∂x[i] as a table, one column for each cell."""
    return np.transpose([forward(cell, w) for cell in np.eye(len(x))])


@pytest.mark.equation("eq-1d-forward", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_the_layer_is_numpys_correlation_plus_bias(n, k):
    x, w, (b,) = integers(n, k, 1)
    m = n - k + 1
    y = [b + sum(w[tap] * x[o + tap] for tap in range(k)) for o in range(m)]
    assert y == (np.correlate(x, w, "valid") + b).tolist()


@pytest.mark.equation("eq-1d-relation", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_cell_i_reaches_output_o_through_the_tap_that_completes_the_sum(n, k):
    triples = set()
    for tap, o in np.ndindex(k, n - k + 1):
        table = slopes(FORWARD["valid"], [0] * n, np.eye(k)[tap])
        triples |= {(int(i), o, tap) for i in np.flatnonzero(table[o])}
    assert triples == {(i, o, tap) for i, o, tap in np.ndindex(n, n - k + 1, k) if i == o + tap}


@pytest.mark.equation("eq-1d-db", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_the_bias_collects_the_sum_of_dy(n, k):
    x, w, dy = integers(n, k, n - k + 1)
    measured = check.integer_gradient(lambda b: np.correlate(x, w, "valid") + b, [3], dy)
    assert measured.tolist() == [sum(dy[o] for o in range(n - k + 1))]


@pytest.mark.equation("eq-1d-dydw", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_the_slope_of_an_output_for_a_weight_is_its_cell(n, k):
    x, w = integers(n, k)
    for tap in range(k):
        ahead = [value + (place == tap) for place, value in enumerate(w)]
        moved = np.correlate(x, ahead, "valid") - np.correlate(x, w, "valid")
        assert moved.tolist() == [x[o + tap] for o in range(n - k + 1)]


@pytest.mark.equation("eq-1d-dw", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dw_correlates_x_with_dy(n, k):
    m = n - k + 1
    x, w, dy = integers(n, k, m)
    printed = [sum(dy[o] * x[o + tap] for o in range(m)) for tap in range(k)]
    assert printed == gradients(FORWARD["valid"], x, w, dy)[1]


@pytest.mark.equation("eq-1d-region", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_the_region_holds_the_outputs_that_move_with_the_cell(n, k):
    table = slopes(FORWARD["valid"], [0] * n, [1] * k)
    for i in range(n):
        region = range(max(0, i - k + 1), min(n - k, i) + 1)
        assert list(region) == np.flatnonzero(table[:, i]).tolist()


@pytest.mark.equation("eq-1d-dydx", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_the_slope_of_an_output_for_a_cell_is_one_weight_or_zero(n, k):
    x, w = integers(n, k)
    table = slopes(FORWARD["valid"], x, w)
    assert table.tolist() == [[w[i - o] if 0 <= i - o < k else 0 for i in range(n)] for o in range(n - k + 1)]


@pytest.mark.equation("eq-1d-dx", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dx_gathers_from_the_outputs_that_read_the_cell(n, k):
    m = n - k + 1
    x, w, dy = integers(n, k, m)
    printed = [sum(w[tap] * dy[i - tap] for tap in range(k) if 0 <= i - tap < m) for i in range(n)]
    assert printed == gradients(FORWARD["valid"], x, w, dy)[0]


@pytest.mark.equation("eq-1d-dx-scatter", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dx_adds_one_copy_of_the_filter_for_each_output(n, k):
    m = n - k + 1
    x, w, dy = integers(n, k, m)
    rows = [[dy[o] * value for value in [0] * o + w + [0] * (m - 1 - o)] for o in range(m)]
    assert [sum(column) for column in zip(*rows, strict=True)] == gradients(FORWARD["valid"], x, w, dy)[0]


@pytest.mark.equation("eq-1d-dx-flip", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dx_correlates_dy_between_zeros_with_the_flipped_filter(n, k):
    x, w, dy = integers(n, k, n - k + 1)
    d = [0] * (k - 1) + dy + [0] * (k - 1)
    printed = [sum(w[k - 1 - a] * d[i + a] for a in range(k)) for i in range(n)]
    assert printed == gradients(FORWARD["valid"], x, w, dy)[0]


@pytest.mark.equation("eq-1d-zero-extension", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_zeros_around_the_filter_and_zeros_around_dy_give_the_same(n, k):
    m = n - k + 1
    x, w, dy = integers(n, k, m)
    around_w = [sum(dy[o] * at(w, i - o) for o in range(m)) for i in range(n)]
    around_dy = [sum(w[tap] * at(dy, i - tap) for tap in range(k)) for i in range(n)]
    assert around_w == around_dy == gradients(FORWARD["valid"], x, w, dy)[0]


@pytest.mark.equation("eq-1d-padded-dx", exact=True)
@pytest.mark.parametrize(("before", "after"), PADDINGS)
def test_dx_under_padding_reads_dy_further_along(before, after):
    n, k = 7, 3
    m = n + before + after - k + 1
    x, w, dy = integers(n, k, m)
    printed = [sum(w[t] * dy[i + before - t] for t in range(k) if 0 <= i + before - t < m) for i in range(n)]
    assert printed == gradients(padded_forward(before, after), x, w, dy)[0]


@pytest.mark.equation("eq-1d-backward-padding", exact=True)
@pytest.mark.parametrize(("before", "after"), PADDINGS)
def test_the_backward_pass_pads_what_the_forward_pass_left_or_crops(before, after):
    n, k = 7, 3
    m = n + before + after - k + 1
    x, w, dy = integers(n, k, m)
    front, back = k - 1 - before, k - 1 - after
    d = [at(dy, place) for place in range(-front, m + back)]
    printed = [sum(w[k - 1 - a] * d[i + a] for a in range(k)) for i in range(n)]
    assert len(d) == n + k - 1
    assert printed == gradients(padded_forward(before, after), x, w, dy)[0]


# The four conventions as sign, offset and number of outputs.
CONVENTIONS = {
    "valid": (1, lambda k: 0, lambda n, k: n - k + 1),
    "full": (-1, lambda k: 0, lambda n, k: n + k - 1),
    "valid-conv": (-1, lambda k: k - 1, lambda n, k: n - k + 1),
    "causal": (-1, lambda k: 0, lambda n, k: n),
}


@pytest.mark.equation("eq-1d-sign-dw", exact=True)
@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_one_formula_gives_dw_in_every_convention(name, n, k):
    sign, offset, count = CONVENTIONS[name]
    c, m = offset(k), count(n, k)
    x, w, dy = integers(n, k, m)
    printed = [sum(dy[o] * at(x, o + sign * tap + c) for o in range(m)) for tap in range(k)]
    assert printed == gradients(FORWARD[name], x, w, dy)[1]


@pytest.mark.equation("eq-1d-sign-dx", exact=True)
@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dx_turns_the_sign_round_in_every_convention(name, n, k):
    sign, offset, count = CONVENTIONS[name]
    c, m = offset(k), count(n, k)
    x, w, dy = integers(n, k, m)
    printed = [sum(w[tap] * at(dy, i - sign * tap - c) for tap in range(k)) for i in range(n)]
    assert printed == gradients(FORWARD[name], x, w, dy)[0]


@pytest.mark.equation("eq-1d-full-y", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_full_is_the_convolution_of_scipy(n, k):
    x, w = integers(n, k)
    y = [sum(w[tap] * at(x, o - tap) for tap in range(k)) for o in range(n + k - 1)]
    assert y == FORWARD["full"](x, w).tolist()


@pytest.mark.equation("eq-1d-full-dx", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dx_of_full_correlates_dy_with_the_filter_as_it_is(n, k):
    x, w, dy = integers(n, k, n + k - 1)
    printed = [sum(w[tap] * dy[i + tap] for tap in range(k)) for i in range(n)]
    assert printed == gradients(FORWARD["full"], x, w, dy)[0]


@pytest.mark.equation("eq-1d-full-dw", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dw_of_full_correlates_dy_with_x(n, k):
    x, w, dy = integers(n, k, n + k - 1)
    printed = [sum(x[i] * dy[i + tap] for i in range(n)) for tap in range(k)]
    assert printed == gradients(FORWARD["full"], x, w, dy)[1]


@pytest.mark.equation("eq-1d-valid-conv-y", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_valid_convolution_reads_backwards_inside_the_signal(n, k):
    x, w = integers(n, k)
    y = [sum(w[tap] * x[o + k - 1 - tap] for tap in range(k)) for o in range(n - k + 1)]
    assert y == FORWARD["valid-conv"](x, w).tolist()


@pytest.mark.equation("eq-1d-valid-conv-dx", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dx_of_valid_convolution_is_the_full_correlation(n, k):
    x, w, dy = integers(n, k, n - k + 1)
    printed = [sum(w[tap] * at(dy, i - (k - 1) + tap) for tap in range(k)) for i in range(n)]
    assert printed == gradients(FORWARD["valid-conv"], x, w, dy)[0]
    assert printed == signal.correlate(dy, w, "full", method="direct").tolist()


@pytest.mark.equation("eq-1d-valid-conv-dw", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dw_of_valid_convolution_is_that_of_correlation_backwards(n, k):
    m = n - k + 1
    x, w, dy = integers(n, k, m)
    printed = [sum(dy[o] * x[o + k - 1 - tap] for o in range(m)) for tap in range(k)]
    assert printed == gradients(FORWARD["valid-conv"], x, w, dy)[1]
    assert printed == np.correlate(x, dy, "valid")[::-1].tolist()


@pytest.mark.equation("eq-1d-causal-y", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_causal_is_a_digital_filter(n, k):
    x, w = integers(n, k)
    assert [sum(w[tap] * at(x, o - tap) for tap in range(k)) for o in range(n)] == FORWARD["causal"](x, w).tolist()


@pytest.mark.equation("eq-1d-causal-dx", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dx_of_causal_extends_dy_at_its_end(n, k):
    x, w, dy = integers(n, k, n)
    extended = dy + [0] * (k - 1)
    printed = [sum(w[tap] * extended[i + tap] for tap in range(k)) for i in range(n)]
    assert printed == gradients(FORWARD["causal"], x, w, dy)[0]


@pytest.mark.equation("eq-1d-causal-dw", exact=True)
@pytest.mark.parametrize(("n", "k"), SHAPES)
def test_dw_of_causal_extends_dy_at_its_end(n, k):
    x, w, dy = integers(n, k, n)
    extended = dy + [0] * (k - 1)
    printed = [sum(x[i] * extended[i + tap] for i in range(n)) for tap in range(k)]
    assert printed == gradients(FORWARD["causal"], x, w, dy)[1]


def strided(stride):
    return lambda x, w: np.correlate(x, w, "valid")[::stride]


@pytest.mark.equation("eq-1d-stride-dx", exact=True)
@pytest.mark.parametrize(("n", "k", "stride"), STRIDES)
def test_dx_under_a_stride_takes_the_taps_that_divide(n, k, stride):
    m = (n - k) // stride + 1
    x, w, dy = integers(n, k, m)
    taps = [[t for t in range(k) if (i - t) % stride == 0 and 0 <= (i - t) // stride < m] for i in range(n)]
    printed = [sum(w[t] * dy[(i - t) // stride] for t in taps[i]) for i in range(n)]
    assert printed == gradients(strided(stride), x, w, dy)[0]


@pytest.mark.equation("eq-1d-stride-dw", exact=True)
@pytest.mark.parametrize(("n", "k", "stride"), STRIDES)
def test_dw_under_a_stride_samples_x(n, k, stride):
    m = (n - k) // stride + 1
    x, w, dy = integers(n, k, m)
    printed = [sum(dy[o] * x[stride * o + tap] for o in range(m)) for tap in range(k)]
    assert printed == gradients(strided(stride), x, w, dy)[1]


@pytest.mark.equation("eq-1d-leftover", exact=True)
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize(("n", "k"), [(12, 5), (13, 6), (9, 5), (8, 8)])
def test_the_remainder_counts_the_cells_behind_the_last_window(n, k, stride):
    last_read = np.flatnonzero(slopes(strided(stride), [0] * n, [1] * k).any(axis=0))[-1]
    assert n - 1 - last_read == (n - k) % stride
