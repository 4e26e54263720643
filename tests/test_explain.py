"""Every explained sum against the number that the layer computes, and its words by hand."""

from fractions import Fraction

import numpy as np
import pytest

import convbp
from cases import CONV, whole_numbers
from convbp.explain import Cell, explain, symbols
from convbp.geometry import conv_geometry, products

FORWARD = {1: convbp.conv1d, 2: convbp.conv2d, 3: convbp.conv3d}
BACKWARD = {1: convbp.conv1d_backward, 2: convbp.conv2d_backward, 3: convbp.conv3d_backward}


@pytest.mark.parametrize("case", CONV, ids=str)
def test_the_terms_add_up_to_what_the_layer_computes(case):
    x, w, b, dy = whole_numbers(case)
    y = FORWARD[case.rank](x, w, b, **case.options)
    dx, dw, db = BACKWARD[case.rank](dy, x, w, **case.options)
    rng = np.random.default_rng(0)
    for name, array in {"y": y, "dx": dx, "dw": dw, "db": db}.items():
        for _ in range(12):
            index = tuple(int(rng.integers(size)) for size in array.shape)
            found = explain(name, index, case.x, case.w, bias=True, **case.options)
            assert found.value(x=x, w=w, b=b, dy=dy) == array[index]


@pytest.mark.parametrize("case", CONV, ids=str)
def test_the_terms_are_the_products_of_the_geometry(case):
    all_products = list(products(conv_geometry(case.x, case.w, **case.options)))
    for at_x, at_w, at_y in all_products[:: max(1, len(all_products) // 5)]:
        terms = {
            "y": (at_y, {(Cell("w", b), Cell("x", a)) for a, b, c in all_products if c == at_y}),
            "dx": (at_x, {(Cell("w", b), Cell("dy", c)) for a, b, c in all_products if a == at_x}),
            "dw": (at_w, {(Cell("dy", c), Cell("x", a)) for a, b, c in all_products if b == at_w}),
        }
        for name, (index, expected) in terms.items():
            found = explain(name, index, case.x, case.w, **case.options).terms
            assert set(found) == expected
            assert len(found) == len(expected)


def test_the_words_by_hand():
    layer = ((1, 1, 4, 4), (1, 1, 2, 2))
    assert str(explain("y", (0, 1), *layer)) == "y[0,1] = w[0,0]·x[0,1] + w[0,1]·x[0,2] + w[1,0]·x[1,1] + w[1,1]·x[1,2]"
    assert str(explain("dx", (0, 0), *layer)) == "dx[0,0] = w[0,0]·dy[0,0]"
    assert str(explain("dx", (3, 2), *layer)) == "dx[3,2] = w[1,1]·dy[2,1] + w[1,0]·dy[2,2]"
    assert str(explain("dw", 1, (1, 1, 4), (1, 1, 2), stride=2)) == "dw[1] = dy[0]·x[1] + dy[1]·x[3]"
    assert str(explain("db", 0, (1, 1, 3), (1, 1, 2))) == "db[0] = dy[0] + dy[1]"
    assert str(explain("dx", (1, 1, 0), (2, 2, 3), (2, 1, 2), groups=2)) == "dx[1,1,0] = w[1,0,0]·dy[1,1,0]"
    assert explain("dx", (3, 2), *layer).latex() == r"dx_{3,2} = w_{1,1}\,dy_{2,1} + w_{1,0}\,dy_{2,2}"
    assert explain("dx", 7, (1, 1, 8), (1, 1, 3), stride=2).latex() == "dx_{7} = 0"


def test_symbols_run_through_the_layer_and_come_out_as_its_formulas():
    x, w, dy = symbols("x", (1, 1, 3, 4)), symbols("w", (1, 1, 2, 2)), symbols("dy", (1, 1, 2, 3))
    gradients = convbp.conv2d_backward(dy, x, w)
    for name, array in zip(("dx", "dw"), gradients[:2], strict=True):
        for index in np.ndindex(array.shape):
            assert explain(name, index, x.shape, w.shape).value(x=x, w=w, dy=dy) - array[index] == 0
    assert str(gradients.dx[0, 0, 2, 3]) == "dy[1,2]*w[1,1]"


def test_symbol_names_keep_the_axes_that_count():
    assert [str(s) for s in symbols("b", 2)] == ["b[0]", "b[1]"]
    assert str(symbols("x", (1, 1, 1))[0, 0, 0]) == "x[0]"
    assert str(symbols("w", (1, 2, 3))[0, 1, 2]) == "w[1,2]"
    assert symbols("x", (0, 2)).shape == (0, 2)


def test_values_stay_exact():
    found = explain("y", 0, (1, 1, 2), (1, 1, 2))
    halves = np.array([[[Fraction(1, 2), Fraction(1, 3)]]])
    assert found.value(x=halves, w=halves) == Fraction(13, 36)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        (r"result must be one of 'y', 'dx', 'dw', 'db'; got 'dy'", lambda: explain("dy", 0, (1, 1, 3), (1, 1, 2))),
        (r"index must lie inside dx of shape \(1, 1, 3\); got 3", lambda: explain("dx", 3, (1, 1, 3), (1, 1, 2))),
        (r"index must lie inside y of shape \(2, 1, 2\); got 1", lambda: explain("y", 1, (2, 1, 3), (1, 1, 2))),
        (r"index must lie inside dw of shape \(1, 1, 2\); got -1", lambda: explain("dw", -1, (1, 1, 3), (1, 1, 2))),
        (
            r"x must be given to find the value of y\[0\] = ",
            lambda: explain("y", 0, (1, 1, 3), (1, 1, 2)).value(w=[[[1, 2]]]),
        ),
        (r"shape must be at least 0; got -1", lambda: symbols("x", -1)),
    ],
)
def test_malformed_calls_are_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()
