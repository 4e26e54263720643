"""Activations: corners by hand, slopes by differences, limits, NaN in its place, SciPy and PyTorch as judges."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from compare import assert_close, assert_same
from convbp import activation
from convbp.check import kinks, numerical_gradient

OPTIONS = {"leaky_relu": {"slope": 0.25}, "elu": {"alpha": 1.5}}
NAMES = ("identity", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softplus", "gelu", "silu")
WITH_CORNER = ("identity", "relu", "leaky_relu")
SMOOTH = tuple(name for name in NAMES if name not in WITH_CORNER)
everywhere = pytest.mark.parametrize("name", NAMES)


def both(name):
    """Return forward and backward of one activation with its options filled in."""
    forward, backward = getattr(activation, name), getattr(activation, f"{name}_backward")
    options = OPTIONS.get(name, {})
    return lambda x: forward(x, **options), lambda dy, x: backward(dy, x, **options)


def some_numbers(dtype=np.float64):
    rng = np.random.default_rng(3)
    return rng.standard_normal((2, 3, 5, 7)).astype(dtype) * 3, rng.standard_normal((2, 3, 5, 7)).astype(dtype)


LIMITS = {  # at −∞ and +∞: value and slope
    "identity": ((-np.inf, 1), (np.inf, 1)),
    "relu": ((0, 0), (np.inf, 1)),
    "leaky_relu": ((-np.inf, 0.25), (np.inf, 1)),
    "elu": ((-1.5, 0), (np.inf, 1)),
    "sigmoid": ((0, 0), (1, 0)),
    "tanh": ((-1, 0), (1, 0)),
    "softplus": ((0, 0), (np.inf, 1)),
    "gelu": ((0, 0), (np.inf, 1)),
    "silu": ((0, 0), (np.inf, 1)),
}
AT_ZERO = {  # value and slope
    "identity": (0, 1),
    "relu": (0, 0),
    "leaky_relu": (0, 0.25),
    "elu": (0, 1.5),
    "sigmoid": (0.5, 0.25),
    "tanh": (0, 1),
    "softplus": (np.log(2), 0.5),
    "gelu": (0, 0.5),
    "silu": (0, 0.5),
}


@everywhere
def test_values_and_slopes_at_zero_by_hand(name):
    forward, backward = both(name)
    value, slope = AT_ZERO[name]
    assert forward([0.0]).tolist() == [value]
    assert backward([8.0], [0.0]).tolist() == [8 * slope]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@everywhere
def test_infinity_and_the_largest_numbers_give_the_limit(name, dtype):
    forward, backward = both(name)
    ends = np.array([-np.inf, np.finfo(dtype).min, np.finfo(dtype).max, np.inf], dtype)
    with np.errstate(over="ignore"):
        values, slopes = forward(ends), backward(np.ones(4, dtype), ends)
    (low, low_slope), (high, high_slope) = LIMITS[name]
    assert [values[0], values[3]] == [low, high]
    assert slopes.tolist() == [low_slope, low_slope, high_slope, high_slope]
    assert values[1] == (low if np.isfinite(low) else forward(ends[1:2])[0])
    assert not np.isnan(values).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@everywhere
def test_no_warning_and_no_nan_at_any_size(name, dtype):
    forward, backward = both(name)
    sizes = np.geomspace(np.finfo(dtype).tiny, 1e30, 400, dtype=dtype)
    x = np.concatenate([-sizes, [0], sizes]).astype(dtype)
    assert np.isfinite(forward(x)).all()
    slopes = backward(np.ones_like(x), x)
    assert np.isfinite(slopes).all()
    assert slopes.dtype == dtype


@everywhere
def test_nan_stays_in_its_cell(name):
    forward, backward = both(name)
    x, dy = some_numbers()
    expected = forward(x), backward(dy, x)
    bad = x.copy()
    bad[1, 2, 3, 4] = np.nan
    for got, want in zip((forward(bad), backward(dy, bad)), expected, strict=True):
        elsewhere = np.ones(x.shape, bool)
        elsewhere[1, 2, 3, 4] = False
        assert_same(got[elsewhere], want[elsewhere])
    assert np.isnan(forward(bad)[1, 2, 3, 4])
    dy[0, 1, 2, 3] = np.nan
    at = np.isnan(backward(dy, x))
    assert at.sum() == (1 if at[0, 1, 2, 3] else 0)


@everywhere
def test_slopes_equal_differences(name):
    forward, backward = both(name)
    x, dy = some_numbers()
    assert not kinks(forward, x[0, 0], dy[0, 0]).any()
    expected = numerical_gradient(forward, x[0, 0], dy[0, 0])
    assert np.max(np.abs(backward(dy, x)[0, 0] - expected)) < 1e-9


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e300, 1e300))
def test_what_a_number_and_its_negative_have_in_common(at):
    """f(x) − f(−x) = x for all that weigh x by a probability, and for softplus; so their slopes add up to 1."""
    x = np.array([at, -at])
    spacing = 4 * np.spacing(max(1.0, abs(at)))
    for name in ("identity", "relu", "softplus", "gelu", "silu"):
        forward, backward = both(name)
        ahead, behind = forward(x)
        assert abs((ahead - behind) - (2 * at if name == "identity" else at)) <= spacing
        if at and name != "identity":
            assert abs(backward(np.ones(2), x).sum() - 1) <= 1e-15
    assert abs(activation.sigmoid(x).sum() - 1) <= 1e-15
    assert activation.tanh(x).sum() == 0
    assert_same(*np.split(activation.sigmoid_backward([1, 1], x), 2))
    assert_same(*np.split(activation.tanh_backward([1, 1], x), 2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@everywhere
def test_pytorch_agrees(torch, name, dtype):
    x, dy = some_numbers(dtype)
    given_x = torch.tensor(x, requires_grad=True)
    functional = torch.nn.functional
    judged = {
        "identity": lambda x: x.clone(),
        "leaky_relu": lambda x: functional.leaky_relu(x, 0.25),
        "elu": lambda x: functional.elu(x, 1.5),
    }.get(name) or getattr(functional, name)
    y = judged(given_x)
    y.backward(torch.tensor(dy))
    forward, backward = both(name)
    for got, want in ((forward(x), y.detach().numpy()), (backward(dy, x), given_x.grad.numpy())):
        assert got.dtype == dtype
        assert_close(got, want, terms=4)
        if dtype == np.float64:
            assert np.max(np.abs(got - want)) <= 1e-12 * np.max(np.abs(want))


def test_scipy_agrees_cell_by_cell_far_out():
    x = np.linspace(-30, 30, 1201)
    one = np.ones_like(x)
    tail = scipy.special.ndtr(x)
    expected = {
        "sigmoid": scipy.special.expit(x),
        "softplus": scipy.special.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
        "gelu": x * tail,
        "silu": x * scipy.special.expit(x),
    }
    for name, want in expected.items():
        np.testing.assert_allclose(getattr(activation, name)(x), want, rtol=1e-12, atol=0)
    np.testing.assert_allclose(activation.tanh_backward(one, x), 1 / np.cosh(x) ** 2, rtol=1e-12)
    np.testing.assert_allclose(
        activation.sigmoid_backward(one, x), scipy.special.expit(x) * scipy.special.expit(-x), rtol=1e-12
    )
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(activation.gelu_backward(one, x), tail + x * density, rtol=1e-12, atol=1e-16)


@everywhere
def test_kinds_of_arrays(name):
    forward, backward = both(name)
    x, dy = some_numbers()
    for kind in (np.float16, ">f4", np.float32):
        native = np.dtype(kind).newbyteorder("=")
        assert forward(x.astype(kind)).dtype == native
        assert backward(dy.astype(kind), x.astype(kind)).dtype == native
    assert forward([1, 2]).dtype == np.float64
    assert forward(np.float32(2)).shape == ()
    assert forward(np.zeros((0, 3))).shape == (0, 3)
    assert_same(forward(x[:, ::-1, :, ::2]), forward(x)[:, ::-1, :, ::2])
    assert_same(forward(np.asfortranarray(x)), forward(x))


@everywhere
def test_inputs_are_left_alone_and_results_are_fresh(name):
    forward, backward = both(name)
    x, dy = some_numbers()
    x.flags.writeable = dy.flags.writeable = False
    results = forward(x), backward(dy, x)
    for result in results:
        assert result.flags.writeable
        assert not np.shares_memory(result, x)
        assert not np.shares_memory(result, dy)


@pytest.mark.parametrize("name", ["identity", "relu", "leaky_relu"])
def test_fractions_stay_exact(name):
    forward, backward = getattr(activation, name), getattr(activation, f"{name}_backward")
    options = {"slope": Fraction(1, 7)} if name == "leaky_relu" else {}
    x = np.array([Fraction(-1, 3), Fraction(2, 3)])
    dy = np.array([Fraction(1, 5), Fraction(1, 5)])
    part = {"identity": 1, "relu": 0, "leaky_relu": Fraction(1, 7)}[name]
    assert forward(x, **options).tolist() == [Fraction(-1, 3) * part, Fraction(2, 3)]
    assert backward(dy, x, **options).tolist() == [Fraction(1, 5) * part, Fraction(1, 5)]


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_activations_refuse_objects(name):
    x = np.array([Fraction(1, 3)])
    with pytest.raises(TypeError, match=r"x must not hold objects, which have no exponential .*; got dtype object"):
        getattr(activation, name)(x)
    with pytest.raises(TypeError, match=r"x must not hold objects"):
        getattr(activation, f"{name}_backward")(x, x)


@everywhere
def test_malformed_calls_are_refused(name):
    forward, backward = both(name)
    with pytest.raises(ValueError, match=r"dy must have shape \(2, 3\), as the forward call returns; got \(3, 2\)"):
        backward(np.ones((3, 2)), np.ones((2, 3)))
    with pytest.raises(TypeError, match=r"x must be an array of real numbers .*; got dtype complex128"):
        forward(np.ones(2, complex))
    with pytest.raises(TypeError, match=r"dy must be an array of real numbers .*; got dtype bool"):
        backward([True], [1.0])
    with pytest.raises(TypeError, match=r"x must not be a masked array"):
        forward(np.ma.array([1.0], mask=[True]))


def test_malformed_options_are_refused():
    with pytest.raises(TypeError, match=r"slope must be a number; got 'steep'"):
        activation.leaky_relu([1.0], slope="steep")
    with pytest.raises(ValueError, match=r"slope must be finite; got inf"):
        activation.leaky_relu_backward([1.0], [1.0], slope=np.inf)
    with pytest.raises(TypeError, match=r"alpha must be a number; got None"):
        activation.elu([1.0], alpha=None)
    with pytest.raises(ValueError, match=r"alpha must be finite; got nan"):
        activation.elu_backward([1.0], [1.0], alpha=np.nan)
