"""The numbered equations of chapter 6, as printed, against sums and differences that share no code with them."""

from itertools import product

import numpy as np
import pytest
from scipy import signal

import convbp

# N, C, F, H, W, KH, KW: no two maps, samples or lengths alike where it could hide a swap.
SIZES = [(2, 3, 4, 5, 6, 3, 2), (3, 1, 2, 6, 4, 2, 4), (1, 4, 3, 3, 7, 1, 3), (4, 2, 1, 4, 5, 2, 1)]
# N, C, F, G
GROUPS = [(2, 4, 6, 2), (1, 6, 3, 3), (3, 5, 10, 5), (2, 3, 4, 1)]
every_size = pytest.mark.parametrize(("N", "C", "F", "H", "W", "KH", "KW"), SIZES)
every_grouping = pytest.mark.parametrize(("N", "C", "F", "G"), GROUPS)


def whole(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def indices(*sizes):
    return product(*map(range, sizes))


def slopes(forward, start, dy):
    """The gradient of Σ dy·forward(start) by whole steps both ways; exact where the loss is linear in each cell."""
    gradient = np.zeros(start.shape, int)
    for at in np.ndindex(start.shape):
        step = np.zeros(start.shape, int)
        step[at] = 1
        twice = int(np.sum(dy * (forward(start + step) - forward(start - step))))
        gradient[at], rest = divmod(twice, 2)
        assert rest == 0
    return gradient


def forward(x, w, b=None):
    """A layer by SciPy: its N-dimensional correlation takes all channels at once, so it has no sum over them."""
    y = np.array([[signal.correlate(sample, one, "valid")[0] for one in w] for sample in x])
    return y if b is None else y + np.reshape(b, (1, -1) + (1,) * (x.ndim - 2))


def problem(N, C, F, H, W, KH, KW):
    x, w, b = whole((N, C, H, W), 1), whole((F, C, KH, KW), 2), whole(F, 3)
    return x, w, b, whole((N, F, H - KH + 1, W - KW + 1), 4)


def zero_outside(array, *at):
    """The element, or 0 outside of the array: the mark ° on paper."""
    inside = all(0 <= i < size for i, size in zip(at, array.shape, strict=True))
    return array[at] if inside else 0


@every_size
@pytest.mark.equation("eq-channels-y", exact=True)
def test_an_output_sums_over_channels_and_taps(N, C, F, H, W, KH, KW):
    x, w, b, dy = problem(N, C, F, H, W, KH, KW)
    y = forward(x, w, b)
    for n, f, i, j in indices(*dy.shape):
        terms = [w[f, c, p, q] * x[n, c, i + p, j + q] for c, p, q in indices(C, KH, KW)]
        assert y[n, f, i, j] == b[f] + sum(terms)
    assert (convbp.conv2d(x, w, b) == y).all()


@every_size
@pytest.mark.equation("eq-channels-split", exact=True)
def test_a_map_is_its_bias_plus_a_correlation_for_each_channel(N, C, F, H, W, KH, KW):
    x, w, b, _ = problem(N, C, F, H, W, KH, KW)
    y = forward(x, w, b)
    for n, f in indices(N, F):
        maps = [signal.correlate2d(x[n, c], w[f, c], "valid") for c in range(C)]
        assert (y[n, f] == b[f] + np.sum(maps, axis=0)).all()


@pytest.mark.parametrize("shape", [(2, 3), (4, 5), (6, 1)])
@pytest.mark.equation("eq-channels-copy", exact=True)
def test_a_sum_copies_its_gradient_and_a_copy_sums_it(shape):
    u = whole(shape, 1)
    count, length = shape
    dy = whole(length, 2)
    assert (slopes(lambda u: u.sum(axis=0), u, dy) == np.array([dy] * count)).all()
    du = whole(shape, 3)
    assert (slopes(lambda x: np.array([x] * count), u[0], du) == sum(du)).all()


@every_size
@pytest.mark.equation("eq-channels-db", exact=True)
def test_the_bias_of_a_map_sums_over_samples_and_places(N, C, F, H, W, KH, KW):
    x, w, b, dy = problem(N, C, F, H, W, KH, KW)
    _, _, OH, OW = dy.shape
    db = [sum(int(dy[n, f, i, j]) for n, i, j in indices(N, OH, OW)) for f in range(F)]
    assert db == slopes(lambda b: forward(x, w, b), b, dy).tolist()
    assert db == convbp.conv2d_backward(dy, x, w).db.tolist()


@every_size
@pytest.mark.equation("eq-channels-dw", exact=True)
def test_a_slice_sums_over_samples_and_over_no_maps(N, C, F, H, W, KH, KW):
    x, w, _, dy = problem(N, C, F, H, W, KH, KW)
    _, _, OH, OW = dy.shape
    dw = slopes(lambda w: forward(x, w), w, dy)
    for f, c in indices(F, C):
        assert (dw[f, c] == sum(signal.correlate2d(x[n, c], dy[n, f], "valid") for n in range(N))).all()
    for f, c, p, q in indices(*w.shape):
        terms = [dy[n, f, i, j] * x[n, c, i + p, j + q] for n, i, j in indices(N, OH, OW)]
        assert dw[f, c, p, q] == sum(terms)
    assert (convbp.conv2d_backward(dy, x, w).dw == dw).all()


@every_size
@pytest.mark.equation("eq-channels-dx", exact=True)
def test_a_channel_collects_from_all_filters(N, C, F, H, W, KH, KW):
    x, w, _, dy = problem(N, C, F, H, W, KH, KW)
    dx = slopes(lambda x: forward(x, w), x, dy)
    for n, c in indices(N, C):
        assert (dx[n, c] == sum(signal.convolve2d(dy[n, f], w[f, c], "full") for f in range(F))).all()
    for n, c, r, s in indices(*x.shape):
        terms = [w[f, c, p, q] * zero_outside(dy, n, f, r - p, s - q) for f, p, q in indices(F, KH, KW)]
        assert dx[n, c, r, s] == sum(terms)
    assert (convbp.conv2d_backward(dy, x, w).dx == dx).all()


@pytest.mark.parametrize("N", [1, 2, 4])
@pytest.mark.equation("eq-channels-mean", exact=True)
def test_the_mean_of_the_losses_is_in_dy_and_the_layer_only_sums(N):
    x, w, b, target = problem(N, 2, 3, 4, 5, 2, 3)

    def losses(b):
        return ((forward(x, w, b) - target) ** 2).sum(axis=(1, 2, 3)) / 2

    dy = np.array([(forward(x[n : n + 1], w, b)[0] - target[n]) / N for n in range(N)])
    # A difference of squares over a whole step has no error, and halves and quarters are exact in binary.
    steps = np.eye(3, dtype=int)
    expected = [(losses(b + step).sum() / N - losses(b - step).sum() / N) / 2 for step in steps]
    assert convbp.conv2d_backward(dy, x, w).db.tolist() == expected


def windows(x, KH, KW):
    """X[n,c,i,j,p,q] = x[n,c,i+p,j+q], cell by cell."""
    N, C, H, W = x.shape
    X = np.zeros((N, C, H - KH + 1, W - KW + 1, KH, KW), int)
    for n, c, i, j, p, q in indices(*X.shape):
        X[n, c, i, j, p, q] = x[n, c, i + p, j + q]
    return X


@every_size
@pytest.mark.equation("eq-channels-einsum-y", exact=True)
def test_the_einsum_over_channel_and_taps_is_the_output(N, C, F, H, W, KH, KW):
    x, w, b, _ = problem(N, C, F, H, W, KH, KW)
    y = forward(x, w, b)
    assert (np.einsum("fcpq,ncijpq->nfij", w, windows(x, KH, KW)) == y - b[:, None, None]).all()


@every_size
@pytest.mark.equation("eq-channels-einsum-dx", exact=True)
def test_the_einsum_over_filter_and_taps_is_dx(N, C, F, H, W, KH, KW):
    x, w, _, dy = problem(N, C, F, H, W, KH, KW)
    D = np.zeros((N, F, H, W, KH, KW), int)
    for n, f, r, s, p, q in indices(*D.shape):
        D[n, f, r, s, p, q] = zero_outside(dy, n, f, r - p, s - q)
    assert (np.einsum("fcpq,nfrspq->ncrs", w, D) == slopes(lambda x: forward(x, w), x, dy)).all()


@every_size
@pytest.mark.equation("eq-channels-einsum-dw", exact=True)
def test_the_einsum_over_sample_and_places_is_dw(N, C, F, H, W, KH, KW):
    x, w, _, dy = problem(N, C, F, H, W, KH, KW)
    dw = np.einsum("nfij,ncijpq->fcpq", dy, windows(x, KH, KW))
    assert (dw == slopes(lambda w: forward(x, w), w, dy)).all()


@every_size
@pytest.mark.equation("eq-channels-einsum-db", exact=True)
def test_the_einsum_over_all_but_the_filter_is_db(N, C, F, H, W, KH, KW):
    x, w, b, dy = problem(N, C, F, H, W, KH, KW)
    assert (np.einsum("nfij->f", dy) == slopes(lambda b: forward(x, w, b), b, dy)).all()


@every_size
@pytest.mark.equation("eq-channels-dx-layer", exact=True)
def test_dx_is_the_layer_with_out_and_in_swapped_and_the_places_turned(N, C, F, H, W, KH, KW):
    x, w, _, dy = problem(N, C, F, H, W, KH, KW)
    tilde = np.zeros((C, F, KH, KW), int)
    for f, c, p, q in indices(*w.shape):
        tilde[c, f, p, q] = w[f, c, KH - 1 - p, KW - 1 - q]
    border = np.pad(dy, [(0, 0), (0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1)])
    assert (forward(border, tilde) == slopes(lambda x: forward(x, w), x, dy)).all()


@every_size
@pytest.mark.equation("eq-channels-dw-layer", exact=True)
def test_dw_is_the_layer_whose_channels_are_the_samples(N, C, F, H, W, KH, KW):
    x, w, _, dy = problem(N, C, F, H, W, KH, KW)
    dw_T = forward(x.swapaxes(0, 1), dy.swapaxes(0, 1))
    assert (dw_T.swapaxes(0, 1) == slopes(lambda w: forward(x, w), w, dy)).all()


def one_by_one(N, C, F):
    """A layer of 1 × 1 filters on 4 × 5 cells, and its arrays as matrices."""
    x, w, b, dy = problem(N, C, F, 4, 5, 1, 1)
    return x, w, b, dy, x.reshape(N, C, 20), w.reshape(F, C), dy.reshape(N, F, 20), np.ones((1, 20), int)


@pytest.mark.parametrize(("N", "C", "F"), [(2, 3, 4), (3, 1, 2), (1, 5, 1)])
@pytest.mark.equation("eq-channels-pointwise", exact=True)
def test_a_layer_of_one_tap_is_a_matrix_product(N, C, F):
    x, w, b, _, rows, matrix, _, ones = one_by_one(N, C, F)
    y = convbp.conv2d(x, w, b).reshape(N, F, 20)
    assert all((y[n] == matrix @ rows[n] + b[:, None] @ ones).all() for n in range(N))


@pytest.mark.parametrize(("N", "C", "F"), [(2, 3, 4), (3, 1, 2), (1, 5, 1)])
@pytest.mark.equation("eq-channels-pointwise-back", exact=True)
def test_a_layer_of_one_tap_goes_back_as_a_dense_layer(N, C, F):
    x, w, b, dy, rows, matrix, back, ones = one_by_one(N, C, F)
    dx = slopes(lambda x: forward(x, w), x, dy).reshape(N, C, 20)
    assert all((dx[n] == matrix.T @ back[n]).all() for n in range(N))
    dw = sum(back[n] @ rows[n].T for n in range(N))
    assert (dw == slopes(lambda w: forward(x, w), w, dy).reshape(F, C)).all()
    db = sum(back[n] @ ones.T for n in range(N))
    assert (db[:, 0] == slopes(lambda b: forward(x, w, b), b, dy)).all()


def grouped_problem(N, C, F, G):
    x, w, b = whole((N, C, 4, 6), 1), whole((F, C // G, 2, 3), 2), whole(F, 3)
    return x, w, b, whole((N, F, 3, 4), 4)


def grouped_forward(x, w, b, G):
    """One layer for each group, side by side."""
    parts = zip(np.split(x, G, axis=1), np.split(w, G), np.split(b, G), strict=True)
    return np.concatenate([forward(*part) for part in parts], axis=1)


@every_grouping
@pytest.mark.equation("eq-channels-groups", exact=True)
def test_a_filter_sees_the_channels_of_its_group(N, C, F, G):
    x, w, b, _ = grouped_problem(N, C, F, G)
    y = grouped_forward(x, w, b, G)
    for n, f in indices(N, F):
        gamma = f // (F // G)
        reads = [gamma * (C // G) + k for k in range(C // G)]
        maps = [signal.correlate2d(x[n, c], w[f, k], "valid") for k, c in enumerate(reads)]
        assert (y[n, f] == b[f] + np.sum(maps, axis=0)).all()
    assert (convbp.conv2d(x, w, b, groups=G) == y).all()


@every_grouping
@pytest.mark.equation("eq-channels-groups-block", exact=True)
def test_groups_are_a_layer_whose_table_of_slices_is_block_diagonal(N, C, F, G):
    x, w, b, _ = grouped_problem(N, C, F, G)
    table = np.zeros((F, C, 2, 3), int)
    for f, k in indices(F, C // G):
        table[f, f // (F // G) * (C // G) + k] = w[f, k]
    assert (forward(x, table, b) == grouped_forward(x, w, b, G)).all()


@every_grouping
@pytest.mark.equation("eq-channels-groups-dw", exact=True)
def test_a_slice_of_a_group_meets_the_channel_that_it_reads(N, C, F, G):
    x, w, b, dy = grouped_problem(N, C, F, G)
    dw = slopes(lambda w: grouped_forward(x, w, b, G), w, dy)
    for f, k in indices(F, C // G):
        c = f // (F // G) * (C // G) + k
        assert (dw[f, k] == sum(signal.correlate2d(x[n, c], dy[n, f], "valid") for n in range(N))).all()
    assert (convbp.conv2d_backward(dy, x, w, groups=G).dw == dw).all()


@every_grouping
@pytest.mark.equation("eq-channels-groups-dx", exact=True)
def test_a_channel_collects_from_the_filters_of_its_group(N, C, F, G):
    x, w, b, dy = grouped_problem(N, C, F, G)
    dx = slopes(lambda x: grouped_forward(x, w, b, G), x, dy)
    for n, c in indices(N, C):
        gamma = c // (C // G)
        filters = range(gamma * F // G, (gamma + 1) * F // G)
        sent = [signal.convolve2d(dy[n, f], w[f, c - gamma * C // G], "full") for f in filters]
        assert (dx[n, c] == sum(sent)).all()
    assert (convbp.conv2d_backward(dy, x, w, groups=G).dx == dx).all()


# The sizes of the places and of the taps, for one axis to four.
RANKS = [((5,), (2,)), ((4, 5), (3, 2)), ((3, 4, 2), (2, 1, 2)), ((2, 3, 2, 3), (1, 2, 2, 3))]
every_rank = pytest.mark.parametrize(("size", "taps"), RANKS)


def any_rank(size, taps):
    x, w, b = whole((2, 3, *size), 1), whole((4, 3, *taps), 2), whole(4, 3)
    outputs = tuple(length - K + 1 for length, K in zip(size, taps, strict=True))
    return x, w, b, whole((2, 4, *outputs), 4)


def plus(o, k):
    return tuple(a + b for a, b in zip(o, k, strict=True))


@every_rank
@pytest.mark.equation("eq-channels-nd", exact=True)
def test_a_multi_index_makes_one_formula_for_any_number_of_axes(size, taps):
    x, w, b, dy = any_rank(size, taps)
    y = forward(x, w, b)
    for n, f, *o in indices(*dy.shape):
        terms = [w[f, c, *k] * x[n, c, *plus(o, k)] for c, *k in indices(3, *taps)]
        assert y[n, f, *o] == b[f] + sum(terms)


@every_rank
@pytest.mark.equation("eq-channels-nd-dw", exact=True)
def test_dw_of_any_number_of_axes_sums_over_samples_and_places(size, taps):
    x, w, _, dy = any_rank(size, taps)
    dw = slopes(lambda w: forward(x, w), w, dy)
    for f, c, *k in indices(*w.shape):
        terms = [dy[n, f, *o] * x[n, c, *plus(o, k)] for n, *o in indices(2, *dy.shape[2:])]
        assert dw[f, c, *k] == sum(terms)


@every_rank
@pytest.mark.equation("eq-channels-nd-dx", exact=True)
def test_dx_of_any_number_of_axes_sums_over_filters_and_taps(size, taps):
    x, w, _, dy = any_rank(size, taps)
    dx = slopes(lambda x: forward(x, w), x, dy)
    for n, c, *i in indices(*x.shape):
        terms = [w[f, c, *k] * zero_outside(dy, n, f, *plus(i, [-tap for tap in k])) for f, *k in indices(4, *taps)]
        assert dx[n, c, *i] == sum(terms)


@every_grouping
@pytest.mark.equation("eq-channels-parameters", exact=True)
def test_a_layer_has_a_weight_for_each_tap_of_each_slice_and_a_bias_for_each_filter(N, C, F, G):
    layer = convbp.layers.Conv2d(C, F, (2, 3), groups=G)
    held = sum(parameter.value.size for parameter in layer.parameters())
    assert held == F * (C // G * 2 * 3 + 1)
    assert held == convbp.conv_cost(C, F, (2, 3), groups=G, bias=True).parameters


class Tally:
    """A number that counts how often it is multiplied."""

    made = 0

    def __init__(self, value):
        self.value = value

    def __mul__(self, other):
        Tally.made += 1
        return self.value * other.value

    def __radd__(self, other):
        return other + self.value


@every_grouping
@pytest.mark.equation("eq-channels-multiply-adds", exact=True)
def test_each_output_costs_a_multiplication_for_each_weight_of_its_filter(N, C, F, G):
    x, w, _, dy = grouped_problem(N, C, F, G)
    counted = np.vectorize(Tally, otypes=[object])
    Tally.made = 0
    convbp.conv2d(counted(x), counted(w), groups=G, backend="loops")
    _, _, OH, OW = dy.shape
    assert Tally.made == N * F * OH * OW * (C // G) * 2 * 3
    assert Tally.made == N * convbp.conv_cost(C, F, (2, 3), groups=G, outputs=(OH, OW)).multiply_adds
