"""The equations of chapter 1, as printed, for signals of any length, against differences of the loss in fractions."""

from fractions import Fraction

import numpy as np
import pytest

import convbp

SIZES = [4, 2, 5, 9]
any_size = pytest.mark.parametrize("cells", SIZES)


def numbers(cells):
    """Whole x, w, b, t of a layer with two taps, as Fractions, so that halves stay exact."""
    rng = np.random.default_rng(cells)
    x, w, t = ([Fraction(int(v)) for v in rng.integers(-9, 10, size)] for size in (cells, 2, cells - 1))
    return x, w, Fraction(int(rng.integers(-9, 10))), t


def equation_y(x, w, b):
    return [w[0] * x[o] + w[1] * x[o + 1] + b for o in range(len(x) - 1)]


def equation_dy(y, t):
    return [y[o] - t[o] for o in range(len(y))]


def equation_db(dy):
    return sum(dy)


def equation_dw(x, dy):
    return [sum(x[o + k] * dy[o] for o in range(len(dy))) for k in range(2)]


def equation_dx(w, dy):
    outside = {**dict(enumerate(dy)), -1: 0, len(dy): 0}
    return [w[0] * outside[i] + w[1] * outside[i - 1] for i in range(len(dy) + 1)]


def loss_of(y, t):
    return sum((a - e) ** 2 for a, e in zip(y, t, strict=True)) / 2


def loss(x, w, b, t):
    """The loss after NumPy's own correlation on exact fractions."""
    y = np.correlate(np.array(x, object), np.array(w, object), "valid") + b
    return loss_of(y, t)


def slopes(f, values):
    """(f(v+1) − f(v−1))/2 in each value: the slope itself, since the loss is a parabola in each."""
    found = []
    for at in range(len(values)):
        ends = [[v + step * (at == other) for other, v in enumerate(values)] for step in (1, -1)]
        found.append((f(ends[0]) - f(ends[1])) / 2)
    return found


@pytest.mark.equation("eq-hand-y", exact=True)
@any_size
def test_an_output_is_two_products_and_the_bias(cells):
    x, w, b, _ = numbers(cells)
    expected = np.correlate(np.array(x, float), np.array(w, float), "valid") + float(b)
    assert equation_y(x, w, b) == expected.tolist()
    assert equation_y(x, w, b) == convbp.conv1d([[x]], [[w]], [b])[0, 0].tolist()


@pytest.mark.equation("eq-hand-dy", exact=True)
@any_size
def test_the_loss_sends_back_what_is_too_much(cells):
    x, w, b, t = numbers(cells)
    y = equation_y(x, w, b)
    assert equation_dy(y, t) == slopes(lambda moved: loss_of(moved, t), y)


@pytest.mark.equation("eq-hand-db", exact=True)
@any_size
def test_the_bias_collects_every_output(cells):
    x, w, b, t = numbers(cells)
    dy = equation_dy(equation_y(x, w, b), t)
    assert [equation_db(dy)] == slopes(lambda moved: loss(x, w, moved[0], t), [b])


@pytest.mark.equation("eq-hand-dw", exact=True)
@any_size
def test_a_weight_collects_the_cells_that_it_met(cells):
    x, w, b, t = numbers(cells)
    dy = equation_dy(equation_y(x, w, b), t)
    assert equation_dw(x, dy) == slopes(lambda moved: loss(x, moved, b, t), w)


@pytest.mark.equation("eq-hand-dx", exact=True)
@any_size
def test_a_cell_collects_from_the_outputs_that_read_it(cells):
    x, w, b, t = numbers(cells)
    dy = equation_dy(equation_y(x, w, b), t)
    assert equation_dx(w, dy) == slopes(lambda moved: loss(moved, w, b, t), x)


@pytest.mark.equation("eq-hand-update", exact=True)
@any_size
def test_a_step_starts_downhill_as_fast_as_the_squared_gradient_says(cells):
    x, w, b, t = numbers(cells)
    dy = equation_dy(equation_y(x, w, b), t)
    dw, db = equation_dw(x, dy), equation_db(dy)

    def after(eta):
        return loss(x, [w[k] - eta * dw[k] for k in range(2)], b - eta * db, t)

    # After a step of any length the loss is a parabola in that length, so this quotient is its slope at the start.
    squared_length = sum(d * d for d in (*dw, db))
    assert (after(1) - after(-1)) / 2 == -squared_length
    bend = after(1) + after(-1) - 2 * after(0)
    assert after(squared_length / bend) < after(0)
