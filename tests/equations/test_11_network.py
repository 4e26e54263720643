"""The equations of chapter 11, as printed: on whole numbers and fractions, with SymPy, SciPy and PyTorch as judges."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from scipy import signal

import convbp
from convbp import activation, check
from convbp.layers import Conv1d, Conv2d, Flatten, Linear, MaxPool1d, ReLU, Sequential
from convbp.layers.initial import initial_weights
from convbp.loss import (
    softmax,
    softmax_backward,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)
from convbp.train import SGD

SIZES = [(2, 3, 9, 4, 3), (1, 1, 6, 1, 2), (3, 2, 7, 5, 4)]  # N, C, cells, F, K
every_size = pytest.mark.parametrize(("n", "c", "size", "f", "k"), SIZES)


def whole(shape, seed):
    return np.random.default_rng(seed).integers(-9, 10, shape)


def relu(z):
    return np.maximum(z, 0)


def with_weights(layer, w, b=None):
    layer.w.value[...] = w
    if b is not None:
        layer.b.value[...] = b
    return layer


def down(delta, w):
    """The gradient at the input of a valid correlation: SciPy's full convolution, summed over the filters."""
    return np.array([
        [sum(signal.convolve(d[f], w[f, c]) for f in range(len(w))) for c in range(w.shape[1])] for d in delta
    ])  # fmt: skip


@every_size
@pytest.mark.equation("eq-network-layer", exact=True)
def test_a_layer_correlates_and_then_bends(n, c, size, f, k):
    x, w, b = whole((n, c, size), 1), whole((f, c, k), 2), whole(f, 3)
    z = np.array(
        [[sum(signal.correlate(s[d], w[g, d], "valid") for d in range(c)) + b[g] for g in range(f)] for s in x]
    )
    net = Sequential(with_weights(Conv1d(c, f, k), w, b), ReLU())
    assert (net(x) == np.where(z > 0, z, 0)).all()


@pytest.mark.equation("eq-network-activation", exact=True)
def test_delta_is_upstream_times_slope_cell_by_cell():
    z, dx = 2 * whole((2, 3, 5), 1) + 1, whole((2, 3, 5), 2)
    slopes = {activation.relu_backward: z > 0, activation.identity_backward: np.ones(z.shape, int)}
    for backward, slope in slopes.items():
        assert (backward(dx, z) == dx * slope).all()
    # Odd numbers: a whole step does not cross the corner.
    assert (check.integer_gradient(relu, z, dx) == dx * (z > 0)).all()


@pytest.mark.equation("eq-network-slopes", tolerance="1e-14 absolute, against SymPy to 30 digits")
def test_slopes_are_the_derivatives_and_their_bounds_hold():
    z = sympy.symbols("z", real=True)
    sig = 1 / (1 + sympy.exp(-z))
    printed = {"sigmoid": (sig, sig * (1 - sig)), "tanh": (sympy.tanh(z), 1 - sympy.tanh(z) ** 2)}
    for name, (function, slope) in printed.items():
        assert sympy.simplify((sympy.diff(function, z) - slope).rewrite(sympy.exp)) == 0
        for place in (Fraction(-7, 2), Fraction(-1, 3), Fraction(0), Fraction(5, 4)):
            at = sympy.Rational(place.numerator, place.denominator)
            expected = slope.subs(z, at).evalf(30)
            actual = getattr(activation, f"{name}_backward")([1.0], [float(at)])[0]
            assert abs(actual - expected) < 1e-14
            assert expected <= (sympy.Rational(1, 4) if name == "sigmoid" else 1)
    assert activation.relu_backward([3, 3, 3], [-1, 0, 1]).tolist() == [0, 0, 3]


@pytest.mark.equation("eq-network-softmax", tolerance="1e-15 absolute: one exponential, one sum, one quotient")
def test_softmax_is_each_exponential_over_their_sum():
    scores = whole((4, 5), 1) / 4
    for row, p in zip(scores, softmax(scores), strict=True):
        powers = [sympy.exp(sympy.Rational(int(4 * s), 4)) for s in row]
        for power, value in zip(powers, p, strict=True):
            assert abs((power / sum(powers)).evalf(30) - value) < 1e-15


@pytest.mark.equation("eq-network-cross-entropy", tolerance="1e-12 absolute, against PyTorch")
def test_cross_entropy_is_minus_the_logarithm_of_the_right_probability(torch):
    scores, labels = whole((6, 4), 1) / 8, np.array([0, 3, 1, 2, 2, 0])
    judged = torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(labels), reduction="none").numpy()
    for n, label in enumerate(labels):
        one = softmax_cross_entropy(scores[n : n + 1], [label])
        assert abs(one + np.log(softmax(scores[n : n + 1])[0, label])) < 1e-12
        assert abs(one - (np.log(np.exp(scores[n]).sum()) - scores[n, label])) < 1e-12
        assert abs(one - judged[n]) < 1e-12


@pytest.mark.equation("eq-network-dlogits", exact=True)
def test_the_gradient_of_the_loss_is_softmax_minus_one_hot():
    z = sympy.symbols("z:4", real=True)
    total = sum(map(sympy.exp, z))
    for label in range(4):
        loss = sympy.log(total) - z[label]
        for f in range(4):
            assert sympy.simplify(sympy.diff(loss, z[f]) - (sympy.exp(z[f]) / total - int(f == label))) == 0
    # Equal scores have probabilities that are exact in binary.
    assert softmax_cross_entropy_backward(1, [[7, 7, 7, 7]], [2]).tolist() == [[0.25, 0.25, -0.75, 0.25]]


@pytest.mark.equation("eq-network-softmax-back", exact=True)
def test_softmax_alone_takes_the_mean_out_of_its_gradient():
    z, dp = sympy.symbols("z:3", real=True), sympy.symbols("d:3", real=True)
    p = [sympy.exp(s) / sum(map(sympy.exp, z)) for s in z]
    weighed = sum(d * q for d, q in zip(dp, p, strict=True))
    for f in range(3):
        expected = sum(d * sympy.diff(q, z[f]) for d, q in zip(dp, p, strict=True))
        assert sympy.simplify(expected - p[f] * (dp[f] - weighed)) == 0
    assert softmax_backward([[8, 0, 4, -4]], [[1, 1, 1, 1]]).tolist() == [[1.5, -0.5, 0.5, -1.5]]


@pytest.mark.equation("eq-network-mean", exact=True)
def test_the_mean_divides_once_and_samples_do_not_meet():
    scores, labels = np.zeros((4, 2)), np.array([0, 1, 1, 0])
    delta = softmax_cross_entropy_backward(1, scores, labels)
    alone = np.concatenate([softmax_cross_entropy_backward(1, scores[[n]], labels[[n]]) for n in range(4)])
    assert (delta == alone / 4).all()
    losses = [softmax_cross_entropy(scores[[n]], labels[[n]]) for n in range(4)]
    assert softmax_cross_entropy(scores, labels) == sum(losses) / 4
    # Every layer sums: its gradients for the batch are the sum of those for the samples.
    x, w = whole((4, 2, 6), 1), whole((3, 2, 2), 2)
    dy = whole((4, 3, 5), 3)
    parts = [convbp.conv1d_backward(dy[[n]], x[[n]], w) for n in range(4)]
    both = convbp.conv1d_backward(dy, x, w)
    assert (both.dw == sum(part.dw for part in parts)).all()
    assert (both.db == sum(part.db for part in parts)).all()


@pytest.mark.equation("eq-network-flatten", exact=True)
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 1, 2, 3), (3, 4, 1, 2)])
def test_flatten_puts_every_cell_at_its_place_and_back(shape):
    n, c, h, w = shape
    layer, x, dy = Flatten(), whole(shape, 1), whole((n, c * h * w), 2)
    y = layer(x)
    dx = layer.backward(dy)
    for m, d, r, s in np.ndindex(shape):
        place = (d * h + r) * w + s
        assert y[m, place] == x[m, d, r, s]
        assert dx[m, d, r, s] == dy[m, place]


@pytest.mark.equation("eq-network-dense", exact=True)
@pytest.mark.parametrize(("n", "c", "f"), [(2, 3, 4), (1, 5, 2), (4, 1, 1)])
def test_a_dense_layer_and_its_gradients_are_the_printed_sums(n, c, f):
    x, w, b, delta = whole((n, c), 1), whole((f, c), 2), whole(f, 3), whole((n, f), 4)
    layer = with_weights(Linear(c, f), w, b)
    z, dx = layer(x), layer.backward(delta)
    for m, g in np.ndindex(n, f):
        assert z[m, g] == b[g] + sum(w[g, d] * x[m, d] for d in range(c))
    for m, d in np.ndindex(n, c):
        assert dx[m, d] == sum(w[g, d] * delta[m, g] for g in range(f))
    for g, d in np.ndindex(f, c):
        assert layer.w.grad[g, d] == sum(delta[m, g] * x[m, d] for m in range(n))
    assert layer.b.grad.tolist() == [sum(delta[m, g] for m in range(n)) for g in range(f)]


def two_layers(n, c, size, f, k, **options):
    """Return z of the lower layer (odd, so that a whole step crosses no corner), w above it, and delta above it."""
    z, w = 2 * whole((n, c, size), 1) + 1, whole((f, c, k), 2)
    above = convbp.conv1d(relu(z), w, **options)
    return z, w, whole(above.shape, 3)


@every_size
@pytest.mark.equation("eq-network-delta", exact=True)
def test_delta_below_is_the_printed_sum_times_the_slope(n, c, size, f, k):
    z, w, delta = two_layers(n, c, size, f, k)
    expected = check.integer_gradient(lambda z: convbp.conv1d(relu(z), w), z, delta)
    outputs = delta.shape[2]
    for m, d, i in np.ndindex(z.shape):
        total = sum(w[g, d, t] * delta[m, g, i - t] for g in range(f) for t in range(k) if 0 <= i - t < outputs)
        assert expected[m, d, i] == (total if z[m, d, i] > 0 else 0)


@every_size
@pytest.mark.equation("eq-network-delta-full", exact=True)
def test_delta_below_is_a_full_convolution_times_the_slope(n, c, size, f, k):
    z, w, delta = two_layers(n, c, size, f, k)
    expected = check.integer_gradient(lambda z: convbp.conv1d(relu(z), w), z, delta)
    assert (down(delta, w) * (z > 0) == expected).all()


@pytest.mark.equation(
    "eq-network-delta-full", tolerance="1e-12 absolute, against PyTorch: a few dozen terms of size 10"
)
def test_three_layers_of_tanh_agree_with_pytorch(torch):
    rng = np.random.default_rng(5)
    x, weights = rng.standard_normal((2, 3, 12)), [rng.standard_normal(s) for s in [(4, 3, 3), (5, 4, 2), (2, 5, 4)]]
    zs = [convbp.conv1d(x, weights[0])]
    for w in weights[1:]:
        zs.append(convbp.conv1d(np.tanh(zs[-1]), w))
    delta = rng.standard_normal(zs[-1].shape)
    deltas = [delta]
    for z, w in zip(zs[-2::-1], weights[:0:-1], strict=True):
        deltas.append(down(deltas[-1], w) * (1 - np.tanh(z) ** 2))
    tensors = [torch.nn.functional.conv1d(torch.tensor(x), torch.tensor(weights[0])).requires_grad_()]
    for w in weights[1:]:
        tensors.append(torch.nn.functional.conv1d(torch.tanh(tensors[-1]), torch.tensor(w)))
    for tensor in tensors[1:]:
        tensor.retain_grad()
    tensors[-1].backward(torch.tensor(delta))
    for tensor, found in zip(tensors, reversed(deltas), strict=True):
        np.testing.assert_allclose(found, tensor.grad.numpy(), rtol=0, atol=1e-12)


@every_size
@pytest.mark.equation("eq-network-gradients", exact=True)
def test_each_floor_sums_its_delta_with_its_input(n, c, size, f, k):
    x, w, b = whole((n, c, size), 1), whole((f, c, k), 2), whole(f, 3)
    delta = whole((n, f, size - k + 1), 4)
    by_w = check.integer_gradient(lambda w: convbp.conv1d(x, w, b), w, delta)
    by_b = check.integer_gradient(lambda b: convbp.conv1d(x, w, b), b, delta)
    for g, d, t in np.ndindex(f, c, k):
        assert by_w[g, d, t] == sum(delta[m, g, o] * x[m, d, o + t] for m in range(n) for o in range(size - k + 1))
    assert by_b.tolist() == [sum(delta[m, g, o] for m in range(n) for o in range(size - k + 1)) for g in range(f)]


@pytest.mark.equation("eq-network-delta-stride", exact=True)
@pytest.mark.parametrize(
    ("stride", "dilation", "before", "after"), [(2, 1, 0, 0), (3, 1, 1, 2), (2, 3, 1, 0), (1, 2, 2, 2), (4, 1, 0, 1)]
)
@every_size
def test_delta_below_a_strided_layer_sums_over_the_outputs_that_hit(n, c, size, f, k, stride, dilation, before, after):
    size += 6  # room for the longest reach
    options = {"stride": stride, "dilation": dilation, "padding": [(before, after)]}
    z, w, delta = two_layers(n, c, size, f, k, **options)
    expected = check.integer_gradient(lambda z: convbp.conv1d(relu(z), w, **options), z, delta)
    for m, d, i in np.ndindex(z.shape):
        total = 0
        for t, o in np.ndindex(k, delta.shape[2]):
            if stride * o + dilation * t - before == i:
                total += sum(w[g, d, t] * delta[m, g, o] for g in range(f))
        assert expected[m, d, i] == (total if z[m, d, i] > 0 else 0)


@pytest.mark.equation("eq-network-delta-pool", exact=True)
@pytest.mark.parametrize(("window", "stride"), [(2, 2), (3, 2), (2, 1)])
def test_delta_below_a_pool_is_routed_and_then_sloped(window, stride):
    # No two cells are equal and neighbours differ by more than a whole step: no winner changes within it.
    z = 4 * np.random.default_rng(1).permutation(2 * 3 * 13).reshape(2, 3, 13) - 154
    w = whole((4, 3, 2), 2)

    def forward(z):
        return convbp.conv1d(convbp.max_pool1d(relu(z), window, stride=stride).y, w)

    delta = whole(forward(z).shape, 3)
    index = convbp.max_pool1d(relu(z), window, stride=stride).indices
    dx, expected = down(delta, w), check.integer_gradient(forward, z, delta)
    for m, d, i in np.ndindex(z.shape):
        total = sum(dx[m, d, o] for o in range(index.shape[2]) if index[m, d, o] == i)
        assert expected[m, d, i] == (total if z[m, d, i] > 0 else 0)
    net = Sequential(ReLU(), MaxPool1d(window, stride=stride), with_weights(Conv1d(3, 4, 2, bias=False), w))
    net(z)
    assert (net.backward(delta) == expected).all()


def patterns(count, size):
    """Every choice of weights +size or −size: mean 0 and variance size², all of them equally likely."""
    return [[Fraction(size) * sign for sign in signs] for signs in product([-1, 1], repeat=count)]


VALUES = [Fraction(1), Fraction(-2), Fraction(3, 2), Fraction(5), Fraction(-1, 3), Fraction(0)]


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers, Fraction(0)) / len(numbers)


@pytest.mark.equation("eq-network-variance", exact=True)
@pytest.mark.parametrize("size", [Fraction(1), Fraction(2, 3)])
def test_a_sum_is_on_average_as_large_as_its_terms_together(size):
    sums = [sum(w * x for w, x in zip(row, VALUES, strict=True)) for row in patterns(len(VALUES), size)]
    assert mean(z * z for z in sums) == len(VALUES) * size**2 * mean(x * x for x in VALUES)


@pytest.mark.equation("eq-network-variance-relu", exact=True)
def test_relu_takes_half_of_the_mean_square():
    size = Fraction(3, 5)
    sums = [sum(w * x for w, x in zip(row, VALUES, strict=True)) for row in patterns(len(VALUES), size)]
    below = mean(x * x for x in VALUES)
    assert mean(max(z, 0) ** 2 for z in sums) == Fraction(1, 2) * len(VALUES) * size**2 * below


@pytest.mark.equation("eq-network-variance-back", exact=True)
def test_the_way_back_has_as_many_terms_as_a_cell_has_readers():
    # F filters of K taps at stride 1: F·K products read a cell inside, each with its own weight.
    filters, taps, size = 2, 3, Fraction(1, 2)
    delta = np.array([[Fraction(2), 1, -3, 4, 1], [Fraction(-1), 5, 2, 2, -2]], object)
    squares = []
    for row in patterns(filters * taps, size):
        w = np.array(row, object).reshape(filters, taps)
        squares.append(sum(w[f, t] * delta[f, 3 - t] for f in range(filters) for t in range(taps)) ** 2)
    met = [delta[f, 3 - t] ** 2 for f in range(filters) for t in range(taps)]
    full = mean(squares)
    assert full == filters * taps * size**2 * mean(met)
    # A relu below, on or off with even chances: half of it.
    assert mean(part * on for part in squares for on in (0, 1)) == full / 2


@pytest.mark.equation("eq-network-variance-back", exact=True)
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_a_stride_divides_the_readers_of_a_cell(stride):
    ones = np.ones((1, 3, 64))
    w = np.ones((5, 3, 8))
    y = convbp.conv1d(ones, w, stride=stride)
    readers = convbp.conv1d_backward(np.ones_like(y), ones, w, stride=stride).dx[0, :, 8:-8]
    assert (readers == 5 * 8 / stride).all()
    plane, v = np.ones((1, 2, 24, 24)), np.ones((3, 2, 4, 4))
    out = convbp.conv2d(plane, v, stride=stride)
    inside = convbp.conv2d_backward(np.ones_like(out), plane, v, stride=stride).dx[..., 6:-6, 6:-6]
    assert (inside == 3 * 16 / stride**2).all()


@pytest.mark.equation("eq-network-initial", tolerance="2 % of the variance: some 5 standard errors of 120 000 draws")
def test_he_and_glorot_have_the_printed_variances():
    terms_in, terms_out = 40 * 9, 60 * 9
    for init, variance in {"he": 2 / terms_in, "glorot": 2 / (terms_in + terms_out)}.items():
        w = initial_weights((333, 40, 3, 3), terms_in, terms_out, init, 0, np.float64)
        assert abs(w.var() / variance - 1) < 0.02
    layer = Conv2d(40, 240, 3, stride=2, init="glorot", rng=0)
    assert abs(layer.w.value.var() / (2 / (40 * 9 + 240 * 9 / 4)) - 1) < 0.02


def steps_of(gradients, w, rate, momentum):
    """The weight after each step of the library's rule."""
    model, rule, found = with_weights(Linear(1, 1, bias=False), w), SGD(rate, momentum=momentum), []
    for gradient in gradients:
        model.w.grad[...] = gradient
        rule.step(model)
        found.append(model.w.value.item())
    return found


GRADIENTS = [16, -48, 32, 64]  # halves of halves stay whole


@pytest.mark.equation("eq-network-sgd", exact=True)
def test_plain_descent_subtracts_the_gradient_times_the_rate():
    w, expected = 10, []
    for gradient in GRADIENTS:
        w -= 0.5 * gradient
        expected.append(w)
    assert steps_of(GRADIENTS, 10, 0.5, 0.0) == expected


@pytest.mark.equation("eq-network-momentum", exact=True)
def test_momentum_steps_along_its_memory_as_pytorch_does(torch):
    weight = torch.tensor([10.0], dtype=torch.float64, requires_grad=True)
    judge, w, v = torch.optim.SGD([weight], lr=0.25, momentum=0.5), 10, 0
    for gradient, actual in zip(GRADIENTS, steps_of(GRADIENTS, 10, 0.25, 0.5), strict=True):
        v = 0.5 * v + gradient
        w -= 0.25 * v
        weight.grad = torch.tensor([float(gradient)], dtype=torch.float64)
        judge.step()
        assert actual == w == weight.item()


@pytest.mark.equation("eq-network-memory", exact=True)
def test_the_memory_is_a_fading_sum_and_constant_gradients_pile_up():
    momentum = Fraction(9, 10)
    v = Fraction(0)
    for t, gradient in enumerate(GRADIENTS, start=1):
        v = momentum * v + gradient
        assert v == sum(momentum ** (t - s) * GRADIENTS[s - 1] for s in range(1, t + 1))
    v, g = Fraction(0), Fraction(3)
    for t in range(1, 200):
        v = momentum * v + g
        assert v == (1 - momentum**t) / (1 - momentum) * g
    assert 0 < g / (1 - momentum) - v < Fraction(1, 10**6)
    velocities = -np.diff([10, *steps_of(GRADIENTS, 10, 1.0, 0.5)])
    assert velocities.tolist() == [sum(0.5 ** (t - s) * GRADIENTS[s] for s in range(t + 1)) for t in range(4)]
