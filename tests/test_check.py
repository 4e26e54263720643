"""The checks themselves: they accept what is right, refuse what is wrong, and say what is no question."""

from fractions import Fraction

import numpy as np
import pytest

import convbp
from convbp import check

X, W, DY = np.array([1, 2, 4, 7]), np.array([2, -1]), np.array([-1, 0, 2])
DX = [-2, 1, 4, -2]


def forward(x):
    return convbp.correlate(x, W)


def transpose(dy):
    return convbp.conv1d_backward(dy[None, None], X[None, None], W[None, None]).dx[0, 0]


def relu(x):
    return np.maximum(x, 0)


def cube(x):
    return x**3


# The step


def test_the_best_step_is_the_cube_root_of_the_spacing():
    assert check.best_step() ** 3 == pytest.approx(2.0**-52, rel=1e-12)
    assert check.best_step(np.float32) ** 3 == pytest.approx(2.0**-23, rel=1e-12)


@pytest.mark.parametrize("dtype", [object, np.int64, bool])
def test_a_type_without_rounding_has_no_best_step(dtype):
    with pytest.raises(TypeError, match=rf"^dtype must be a floating-point type, .*; got {np.dtype(dtype)}$"):
        check.best_step(dtype)


def test_an_array_of_fractions_needs_a_step_and_is_exact_with_one():
    x = np.array([Fraction(1, 3), Fraction(2)])
    with pytest.raises(TypeError, match=r"or h be given; got object"):
        check.numerical_gradient(cube, x)
    assert check.numerical_gradient(cube, x, [1, 1], h=1).tolist() == [1 + 1 / 3, 13]


# numerical_gradient


def test_a_difference_of_a_linear_map_is_its_gradient_for_every_step():
    for h in (2.0**-20, 0.5, 1, 1024):
        assert check.numerical_gradient(forward, X, DY, h=h).tolist() == DX


def test_the_error_on_a_cube_is_the_square_of_the_step():
    for h in (1, 1 / 2, 1 / 4):
        assert check.numerical_gradient(cube, [2.0, -1.0], [1, 1], h=h).tolist() == [12 + h**2, 3 + h**2]


def test_outputs_that_do_not_move_leave_no_rounding():
    actual = check.numerical_gradient(lambda x: np.array([x[0], 1e12]), [2.0], [1, 1], h=2.0**-20)
    assert actual.tolist() == [1]


def test_the_input_is_not_modified_and_zero_axes_are_a_number():
    x = X.astype(float)
    x.flags.writeable = False
    check.numerical_gradient(forward, x, DY, h=1)
    assert x.tolist() == X.tolist()
    assert check.numerical_gradient(cube, 2, h=1).shape == ()


def test_an_empty_input_has_an_empty_gradient():
    assert check.numerical_gradient(np.sum, np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("function", [check.numerical_gradient, check.kinks])
@pytest.mark.parametrize("h", [0, -1e-5, np.inf, np.nan])
def test_a_step_must_be_a_positive_number(function, h):
    with pytest.raises(ValueError, match=rf"^h must be above 0 and finite; got {h}$"):
        function(forward, X, DY, h=h)


@pytest.mark.parametrize("function", [check.numerical_gradient, check.kinks])
def test_a_step_that_moves_nothing_is_refused(function):
    with pytest.raises(
        ValueError, match=r"^h must be large enough to move a cell; got 1e-09 at x\[0, 1\] = 7.0 in float32$"
    ):
        function(np.sum, np.array([[0, 7]], np.float32), h=1e-9)


@pytest.mark.parametrize("function", [check.numerical_gradient, check.kinks])
def test_dy_must_look_like_the_output(function):
    with pytest.raises(ValueError, match=r"^dy must have shape \(3,\), as f\(x\) has; got \(2,\)$"):
        function(forward, X, [1, 2], h=1)


def test_text_is_no_number():
    with pytest.raises(TypeError, match=r"^x must be an array of real numbers .*; got dtype <U1$"):
        check.numerical_gradient(np.sum, ["a"], h=1)


# kinks


@pytest.mark.parametrize("h", [None, 1e-3, 0.5])
def test_a_corner_is_marked_at_every_step(h):
    assert check.kinks(relu, [0.0, 3.0, -3.0], [1, 1, 1], h=h).tolist() == [True, False, False]


@pytest.mark.parametrize("reach", np.arange(1, 20) / 20)
def test_a_corner_beside_the_cell_is_marked_as_far_as_the_step_reaches(reach):
    for place in (reach, -reach):
        assert check.kinks(relu, [place], [1], h=1.0).tolist() == [True]
        assert check.kinks(relu, [place], [1], h=0.99 * reach).tolist() == [False]


@pytest.mark.parametrize("f", [np.exp, np.tanh, np.sin, cube, np.square, lambda x: 1 / (1 + np.exp(-x))])
@pytest.mark.parametrize("h", [None, 1e-4, 1e-3])
def test_a_smooth_curve_has_no_corner(f, h):
    places = np.linspace(-2, 2, 41)
    assert not np.any(check.kinks(f, places, np.ones(41), h=h))


def test_rounding_is_no_corner_where_the_slope_is_lost_in_a_large_value():
    assert not np.any(check.kinks(lambda x: 1e6 + 1e-6 * x, [1.0, 2.0], [1, 1]))


def test_a_tie_of_a_maximum_marks_the_tied_cells_only():
    assert check.kinks(np.max, [3.0, 3.0, 1.0]).tolist() == [True, True, False]
    assert check.kinks(np.max, [3.0, 2.0, 1.0]).tolist() == [False, False, False]


def test_a_corner_that_no_gradient_looks_at_is_not_marked():
    assert forward(X).tolist() == [0, 0, 1]
    marked = check.kinks(lambda x: relu(forward(x)), X, DY, h=1e-3)
    assert marked.tolist() == [True, True, False, False]


def test_outside_the_marked_cells_differences_agree_with_relus_gradient():
    rng = np.random.default_rng(0)
    x = rng.integers(-2, 3, 60) / 4
    marked = check.kinks(relu, x, np.ones(60), h=0.3)
    wrong = check.numerical_gradient(relu, x, np.ones(60), h=0.3) != (x > 0)
    assert marked.tolist() == wrong.tolist()
    assert 0 < np.sum(marked) < 60


# relative_error


def test_twice_too_large_is_a_third_and_a_wrong_sign_is_one():
    assert check.relative_error([1.0, 2.0], [1.0, 4.0]) == 1 / 3
    assert check.relative_error([2.0], [-2.0]) == 1


def test_zeros_up_to_rounding_do_not_differ():
    assert check.relative_error([0.0, 1e-17], [0.0, 0.0]) == 1e-9
    assert check.relative_error(np.zeros((0, 2)), np.zeros((0, 2))) == 0


def test_a_nan_is_never_below_a_tolerance():
    error = check.relative_error([1.0, np.nan], [1.0, 1.0])
    assert np.isnan(error)
    assert not error < 1


def test_shapes_must_agree_without_broadcasting():
    with pytest.raises(ValueError, match=r"^actual must have shape \(2, 1\), as expected has; got \(2,\)$"):
        check.relative_error([1, 2], [[1], [2]])


# check_gradients and check_exact


def conv(x, w, b):
    return convbp.conv1d(x, w, b, stride=2, padding=[(0, 1)])


def conv_backward(dy, x, w, b):
    return convbp.conv1d_backward(dy, x, w, stride=2, padding=[(0, 1)])


def drawn(integers=True):
    rng = np.random.default_rng(0)
    draw = (lambda shape: rng.integers(-9, 10, shape)) if integers else rng.standard_normal
    inputs = [draw(shape) for shape in ((2, 3, 9), (4, 3, 3), (4,))]
    return inputs, draw(conv(*inputs).shape)


def test_a_right_backward_pass_is_exact_on_whole_numbers_and_close_on_others():
    inputs, dy = drawn()
    assert check.check_exact(conv, conv_backward, inputs, dy) == (True, True, True)
    assert check.check_gradients(conv, conv_backward, inputs, dy, h=1) == (0, 0, 0)
    inputs, dy = drawn(integers=False)
    assert max(check.check_gradients(conv, conv_backward, inputs, dy)) < 1e-6
    assert max(check.check_gradients(conv, conv_backward, inputs, dy, h=1)) < 1e-11


@pytest.mark.parametrize("which", range(3))
def test_one_wrong_cell_is_found_in_its_own_gradient(which):
    def wrong(dy, *inputs):
        gradients = [gradient.copy() for gradient in conv_backward(dy, *inputs)]
        gradients[which].flat[-1] += 1
        return gradients

    inputs, dy = drawn()
    assert check.check_exact(conv, wrong, inputs, dy) == tuple(at != which for at in range(3))
    assert np.flatnonzero(check.check_gradients(conv, wrong, inputs, dy, h=1)).tolist() == [which]


def test_a_gradient_of_the_wrong_shape_is_not_exact():
    def trimmed(dy, *inputs):
        dx, dw, db = conv_backward(dy, *inputs)
        return dx[..., :-1], dw[..., None], db

    inputs, dy = drawn()
    assert check.check_exact(conv, trimmed, inputs, dy) == (False, False, True)
    with pytest.raises(ValueError, match=r"^actual must have shape \(2, 3, 9\), as expected has; got \(2, 3, 8\)$"):
        check.check_gradients(conv, trimmed, inputs, dy)


@pytest.mark.parametrize("function", [check.check_gradients, check.check_exact])
def test_there_must_be_one_gradient_for_each_input(function):
    inputs, dy = drawn()
    with pytest.raises(ValueError, match=r"^backward must return 3 gradients, one for each input; got 2$"):
        function(conv, lambda *given: conv_backward(*given)[:2], inputs, dy)


# integer_gradient


def test_integer_differences_agree_with_the_gradient_bit_for_bit():
    assert check.integer_gradient(forward, X, DY).tolist() == DX


@pytest.mark.parametrize("bad", [0.5, np.nan, np.inf])
@pytest.mark.parametrize("name", ["x", "dy"])
def test_whole_numbers_are_asked_for(name, bad):
    given = {"x": X.astype(float), "dy": DY.astype(float)}
    given[name][1] = bad
    with pytest.raises(ValueError, match=rf"^{name} must hold whole numbers; got {bad}$"):
        check.integer_gradient(forward, **given)


def test_integer_differences_of_a_curve_are_not_its_gradient():
    assert check.integer_gradient(cube, [2], [1]).tolist() == [13]


# adjoint_check and euler_check


def test_both_sides_of_the_adjoint_identity_are_two():
    assert check.adjoint_check(forward, transpose, X, DY) == (2, 2)


def test_a_transpose_in_the_wrong_order_breaks_the_identity():
    sides = check.adjoint_check(forward, lambda dy: transpose(dy)[::-1], X, DY)
    assert sides == (2, -4)
    assert sides.error == 6


@pytest.mark.parametrize(
    ("f", "t", "message"),
    [
        (
            lambda x: x[:2],
            transpose,
            r"^dy must have shape \(2,\), as its partner in the inner product has; got \(3,\)$",
        ),
        (forward, lambda dy: dy, r"^x must have shape \(3,\), as its partner in the inner product has; got \(4,\)$"),
    ],
)
def test_the_partners_of_an_inner_product_have_one_shape(f, t, message):
    with pytest.raises(ValueError, match=message):
        check.adjoint_check(f, t, X, DY)


def test_eulers_identity_holds_for_input_and_bias_and_for_filter_and_bias():
    y = forward(X) + 1
    assert check.euler_check(y, DY, (X, DX), (1, 1)) == (3, 3)
    assert check.euler_check(y, DY, (W, [7, 12]), (1, 1)) == (3, 3)


def test_an_averaged_bias_gradient_breaks_eulers_identity():
    assert check.euler_check(forward(X) + 1, DY, (X, DX), (1, 1 / 3)).error == pytest.approx(2 / 3, rel=1e-15)


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"^gradient must have shape \(4,\), as its partner .* has; got \(2,\)$"):
        check.euler_check(forward(X), DY, (X, [7, 12]))
