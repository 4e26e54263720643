"""The receptive field of a stack: by hand, and by following windows back cell by cell."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convbp.geometry import Axis
from convbp.regions import receptive_field


def test_stacks_by_hand():
    assert receptive_field([]) == ((1,), (1,), (0,))
    assert receptive_field([(3, 1, 1)] * 3) == ((7,), (1,), (-3,))
    assert receptive_field([(2, 2)] * 3) == ((8,), (8,), (0,))
    assert receptive_field([(3, 1, 0, 4), (3, 1, 0, 2)]) == ((13,), (1,), (0,))


def test_the_first_layers_of_a_residual_network():
    """7×7 with stride 2, a pooling of 3×3 with stride 2, then 3×3: 7 + 2·2 + 2·4 cells."""
    assert receptive_field([(7, 2, 3), (3, 2, 1), (3, 1, 1)]) == ((19,), (4,), (-3 - 2 - 4,))


def test_axes_may_differ():
    field = receptive_field([((3, 2), (2, 1), ((1, 0), (0, 2))), ((1, 3), 1, "same")])
    assert field == ((3, 4), (2, 1), (-1, -1))


LAYER = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3))


@settings(max_examples=100, deadline=None)
@given(st.lists(LAYER, max_size=4), st.integers(0, 5))
def test_it_names_the_first_and_last_cell_of_every_output(stack, o):
    size, jump, start = (value for (value,) in receptive_field(stack))
    first = last = o
    for kernel, stride, padding, dilation in reversed(stack):
        axis = Axis(1, kernel, stride, dilation, padding, padding)
        first, last = axis.input_cell(first, 0), axis.input_cell(last, kernel - 1)
    assert (first, last) == (start + jump * o, start + jump * o + size - 1)


def test_malformed_stacks_are_refused():
    with pytest.raises(ValueError, match=r'padding must be given in cells .*; got "same", stride \(2,\)'):
        receptive_field([(3, 2, "same")])
    with pytest.raises(ValueError, match=r"layers must be tuples \(kernel_size, .*; got 3"):
        receptive_field([3])
    with pytest.raises(ValueError, match=r"layers must be tuples .*; got \(3, 1, 0, 1, 1\)"):
        receptive_field([(3, 1, 0, 1, 1)])
    with pytest.raises(ValueError, match=r"kernel_size must be at least 1; got 0"):
        receptive_field([(0,)])
    with pytest.raises(ValueError, match=r"stride must be an int or 3 ints.*; got \(1, 2\)"):
        receptive_field([(3, (1, 2, 3)), ((3, 3, 3), (1, 2))])
