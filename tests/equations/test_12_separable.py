"""The equations of chapter 12, as printed, against SciPy's correlations and whole differences."""

from itertools import product

import numpy as np
import pytest
from scipy import signal

import convbp

# N, C, M, F, H, W, KH, KW: no two alike where it could hide a swap.
SIZES = [(2, 3, 2, 4, 5, 6, 3, 2), (1, 2, 3, 5, 4, 7, 2, 3), (3, 1, 4, 2, 3, 5, 1, 4), (2, 4, 1, 3, 6, 3, 2, 1)]
every_size = pytest.mark.parametrize("sizes", SIZES, ids=str)


def whole(shape, seed):
    return np.random.default_rng(seed).integers(-5, 6, shape)


def indices(*sizes):
    return product(*map(range, sizes))


def problem(sizes):
    """x, the two filters, the bias, and dy."""
    N, C, M, F, H, W, KH, KW = sizes
    shapes = (N, C, H, W), (C, M, KH, KW), (F, C * M), (F,), (N, F, H - KH + 1, W - KW + 1)
    return [whole(shape, seed) for seed, shape in enumerate(shapes)]


def between(x, wd):
    """The maps between the stages, by SciPy, map after map."""
    maps = [[signal.correlate2d(x[n, c], wd[c, m], "valid") for c, m in indices(*wd.shape[:2])] for n in range(len(x))]
    return np.array(maps)


def forward(x, wd, wp, b):
    return np.tensordot(between(x, wd), wp, (1, 1)).transpose(0, 3, 1, 2) + b[:, None, None]


def slopes(f, start, dy):
    """The gradient of Σ dy·f(start) by whole steps both ways; exact where f is linear in each cell."""
    gradient = np.zeros(start.shape, int)
    for at in np.ndindex(start.shape):
        step = np.zeros(start.shape, int)
        step[at] = 1
        gradient[at], rest = divmod(int(np.sum(dy * (f(start + step) - f(start - step)))), 2)
        assert rest == 0
    return gradient


def gradients(sizes):
    """dx, dw of both stages, db and dz by differences of SciPy's forward pass."""
    x, wd, wp, b, dy = problem(sizes)
    z = between(x, wd)
    return {
        "x": slopes(lambda x: forward(x, wd, wp, b), x, dy),
        "wd": slopes(lambda wd: forward(x, wd, wp, b), wd, dy),
        "wp": slopes(lambda wp: forward(x, wd, wp, b), wp, dy),
        "b": slopes(lambda b: forward(x, wd, wp, b), b, dy),
        "z": slopes(lambda z: np.tensordot(z, wp, (1, 1)).transpose(0, 3, 1, 2), z, dy),
    }


@every_size
@pytest.mark.equation("eq-separable-depth", exact=True)
def test_a_map_between_sums_over_the_taps_of_its_own_channel(sizes):
    x, wd, *_ = problem(sizes)
    M, KH, KW = wd.shape[1:]
    z = between(x, wd)
    for n, e, i, j in np.ndindex(z.shape):
        c, m = divmod(e, M)
        assert z[n, e, i, j] == sum(wd[c, m, p, q] * x[n, c, i + p, j + q] for p, q in indices(KH, KW))
    assert (convbp.depthwise_conv2d(x, wd) == z).all()


@every_size
@pytest.mark.equation("eq-separable-point", exact=True)
def test_an_output_sums_over_the_maps_between_at_its_own_place(sizes):
    x, wd, wp, b, dy = problem(sizes)
    z, y = between(x, wd), convbp.separable_conv2d(x, wd, wp, b)
    for n, f, i, j in np.ndindex(dy.shape):
        assert y[n, f, i, j] == b[f] + sum(wp[f, e] * z[n, e, i, j] for e in range(wp.shape[1]))


@every_size
@pytest.mark.equation("eq-separable-dz", exact=True)
def test_a_map_between_collects_from_every_output_at_its_place(sizes):
    _, _, wp, _, dy = problem(sizes)
    true = gradients(sizes)["z"]
    for n, e, i, j in np.ndindex(true.shape):
        assert true[n, e, i, j] == sum(wp[f, e] * dy[n, f, i, j] for f in range(len(wp)))


@every_size
@pytest.mark.equation("eq-separable-dpoint", exact=True)
def test_a_mixing_weight_collects_the_products_of_the_maps_it_joins(sizes):
    x, wd, wp, b, dy = problem(sizes)
    z, true = between(x, wd), gradients(sizes)
    for f, e in np.ndindex(wp.shape):
        assert true["wp"][f, e] == sum(dy[n, f, i, j] * z[n, e, i, j] for n, i, j in indices(len(x), *dy.shape[2:]))
    for f in range(len(b)):
        assert true["b"][f] == sum(dy[n, f, i, j] for n, i, j in indices(len(x), *dy.shape[2:]))
    assert (convbp.separable_conv2d_backward(dy, x, wd, wp).dw_point == true["wp"]).all()


@every_size
@pytest.mark.equation("eq-separable-ddepth", exact=True)
def test_a_tap_of_the_first_stage_collects_dz_times_the_cells_it_lay_on(sizes):
    x, wd, wp, _, dy = problem(sizes)
    true, M = gradients(sizes), wd.shape[1]
    dz = true["z"]
    for c, m, p, q in np.ndindex(wd.shape):
        terms = (dz[n, c * M + m, i, j] * x[n, c, i + p, j + q] for n, i, j in indices(len(x), *dy.shape[2:]))
        assert true["wd"][c, m, p, q] == sum(terms)
    assert (convbp.separable_conv2d_backward(dy, x, wd, wp).dw_depth == true["wd"]).all()


@every_size
@pytest.mark.equation("eq-separable-dx", exact=True)
def test_a_cell_collects_from_all_filters_of_its_channel(sizes):
    x, wd, wp, _, dy = problem(sizes)
    true, (M, KH, KW) = gradients(sizes), wd.shape[1:]
    dz = true["z"]

    def shown(n, e, i, j):
        inside = 0 <= i < dz.shape[2] and 0 <= j < dz.shape[3]
        return dz[n, e, i, j] if inside else 0

    for n, c, r, s in np.ndindex(x.shape):
        terms = (wd[c, m, p, q] * shown(n, c * M + m, r - p, s - q) for m, p, q in indices(M, KH, KW))
        assert true["x"][n, c, r, s] == sum(terms)
    assert (convbp.separable_conv2d_backward(dy, x, wd, wp).dx == true["x"]).all()


COUNTS = [(1, 1, 1, 1), (3, 6, 5, 1), (64, 128, 3, 1), (5, 7, 2, 3), (32, 64, 5, 18)]
every_count = pytest.mark.parametrize(("I", "O", "K", "M"), COUNTS)


@every_count
@pytest.mark.equation("eq-separable-ordinary-count", exact=True)
def test_an_ordinary_layer_has_a_weight_for_each_pair_of_maps_and_each_tap(I, O, K, M):
    assert np.ones((O, I, K, K)).size == I * O * K**2 == convbp.conv_cost(I, O, (K, K)).parameters


@every_count
@pytest.mark.equation("eq-separable-depth-count", exact=True)
def test_a_depthwise_stage_has_its_filters_for_each_channel(I, O, K, M):
    assert np.ones((I, M, K, K)).size == I * M * K**2 == convbp.depthwise_cost(I, (K, K), multiplier=M).parameters


@every_count
@pytest.mark.equation("eq-separable-count", exact=True)
def test_the_two_stages_add_up(I, O, K, M):
    sizes = np.ones((I, M, K, K)).size + np.ones((O, I * M)).size
    assert sizes == I * M * K**2 + I * M * O == convbp.separable_cost(I, O, (K, K), multiplier=M).parameters


@every_count
@pytest.mark.equation("eq-separable-ratio", exact=True)
def test_the_ratio_has_one_term_for_each_stage(I, O, K, M):
    from fractions import Fraction

    counts = convbp.separable_cost(I, O, (K, K), multiplier=M), convbp.conv_cost(I, O, (K, K))
    assert Fraction(counts[0].parameters, counts[1].parameters) == M * (Fraction(1, O) + Fraction(1, K**2))


@pytest.mark.parametrize("sizes", [(1, 2, 1, 3, 4, 5, 2, 2), (1, 3, 2, 2, 4, 4, 3, 3)], ids=str)
@pytest.mark.equation("eq-separable-work", exact=True)
def test_multiply_adds_counted_one_by_one(sizes):
    _, I, M, O, H, W, K, _ = sizes
    OH, OW = H - K + 1, W - K + 1
    first = sum(1 for _ in indices(I, M, OH, OW, K, K))
    second = sum(1 for _ in indices(O, I * M, OH, OW))
    expected = OH * OW * (I * M * K**2 + I * M * O)
    assert first + second == expected
    assert convbp.separable_cost(I, O, (K, K), multiplier=M, outputs=(OH, OW)).multiply_adds == expected


def composed(wd, wp):
    C, M = wd.shape[:2]
    return np.array([[sum(wp[f, c * M + m] * wd[c, m] for m in range(M)) for c in range(C)] for f in range(len(wp))])


@every_size
@pytest.mark.equation("eq-separable-filters", exact=True)
def test_a_separable_layer_is_the_ordinary_one_with_these_filters(sizes):
    x, wd, wp, b, _ = problem(sizes)
    filters = composed(wd, wp)
    ordinary = [[signal.correlate(image, one, "valid")[0] for one in filters] for image in x]
    assert (np.array(ordinary) + b[:, None, None] == convbp.separable_conv2d(x, wd, wp, b)).all()


@every_size
@pytest.mark.equation("eq-separable-rank", exact=True)
def test_the_slices_of_a_channel_have_at_most_the_rank_of_the_multiplier(sizes):
    _, wd, wp, *_ = problem(sizes)
    C, M = wd.shape[:2]
    for c in range(C):
        slices = composed(wd, wp)[:, c].reshape(len(wp), -1)
        P, D = wp[:, c * M : (c + 1) * M], wd[c].reshape(M, -1)
        assert (slices == P @ D).all()
        assert np.linalg.matrix_rank(slices) <= M


@pytest.mark.parametrize(("F", "taps"), [(4, 9), (9, 4), (5, 5)])
@pytest.mark.equation("eq-separable-nearest", tolerance="1e-12 relative")
def test_no_matrix_of_that_rank_is_nearer_than_the_largest_singular_values(F, taps):
    W = whole((F, taps), 7).astype(float)
    sizes = np.sqrt(np.linalg.eigvalsh(W @ W.T)[::-1].clip(0))[: min(F, taps)]
    rng = np.random.default_rng(8)
    for M in range(1, min(F, taps)):
        least = (sizes[M:] ** 2).sum()
        U, s, V = np.linalg.svd(W)
        nearest = U[:, :M] * s[:M] @ V[:M]
        assert ((W - nearest) ** 2).sum() == pytest.approx(least, rel=1e-12)
        for _ in range(20):  # whatever M directions are taken, the best matrix in them is no nearer
            P = rng.standard_normal((F, M))
            best = P @ np.linalg.lstsq(P, W, rcond=None)[0]
            assert ((W - best) ** 2).sum() >= least * (1 - 1e-12)


def whole_gradient(sizes):
    """dw of the ordinary layer behind a separable one, by differences."""
    x, wd, wp, _, dy = problem(sizes)

    def ordinary(w):
        return np.array([[signal.correlate(image, one, "valid")[0] for one in w] for image in x])

    return slopes(ordinary, composed(wd, wp), dy)


@every_size
@pytest.mark.equation("eq-separable-factor-point", exact=True)
def test_a_mixing_weight_takes_its_share_of_the_composed_gradient(sizes):
    _, wd, wp, *_ = problem(sizes)
    dw, true, M = whole_gradient(sizes), gradients(sizes)["wp"], wd.shape[1]
    for f, e in np.ndindex(wp.shape):
        c, m = divmod(e, M)
        assert true[f, e] == sum(dw[f, c, p, q] * wd[c, m, p, q] for p, q in np.ndindex(wd.shape[2:]))


@every_size
@pytest.mark.equation("eq-separable-factor-depth", exact=True)
def test_a_depthwise_tap_takes_what_all_filters_want_by_how_much_they_listen(sizes):
    _, wd, wp, *_ = problem(sizes)
    dw, true, M = whole_gradient(sizes), gradients(sizes)["wd"], wd.shape[1]
    for c, m, p, q in np.ndindex(wd.shape):
        assert true[c, m, p, q] == sum(wp[f, c * M + m] * dw[f, c, p, q] for f in range(len(wp)))


@pytest.mark.parametrize(("H", "W", "KH", "KW"), [(5, 6, 3, 2), (4, 4, 1, 3), (7, 3, 4, 1)])
@pytest.mark.equation("eq-separable-outer", exact=True)
def test_a_product_of_column_and_row_runs_down_and_then_along(H, W, KH, KW):
    x, a, b = whole((H, W), 1), whole(KH, 2), whole(KW, 3)
    down = signal.correlate2d(x, a[:, None], "valid")
    filters = np.array([[a[p] * b[q] for q in range(KW)] for p in range(KH)])
    assert (signal.correlate2d(down, b[None], "valid") == signal.correlate2d(x, filters, "valid")).all()


@pytest.mark.parametrize(("H", "W", "KH", "KW"), [(5, 6, 3, 2), (4, 4, 1, 3), (7, 3, 4, 1)])
@pytest.mark.equation("eq-separable-outer-grad", exact=True)
def test_column_and_row_share_the_gradient_of_their_product(H, W, KH, KW):
    x, a, b = whole((H, W), 1), whole(KH, 2), whole(KW, 3)
    dy = whole((H - KH + 1, W - KW + 1), 4)
    dw = slopes(lambda w: signal.correlate2d(x, w, "valid"), np.outer(a, b), dy)
    da = slopes(lambda a: signal.correlate2d(x, np.outer(a, b), "valid"), a, dy)
    db = slopes(lambda b: signal.correlate2d(x, np.outer(a, b), "valid"), b, dy)
    assert [sum(dw[p, q] * b[q] for q in range(KW)) for p in range(KH)] == da.tolist()
    assert [sum(a[p] * dw[p, q] for p in range(KH)) for q in range(KW)] == db.tolist()
