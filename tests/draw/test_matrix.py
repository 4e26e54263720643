"""What the figures of chapter 8 show: diagonals, copies, what wraps around, and the lines of a tile."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from convbp.draw import matrix_diagonals, window_columns, winograd_tile, wrap_around
from convbp.geometry import Axis
from convbp.matrix import conv_matrix, im2col
from convbp.winograd import INPUT_TRANSFORM, OUTPUT_TRANSFORM


def words(axes):
    return [text.get_text().replace("−", "-") for text in axes.texts]


@pytest.mark.parametrize(("shape", "kernel"), [((3, 4), (2, 2)), ((4, 3), (3, 1)), ((2, 5), (1, 3))])
def test_every_entry_is_written_where_its_tap_stands_and_looks_like_it(shape, kernel):
    names = [f"{p}{q}" for p, q in np.ndindex(kernel)]
    taps = conv_matrix(np.arange(1, len(names) + 1).reshape(1, 1, *kernel), (1, *shape)).toarray()
    (axes,) = matrix_diagonals(taps, names, (shape[1] - kernel[1] + 1, shape[1])).axes
    entries = words(axes)[sum(taps.shape) :]
    assert entries == [names[int(tap) - 1] if tap else "·" for tap in taps.ravel()]
    shades = [patch.get_facecolor() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(set(shades)) == len(names) + 1
    assert {
        name: len({s for s, e in zip(shades, entries, strict=True) if e == name}) for name in names
    } == dict.fromkeys(names, 1)


@pytest.mark.parametrize(
    "axis", [Axis(5, 3, before=1, after=1), Axis(6, 2, stride=2), Axis(7, 2, stride=3, dilation=2)], ids=str
)
def test_the_columns_are_the_windows_and_the_copies_are_counted(axis):
    x = np.arange(1, axis.size + 1)
    (axes,) = window_columns(axis, x).axes
    shown = words(axes)
    top = shown[2 : 2 + 2 * axis.size]
    assert top[::2] == [str(value) for value in x]
    assert top[1::2] == [str(len(axis.readers(i))) for i in range(axis.size)]
    options = {"stride": axis.stride, "dilation": axis.dilation, "padding": [(axis.before, axis.after)]}
    columns = im2col([[x]], axis.kernel, **options)[0].astype(int)
    expected = []
    for o in range(axis.outputs):
        expected += [f"y[{o}]", *map(str, columns[:, o])]
    assert shown[2 + 2 * axis.size : -axis.kernel] == expected


@pytest.mark.parametrize(("full", "period"), [([2, 3, 6, 10, -7], 4), ([1, 2, 3], 3), ([1, 2, 3, 4, 5], 3), ([1], 2)])
def test_the_end_is_added_to_the_beginning(full, period):
    (axes,) = wrap_around(full, period).axes
    ring = [0] * period
    for o, value in enumerate(full):
        ring[o % period] += value
    assert words(axes)[-period:] == [str(value) for value in ring]


def test_a_line_is_solid_for_plus_and_dashed_for_minus():
    (axes,) = winograd_tile().axes
    styles = [line.get_linestyle() for line in axes.lines]
    signs = [*INPUT_TRANSFORM[INPUT_TRANSFORM != 0], *OUTPUT_TRANSFORM.T[OUTPUT_TRANSFORM.T != 0]]
    assert styles == ["-" if sign > 0 else "--" for sign in signs]
    assert [name for name in words(axes) if name.startswith(("x[", "y["))] == [
        *(f"x[{i}]" for i in range(4)),
        "y[0]",
        "y[1]",
    ]
