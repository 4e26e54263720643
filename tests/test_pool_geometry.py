"""The windows of a pool against PyTorch's sizes and against a walk over the padded cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convbp.geometry import Axis, pool_geometry

options = st.fixed_dictionaries(
    {
        "kernel_size": st.integers(1, 4),
        "stride": st.one_of(st.none(), st.integers(1, 4)),
        "padding": st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda pair: [pair]),
        "dilation": st.integers(1, 3),
        "ceil_mode": st.booleans(),
    }
)


def axis_of(size: int, **given: object) -> Axis | None:
    """Return the one axis of a pool, or None where there is none."""
    try:
        return pool_geometry((1, 1, size), **given).axes[0]
    except ValueError:
        return None


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_pytorch_has_as_many_outputs(torch, kernel, dilation, ceil_mode):
    checked = 0
    for size in range(1, 10):
        for stride in range(1, 5):
            for padding in range(kernel // 2 + 1):
                axis = axis_of(
                    size, kernel_size=kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
                )
                if axis is not None:
                    x = torch.zeros(1, 1, size)
                    y = torch.nn.functional.max_pool1d(x, kernel, stride, padding, dilation, ceil_mode)
                    assert y.shape[-1] == axis.outputs
                    checked += 1
    assert checked >= 20


@given(st.integers(1, 9), options)
def test_every_window_has_a_real_cell_and_its_start_before_the_end(size, given):
    axis = axis_of(size, **given)
    if axis is not None:
        assert axis.outputs >= 1
        for o in range(axis.outputs):
            assert axis.window(o)
            assert axis.input_cell(o, 0) < size


@given(st.integers(1, 9), options)
def test_ceil_mode_adds_at_most_one_window_and_only_for_leftover_cells(size, given):
    floor = axis_of(size, **{**given, "ceil_mode": False})
    ceil = axis_of(size, **{**given, "ceil_mode": True})
    if floor is not None and ceil is not None:
        next_start = floor.stride * floor.outputs - floor.before
        more = bool(floor.leftover) and next_start < size
        assert ceil.outputs == floor.outputs + more
        assert ceil._replace(after=floor.after) == floor


@given(st.integers(1, 9), options)
def test_windows_touch_by_default(size, given):
    axis = axis_of(size, **{**given, "stride": None})
    assert axis is None or axis.stride == axis.kernel


def test_every_channel_is_its_own_group():
    g = pool_geometry((2, 5, 8, 7), (2, 3), stride=1)
    assert (g.channels, g.filters, g.groups, g.weight_shape) == (5, 5, 5, (5, 1, 2, 3))
    assert g.output_shape == (2, 5, 7, 5)
