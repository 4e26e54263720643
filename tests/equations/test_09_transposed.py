"""The equations of chapter 9, as printed, against SciPy, NumPy's interpolation, and whole differences."""

from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from scipy import ndimage, signal

import convbp


class Settings(NamedTuple):
    """One axis, in the words of the chapter."""

    I: int
    K: int
    stride: int
    dilation: int
    before: int
    after: int
    more: int

    @property
    def outputs(self):
        reach = self.dilation * (self.K - 1) + 1
        return self.stride * (self.I - 1) + reach - self.before - self.after + self.more

    @property
    def options(self):
        return {"stride": self.stride, "dilation": self.dilation, "padding": [(self.before, self.after)]}


AXES = [
    Settings(3, 3, 2, 1, 0, 0, 0),
    Settings(3, 3, 2, 1, 1, 1, 1),
    Settings(4, 2, 3, 1, 0, 1, 2),
    Settings(5, 3, 1, 2, 1, 3, 0),
    Settings(2, 4, 2, 2, 3, 0, 1),
    Settings(6, 1, 4, 1, 0, 0, 3),
    Settings(3, 2, 2, 1, 2, 0, 0),
]
every_axis = pytest.mark.parametrize("a", AXES, ids=str)


def whole(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def stamped(x, w, a):
    """The full sum of stamps by SciPy's convolution of the two arrays with zeros between, then cut."""
    hollow_x, hollow_w = np.zeros(a.stride * (len(x) - 1) + 1, int), np.zeros(a.dilation * (len(w) - 1) + 1, int)
    hollow_x[:: a.stride], hollow_w[:: a.dilation] = x, w
    full = signal.convolve(hollow_x, hollow_w)
    longer = np.concatenate([full, np.zeros(a.after + a.more, int)])
    return longer[a.before : a.before + a.outputs]


def slopes(f, start, dy):
    """The gradient of Σ dy·f(start) by whole steps both ways; exact where f is linear in each cell."""
    gradient = np.zeros(start.shape, int)
    for at in np.ndindex(start.shape):
        step = np.zeros(start.shape, int)
        step[at] = 1
        gradient[at], rest = divmod(int(np.sum(dy * (f(start + step) - f(start - step)))), 2)
        assert rest == 0
    return gradient


def hits(a, o):
    """The pairs (i, k) of the relation."""
    return [(i, k) for i, k in product(range(a.I), range(a.K)) if a.stride * i + a.dilation * k - a.before == o]


@every_axis
@pytest.mark.equation("eq-transpose-relation", exact=True)
def test_tap_k_of_the_stamp_of_cell_i_lands_on_output_o(a):
    for i, k in product(range(a.I), range(a.K)):
        x, w = np.zeros(a.I, int), np.zeros(a.K, int)
        x[i] = w[k] = 1
        landed = np.flatnonzero(stamped(x, w, a)).tolist()
        o = a.stride * i + a.dilation * k - a.before
        assert landed == ([o] if 0 <= o < a.outputs else [])


@every_axis
@pytest.mark.equation("eq-transpose-y", exact=True)
def test_an_output_adds_up_the_taps_that_land_on_it(a):
    x, w, b = whole(a.I, 1), whole(a.K, 2), 5
    expected = [b + sum(w[k] * x[i] for i, k in hits(a, o)) for o in range(a.outputs)]
    assert expected == (stamped(x, w, a) + b).tolist()
    y = convbp.conv_transpose1d([[x]], [[w]], [b], output_padding=a.more, **a.options)
    assert y[0, 0].tolist() == expected


@every_axis
@pytest.mark.equation("eq-transpose-matrix", exact=True)
def test_the_layer_is_the_transpose_of_the_convolution_that_leads_back(a):
    x, w = whole(a.I, 1), whole(a.K, 2)
    hollow = np.zeros(a.dilation * (a.K - 1) + 1, int)
    hollow[:: a.dilation] = w

    def leads_back(u):
        padded = np.concatenate([np.zeros(a.before, int), u, np.zeros(a.after, int)])
        return signal.correlate(padded, hollow, "valid")[:: a.stride]

    A = np.array([leads_back(unit) for unit in np.eye(a.outputs, dtype=int)]).T
    assert A.shape == (a.I, a.outputs)
    assert (A.T @ x == stamped(x, w, a)).all()


@every_axis
@pytest.mark.equation("eq-transpose-size", exact=True)
def test_the_convolution_that_leads_back_maps_this_size_to_the_input(a):
    x, w = np.ones((1, 1, a.I)), np.ones((1, 1, a.K))
    y = convbp.conv_transpose1d(x, w, output_padding=a.more, **a.options)
    size = a.stride * (a.I - 1) + a.dilation * (a.K - 1) + 1 - a.before - a.after + a.more
    assert y.shape[-1] == size == a.outputs
    assert convbp.output_size(size, a.K, **a.options) == (a.I,)
    shared = [n for n in range(1, 60) if n >= size - a.more and (n - size + a.more) < a.stride]
    assert all(convbp.output_size(n, a.K, **a.options) == (a.I,) for n in shared)


def gradients(a):
    x, w, dy = whole(a.I, 1), whole(a.K, 2), whole(a.outputs, 3)
    dx = slopes(lambda x: stamped(x, w, a), x, dy)
    dw = slopes(lambda w: stamped(x, w, a), w, dy)
    db = slopes(lambda b: stamped(x, w, a) + b, np.array(4), dy)
    return x, w, dy, dx, dw, db


def outside_is_zero(dy, o):
    return dy[o] if 0 <= o < len(dy) else 0


@every_axis
@pytest.mark.equation("eq-transpose-dx", exact=True)
def test_a_cell_collects_from_under_its_stamp(a):
    x, w, dy, dx, *_ = gradients(a)
    places = [[a.stride * i + a.dilation * k - a.before for k in range(a.K)] for i in range(a.I)]
    assert [sum(w[k] * outside_is_zero(dy, o) for k, o in enumerate(row)) for row in places] == dx.tolist()
    g = convbp.conv_transpose1d_backward([[dy]], [[x]], [[w]], output_padding=a.more, **a.options)
    assert g.dx[0, 0].tolist() == dx.tolist()


@every_axis
@pytest.mark.equation("eq-transpose-dw", exact=True)
def test_a_tap_collects_the_products_of_the_cells_it_joined(a):
    x, _, dy, _, dw, _ = gradients(a)
    places = [[a.stride * i + a.dilation * k - a.before for i in range(a.I)] for k in range(a.K)]
    assert [sum(x[i] * outside_is_zero(dy, o) for i, o in enumerate(row)) for row in places] == dw.tolist()


@every_axis
@pytest.mark.equation("eq-transpose-db", exact=True)
def test_the_bias_collects_every_output(a):
    _, _, dy, _, _, db = gradients(a)
    assert sum(dy[o] for o in range(a.outputs)) == db


PLANES = [((2, 2, 3, 4), (2, 3, 2, 3), (2, 1), (0, 1)), ((1, 3, 2, 2), (3, 2, 3, 1), (3, 2), (1, 0))]
every_plane = pytest.mark.parametrize(("x_shape", "w_shape", "strides", "before"), PLANES)


def plane_problem(x_shape, w_shape, strides, before):
    sizes = [s * (n - 1) + k - 2 * p for n, k, s, p in zip(x_shape[2:], w_shape[2:], strides, before, strict=True)]
    return whole(x_shape, 1), whole(w_shape, 2), whole(w_shape[1], 3), whole((x_shape[0], w_shape[1], *sizes), 4)


def stamped_planes(x, w, b, strides, before, shape):
    y = np.zeros(shape, int) + b[:, None, None]
    for n, f, c in product(range(shape[0]), range(shape[1]), range(x.shape[1])):
        hollow = np.zeros([s * (m - 1) + 1 for s, m in zip(strides, x.shape[2:], strict=True)], int)
        hollow[:: strides[0], :: strides[1]] = x[n, c]
        full = signal.convolve2d(hollow, w[c, f])
        y[n, f] += full[before[0] : before[0] + shape[2], before[1] : before[1] + shape[3]]
    return y


@every_plane
@pytest.mark.equation("eq-transpose-channels", exact=True)
def test_an_output_map_sums_over_the_channels_and_the_hits_on_each_axis(x_shape, w_shape, strides, before):
    x, w, b, dy = plane_problem(x_shape, w_shape, strides, before)
    y = stamped_planes(x, w, b, strides, before, dy.shape)
    for n, f, r, s in np.ndindex(dy.shape):
        total = b[f]
        for c, i, p, j, q in product(*map(range, (x.shape[1], x.shape[2], w.shape[2], x.shape[3], w.shape[3]))):
            if strides[0] * i + p - before[0] == r and strides[1] * j + q - before[1] == s:
                total += w[c, f, p, q] * x[n, c, i, j]
        assert total == y[n, f, r, s]
    assert (convbp.conv_transpose2d(x, w, b, stride=strides, padding=before) == y).all()


def plane_places(strides, before, dy, i, p, j, q):
    """dy at the place that the stamp reaches, as a function of n and f; 0 outside."""
    r, s = strides[0] * i + p - before[0], strides[1] * j + q - before[1]
    inside = 0 <= r < dy.shape[2] and 0 <= s < dy.shape[3]
    return dy[:, :, r, s] if inside else np.zeros(dy.shape[:2], int)


@every_plane
@pytest.mark.equation("eq-transpose-channels-dx", exact=True)
def test_a_cell_of_a_channel_sums_over_filters_and_taps(x_shape, w_shape, strides, before):
    x, w, b, dy = plane_problem(x_shape, w_shape, strides, before)
    dx = slopes(lambda x: stamped_planes(x, w, b, strides, before, dy.shape), x, dy)
    for n, c, i, j in np.ndindex(x.shape):
        taps = product(range(w.shape[1]), range(w.shape[2]), range(w.shape[3]))
        terms = [w[c, f, p, q] * plane_places(strides, before, dy, i, p, j, q)[n, f] for f, p, q in taps]
        assert sum(terms) == dx[n, c, i, j]


@every_plane
@pytest.mark.equation("eq-transpose-channels-dw", exact=True)
def test_a_weight_sums_over_samples_and_places(x_shape, w_shape, strides, before):
    x, w, b, dy = plane_problem(x_shape, w_shape, strides, before)
    dw = slopes(lambda w: stamped_planes(x, w, b, strides, before, dy.shape), w, dy)
    for c, f, p, q in np.ndindex(w.shape):
        cells = product(range(x.shape[0]), range(x.shape[2]), range(x.shape[3]))
        terms = [x[n, c, i, j] * plane_places(strides, before, dy, i, p, j, q)[n, f] for n, i, j in cells]
        assert sum(terms) == dw[c, f, p, q]
    db = slopes(lambda b: stamped_planes(x, w, b, strides, before, dy.shape), b, dy)
    assert [sum(dy[n, f, r, s] for n, r, s in np.ndindex(len(dy), *dy.shape[2:])) for f in range(len(b))] == db.tolist()


def fitted(x, before, after):
    """Pad by the two numbers, or cut where one is negative."""
    padded = np.pad(x, (max(before, 0), max(after, 0)))
    return padded[max(-before, 0) : len(padded) - max(-after, 0)]


@every_axis
@pytest.mark.equation("eq-transpose-direct", exact=True)
@pytest.mark.equation("eq-transpose-direct-padding", exact=True)
def test_an_ordinary_correlation_of_the_hollow_input_with_the_flipped_filter_is_the_same(a):
    x, w, b = whole(a.I, 1), whole(a.K, 2), 3
    spread, taps = np.zeros(a.stride * (a.I - 1) + 1, int), np.zeros(a.dilation * (a.K - 1) + 1, int)
    spread[:: a.stride], taps[:: a.dilation] = x, w
    before, after = a.dilation * (a.K - 1) - a.before, a.dilation * (a.K - 1) - a.after + a.more
    windows = np.lib.stride_tricks.sliding_window_view(fitted(spread, before, after), len(taps))
    assert (windows @ taps[::-1] + b).tolist() == (stamped(x, w, a) + b).tolist()


@pytest.mark.parametrize(
    ("w", "stride"),
    [([3, 4], 2), ([5, 0, 12], 3), ([1, 2, 2, -1], 2), ([1, 3, 2], 2), ([1, 1], 1), ([2, 1, 0, 0, -1, 2], 4), ([3], 1)],
)
@pytest.mark.equation("eq-transpose-inverse", exact=True)
def test_the_convolution_undoes_the_stamping_exactly_for_filters_at_right_angles_to_their_shifts(w, stride):
    length = sum(t * t for t in w)
    rows = np.array([[0] * (stride * i) + w + [0] * (stride * (4 - i)) for i in range(5)])
    square = [sum(s * t for s, t in zip(w, w[stride * j :], strict=False)) for j in range(1, len(w))]
    assert ((rows @ rows.T == length * np.eye(5)).all()) == (not any(square))
    back = convbp.conv1d(convbp.conv_transpose1d([[whole(5, 1)]], [[w]], stride=stride), [[w]], stride=stride)
    assert ((back[0, 0] == length * whole(5, 1)).all()) == (not any(square))


@pytest.mark.parametrize(("K", "stride"), list(product(range(1, 8), range(1, 5))))
@pytest.mark.equation("eq-transpose-overlap", exact=True)
def test_every_inner_cell_has_as_many_stamps_exactly_if_the_stride_divides_the_filter(K, stride):
    length = 8 * stride + 1
    counts = np.convolve([int(i % stride == 0) for i in range(length)], np.ones(K, int))
    inside = counts[K - 1 : length]
    for o, count in enumerate(inside, K - 1):
        assert count == sum((o - k) % stride == 0 for k in range(K))
    assert (len(set(inside.tolist())) == 1) == (K % stride == 0)


@pytest.mark.parametrize(
    "a", [Settings(9, 3, 2, 1, 0, 0, 0), Settings(9, 4, 3, 1, 1, 2, 0), Settings(9, 6, 3, 1, 2, 0, 1)]
)
@pytest.mark.equation("eq-transpose-phase", exact=True)
def test_a_constant_input_gives_one_sum_of_taps_for_each_phase(a):
    w, b = whole(a.K, 5), 4
    y = stamped(np.ones(a.I, int), w, a) + b
    for o in range(a.K, a.outputs - a.K):
        assert y[o] == b + sum(w[k] for k in range(a.K) if (k - o - a.before) % a.stride == 0)


@pytest.mark.parametrize(("I", "s"), [(3, 2), (4, 3), (1, 4), (5, 1)])
@pytest.mark.equation("eq-transpose-nearest", exact=True)
def test_repeating_adds_up_on_the_way_back(I, s):
    x, dy = whole(I, 1), whole(s * I, 2)
    y = np.repeat(x, s)
    assert [x[o // s] for o in range(s * I)] == y.tolist() == convbp.upsample([[x]], s)[0, 0].tolist()
    dx = slopes(lambda x: np.repeat(x, s), x, dy)
    assert [sum(dy[s * i + k] for k in range(s)) for i in range(I)] == dx.tolist()
    assert convbp.upsample_backward([[dy]], (1, 1, I), s)[0, 0].tolist() == dx.tolist()


def places(I, s, corners):
    O = s * I
    if corners:
        return [Fraction(o * (I - 1), max(O - 1, 1)) for o in range(O)]
    return [min(max((o + Fraction(1, 2)) / s - Fraction(1, 2), Fraction(0)), Fraction(I - 1)) for o in range(O)]


every_scale = pytest.mark.parametrize(("I", "s", "corners"), [(2, 2, 0), (2, 2, 1), (5, 3, 0), (4, 3, 1), (1, 3, 0)])


@every_scale
@pytest.mark.equation("eq-transpose-places", tolerance="1e-12 absolute")
def test_outputs_stand_where_edges_or_centres_coincide(I, s, corners):
    ramp = np.arange(I, dtype=float)
    y = convbp.upsample([[ramp]], s, "linear", align_corners=bool(corners))[0, 0]
    np.testing.assert_allclose(y, [float(t) for t in places(I, s, corners)], rtol=0, atol=1e-12)
    if I > 1:  # SciPy calls the two conventions its grid mode
        zoomed = ndimage.zoom(ramp, s, order=1, mode="nearest", grid_mode=not corners)
        np.testing.assert_allclose(y, zoomed, rtol=0, atol=1e-12)


@every_scale
@pytest.mark.equation("eq-transpose-linear", tolerance="1e-12 absolute")
def test_an_output_takes_from_its_two_neighbours_by_nearness(I, s, corners):
    x = whole(I, 1)
    expected = np.interp([float(t) for t in places(I, s, corners)], np.arange(I), x)
    printed = []
    for t in places(I, s, corners):
        i = t.numerator // t.denominator
        share = t - i
        printed.append(float((1 - share) * x[i] + (share * x[i + 1] if share else 0)))
    np.testing.assert_allclose(printed, expected, rtol=0, atol=1e-12)
    y = convbp.upsample([[x]], s, "linear", align_corners=bool(corners))
    np.testing.assert_allclose(y[0, 0], expected, rtol=0, atol=1e-12)


@every_scale
@pytest.mark.equation("eq-transpose-linear-back", tolerance="1e-12 absolute")
def test_a_cell_collects_from_the_outputs_near_it(I, s, corners):
    dy, where = whole(s * I, 2), places(I, s, corners)
    positions = [float(t) for t in where]
    units = np.array([np.interp(positions, np.arange(I), unit) for unit in np.eye(I)])
    printed = [float(sum(max(Fraction(0), 1 - abs(t - i)) * int(dy[o]) for o, t in enumerate(where))) for i in range(I)]
    np.testing.assert_allclose(printed, units @ dy, rtol=0, atol=1e-12)
    dx = convbp.upsample_backward([[dy]], (1, 1, I), s, "linear", align_corners=bool(corners))
    np.testing.assert_allclose(dx[0, 0], printed, rtol=0, atol=1e-12)


@pytest.mark.equation("eq-transpose-unpool", exact=True)
def test_unpooling_puts_each_number_where_its_winner_was_and_reads_it_back():
    x, index, dy = whole(4, 1), np.array([2, 5, 5, 0]), whole(7, 2)

    def put(x):
        y = np.zeros(7, int)
        np.add.at(y, index, x)
        return y

    printed = [sum(x[o] for o in range(4) if index[o] == i) for i in range(7)]
    assert printed == put(x).tolist() == convbp.max_unpool1d([[x]], [[index]], (1, 1, 7))[0, 0].tolist()
    dx = slopes(put, x, dy)
    assert [dy[index[o]] for o in range(4)] == dx.tolist()
    assert convbp.max_unpool1d_backward([[dy]], [[index]], (1, 1, 7))[0, 0].tolist() == dx.tolist()


SHUFFLES = [((2, 8, 3, 2), 2), ((1, 9, 1, 4), 3), ((3, 2, 2, 3), 1)]


@pytest.mark.parametrize(("shape", "s"), SHUFFLES)
@pytest.mark.equation("eq-transpose-shuffle", exact=True)
def test_cells_are_dealt_out_one_of_each_map_in_turn(shape, s):
    x = whole(shape, 1)
    y = convbp.pixel_shuffle(x, s)
    for n, c, i, j, p, q in np.ndindex(shape[0], shape[1] // s**2, *shape[2:], s, s):
        assert y[n, c, s * i + p, s * j + q] == x[n, (c * s + p) * s + q, i, j]
    assert sorted(y.ravel().tolist()) == sorted(x.ravel().tolist())


@pytest.mark.parametrize(("shape", "s"), SHUFFLES)
@pytest.mark.equation("eq-transpose-shuffle-back", exact=True)
def test_the_gradient_is_gathered_the_same_way(shape, s):
    x = whole(shape, 1)
    dy = whole(convbp.pixel_shuffle(x, s).shape, 2)
    dx = slopes(lambda x: convbp.pixel_shuffle(x, s), x, dy)
    for n, c, i, j, p, q in np.ndindex(shape[0], shape[1] // s**2, *shape[2:], s, s):
        assert dx[n, (c * s + p) * s + q, i, j] == dy[n, c, s * i + p, s * j + q]
    assert (convbp.pixel_shuffle_backward(dy, s) == dx).all()
