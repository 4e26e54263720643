"""The equations of chapter 3, as printed, on Python ints, Fractions and SymPy: no rounding where there is none."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy

import convbp
from convbp import check

LAYERS = [
    ((2, 3, 6, 7), (4, 3, 3, 2), {"stride": (2, 3), "padding": ((1, 0), (0, 2))}),
    ((1, 2, 5, 8), (3, 2, 2, 4), {"dilation": (3, 1), "padding": (2, 1)}),
    ((3, 1, 4, 6), (2, 1, 1, 3), {"stride": (3, 2)}),
]
SIGNALS = [(4, 2), (9, 4), (7, 3), (6, 6), (5, 1)]
CUBICS = [(2, -3, 5, 7), (-4, 0, 1, 3), (6, 11, -2, 0), (-1, 8, 0, -9)]


def whole(*shapes, seed=0):
    rng = np.random.default_rng([seed, *map(int, np.concatenate(shapes))])
    return [rng.integers(-9, 10, shape) for shape in shapes]


def layer(x_shape, w_shape, options):
    """Return whole x, w, b, dy of a layer, and its output."""
    x, w, b = whole(x_shape, w_shape, w_shape[:1])
    y = convbp.conv2d(x, w, b, **options)
    (dy,) = whole(y.shape, seed=1)
    return x, w, b, dy, y


def slope_table(x, w, m):
    """Return ∂y[o]/∂x[i] of a valid correlation: the filter moved by o."""
    k = len(w)
    return [[w[i - o] if 0 <= i - o < k else 0 for i in range(len(x))] for o in range(m)]


@pytest.mark.equation("eq-chain-rule", exact=True)
def test_products_along_the_paths_add_up_to_sympys_derivative():
    x, z = sympy.symbols("x:3"), sympy.symbols("z:4")
    inner = [x[0] * x[1], x[1] ** 2 + 3 * x[2], x[0] - x[2] ** 3, 5 * x[1] * x[2]]
    outer = z[0] * z[1] - z[2] ** 2 + z[3] * z[0]
    substitute = dict(zip(z, inner, strict=True))
    for cell in x:
        whole_way = sympy.diff(outer.subs(substitute), cell)
        paths = [sympy.diff(outer, z[o]).subs(substitute) * sympy.diff(inner[o], cell) for o in range(4)]
        assert sympy.expand(whole_way - sum(paths)) == 0


@pytest.mark.equation("eq-vjp", exact=True)
@pytest.mark.parametrize(("n", "k"), SIGNALS)
def test_dx_is_dy_times_the_table_of_slopes(n, k):
    x, w, dy = (part.tolist() for part in whole([n], [k], [n - k + 1]))
    table = slope_table(x, w, n - k + 1)
    expected = [sum(dy[o] * table[o][i] for o in range(n - k + 1)) for i in range(n)]
    assert convbp.conv1d_backward([[dy]], [[x]], [[w]]).dx[0, 0].tolist() == expected


@pytest.mark.equation("eq-vjp-chain", exact=True)
@pytest.mark.parametrize(("n", "k"), [(9, 4), (7, 3), (6, 2)])
def test_two_layers_give_the_same_gradient_one_by_one_and_as_one_filter(n, k):
    x, w, v, dz = (part.tolist() for part in whole([n], [k], [k - 1], [n - 2 * k + 3]))
    y = convbp.correlate(x, w)
    dy = convbp.conv1d_backward([[dz]], [[y]], [[v]]).dx
    dx = convbp.conv1d_backward(dy, [[x]], [[w]]).dx[0, 0]
    at_once = slope_table(x, np.convolve(v, w).tolist(), len(dz))
    assert dx.tolist() == [sum(dz[o] * at_once[o][i] for o in range(len(dz))) for i in range(n)]


@pytest.mark.equation("eq-vjp-pointwise", exact=True)
@pytest.mark.parametrize("powers", [(2, 1, 3), (4, 2, 2)])
def test_a_cell_by_cell_function_multiplies_by_its_own_slope(powers):
    y = sympy.symbols("y:3")
    da = [7, -2, 5]
    loss = sum(g * cell**power for g, cell, power in zip(da, y, powers, strict=True))
    slopes = [power * cell ** (power - 1) for cell, power in zip(y, powers, strict=True)]
    assert [sympy.diff(loss, cell) for cell in y] == [g * slope for g, slope in zip(da, slopes, strict=True)]


@pytest.mark.equation("eq-adjoint", exact=True)
@pytest.mark.parametrize(("x_shape", "w_shape", "options"), LAYERS)
def test_both_inner_products_of_a_layer_agree(x_shape, w_shape, options):
    x, w, b, dy, y = layer(x_shape, w_shape, options)
    linear = y - b[:, None, None]
    dx = convbp.conv2d_backward(dy, x, w, **options).dx
    assert np.sum(linear * dy) == np.sum(x * dx)
    assert np.any(dx != 0)


@pytest.mark.equation("eq-adjoint-luck", exact=True)
@pytest.mark.parametrize("wrong", [((1, 0), (0, 0)), ((1, 1), (0, 2)), ((2, -1), (1, 3)), ((1, -1), (-1, 1))])
@pytest.mark.parametrize("numbers", [range(-1, 2), range(-2, 3), range(3, 10)])
def test_a_wrong_transpose_passes_by_luck_at_most_twice_in_m(wrong, numbers):
    draws = list(product(numbers, repeat=4))
    passed = sum(
        sum(x[i] * wrong[i][o] * dy[o] for i in range(2) for o in range(2)) == 0
        for x, dy in ((draw[:2], draw[2:]) for draw in draws)
    )
    assert Fraction(passed, len(draws)) <= Fraction(2, len(numbers))


def cubic(coefficients, x):
    return sum(a * x**power for power, a in enumerate(coefficients))


@pytest.mark.equation("eq-central-difference", exact=True)
@pytest.mark.parametrize("coefficients", CUBICS)
@pytest.mark.parametrize("h", [Fraction(1), Fraction(1, 3), Fraction(5, 7)])
def test_a_central_difference_of_a_cubic_is_off_by_a_sixth_of_its_third_derivative(coefficients, h):
    _, a1, a2, a3 = coefficients
    x = Fraction(2, 5)
    measured = (cubic(coefficients, x + h) - cubic(coefficients, x - h)) / (2 * h)
    assert measured == (a1 + 2 * a2 * x + 3 * a3 * x**2) + h**2 / 6 * (6 * a3)


@pytest.mark.equation("eq-step-error", exact=True)
@pytest.mark.parametrize("coefficients", CUBICS)
@pytest.mark.parametrize("bits", [4, 10, 20])
def test_truncation_and_rounding_bound_the_error_and_can_reach_it(coefficients, bits):
    _, a1, a2, a3 = coefficients
    delta, x = Fraction(1, 2**bits), Fraction(3, 7)
    slope, third = a1 + 2 * a2 * x + 3 * a3 * x**2, abs(6 * a3)
    for h in (Fraction(1, 2**power) for power in range(12)):
        ends = [cubic(coefficients, x + h), cubic(coefficients, x - h)]
        nearest = [round(end / (2 * delta)) * 2 * delta for end in ends]
        bound = third * h**2 / 6 + delta / h
        assert abs((nearest[0] - nearest[1]) / (2 * h) - slope) <= bound
        push = delta if a3 >= 0 else -delta
        assert abs((ends[0] + push - ends[1] + push) / (2 * h) - slope) == bound


@pytest.mark.equation("eq-best-step", exact=True)
@pytest.mark.parametrize("best", [Fraction(1, 100), Fraction(3, 7), Fraction(5)])
@pytest.mark.parametrize("third", [Fraction(1), Fraction(6, 5)])
def test_no_step_has_a_lower_bound_than_the_cube_root(best, third):
    delta = third * best**3 / 3  # so that best is the cube root of 3δ/M, without rounding

    def bound(h):
        return third * h**2 / 6 + delta / h

    assert bound(best) == third * best**2 / 2
    assert all(bound(best * Fraction(n, 64)) > bound(best) for n in range(1, 400) if n != 64)


@pytest.mark.equation("eq-relative-error", exact=True)
def test_the_relative_error_is_the_worst_cell_over_the_sum_of_sizes():
    a, e = (part.tolist() for part in whole([40], [40], seed=3))
    worst = max(Fraction(abs(p - q), abs(p) + abs(q)) for p, q in zip(a, e, strict=True) if p or q)
    assert check.relative_error(a, e) == float(worst)
    assert check.relative_error([2.0**-40], [0.0]) == float(Fraction(1, 2**40) / Fraction(1e-8))


@pytest.mark.equation("eq-integer-difference", exact=True)
@pytest.mark.parametrize(("n", "k"), SIGNALS)
def test_half_the_difference_over_two_is_the_sum_over_paths(n, k):
    x, w, dy = (part.tolist() for part in whole([n], [k], [n - k + 1], seed=5))
    m = n - k + 1

    def loss(x):
        return sum(dy[o] * (4 + sum(w[tap] * x[o + tap] for tap in range(k))) for o in range(m))

    table = slope_table(x, w, m)
    for i in range(n):
        more, less = ([*x[:i], x[i] + step, *x[i + 1 :]] for step in (1, -1))
        assert Fraction(loss(more) - loss(less), 2) == sum(dy[o] * table[o][i] for o in range(m))


@pytest.mark.equation("eq-integer-difference", exact=True)
@pytest.mark.parametrize(("x_shape", "w_shape", "options"), LAYERS)
def test_every_gradient_of_a_layer_equals_its_integer_difference(x_shape, w_shape, options):
    x, w, b, dy, _ = layer(x_shape, w_shape, options)
    verdict = check.check_exact(
        lambda x, w, b: convbp.conv2d(x, w, b, **options),
        lambda dy, x, w, b: convbp.conv2d_backward(dy, x, w, **options),
        (x, w, b),
        dy,
    )
    assert verdict == (True, True, True)


@pytest.mark.equation("eq-euler", exact=True)
@pytest.mark.parametrize(("x_shape", "w_shape", "options"), LAYERS)
def test_output_times_dy_is_input_times_dx_and_filter_times_dw(x_shape, w_shape, options):
    x, w, b, dy, y = layer(x_shape, w_shape, options)
    dx, dw, db = convbp.conv2d_backward(dy, x, w, **options)
    assert np.sum(y * dy) == np.sum(x * dx) + b @ db == np.sum(w * dw) + b @ db
