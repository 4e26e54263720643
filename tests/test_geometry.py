"""The relation i = stride·o + dilation·k − before, read in every direction, against a walk over all of (o, k, i)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import CONV, TRANSPOSE, Case
from convbp.geometry import (
    Axis,
    conv_geometry,
    long_axes,
    products,
    row_runs,
    transpose_geometry,
    window_axes,
)
from convbp.regions import affected_outputs, output_size

axes = st.builds(
    Axis,
    size=st.integers(1, 9),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    before=st.integers(0, 5),
    after=st.integers(0, 5),
)


def triples(axis: Axis) -> set[tuple[int, int, int]]:
    """Slide the window over the padded cells by hand and note every (o, k, i) on a real cell."""
    found, o, start = set(), 0, 0
    while start + axis.reach <= axis.padded:
        for k in range(axis.kernel):
            i = start + axis.dilation * k - axis.before
            if 0 <= i < axis.size:
                found.add((o, k, i))
        o, start = o + 1, start + axis.stride
    return found


@given(axes)
def test_windows_readers_spans_and_patches_are_one_relation(axis):
    expected = triples(axis)
    assert {(o, k, i) for o in range(axis.outputs) for k, i in axis.window(o)} == expected
    assert {(o, k, i) for i in range(axis.size) for o, k in axis.readers(i)} == expected
    by_tap = {(o, k, i) for k in range(axis.kernel) for o, i in zip(axis.span(k), axis.patch(k), strict=True)}
    assert by_tap == expected


@given(axes)
def test_the_number_of_outputs_is_the_number_of_windows_that_fit(axis):
    starts = range(0, axis.padded - axis.reach + 1, axis.stride)
    assert axis.outputs == len(starts)


@given(axes)
def test_leftover_counts_the_cells_behind_the_last_window(axis):
    if axis.outputs:
        last_cell_read = axis.stride * (axis.outputs - 1) + axis.reach - 1
        assert axis.leftover == axis.padded - 1 - last_cell_read


@given(axes)
def test_readers_come_in_the_order_of_the_outputs(axis):
    for i in range(axis.size):
        outputs = [o for o, _ in axis.readers(i)]
        assert outputs == sorted(set(outputs))


@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 5), st.integers(1, 3))
def test_same_gives_ceil_outputs_and_puts_the_odd_cell_after(size, kernel, stride, dilation):
    (axis,) = window_axes([size], [kernel], [stride], "same", [dilation])
    assert axis.outputs == -(-size // stride)
    assert axis.after - axis.before in (0, 1)
    if axis.before + axis.after:
        assert Axis(size, kernel, stride, dilation, axis.before, axis.after - 1).outputs < axis.outputs


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.data())
def test_transposing_gives_back_the_size(length, kernel, stride, dilation, data):
    extra = data.draw(st.integers(0, stride - 1))
    reach = dilation * (kernel - 1) + 1
    cut = data.draw(st.integers(0, (stride * (length - 1) + reach + extra - 1) // 2))
    g = transpose_geometry(
        (1, 1, length), (1, 1, kernel), stride=stride, dilation=dilation, padding=cut, output_padding=extra
    )
    assert g.axes[0].size == stride * (length - 1) + reach - 2 * cut + extra
    assert g.output_shape == (1, 1, length)
    assert g.axes[0].leftover == extra


@pytest.mark.parametrize("case", CONV, ids=str)
def test_products_visit_each_product_once_and_stay_inside(case):
    g = conv_geometry(case.x, case.w, **case.options)
    seen = list(products(g))
    assert len(set(seen)) == len(seen) <= g.multiplies
    for at_x, at_w, at_y in seen:
        for index, shape in ((at_x, g.input_shape), (at_w, g.weight_shape), (at_y, g.output_shape)):
            assert all(0 <= i < size for i, size in zip(index, shape, strict=True))


def test_every_tap_is_read_without_padding():
    g = conv_geometry((2, 4, 9), (6, 2, 2), stride=2, dilation=3, groups=2)
    assert len(list(products(g))) == g.multiplies


@pytest.mark.parametrize("case", TRANSPOSE, ids=str)
def test_a_transpose_maps_the_input_shape_back(case):
    assert transpose_geometry(case.x, case.w, **case.options).output_shape == case.x


def test_sizes_that_are_known_by_heart():
    assert output_size((32, 32), 5) == (28, 28)
    assert output_size((224, 224), 7, stride=2, padding=3) == (112, 112)
    assert output_size(5, 2, stride=2) == (2,)
    assert output_size((7, 8), (3, 2), stride=(2, 3), dilation=(1, 4), padding=((1, 0), (0, 2))) == (3, 2)
    assert output_size(2, 5) == (0,)


def test_affected_outputs_have_gaps_and_ends():
    assert affected_outputs(4, 8, 3, stride=2) == ((1, 2),)
    assert affected_outputs(7, 8, 3, stride=2) == ((),)
    assert affected_outputs(4, 9, 3, dilation=2) == ((0, 2, 4),)
    assert affected_outputs((0, 3), (4, 5), (3, 2)) == ((0,), (2, 3))
    assert affected_outputs((0, 3), (4, 5), (3, 2), padding="same") == ((0, 1), (2, 3))


@pytest.mark.parametrize("case", [*CONV, Case((1, 1, 4, 1, 1), (1, 1, 2, 1, 1), {"stride": (2, 1, 1)})], ids=str)
def test_row_runs_are_the_products_of_one_plane_numbered_flat(case):
    g = conv_geometry((1, 1, *case.x[2:]), (1, 1, *case.w[2:]), **{**case.options, "groups": 1})
    step = long_axes(g)[-1].stride
    unrolled = [(k, i + step * j, o + j) for k, i, o, count in row_runs(g) for j in range(count)]

    def numbers(at, shape):
        return int(np.ravel_multi_index(at, shape))

    expected = {
        (numbers(at_w, g.weight_shape), numbers(at_x, g.input_shape), numbers(at_y, g.output_shape))
        for at_x, at_w, at_y in products(g)
    }
    assert set(unrolled) == expected
    assert len(unrolled) == len(expected)


def test_axes_of_one_cell_do_not_cut_the_runs():
    one, two = (
        conv_geometry((1, 1, *size), (1, 1, *taps), stride=2) for size, taps in (((9,), (3,)), ((9, 1), (3, 1)))
    )
    assert list(row_runs(two)) == list(row_runs(one)) == [(0, 0, 0, 4), (1, 1, 0, 4), (2, 2, 0, 4)]


def test_a_geometry_is_equal_and_hashes_by_its_ints_whatever_was_asked_of_it():
    one, other = (conv_geometry((1, 2, 7), (3, 2, 2)) for _ in range(2))
    assert one.multiplies == 1 * 3 * 6 * 2 * 2
    assert one == other
    assert hash(one) == hash(other)
    assert one._replace(batch=5).output_shape == (5, 3, 6)
