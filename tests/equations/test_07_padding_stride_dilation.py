"""The equations of chapter 7, as printed, against SciPy, NumPy's padding and whole differences of those."""

from itertools import product
from math import gcd
from typing import NamedTuple

import numpy as np
import pytest
from scipy import signal

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
    def room(self):
        return self.N + self.before + self.after - self.reach

    @property
    def M(self):
        return self.room // self.stride + 1

    @property
    def r(self):
        return self.room % self.stride


AXES = [
    Settings(5, 2, 2, 1, 0, 0),
    Settings(5, 2, 2, 3, 1, 1),
    Settings(11, 3, 3, 2, 1, 0),
    Settings(9, 4, 4, 1, 3, 2),
    Settings(7, 1, 3, 2, 0, 2),
    Settings(6, 3, 1, 2, 5, 7),
    Settings(23, 4, 4, 6, 2, 0),
]
every_axis = pytest.mark.parametrize("a", AXES, ids=str)
MODES = {"zero": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}


def integers(shape, seed=0):
    return np.random.default_rng([seed, *np.atleast_1d(shape)]).integers(-9, 10, shape)


def spread(values, step, length=None):
    """Zeros between the values, and behind them up to a length."""
    out = np.zeros(step * (len(values) - 1) + 1 if length is None else length, int)
    out[: step * (len(values) - 1) + 1 : step] = values
    return out


def forward(x, w, a):
    """One axis by SciPy: pad, correlate with the hollow filter, keep every stride-th."""
    padded = np.pad(x, (a.before, a.after))
    return signal.correlate(padded, spread(w, a.dilation), "valid", method="direct")[:: a.stride]


def reads(a):
    """Which padded cell each output reads through each tap, measured: move a cell, see an output move."""
    found = set()
    for k in range(a.K):
        tap = np.eye(a.K, dtype=int)[k]
        inner = a._replace(N=a.N + a.before + a.after, before=0, after=0)
        for u in range(inner.N):
            moved = forward(np.eye(inner.N, dtype=int)[u], tap, inner)
            found |= {(u, int(o), k) for o in np.flatnonzero(moved)}
    return found


def padded_gradient(w, dy, a):
    """The gradient for the padded cells, by differences."""
    inner = a._replace(N=a.N + a.before + a.after, before=0, after=0)
    return check.integer_gradient(lambda x: forward(x, w, inner), np.zeros(inner.N), dy)


@pytest.mark.equation("eq-layer-relation", exact=True)
@every_axis
def test_a_cell_is_read_where_the_relation_says_and_nowhere_else(a):
    printed = {(a.stride * o + a.dilation * k, o, k) for o, k in np.ndindex(a.M, a.K)}
    assert printed == reads(a)
    x, ones = integers(a.N), np.ones(a.K, int)
    cells = [[u - a.before for u, at, _ in printed if at == o] for o in range(a.M)]
    assert [sum(x[i] for i in row if 0 <= i < a.N) for row in cells] == forward(x, ones, a).tolist()


@pytest.mark.equation("eq-layer-reach", exact=True)
@every_axis
def test_the_reach_is_the_length_of_the_hollow_filter(a):
    assert a.dilation * (a.K - 1) + 1 == len(spread([1] * a.K, a.dilation))


@pytest.mark.equation("eq-layer-remainder", exact=True)
@every_axis
def test_the_remainder_counts_the_padded_cells_behind_the_last_window(a):
    reach = a.dilation * (a.K - 1) + 1
    room = a.N + a.before + a.after - reach
    last = max(u for u, _, _ in reads(a))
    assert room % a.stride == a.N + a.before + a.after - 1 - last


@pytest.mark.equation("eq-layer-sizes", exact=True)
@every_axis
def test_a_number_of_outputs_and_a_remainder_name_one_size(a):
    m = len(forward(integers(a.N), integers(a.K), a))
    named = [a.stride * (m - 1) + a.reach - a.before - a.after + r for r in range(a.stride)]
    longest = max(named) + 2 * a.stride
    possible = [a._replace(N=n) for n in range(1, longest)]
    fitting = [b.N for b in possible if b.room >= 0 and len(forward(integers(b.N), integers(b.K), b)) == m]
    assert [n for n in named if n > 0] == fitting
    assert named[a.r] == a.N


@pytest.mark.equation("eq-layer-y", exact=True)
@every_axis
@pytest.mark.parametrize("mode", MODES)
def test_the_layer_adds_the_padded_cells_of_every_channel(a, mode):
    x, w, b = integers((2, 3, a.N)), integers((4, 3, a.K)), integers(4)
    padded = np.pad(x, [(0, 0), (0, 0), (a.before, a.after)], MODES[mode])
    whole = a._replace(N=a.N + a.before + a.after, before=0, after=0)
    for n, f in np.ndindex(2, 4):
        expected = b[f] + sum(forward(padded[n, c], w[f, c], whole) for c in range(3))
        for o in range(a.M):
            terms = product(range(3), range(a.K))
            printed = b[f] + sum(w[f, c, k] * padded[n, c, a.stride * o + a.dilation * k] for c, k in terms)
            assert printed == expected[o]


def many(a):
    """A layer of two samples, three channels and four filters, by SciPy, with its arrays and a gradient."""

    def layer(x, w, b):
        maps = [[sum(forward(x[n, c], w[f, c], a) for c in range(3)) + b[f] for f in range(4)] for n in range(2)]
        return np.array(maps)

    shapes = (2, 3, a.N), (4, 3, a.K), (4,), (2, 4, a.M)
    return layer, *(integers(shape) for shape in shapes)


@pytest.mark.equation("eq-layer-db", exact=True)
@every_axis
def test_a_bias_collects_its_map_over_samples_and_outputs(a):
    layer, x, w, b, dy = many(a)
    printed = [sum(int(dy[n, f, o]) for n, o in np.ndindex(2, a.M)) for f in range(4)]
    assert printed == check.integer_gradient(lambda b: layer(x, w, b), b, dy).tolist()


@pytest.mark.equation("eq-layer-dw", exact=True)
@every_axis
def test_a_weight_collects_the_padded_cells_that_it_met(a):
    layer, x, w, b, dy = many(a)
    padded = np.pad(x, [(0, 0), (0, 0), (a.before, a.after)])
    printed = np.zeros(w.shape)
    for f, c, k in np.ndindex(w.shape):
        places = np.ndindex(2, a.M)
        printed[f, c, k] = sum(dy[n, f, o] * padded[n, c, a.stride * o + a.dilation * k] for n, o in places)
    assert (printed == check.integer_gradient(lambda w: layer(x, w, b), w, dy)).all()


@pytest.mark.equation("eq-layer-dx", exact=True)
@every_axis
def test_a_padded_cell_collects_from_the_outputs_that_hit_it(a):
    layer, x, w, b, dy = many(a)
    printed = np.zeros((2, 3, a.N + a.before + a.after))
    for n, c, u in np.ndindex(printed.shape):
        for f, k in np.ndindex(4, a.K):
            way = u - a.dilation * k
            if way % a.stride == 0 and 0 <= way // a.stride < a.M:
                printed[n, c, u] += w[f, c, k] * dy[n, f, way // a.stride]
    inside = printed[:, :, a.before : a.before + a.N]
    assert (inside == check.integer_gradient(lambda x: layer(x, w, b), x, dy)).all()


@pytest.mark.equation("eq-layer-region", exact=True)
@every_axis
def test_the_region_holds_the_outputs_that_read_the_cell(a):
    measured = reads(a)
    for u in range(a.N + a.before + a.after):
        distance = {o: u - a.stride * o for o in range(a.M)}
        region = [o for o, d in distance.items() if 0 <= d <= a.dilation * (a.K - 1) and d % a.dilation == 0]
        assert region == sorted(o for at, o, _ in measured if at == u)


@pytest.mark.equation("eq-layer-bounds", exact=True)
@every_axis
def test_the_bounds_enclose_the_region_and_are_it_without_dilation(a):
    measured = reads(a)
    for u in range(a.N + a.before + a.after):
        low = max(0, -((a.dilation * (a.K - 1) - u) // a.stride))
        high = min(a.M - 1, u // a.stride)
        region = {o for at, o, _ in measured if at == u}
        assert region <= set(range(low, high + 1))
        if a.dilation == 1:
            assert region == set(range(low, high + 1))


@pytest.mark.equation("eq-layer-coverage", exact=True)
@every_axis
def test_coverage_counts_the_taps_that_reach_an_output(a):
    total = 0
    ones = padded_gradient([1] * a.K, [1] * a.M, a)
    for u, readers in enumerate(ones.tolist()):
        ways = [u - a.dilation * k for k in range(a.K)]
        printed = sum(way % a.stride == 0 and 0 <= way <= a.stride * (a.M - 1) for way in ways)
        assert printed == readers
        total += printed
    assert total == a.M * a.K


@pytest.mark.equation("eq-layer-holes", exact=True)
@pytest.mark.parametrize(("stride", "dilation"), [(2, 2), (4, 6), (3, 2), (6, 4), (5, 1), (1, 3)])
def test_in_the_middle_a_cell_is_read_if_and_only_if_the_common_divisor_divides_it(stride, dilation):
    g = gcd(stride, dilation)
    a = Settings(60, stride // g, stride, dilation, 1, 2)
    read = {u for u, _, _ in reads(a)}
    middle = range(a.reach - 1, a.stride * (a.M - 1) + 1)
    assert len(middle) > stride
    assert {u for u in middle if u in read} == {u for u in middle if u % g == 0}
    assert all(u % g == 0 for u in read)


def copied_cell(mode, u, n, before):
    """The cell of which padded cell u is a copy, by the table of the chapter, or None."""
    e = u - before
    m = e % (2 * (n - 1))
    outside = {"zero": None, "reflect": min(m, 2 * (n - 1) - m), "edge": min(max(e, 0), n - 1), "wrap": e % n}
    return e if 0 <= e < n else outside[mode]


@pytest.mark.equation("eq-layer-pad", exact=True)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "before", "after"), [(4, 2, 1), (5, 0, 3), (3, 7, 8), (2, 1, 0)])
def test_padding_is_a_matrix_with_one_one_or_none_in_a_row(mode, n, before, after):
    x = integers(n)
    sources = [copied_cell(mode, u, n, before) for u in range(before + n + after)]
    P = [[int(source == i) for i in range(n)] for source in sources]
    printed = [sum(row[i] * int(x[i]) for i in range(n)) for row in P]
    assert printed == np.pad(x, (before, after), MODES[mode]).tolist()


@pytest.mark.equation("eq-layer-pad-transpose", exact=True)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("n", "before", "after"), [(4, 2, 1), (5, 0, 3), (3, 7, 8), (2, 1, 0)])
def test_a_cell_collects_from_all_its_copies(mode, n, before, after):
    x, dy = integers(n), integers(before + n + after, seed=1)
    sources = [copied_cell(mode, u, n, before) for u in range(before + n + after)]
    printed = [sum(int(dy[u]) for u, source in enumerate(sources) if source == i) for i in range(n)]
    measured = check.integer_gradient(lambda x: np.pad(x, (before, after), MODES[mode]), x, dy)
    assert printed == measured.tolist()


@pytest.mark.equation("eq-layer-same", exact=True)
@pytest.mark.parametrize(
    ("k", "stride", "dilation"), [(3, 1, 1), (2, 1, 1), (4, 2, 1), (3, 3, 2), (1, 3, 1), (2, 5, 4)]
)
def test_same_is_the_least_padding_that_gives_a_window_for_every_stride_begun(k, stride, dilation):
    reach = dilation * (k - 1) + 1
    for n in range(1, 15):
        total = max(0, stride * (-(-n // stride) - 1) + reach - n)
        before = total // 2
        after = total - before
        assert after - before in (0, 1)
        starts = range(0, before + n + after - reach + 1, stride)
        assert len(starts) == len(range(0, n, stride))
        assert total == 0 or len(range(0, n + total - 1 - reach + 1, stride)) < len(starts)


@pytest.mark.equation("eq-layer-factor", exact=True)
@every_axis
def test_a_strided_dilated_layer_picks_from_a_dense_one(a):
    x, w, (b,) = integers(a.N), integers(a.K, 1), integers(1, 2)
    v = np.correlate(np.pad(x, (a.before, a.after)), spread(w, a.dilation), "valid")
    printed = [int(b + v[a.stride * o]) for o in range(a.M)]
    cells = dict(enumerate(x.tolist()))
    literal = [
        int(b) + sum(int(w[k]) * cells.get(a.stride * o + a.dilation * k - a.before, 0) for k in range(a.K))
        for o in range(a.M)
    ]
    assert printed == literal


def spread_back(dy, a):
    """dv, cell by cell, as printed."""
    last = a.stride * (a.M - 1)
    return [int(dy[at // a.stride]) if at % a.stride == 0 and at <= last else 0 for at in range(last + a.r + 1)]


@pytest.mark.equation("eq-layer-spread", exact=True)
@every_axis
def test_the_dense_outputs_get_dy_with_zeros_between_and_behind(a):
    dy = integers(a.M)
    measured = check.integer_gradient(lambda v: v[:: a.stride], np.zeros(a.room + 1), dy)
    assert spread_back(dy, a) == measured.tolist()


@pytest.mark.equation("eq-layer-dx-factor", exact=True)
@every_axis
def test_dx_is_the_full_convolution_of_the_spread_gradient(a):
    w, dy = integers(a.K), integers(a.M, 1)
    printed = signal.convolve(spread_back(dy, a), spread(w, a.dilation), "full", method="direct")
    assert printed.tolist() == padded_gradient(w, dy, a).tolist()


@pytest.mark.equation("eq-layer-dw-factor", exact=True)
@every_axis
def test_dw_keeps_every_dilation_th_of_the_dense_correlation(a):
    x, w, dy = integers(a.N), integers(a.K, 1), integers(a.M, 2)
    dense = signal.correlate(np.pad(x, (a.before, a.after)), spread_back(dy, a), "valid", method="direct")
    assert len(dense) == a.reach
    printed = [int(dense[a.dilation * k]) for k in range(a.K)]
    assert printed == check.integer_gradient(lambda w: forward(x, w, a), w, dy).tolist()


@pytest.mark.equation("eq-layer-backward-padding", exact=True)
@every_axis
def test_dx_slides_the_flipped_filter_over_the_spread_gradient_padded_or_cropped(a):
    x, w, dy = integers(a.N), integers(a.K, 1), integers(a.M, 2)
    front, back = a.reach - 1 - a.before, a.reach - 1 - a.after
    values = dict(enumerate(spread_back(dy, a)))
    padded = [values.get(at, 0) for at in range(-front, len(values) + back)]
    printed = signal.correlate(padded, spread(w, a.dilation)[::-1], "valid", method="direct")
    assert printed.tolist() == check.integer_gradient(lambda x: forward(x, w, a), x, dy).tolist()
