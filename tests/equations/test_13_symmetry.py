"""The equations of chapter 13, as printed, against SciPy's correlations, written-out sums and whole differences.

Motions are done here by index, cell by cell, and composed by where they take a cell: nothing is taken from the library
but what is judged.
"""

from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import ndimage, signal

import convbp
from convbp.filter_bank import Pose, filter_bank, filter_bank_backward
from convbp.symmetry import (
    group_conv2d,
    group_conv2d_backward,
    group_pool,
    lift_conv2d,
    lift_conv2d_backward,
)
from convbp.turns import act, act_on_lifted, equivariance_error

ORDER = {"C4": 4, "D4": 8}
ELEMENTS = [(group, h) for group, order in ORDER.items() for h in range(order)]
every_element = pytest.mark.parametrize(("group", "g"), ELEMENTS)
every_group = pytest.mark.parametrize("group", ORDER)


def whole(shape, seed, low=-9):
    return np.random.default_rng(seed).integers(low, 10, shape)


def slopes(f, start, dy):
    """Whole differences of a linear map: exact."""
    base, grad = f(start), np.zeros(start.shape, int)
    for at in np.ndindex(start.shape):
        step = start.copy()
        step[at] += 1
        grad[at] = ((f(step) - base) * dy).sum()
    return grad


def quarter(a):
    """(T_1 a)[p, q] = a[q, K − 1 − p], on the last two axes."""
    K = a.shape[-1]
    turned = np.empty((*a.shape[:-2], K, a.shape[-2]), a.dtype)
    for p, q in np.ndindex(turned.shape[-2:]):
        turned[..., p, q] = a[..., q, K - 1 - p]
    return turned


def mirror(a):
    """(T_4 a)[p, q] = a[p, K − 1 − q]."""
    mirrored = np.empty_like(a)
    for q in range(a.shape[-1]):
        mirrored[..., q] = a[..., a.shape[-1] - 1 - q]
    return mirrored


def T(h, a):
    for _ in range(h % 4):
        a = quarter(a)
    return mirror(a) if h >= 4 else a


@cache
def product_of(g, h):
    """The element that acts as h and then g, read off a pattern without symmetry."""
    pattern = np.arange(9).reshape(3, 3)
    return next(e for e in range(8) if (T(e, pattern) == T(g, T(h, pattern))).all())


@cache
def inverse_of(h):
    return next(e for e in range(8) if product_of(e, h) == 0)


def correlated(x, w, stride=1):
    """SciPy's correlation of two planes, every stride-th output."""
    return signal.correlate2d(x, w, "valid")[::stride, ::stride]


def on_ring(x, w, b=0, stride=1):
    """SciPy's correlation on a ring; its origin is moved so that tap 0 meets cell o."""
    full = ndimage.correlate1d(x, w, mode="wrap", origin=-(len(w) // 2)) + b
    return full[::stride]


def shift(x, a):
    return np.array([x[(i - a) % len(x)] for i in range(len(x))])


RINGS = [(8, 2), (7, 3), (9, 5), (5, 1)]
every_ring = pytest.mark.parametrize(("N", "K"), RINGS)


@every_ring
@pytest.mark.equation("eq-symmetry-equivariant", exact=True)
@pytest.mark.equation("eq-symmetry-invariant", exact=True)
def test_a_convolution_on_a_ring_is_equivariant_and_its_maximum_invariant(N, K):
    x, w = whole(N, 1), whole(K, 2)
    for a in range(N):
        assert (on_ring(shift(x, a), w) == shift(on_ring(x, w), a)).all()
        assert on_ring(shift(x, a), w).max() == on_ring(x, w).max()


@pytest.mark.equation("eq-symmetry-shift", exact=True)
def test_a_shift_brings_what_stood_a_cells_before():
    x = whole(8, 1)
    for a in range(-8, 9):
        assert [x[(i - a) % 8] for i in range(8)] == np.roll(x, a).tolist()


@every_ring
@pytest.mark.equation("eq-symmetry-proof", exact=True)
def test_every_line_of_the_proof_is_the_same_number(N, K):
    """On a line without an end: the signal stands far from the ends of its array."""
    far, w, b = 3 * (N + K), whole(K, 2), 4
    line = {i: int(v) for i, v in enumerate(whole(N, 1))}

    def x(i):
        return line.get(i, 0)

    dense = np.zeros(2 * far + N, int)
    dense[far : far + N] = list(line.values())
    f = np.correlate(dense, w) + b
    for a, o in product(range(-4, 5), range(-K, N + K)):
        first = b + sum(w[k] * x((o + k) - a) for k in range(K))
        second = b + sum(w[k] * x((o - a) + k) for k in range(K))
        assert first == second == f[far + o - a]
        moved = np.correlate(np.roll(dense, a), w) + b
        assert moved[far + o] == first


@pytest.mark.parametrize("N", [4, 7])
@pytest.mark.equation("eq-symmetry-converse", exact=True)
def test_a_linear_map_that_respects_shifts_is_a_correlation(N):
    S = np.roll(np.eye(N, dtype=int), 1, axis=0)  # moves by one cell
    A = sum(c * np.linalg.matrix_power(S, n) for n, c in enumerate(whole(N, 3)))
    assert (A @ S == S @ A).all()
    x, e = whole(N, 1), np.eye(N, dtype=int)[0]
    assert (sum(x[i] * shift(A @ e, i) for i in range(N)) == A @ x).all()
    w = [(A @ e)[-k % N] for k in range(N)]
    assert [sum(w[k] * x[(o + k) % N] for k in range(N)) for o in range(N)] == (A @ x).tolist()
    padded = convbp.pad([[x]], [(0, N - 1)], "wrap")
    assert (convbp.conv1d(padded, [[w]])[0, 0] == A @ x).all()


@pytest.mark.parametrize(("N", "K", "stride"), [(8, 2, 2), (12, 3, 3), (12, 5, 4), (6, 1, 1)])
@pytest.mark.equation("eq-symmetry-stride", exact=True)
def test_a_stride_respects_its_own_multiples(N, K, stride):
    x, w = whole(N, 1), whole(K, 2)
    v, M = on_ring(x, w), N // stride
    for a in range(N):
        of_moved = on_ring(shift(x, a), w, stride=stride)
        assert [v[(stride * o - a) % N] for o in range(M)] == of_moved.tolist()
    for m in range(M):
        of_moved = on_ring(shift(x, stride * m), w, stride=stride)
        assert (of_moved == shift(on_ring(x, w, stride=stride), m)).all()


@pytest.mark.parametrize(("N", "K", "before", "after"), list(product((6, 9), (1, 2, 3, 5), (0, 1, 2), (0, 1, 3))))
@pytest.mark.equation("eq-symmetry-border", exact=True)
def test_outputs_agree_up_to_the_first_window_over_the_end(N, K, before, after):
    x, w = whole(N, 1, low=1), whole(K, 2, low=1)

    def f(x):
        return np.correlate(np.pad(x, (before, after)), w)

    for a in range(1, 4):
        moved = np.pad(x, (a, 0))[:N]
        for o in range(a, len(f(x))):
            first = o - before  # of the cells that window o reads
            reads_what_fell_off = first + K - 1 >= N and first <= N + a - 1
            assert (f(moved)[o] != f(x)[o - a]) == reads_what_fell_off
            assert not (reads_what_fell_off and o <= N - K + before)


@pytest.mark.equation("eq-symmetry-places", exact=True)
@pytest.mark.parametrize("pool", [np.sum, np.max, np.min], ids=["sum", "max", "min"])
def test_a_pool_over_all_places_forgets_the_place(pool):
    x, w = whole((6, 6), 1), whole((3, 2), 2)
    y = ndimage.correlate(x, w, mode="wrap")
    for down, right in np.ndindex(6, 6):
        moved = np.roll(x, (down, right), (0, 1))
        of_moved = ndimage.correlate(moved, w, mode="wrap")
        assert (of_moved == np.roll(y, (down, right), (0, 1))).all()
        assert pool(of_moved) == pool(y)


@pytest.mark.parametrize(
    ("taps", "stride"),
    [
        ([1, 2, 1], 2),
        ([1, 1, 1], 2),
        ([1], 2),
        ([1, 1, 1], 3),
        ([1, 3, 3, 1], 2),
        ([1, 2, 3, 2, 1], 3),
        ([2, 0, -1], 2),
    ],
)
@pytest.mark.equation("eq-symmetry-blur", exact=True)
def test_the_sum_of_a_blurred_map_does_not_notice_shifts_if_all_phases_are_equal(taps, stride):
    N = 4 * stride
    phases = [sum(t for k, t in enumerate(taps) if k % stride == p) for p in range(stride)]
    v = whole(N, 1)

    def y(v):
        return [sum(t * v[(stride * o + k) % N] for k, t in enumerate(taps)) for o in range(N // stride)]

    padded = convbp.pad([[v]], [(0, len(taps) - 1)], "wrap")
    assert convbp.conv1d(padded, [[taps]], stride=stride)[0, 0].tolist() == y(v)
    assert sum(y(v)) == sum(v[i] * phases[i % stride] for i in range(N))
    single = np.eye(N, dtype=int)[0]
    sums = {sum(y(shift(single, a))) for a in range(N)}
    assert (len(sums) == 1) == (len(set(phases)) == 1)


@pytest.mark.equation("eq-symmetry-error", exact=True)
def test_the_error_is_the_largest_difference_over_the_largest_value():
    x = np.array([[1, 2], [3, 5]])

    def f(x):
        return x * [[1, 4], [1, 1]]

    found = equivariance_error(f, x, quarter, quarter)
    moved, expected = f(quarter(x)), quarter(f(x))
    difference = max(abs(int(m) - int(e)) for m, e in zip(moved.flat, expected.flat, strict=True))
    assert found == difference / int(abs(expected).max()) == 15 / 8
    assert equivariance_error(lambda x: x, x, quarter, quarter) == 0


@every_ring
@pytest.mark.equation("eq-symmetry-scan", exact=True)
@pytest.mark.equation("eq-symmetry-scan-proof", exact=True)
def test_a_scan_with_all_shifts_hands_its_outputs_on(N, K):
    x, w = whole(N, 1), whole(K, 2)
    placed = np.concatenate([w, np.zeros(N - K, int)])
    y = [int(x @ shift(placed, o)) for o in range(N)]
    assert y == on_ring(x, w).tolist()
    for g, h in np.ndindex(N, N):
        lines = [
            shift(x, g) @ shift(placed, h),
            x @ shift(shift(placed, h), -g),
            x @ shift(placed, h - g),
            y[(h - g) % N],
        ]
        assert len(set(map(int, lines))) == 1


@every_element
@pytest.mark.equation("eq-symmetry-scan-proof", exact=True)
def test_a_scan_with_all_turns_hands_its_outputs_on(group, g):
    x, w = whole((4, 4), 1), whole((4, 4), 2)
    y = [int((x * T(h, w)).sum()) for h in range(ORDER[group])]
    for h in range(ORDER[group]):
        back = inverse_of(g)
        assert (T(g, x) * T(h, w)).sum() == (x * T(back, T(h, w))).sum() == y[product_of(back, h)]


@pytest.mark.equation("eq-symmetry-turn", exact=True)
def test_a_quarter_turn_and_a_mirror_image_by_index():
    a = whole((4, 4), 1)
    assert (quarter(a) == np.rot90(a)).all()
    assert (mirror(a) == np.fliplr(a)).all()
    for h in range(8):
        assert (T(h, a) == act(a, h, "D4")).all()


@every_element
@pytest.mark.equation("eq-symmetry-both", exact=True)
def test_a_filter_that_turns_with_the_picture_finds_the_same_turned(group, g):
    x, w = whole((6, 6), 1), whole((3, 3), 2)
    assert (correlated(T(g, x), T(g, w)) == T(g, correlated(x, w))).all()
    ours = convbp.conv2d(T(g, x)[None, None], T(g, w)[None, None])[0, 0]
    assert (ours == T(g, correlated(x, w))).all()


@pytest.mark.parametrize(("N", "K", "stride"), list(product((5, 6, 7), (1, 2, 3, 4), (1, 2, 3))))
@pytest.mark.equation("eq-symmetry-grid", exact=True)
def test_turns_and_mirrors_are_respected_exactly_if_the_windows_lie_symmetrically(N, K, stride):
    x, w = whole((N, N), 1, low=1), whole((K, K), 2, low=1)
    for before, after in product(range(3), range(3)):
        room = N + before + after - K

        def f(x, w, around=((before, after),) * 2):
            return correlated(np.pad(x, around), w, stride)

        symmetric = after == before + room % stride
        if before == after:
            assert symmetric == (room % stride == 0)
        for g in (1, 2, 3, 4, 6):
            assert (f(T(g, x), T(g, w)) == T(g, f(x, w))).all() == symmetric


def lifted(x, w, b, group):
    """y[n, f, h] by SciPy's correlations."""
    y = [
        [[sum(correlated(p, T(h, t)) for p, t in zip(planes, taps, strict=True)) for h in range(ORDER[group])]
         for taps in w]
        for planes in x
    ]  # fmt: skip
    return np.array(y) + np.asarray(b)[:, None, None, None]


@every_group
@pytest.mark.equation("eq-symmetry-lift", exact=True)
def test_a_lifted_map_is_a_correlation_with_a_copy(group):
    x, w, b = whole((2, 3, 5, 5), 1), whole((2, 3, 3, 3), 2), whole(2, 3)
    assert (lift_conv2d(x, w, b, group=group) == lifted(x, w, b, group)).all()


def handed_on(y, g, group):
    """(g y)[h] = T_g y[g⁻¹ h], on axis 2."""
    back = inverse_of(g)
    return np.stack([T(g, y[:, :, product_of(back, h)]) for h in range(ORDER[group])], axis=2)


@every_element
@pytest.mark.equation("eq-symmetry-lifted-turn", exact=True)
def test_the_maps_of_a_turned_picture_are_turned_and_handed_on(group, g):
    x, w, b = whole((1, 2, 5, 5), 1), whole((2, 2, 2, 2), 2), whole(2, 3)
    y = lifted(x, w, b, group)
    assert (lifted(T(g, x), w, b, group) == handed_on(y, g, group)).all()
    assert (act_on_lifted(y, g, group) == handed_on(y, g, group)).all()


@every_element
@pytest.mark.equation("eq-symmetry-lifted-turn", exact=True)
def test_pytorch_finds_the_maps_of_a_turned_picture_turned_and_handed_on(torch, group, g):
    x, w = whole((1, 2, 5, 5), 1), whole((3, 2, 3, 3), 2)
    copies = torch.tensor(np.stack([T(h, w) for h in range(ORDER[group])], axis=1).reshape(-1, 2, 3, 3)).double()

    def y(x):
        return torch.nn.functional.conv2d(torch.tensor(x.copy()).double(), copies).numpy().reshape(1, 3, -1, 3, 3)

    assert (y(T(g, x)) == handed_on(y(x), g, group)).all()


@every_group
@pytest.mark.equation("eq-symmetry-dw", exact=True)
def test_the_filter_collects_from_its_copies_turned_back(group):
    x, w, order = whole((2, 2, 5, 5), 1), whole((2, 2, 3, 3), 2), ORDER[group]
    dy = whole((2, 2, order, 3, 3), 3)
    dw_h = np.array(
        [[[sum(correlated(x[n, c], dy[n, f, h]) for n in range(2)) for c in range(2)] for f in range(2)]
         for h in range(order)]
    )  # fmt: skip
    printed = sum(T(inverse_of(h), dw_h[h]) for h in range(order))
    assert (printed == slopes(lambda w: lifted(x, w, [0, 0], group), w, dy)).all()
    assert (printed == lift_conv2d_backward(dy, x, w, group=group).dw).all()


@every_element
@pytest.mark.equation("eq-symmetry-dw", exact=True)
def test_the_transpose_of_a_turn_is_the_turn_back(group, g):
    matrix = np.stack([T(g, unit.reshape(3, 3)).ravel() for unit in np.eye(9, dtype=int)], axis=1)
    back = np.stack([T(inverse_of(g), unit.reshape(3, 3)).ravel() for unit in np.eye(9, dtype=int)], axis=1)
    assert (back == matrix.T).all()


@every_group
@pytest.mark.equation("eq-symmetry-dw", exact=True)
def test_pytorch_differentiates_the_tied_filter_alike(torch, group):
    x, w, order = whole((2, 2, 5, 5), 1), whole((2, 2, 3, 3), 2), ORDER[group]
    dy = whole((2, 2, order, 3, 3), 3)
    tied = torch.tensor(w).double().requires_grad_()
    turned = [torch.rot90(tied, h % 4, (2, 3)) for h in range(order)]
    copies = torch.stack([t.flip(3) if h >= 4 else t for h, t in enumerate(turned)], dim=1).reshape(-1, 2, 3, 3)
    y = torch.nn.functional.conv2d(torch.tensor(x).double(), copies)
    y.backward(torch.tensor(dy.reshape(2, -1, 3, 3)).double())
    assert (lift_conv2d_backward(dy, x, w, group=group).dw == tied.grad.numpy()).all()


@every_group
@pytest.mark.equation("eq-symmetry-lift-dx", exact=True)
def test_every_copy_sends_back_through_its_own_filter(group):
    x, w, b, order = whole((2, 2, 4, 4), 1), whole((3, 2, 3, 3), 2), whole(3, 3), ORDER[group]
    dy = whole((2, 3, order, 2, 2), 4)
    dx = np.array(
        [[sum(signal.convolve2d(dy[n, f, h], T(h, w[f, c])) for f in range(3) for h in range(order)) for c in range(2)]
         for n in range(2)]
    )  # fmt: skip
    assert (dx == slopes(lambda x: lifted(x, w, b, group), x, dy)).all()
    db = [int(dy[:, f].sum()) for f in range(3)]
    assert db == slopes(lambda b: lifted(x, w, b, group), b, dy).tolist()
    g = lift_conv2d_backward(dy, x, w, group=group)
    assert (g.dx == dx).all()
    assert g.db.tolist() == db


def grouped(x, w, b, group):
    """y[n, f, h] of a group convolution by SciPy's correlations."""
    order = ORDER[group]

    def one(n, f, h):
        slices = product(range(x.shape[1]), range(order))
        terms = [correlated(x[n, c, u], T(h, w[f, c, product_of(inverse_of(h), u)])) for c, u in slices]
        return sum(terms) + b[f]

    return np.array([[[one(n, f, h) for h in range(order)] for f in range(len(w))] for n in range(len(x))])


@every_group
@pytest.mark.equation("eq-symmetry-group", exact=True)
def test_a_group_convolution_turns_its_slices_and_hands_them_on(group):
    order = ORDER[group]
    x, w, b = whole((2, 2, order, 4, 4), 1), whole((2, 2, order, 2, 2), 2), whole(2, 3)
    y = grouped(x, w, b, group)
    assert (group_conv2d(x, w, b, group=group) == y).all()
    for g in range(order):
        assert (grouped(handed_on(x, g, group), w, b, group) == handed_on(y, g, group)).all()


@every_group
@pytest.mark.equation("eq-symmetry-group-dw", exact=True)
def test_a_slice_collects_from_where_it_stands_in_each_copy(group):
    order = ORDER[group]
    x, w = whole((2, 1, order, 4, 4), 1), whole((1, 1, order, 3, 3), 2)
    dy = whole((2, 1, order, 2, 2), 3)

    def dw_h(h, u):
        return sum(correlated(x[n, 0, u], dy[n, 0, h]) for n in range(2))

    printed = np.array([sum(T(inverse_of(h), dw_h(h, product_of(h, v))) for h in range(order)) for v in range(order)])
    assert (printed == slopes(lambda w: grouped(x, w, [0], group), w, dy)[0, 0]).all()
    assert (printed == group_conv2d_backward(dy, x, w, group=group).dw[0, 0]).all()


@pytest.mark.parametrize(("F", "C", "K"), [(16, 8, 3), (1, 1, 5), (3, 7, 2)])
@every_group
@pytest.mark.equation("eq-symmetry-count", exact=True)
def test_a_group_layer_learns_a_fraction_of_the_weights(F, C, K, group):
    G = ORDER[group]
    learned = F * C * G * K * K
    group_conv2d(np.ones((1, C, G, K, K)), np.ones((F, C, G, K, K)), group=group)  # takes a filter of that size
    ordinary = convbp.conv_cost(C * G, F * G, (K, K)).parameters
    assert Fraction(learned, ordinary) == Fraction(1, G)


@every_element
@pytest.mark.equation("eq-symmetry-group-pool", exact=True)
def test_the_maximum_over_maps_turns_and_the_maximum_over_all_does_not(group, g):
    x, w = whole((1, 1, 6, 6), 1), whole((2, 1, 3, 3), 2)
    z, of_turned = (lifted(a, w, [0, 0], group).max(axis=2) for a in (x, T(g, x)))
    assert (of_turned == T(g, z)).all()
    assert (of_turned.max(axis=(2, 3)) == z.max(axis=(2, 3))).all()
    assert (group_pool(lift_conv2d(x, w, group=group)) == z).all()


@every_group
@pytest.mark.equation("eq-symmetry-mean", exact=True)
def test_the_mean_over_the_group_is_one_symmetric_filter(group):
    x, w, order = whole((5, 5), 1), whole((3, 3), 2), ORDER[group]
    total = sum(T(h, w) for h in range(order))
    assert all((T(h, total) == total).all() for h in range(order))
    assert (sum(correlated(x, T(h, w)) for h in range(order)) == correlated(x, total)).all()
    mean = group_pool(lift_conv2d(x[None, None], w[None, None], group=group), "mean")[0, 0]
    assert (order * mean == correlated(x, total)).all()


@every_element
@pytest.mark.equation("eq-symmetry-backward", exact=True)
def test_the_backward_pass_moves_along_and_the_weights_do_not_notice(group, g):
    x, w = whole((1, 2, 4, 4), 1), whole((2, 2, 3, 3), 2)
    dy = whole((1, 2, ORDER[group], 2, 2), 3)

    def back(x, dy):
        dx = slopes(lambda x: lifted(x, w, [0, 0], group), x, dy)
        return dx, slopes(lambda w: lifted(x, w, [0, 0], group), w, dy)

    dx, dw = back(x, dy)
    moved_dx, moved_dw = back(T(g, x), handed_on(dy, g, group))
    assert (moved_dx == T(g, dx)).all()
    assert (moved_dw == dw).all()


@pytest.mark.parametrize("pose", [Pose(90), Pose(180), Pose(30), Pose(45, 1.5), Pose(0, 2)])
@pytest.mark.equation("eq-symmetry-bank", tolerance="1e-9 absolute")
def test_a_copy_is_an_interpolated_filter_and_collects_by_the_transpose(pose):
    K, w, dw_h = 5, whole((5, 5), 1).astype(float), whole((5, 5), 2)
    turn, middle = np.radians(pose.angle), (K - 1) / 2
    # SciPy asks for the point of the filter that each tap of the copy shows: the pose undone.
    undo = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / pose.scale
    offset = middle - undo @ [middle, middle]

    def copy(w):
        # A ring of zeros: outside the filter is 0, and up to there one interpolates.
        wide = ndimage.affine_transform(np.pad(w, 3), undo, offset=3 + offset - 3 * undo.sum(1), order=1)
        return wide[3 : 3 + K, 3 : 3 + K]

    np.testing.assert_allclose(filter_bank([[w]], [pose])[0, 0, 0], copy(w), rtol=0, atol=1e-9)
    A = np.stack([copy(unit.reshape(K, K)).ravel() for unit in np.eye(K * K)], axis=1)
    dw = filter_bank_backward([[[dw_h]]], [[w]], [pose])[0, 0]
    np.testing.assert_allclose(dw.ravel(), A.T @ dw_h.ravel(), rtol=0, atol=1e-9)
