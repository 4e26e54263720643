"""The equations of chapter 10, as printed, against windows that are cut out by hand, Fractions, SciPy and PyTorch."""

from fractions import Fraction
from math import ceil, comb, floor, inf, log
from typing import NamedTuple

import numpy as np
import pytest
from scipy import ndimage, special

import convbp
from convbp import check


class Settings(NamedTuple):
    """One axis, in the words of the chapter."""

    N: int
    K: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def reach(self):
        return self.dilation * (self.K - 1) + 1

    @property
    def M(self):
        return (self.N + self.before + self.after - self.reach) // self.stride + 1

    @property
    def options(self):
        return {"stride": self.stride, "dilation": self.dilation, "padding": [(self.before, self.after)]}

    def window(self, o):
        """The real cells of a window, cut out of a padded list of places."""
        places = [-1] * self.before + list(range(self.N)) + [-1] * self.after
        return [i for i in places[self.stride * o : self.stride * o + self.reach : self.dilation] if i >= 0]


AXES = [
    Settings(5, 3, 1, 1, 0, 0),
    Settings(5, 2, 2, 1, 0, 0),
    Settings(7, 3, 2, 1, 1, 1),
    Settings(9, 2, 3, 2, 1, 0),
    Settings(8, 4, 2, 1, 0, 2),
    Settings(6, 3, 1, 2, 1, 2),
]
every_axis = pytest.mark.parametrize("a", AXES, ids=str)


def integers(size, seed=0):
    return np.random.default_rng([seed, *np.atleast_1d(size)]).integers(-9, 10, size)


def apart(size, seed=0):
    """Whole numbers, no two alike, of both signs."""
    return np.random.default_rng([seed, size]).permutation(size) * 2 - size


def fractions(size, seed=0):
    return np.array([Fraction(int(v), 3) for v in integers(size, seed)], object)


def maxima(x, a):
    return np.array([max(x[i] for i in a.window(o)) for o in range(a.M)])


def winner(x, a, o):
    return max(a.window(o), key=lambda i: (x[i], -i))


def readers(a, i):
    return [o for o in range(a.M) if i in a.window(o)]


@pytest.mark.equation("eq-pool-max", exact=True)
@every_axis
def test_an_output_is_the_largest_cell_that_the_relation_names(a):
    x = apart(a.N)
    y, index = convbp.max_pool1d([[x]], a.K, **a.options)
    for o in range(a.M):
        named = [a.stride * o + a.dilation * k - a.before for k in range(a.K)]
        real = [i for i in named if 0 <= i < a.N]
        assert sorted(real) == a.window(o)
        assert y[0, 0, o] == max(x[i] for i in real) == x[index[0, 0, o]] == maxima(x, a)[o]


@pytest.mark.equation("eq-pool-max", exact=True)
@every_axis
def test_of_equal_cells_the_first_is_the_winner(a):
    x = integers(a.N) // 5
    y, index = convbp.max_pool1d([[x]], a.K, **a.options)
    for o in range(a.M):
        assert index[0, 0, o] == next(i for i in a.window(o) if x[i] == y[0, 0, o])


@pytest.mark.equation("eq-pool-max", exact=True)
def test_windows_without_gaps_agree_with_scipy():
    x = apart(11)
    expected = ndimage.maximum_filter1d(x, 3)[1:-1]
    assert convbp.max_pool1d([[x]], 3, stride=1).y[0, 0].tolist() == expected.tolist()


@pytest.mark.equation("eq-pool-slope", exact=True)
@every_axis
def test_an_output_moves_with_its_winner_and_with_no_other_cell(a):
    x = apart(a.N)
    for o in range(a.M):
        slopes = check.integer_gradient(lambda x: maxima(x, a), x, np.eye(a.M, dtype=int)[o])
        assert slopes.tolist() == [int(i == winner(x, a, o)) for i in range(a.N)]


@pytest.mark.equation("eq-pool-routing", exact=True)
@every_axis
def test_a_cell_collects_from_all_the_windows_it_has_won(a):
    x, dy = apart(a.N), integers(a.M)
    printed = [sum(dy[o] for o in range(a.M) if winner(x, a, o) == i) for i in range(a.N)]
    assert printed == check.integer_gradient(lambda x: maxima(x, a), x, dy).tolist()
    index = convbp.max_pool1d([[x]], a.K, **a.options).indices
    assert convbp.max_pool1d_backward([[dy]], index, (1, 1, a.N))[0, 0].tolist() == printed


@pytest.mark.equation("eq-pool-conserved", exact=True)
@every_axis
@pytest.mark.parametrize("level", [False, True], ids=["apart", "tied"])
def test_a_max_pool_hands_on_all_that_it_gets(a, level):
    x, dy = (np.ones(a.N) if level else apart(a.N)), integers(a.M)
    index = convbp.max_pool1d([[x]], a.K, **a.options).indices
    assert convbp.max_pool1d_backward([[dy]], index, (1, 1, a.N)).sum() == dy.sum()


@pytest.mark.equation("eq-pool-selection", exact=True)
@every_axis
def test_a_table_of_winners_picks_and_its_transpose_puts_back(a):
    x, dy = apart(a.N), integers(a.M)
    S = np.array([[int(i == winner(x, a, o)) for i in range(a.N)] for o in range(a.M)])
    assert (S @ x).tolist() == maxima(x, a).tolist()
    assert (S.T @ dy).tolist() == check.integer_gradient(lambda x: maxima(x, a), x, dy).tolist()


def lies_below(s, x, zs):
    """Whether a plane of slopes s that touches the maximum at x lies below it at every z."""
    return all(max(z) >= max(x) + sum(p * (q - r) for p, q, r in zip(s, z, x, strict=True)) for z in zs)


@pytest.mark.equation("eq-pool-subdifferential", exact=True)
@pytest.mark.parametrize("x", [(5, 5, 1), (4, 4, 4), (1, 3, 2), (2, 5, 5)])
def test_the_planes_below_a_maximum_are_the_divisions_of_one_among_winners(x):
    zs = [tuple(x[i] + d[i] for i in range(3)) for d in np.ndindex(7, 7, 7)]
    zs = [tuple(v - 3 for v in z) for z in zs]
    zs += [tuple(Fraction(v + (k == i), 1) - Fraction(k == i, 2) for k, v in enumerate(x)) for i in range(3)]
    steps = [Fraction(n, 4) for n in range(-2, 7)]
    for s in ((p, q, r) for p in steps for q in steps for r in steps):
        printed = min(s) >= 0 and sum(s) == 1 and all(p == 0 for p, v in zip(s, x, strict=True) if v < max(x))
        assert lies_below(s, x, zs) == printed


@pytest.mark.equation("eq-pool-subdifferential", exact=True)
def test_libraries_differ_at_ties_and_are_fair(torch):
    x = torch.tensor([[[4.0, 4, 4, 1]]], requires_grad=True)
    torch.nn.functional.max_pool1d(x, 4).sum().backward()
    assert x.grad.tolist() == [[[1, 0, 0, 0]]]
    x.grad = None
    x.amax().backward()
    assert np.allclose(x.grad.numpy(), [[[1 / 3, 1 / 3, 1 / 3, 0]]], rtol=1e-6)


@pytest.mark.equation("eq-pool-tie-difference", exact=True)
@pytest.mark.parametrize("tied", [2, 3, 5])
def test_central_differences_say_one_half_for_every_tied_cell(tied):
    x, h = [Fraction(4)] * tied + [Fraction(1)], Fraction(1, 7)

    def moved(i, step):
        return max(v + step * (k == i) for k, v in enumerate(x))

    slopes = [(moved(i, h) - moved(i, -h)) / (2 * h) for i in range(tied + 1)]
    assert slopes == [Fraction(1, 2)] * tied + [0]


@pytest.mark.equation("eq-pool-plane", exact=True)
def test_a_flat_number_names_a_row_and_a_column_of_its_own_plane():
    N, C, H, W = 2, 3, 5, 7
    x = apart(N * C * H * W).reshape(N, C, H, W)
    options = {"stride": (2, 1), "padding": ((1, 0), (0, 1))}
    y, index = convbp.max_pool2d(x, (2, 3), **options)
    dy = integers(y.shape)
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (1, 0), (0, 1)), constant_values=-inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2, 3), axis=(2, 3))[:, :, ::2]
    assert (windows.max((4, 5)) == y).all()
    printed = np.zeros_like(x)
    for n, c, r, s in np.ndindex(x.shape):
        places = np.ndindex(y.shape[2:])
        printed[n, c, r, s] = sum(dy[n, c, i, j] for i, j in places if index[n, c, i, j] == r * W + s)

    def largest(x):
        padded = np.pad(x.astype(float), ((0, 0), (0, 0), (1, 0), (0, 1)), constant_values=-inf)
        return np.lib.stride_tricks.sliding_window_view(padded, (2, 3), axis=(2, 3))[:, :, ::2].max((4, 5))

    assert (printed == check.integer_gradient(largest, x, dy)).all()


@pytest.mark.equation("eq-pool-padding", exact=True)
@every_axis
def test_minus_infinity_in_the_padding_leaves_the_maximum_of_the_real_cells(a):
    x = -5 - abs(integers(a.N))
    padded = np.full(a.before + a.N + a.after, -inf)
    for u in range(len(padded)):
        if 0 <= u - a.before < a.N:
            padded[u] = x[u - a.before]
    printed = [max(padded[a.stride * o + a.dilation * k] for k in range(a.K)) for o in range(a.M)]
    assert printed == maxima(x, a).tolist() == convbp.max_pool1d([[x]], a.K, **a.options).y[0, 0].tolist()


@pytest.mark.equation("eq-pool-ceil", exact=True)
def test_ceil_mode_rounds_up_and_drops_a_window_behind_the_real_cells(torch):
    for N, K, stride, both in np.ndindex(9, 4, 4, 3):
        N, K, stride = N + 1, K + 1, stride + 1
        room = N + 2 * both - K
        if 2 * both > K or room < 0:
            continue
        printed = ceil(Fraction(room, stride)) + 1
        printed -= stride * (printed - 1) >= both + N
        options = {"stride": stride, "padding": both, "ceil_mode": True}
        judged = torch.nn.functional.max_pool1d(torch.zeros(1, 1, N), K, **options)
        assert printed == judged.shape[-1] == convbp.max_pool1d(np.zeros((1, 1, N)), K, **options).y.shape[-1]


@pytest.mark.equation("eq-pool-average", exact=True)
@every_axis
def test_an_average_adds_the_cells_of_a_window_and_divides(a):
    x = fractions(a.N)
    padded = [0] * a.before + x.tolist() + [0] * a.after
    for include in (True, False):
        y = convbp.avg_pool1d([[x]], a.K, count_include_pad=include, **a.options)[0, 0]
        for o in range(a.M):
            count = a.K if include else len(a.window(o))
            printed = sum(padded[a.stride * o + a.dilation * k] for k in range(a.K)) / count
            assert printed == y[o] == Fraction(sum(x[i] for i in a.window(o)), count)


@pytest.mark.equation("eq-pool-average-dx", exact=True)
@every_axis
@pytest.mark.parametrize("include", [True, False])
def test_a_cell_gets_its_part_of_every_window_that_reads_it(a, include):
    dy = fractions(a.M, seed=1)
    count = [a.K if include else len(a.window(o)) for o in range(a.M)]
    A = [[Fraction(int(i in a.window(o)), count[o]) for i in range(a.N)] for o in range(a.M)]
    printed = [sum(dy[o] / count[o] for o in readers(a, i)) for i in range(a.N)]
    assert printed == (np.array(A, object).T @ dy).tolist()
    found = convbp.avg_pool1d_backward([[dy]], (1, 1, a.N), a.K, count_include_pad=include, **a.options)
    assert found[0, 0].tolist() == printed


@pytest.mark.equation("eq-pool-divisors", exact=True)
@pytest.mark.parametrize("include", [True, False])
def test_padding_counts_or_not_and_what_ceil_mode_adds_never_does(torch, include):
    for N, K, stride, both in [(6, 3, 2, 1), (5, 3, 2, 1), (7, 4, 3, 2), (5, 2, 2, 0), (8, 3, 3, 1)]:
        options = {"stride": stride, "padding": both, "ceil_mode": True, "count_include_pad": include}
        judged = torch.nn.functional.avg_pool1d(torch.ones(1, 1, N, dtype=torch.float64), K, **options)[0, 0]
        axis, real = range(-both, N + both), range(N)
        windows = [[stride * o - both + k for k in range(K)] for o in range(len(judged))]
        counts = [sum(i in (axis if include else real) for i in window) for window in windows]
        sums = [sum(i in real for i in window) for window in windows]
        expected = [Fraction(s, c) for s, c in zip(sums, counts, strict=True)]
        assert [float(v) for v in expected] == judged.tolist()
        ones = np.full((1, 1, N), Fraction(1), object)
        assert convbp.avg_pool1d(ones, K, **options)[0, 0].tolist() == expected


def norms(x, a, p):
    return np.array([np.linalg.norm([x[i] for i in a.window(o)], p) for o in range(a.M)])


@pytest.mark.equation("eq-pool-lp", tolerance="1e-14 relative")
@every_axis
@pytest.mark.parametrize("p", [1, 2, 3, 5.5])
def test_an_lp_pool_is_the_norm_of_each_window(a, p):
    x = integers(a.N)
    printed = [sum(abs(int(x[i])) ** p for i in a.window(o)) ** (1 / p) for o in range(a.M)]
    assert np.allclose(printed, norms(x, a, p), rtol=1e-14, atol=0)
    assert np.allclose(printed, convbp.lp_pool1d([[x]], p, a.K, **a.options)[0, 0], rtol=1e-14, atol=0)


@pytest.mark.equation("eq-pool-lp-dx", tolerance="1e-7 absolute")
@every_axis
@pytest.mark.parametrize("p", [1.5, 2, 3])
def test_the_slope_of_a_norm_is_a_power_of_the_share(a, p):
    x, dy = apart(a.N) + 0.5, integers(a.M)
    y = norms(x, a, p)
    terms = [[dy[o] * np.sign(x[i]) * (abs(x[i]) / y[o]) ** (p - 1) for o in readers(a, i)] for i in range(a.N)]
    printed = [sum(row) for row in terms]
    # Central differences with the best step are good to about 1e-10 of these numbers.
    assert np.allclose(printed, check.numerical_gradient(lambda x: norms(x, a, p), x, dy), rtol=0, atol=1e-7)
    assert np.allclose(printed, convbp.lp_pool1d_backward([[dy]], [[x]], p, a.K, **a.options)[0, 0], rtol=0, atol=1e-12)


@pytest.mark.equation("eq-pool-lp-dx", tolerance="1e-15 relative")
@pytest.mark.parametrize("triple", [(3, -4, 5), (8, -9, 12, 17), (2, 3, -6, 7)])
def test_pythagoras_gives_the_slopes_of_a_length(triple):
    *x, length = triple
    printed = [Fraction(v, length) for v in x]
    assert sum(s * s for s in printed) == 1
    found = convbp.lp_pool1d_backward([[[length]]], [[x]], 2, len(x))[0, 0]
    assert np.allclose(found, x, rtol=1e-15)


@pytest.mark.equation("eq-pool-lp-limits", exact=True)
@pytest.mark.parametrize("p", [1, 2, 3, 8])
def test_a_norm_lies_between_the_largest_size_and_a_root_of_K_times_it(p):
    for seed in range(20):
        x = [abs(int(v)) for v in integers(5, seed)]
        power = sum(v**p for v in x)
        assert max(x) ** p <= power <= 5 * max(x) ** p


@pytest.mark.equation("eq-pool-lp", tolerance="1e-15 relative")
def test_pytorch_takes_the_power_without_the_absolute_value(torch):
    x = torch.tensor([[[3.0, -4.0]]])
    assert torch.nn.functional.lp_pool1d(x, 3, 2).isnan().all()
    assert convbp.lp_pool1d([[[3, -4]]], 3, 2).item() == pytest.approx((27 + 64) ** (1 / 3), rel=1e-15)


@pytest.mark.equation("eq-pool-lse", tolerance="1e-14 relative")
@every_axis
def test_log_sum_exp_is_that_of_scipy_on_each_window(a):
    x = integers(a.N) / 4
    printed = [log(sum(np.exp(x[i]) for i in a.window(o))) for o in range(a.M)]
    judged = [special.logsumexp([x[i] for i in a.window(o)]) for o in range(a.M)]
    found = convbp.logsumexp_pool1d([[x]], a.K, **a.options)[0, 0]
    # An output near 0 is the difference of numbers near 2: absolute digits count there.
    assert np.allclose(printed, judged, rtol=1e-14, atol=1e-14)
    assert np.allclose(printed, found, rtol=1e-14, atol=1e-14)


@pytest.mark.equation("eq-pool-lse-bounds", exact=True)
def test_log_sum_exp_lies_between_the_maximum_and_log_K_above():
    # Exact in powers: t·x = log of a whole number, so the sum of exponentials is a sum of whole numbers.
    for t in (1, 2, 5):
        for n in range(1, 6):
            bases = [comb(5, k) for k in range(n)]
            total = sum(b**t for b in bases)
            assert max(bases) ** t <= total <= n * max(bases) ** t
            top, value = log(max(bases)), special.logsumexp(t * np.log(bases)) / t
            assert top - 1e-12 <= value <= top + log(n) / t + 1e-12


@pytest.mark.equation("eq-pool-lse-dx", tolerance="1e-13 absolute")
@every_axis
def test_a_cell_gets_the_softmax_of_its_windows(a):
    x, dy = integers(a.N) / 4, integers(a.M)
    y = [special.logsumexp([x[i] for i in a.window(o)]) for o in range(a.M)]
    printed = [sum(dy[o] * np.exp(x[i] - y[o]) for o in readers(a, i)) for i in range(a.N)]
    judged = np.zeros(a.N)
    for o in range(a.M):
        judged[a.window(o)] += dy[o] * special.softmax([x[i] for i in a.window(o)])
    found = convbp.logsumexp_pool1d_backward([[dy]], [[x]], a.K, **a.options)[0, 0]
    # Sums of at most 4 terms below 9, each good to a few units of 1e-16.
    assert np.allclose(printed, judged, rtol=0, atol=1e-13)
    assert np.allclose(printed, found, rtol=0, atol=1e-13)


@pytest.mark.equation("eq-pool-global", exact=True)
def test_a_global_pool_gives_all_to_one_or_the_same_to_all():
    shape = N, C, H, W = 2, 3, 4, 5
    x = apart(N * C * H * W).reshape(shape)
    dy = integers((N, C))
    index = x.reshape(N, C, -1).argmax(-1)
    found = (
        convbp.global_max_pool_backward(dy[..., None, None], convbp.global_max_pool(x).indices, shape),
        convbp.global_avg_pool_backward(np.vectorize(Fraction)(dy)[..., None, None], shape),
    )
    for n, c, r, s in np.ndindex(shape):
        assert found[0][n, c, r, s] == (dy[n, c] if r * W + s == index[n, c] else 0)
        assert found[1][n, c, r, s] == Fraction(int(dy[n, c]), H * W)
    assert (check.integer_gradient(lambda x: x.max((2, 3)), x, dy) == found[0]).all()


def cut(N, M):
    """The windows of an adaptive pool, as the cells that touch each M-th part of the axis."""
    parts = [(Fraction(o * N, M), Fraction((o + 1) * N, M)) for o in range(M)]
    return [[i for i in range(N) if i < stop and i + 1 > start] for start, stop in parts]


SIZES = [(5, 3), (7, 3), (6, 2), (3, 5), (8, 8), (9, 4), (4, 1)]


@pytest.mark.equation("eq-pool-adaptive", exact=True)
@pytest.mark.parametrize(("N", "M"), SIZES)
def test_adaptive_windows_are_parts_rounded_outwards(torch, N, M):
    printed = [list(range(floor(Fraction(o * N, M)), ceil(Fraction((o + 1) * N, M)))) for o in range(M)]
    assert printed == cut(N, M)
    judged = torch.nn.functional.adaptive_avg_pool1d(torch.eye(N, dtype=torch.float64)[:, None], M)[:, 0]
    assert [np.flatnonzero(column).tolist() for column in judged.numpy().T] == printed


@pytest.mark.equation("eq-pool-adaptive-dx", exact=True)
@pytest.mark.parametrize(("N", "M"), SIZES)
def test_each_adaptive_window_divides_by_its_own_cells(N, M):
    dy = fractions(M)
    windows = [set(range(o * N // M, -(-(o + 1) * N // M))) for o in range(M)]
    printed = [sum(dy[o] / len(windows[o]) for o in range(M) if i in windows[o]) for i in range(N)]
    A = np.array([[Fraction(int(i in cells), len(cells)) for i in range(N)] for cells in cut(N, M)], object)
    assert printed == (A.T @ dy).tolist()
    assert convbp.adaptive_avg_pool1d_backward([[dy]], (1, 1, N), M)[0, 0].tolist() == printed
