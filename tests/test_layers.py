"""Every layer: differences, PyTorch, and the rules that all of them keep."""

from fractions import Fraction

import numpy as np
import pytest

from compare import assert_close, assert_same
from convbp import layers
from convbp.check import integer_gradient, numerical_gradient
from convbp.layers import Conv2d, Dropout, Flatten, Layer, Linear, Parameter, ReLU, Residual, Sequential
from layer_cases import CASES, some_numbers

every_layer = pytest.mark.parametrize("case", CASES, ids=str)
LINEAR = [case for case in CASES if case.name.startswith(("Conv", "Linear", "Flatten", "Identity"))]


def loss_of(layer: Layer, parameter: Parameter, x):
    """Return y as a function of one parameter."""

    def y_for(value):
        kept = parameter.value
        parameter.value = value
        try:
            return layer(x)
        finally:
            parameter.value = kept

    return y_for


@every_layer
def test_gradients_equal_differences(case):
    layer, x, dy = some_numbers(case)
    assert layer(x).shape == layer.output_shape(x.shape) == dy.shape
    dx = layer.backward(dy)
    assert np.max(np.abs(dx - numerical_gradient(layer, x, dy))) < 1e-8
    for parameter in layer.parameters():
        grad = parameter.grad.copy()
        expected = numerical_gradient(loss_of(layer, parameter, x), parameter.value, dy)
        assert np.max(np.abs(grad - expected)) < 1e-8


@pytest.mark.parametrize("case", LINEAR, ids=str)
def test_linear_layers_are_exact_on_whole_numbers(case):
    layer, x, dy = some_numbers(case)
    for parameter in layer.parameters():
        parameter.value = np.rint(4 * parameter.value)
    x, dy = np.rint(2 * x), np.rint(2 * dy)
    layer(x)
    dx = layer.backward(dy)
    assert_same(dx, integer_gradient(layer, x, dy))
    for parameter in layer.parameters():
        grad = parameter.grad.copy()
        assert_same(grad, integer_gradient(loss_of(layer, parameter, x), parameter.value, dy))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_layer
def test_pytorch_agrees(torch, case, dtype):
    layer, x, dy = some_numbers(case, dtype)
    judge = case.judge(torch.nn).to(getattr(torch, np.dtype(dtype).name))
    for mine, theirs in zip(layer.parameters(), judge.parameters(), strict=True):
        theirs.data = torch.tensor(mine.value)
    given_x = torch.tensor(x, requires_grad=True)
    y = judge(given_x)
    y.backward(torch.tensor(dy))
    expected = [y.detach(), given_x.grad, *(p.grad for p in judge.parameters())]
    actual = [layer(x), layer.backward(dy), *(p.grad for p in layer.parameters())]
    for got, want in zip(actual, [tensor.numpy() for tensor in expected], strict=True):
        assert got.dtype == dtype
        assert_close(got, want, terms=max(x.size, 100), magnitude=max(1.0, np.abs(want).max()))
        if dtype == np.float64:
            assert np.max(np.abs(got - want)) <= 1e-12 * max(1e-3, np.max(np.abs(want)))


@every_layer
def test_an_empty_batch_goes_through_and_back(case):
    layer, _, dy = some_numbers(case)
    empty = (0, *case.x[1:])
    y = layer(np.zeros(empty))
    assert y.shape == layer.output_shape(empty) == (0, *dy.shape[1:])
    assert layer.backward(y).shape == empty
    assert all((p.grad == 0).all() for p in layer.parameters())


@every_layer
def test_inputs_are_left_alone_and_results_are_fresh(case):
    layer, x, dy = some_numbers(case)
    x.flags.writeable = dy.flags.writeable = False
    for training in (True, False):
        layer.train(training)
        for result in (layer(x), layer.backward(dy)):
            assert result.flags.writeable
            assert not np.shares_memory(result, x)
            assert not np.shares_memory(result, dy)


@every_layer
def test_gradients_add_up_until_they_are_cleared(case):
    layer, x, dy = some_numbers(case)
    layer(x)
    layer.backward(dy)
    once = [p.grad.copy() for p in layer.parameters()]
    layer.backward(dy)
    for p, one in zip(layer.parameters(), once, strict=True):
        assert_same(p.grad, one + one)
    layer.zero_grad()
    assert all((p.grad == 0).all() for p in layer.parameters())


@every_layer
def test_lists_integers_and_half_precision_are_taken(case):
    layer, x, dy = some_numbers(case)
    whole = np.rint(3 * x).astype(int)
    assert_same(layer(whole.tolist()), layer(whole.astype(np.float64)))
    assert_same(layer.backward(np.rint(dy).astype(int).tolist()), layer.backward(np.rint(dy)))
    half = case.build(np.float32)
    y = half(x.astype(np.float16))
    assert y.dtype in (np.float16, np.float32)
    assert half.backward(y).dtype == y.dtype


@every_layer
def test_backward_needs_a_forward_call(case):
    layer, x, dy = some_numbers(case)
    with pytest.raises(RuntimeError, match=r"\(.*\) must be called on an input before backward; got no such call"):
        layer.backward(dy)
    layer(x)
    with pytest.raises(ValueError, match=r"dy must have shape \(.*\), as the last call returned; got \(1, 2\)"):
        layer.backward(np.ones((1, 2)))
    with pytest.raises(TypeError, match=r"x must be of real numbers in a layer, not of objects; got dtype object"):
        layer(np.full(case.x, Fraction(1, 2)))
    with pytest.raises(RuntimeError, match="before backward"):
        layer.backward(dy)
    with pytest.raises(TypeError, match="real numbers"):
        layer(np.ones(case.x, complex))


def test_everything_public_is_documented():
    for name in layers.__all__:
        assert getattr(layers, name).__doc__, name


# Parameters, state and modes


def small_net(rng=0) -> Sequential:
    return Sequential(Conv2d(1, 2, 2, rng=rng), layers.BatchNorm(2), ReLU(), Dropout(0.5, rng=rng), Flatten())


def test_names_follow_the_places():
    net = Sequential(Residual(Linear(2, 2, rng=0), shortcut=Linear(2, 2, bias=False, rng=0)), layers.BatchNorm(2))
    assert list(net.named_parameters()) == ["0.body.0.w", "0.body.0.b", "0.shortcut.w", "1.scale", "1.shift"]
    assert list(net.state()) == [*net.named_parameters(), "1.running_mean", "1.running_var"]
    assert list(small_net().generators()) == ["3.rng"]


def test_a_shared_parameter_counts_once_and_gets_both_gradients():
    one, other = Linear(2, 2, bias=False, rng=0), Linear(2, 2, bias=False, rng=1)
    other.w = one.w
    net = Sequential(one, other)
    assert net.parameters() == [one.w]
    x, dy = np.array([[1.0, 2.0]]), np.array([[3.0, 5.0]])
    net(x)
    net.backward(dy)
    w = one.w.value
    expected = np.outer(dy, w @ x[0]) + np.outer(w.T @ dy[0], x)
    np.testing.assert_allclose(one.w.grad, expected, rtol=1e-14)
    assert net.summary((1, 2)).parameters == 4


def test_modes_reach_every_layer():
    net = Sequential(Residual(Dropout(0.5, rng=0), shortcut=layers.BatchNorm(1)), Dropout(0.5, rng=0))
    assert net.eval() is net
    assert not any(layer.training for _, layer in net.walk())
    net.train()
    assert all(layer.training for _, layer in net.walk())


def test_a_state_is_taken_over_whole():
    one, other = small_net(0), small_net(1)
    one(np.ones((3, 1, 3, 3)))
    other.load_state(one.state())
    for name, value in one.state().items():
        assert_same(other.state()[name], value)
        assert not np.shares_memory(other.state()[name], value)


def test_a_state_that_does_not_fit_changes_nothing():
    net = small_net()
    before = {name: value.copy() for name, value in net.state().items()}
    good = {name: value + 1 for name, value in before.items()}
    lacking = {name: value for name, value in good.items() if name != "1.shift"}
    bad = {
        r"state must hold '1.shift' of shape \(2,\); got \['0.w'": lacking,
        r"state must hold only what the model has, .*; got 'more'": {**good, "more": np.ones(1)},
        r"state\['1.shift'\] must have shape \(2,\), as in the model; got \(3,\)": {**good, "1.shift": np.ones(3)},
        r"state\['0.b'\] must be of float64, as in the model; got float32": {**good, "0.b": np.ones(2, np.float32)},
    }
    for message, state in bad.items():
        with pytest.raises(ValueError, match=message):
            net.load_state(state)
        for name, value in before.items():
            assert_same(net.state()[name], value)


# Layers of their own kind


def test_residual_adds_both_ways():
    block = Residual(Linear(3, 3, rng=0), ReLU())
    x, dy = np.array([[1.0, -2.0, 3.0]]), np.array([[1.0, 10.0, 100.0]])
    assert_same(block(x), block.body(x) + x)
    assert np.max(np.abs(block.backward(dy) - numerical_gradient(block, x, dy))) < 1e-8


def test_residual_with_a_shortcut_learns_in_both():
    block = Residual(Linear(3, 2, rng=0), layers.Tanh(), shortcut=Linear(3, 2, rng=1))
    x, dy = np.random.default_rng(0).standard_normal((4, 3)), np.ones((4, 2))
    block(x)
    assert np.max(np.abs(block.backward(dy) - numerical_gradient(block, x, dy))) < 1e-8
    assert all((p.grad != 0).all() for p in block.parameters())


def test_residual_refuses_ways_that_do_not_meet():
    with pytest.raises(ValueError, match=r"body must give the shape of its shortcut, \(1, 3\); got \(1, 2\)"):
        Residual(Linear(3, 2, rng=0))(np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"body must give the shape of its shortcut, \(1, 3\); got \(1, 2\)"):
        Residual(Linear(3, 2, rng=0)).output_shape((1, 3))
    with pytest.raises(TypeError, match=r"shortcut must be an object of Layer; got 3"):
        Residual(ReLU(), shortcut=3)


def test_sequential_refuses_what_cannot_work():
    relu = ReLU()
    with pytest.raises(ValueError, match=r"layers must be different objects; got ReLU\(\) again as layer 1"):
        Sequential(relu, relu)
    with pytest.raises(ValueError, match=r"layers must be different objects; got ReLU\(\) again as layer shortcut"):
        Residual(Sequential(relu), shortcut=relu)
    with pytest.raises(TypeError, match=r"layers must be objects of Layer; got <class"):
        Sequential(ReLU)
    with pytest.raises(ValueError, match=r"layers must be at least one; got none"):
        Sequential()


def test_sequential_is_a_sequence():
    net = small_net()
    assert len(net) == 5
    assert net[2] is list(net)[2]
    assert repr(Sequential(net[0], ReLU())) == "Sequential(Conv2d(1→2, 2×2), ReLU())"


def test_dropout_keeps_the_mean_and_carries_back_through_what_it_kept():
    layer = Dropout(0.25, rng=0)
    y = layer(np.ones(40_000))
    assert set(np.unique(y)) == {0, 1 / 0.75}
    assert abs(np.mean(y == 0) - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 40_000)
    assert_same(layer.backward(np.ones(40_000)), y)
    assert not np.array_equal(layer(np.ones(40_000)), y)
    assert_same(layer.eval()(np.arange(3)), np.arange(3.0))
    assert_same(layer.backward([1, 2, 3]), np.array([1.0, 2, 3]))


def test_dropout_gives_the_same_bits_for_the_same_seed():
    assert_same(Dropout(0.5, rng=3)(np.ones(50)), Dropout(0.5, rng=3)(np.ones(50)))
    assert Dropout(0.5, rng=3)(np.ones(5, np.float32)).dtype == np.float32


@pytest.mark.parametrize("kind", ["loops", "numpy", "numba"])
def test_layers_follow_the_chosen_backend(kind):
    import convbp

    layer, x, dy = some_numbers(CASES[1])
    x, dy, layer.w.value = np.rint(4 * x), np.rint(4 * dy), np.rint(4 * layer.w.value)
    with convbp.use_backend(kind):
        y, dx = layer(x), layer.backward(dy)
    assert_same(y, layer(x))
    assert_same(dx, layer.backward(dy))


BAD = {
    "channels": (ValueError, lambda: Conv2d(0, 1, 3), r"channels must be at least 1; got 0"),
    "filters": (TypeError, lambda: Conv2d(1, 2.5, 3), r"filters must be made of ints; got 2.5"),
    "groups": (
        ValueError,
        lambda: Conv2d(4, 6, 3, groups=4),
        r"groups must divide channels and filters; got 4 with 4 channels, 6 filters",
    ),
    "kernel": (ValueError, lambda: Conv2d(1, 1, (3, 3, 3)), r"kernel_size must be an int or 2 ints.*; got \(3, 3, 3\)"),
    "stride": (ValueError, lambda: layers.Conv1d(1, 1, 3, stride=0), r"stride must be at least 1; got 0"),
    "padding": (ValueError, lambda: Conv2d(1, 1, 3, padding="full"), r"padding must be .*; got 'full'"),
    "output_padding": (
        ValueError,
        lambda: layers.ConvTranspose2d(1, 1, 3, output_padding=-1),
        r"output_padding must be at least 0; got -1",
    ),
    "init": (ValueError, lambda: Conv2d(1, 1, 3, init="ones"), r"init must be one of 'he', 'glorot'; got 'ones'"),
    "dtype": (TypeError, lambda: Linear(1, 1, dtype=int), r"dtype must be float32 or float64; got int64"),
    "x channels": (
        ValueError,
        lambda: Conv2d(3, 1, 3)(np.ones((1, 2, 4, 4))),
        r"w must have C/groups = 2/1 = 2 channels on axis 1; got 3",
    ),
    "x row": (
        ValueError,
        lambda: Linear(3, 1)(np.ones((1, 4))),
        r"x must have shape \(N, 3\), one row for each sample; got \(1, 4\)",
    ),
    "x maps": (ValueError, lambda: Linear(3, 1)(np.ones((1, 3, 1))), r"x must have shape \(N, 3\).* got \(1, 3, 1\)"),
    "flatten": (ValueError, lambda: Flatten()(np.ones(3)), r"x must have at least 2 axes.*; got shape \(3,\)"),
    "masked": (TypeError, lambda: Flatten()(np.ma.ones((1, 2))), r"x must not be a masked array"),
    "batch norm x": (
        ValueError,
        lambda: layers.BatchNorm(3)(np.ones((2, 4))),
        r"x must have 3 channels on axis 1; got shape \(2, 4\)",
    ),
    "batch norm of one number": (
        ValueError,
        lambda: layers.BatchNorm(3)(np.ones((1, 3))),
        r"x must have at least 2 numbers in each channel to train on; got shape \(1, 3\)",
    ),
    "batch norm of no cell": (
        ValueError,
        lambda: layers.BatchNorm(3)(np.ones((2, 3, 0))),
        r"x must have no empty axis besides the batch; got shape \(2, 3, 0\)",
    ),
    "eps": (ValueError, lambda: layers.BatchNorm(3, eps=-1), r"eps must be at least 0; got -1"),
    "momentum": (ValueError, lambda: layers.BatchNorm(3, momentum=1.5), r"momentum must be from 0 to 1; got 1.5"),
    "rate": (ValueError, lambda: Dropout(1.0), r"rate must be from 0 to below 1; got 1.0"),
    "rate kind": (TypeError, lambda: Dropout("half"), r"rate must be a number; got 'half'"),
    "slope": (ValueError, lambda: layers.LeakyReLU(np.inf), r"slope must be finite; got inf"),
    "alpha": (TypeError, lambda: layers.ELU(None), r"alpha must be a number; got None"),
    "pool window": (ValueError, lambda: layers.MaxPool2d(0), r"kernel_size must be at least 1; got 0"),
    "pool padding": (
        ValueError,
        lambda: layers.AvgPool2d(2, padding=2),
        r"padding must be smaller than .* got \(2, 2\)",
    ),
    "pool ceil_mode": (TypeError, lambda: layers.MaxPool1d(2, ceil_mode=1), r"ceil_mode must be True or False; got 1"),
    "pool axes": (
        ValueError,
        lambda: layers.MaxPool1d(2).output_shape((1, 2, 3, 4)),
        r"x must have 3 axes.* \(1, 2, 3, 4\)",
    ),
    "p": (ValueError, lambda: layers.LpPool2d(0.5, 2), r"p must be at least 1; got 0.5"),
}


@pytest.mark.parametrize(("kind", "call", "message"), BAD.values(), ids=BAD)
def test_malformed_calls_are_refused(kind, call, message):
    with pytest.raises(kind, match=message):
        call()
