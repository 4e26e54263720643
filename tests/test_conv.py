"""Five oracles for the convolution: a case by hand, bit-equal backends, the adjoint, exact differences, PyTorch."""

import numpy as np
import pytest

import convbp
from cases import BACKENDS, CONV, Case, real_numbers, whole_numbers
from compare import assert_close, assert_same
from convbp.check import adjoint_check, euler_check, integer_gradient
from convbp.geometry import conv_geometry
from judge import judged_conv

FORWARD = {1: convbp.conv1d, 2: convbp.conv2d, 3: convbp.conv3d}
BACKWARD = {1: convbp.conv1d_backward, 2: convbp.conv2d_backward, 3: convbp.conv3d_backward}
SMALL = [case for case in CONV if np.prod(case.x) <= 160]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_layer_computed_by_hand(backend):
    x = [[[[1, 2, 0], [3, 1, 1], [0, 2, 4]]]]
    w = [[[[1, 0], [0, -1]]]]
    dy = [[[[1, 0], [0, 2]]]]
    assert convbp.conv2d(x, w, [10], backend=backend).tolist() == [[[[10, 11], [11, 7]]]]
    dx, dw, db = convbp.conv2d_backward(dy, x, w, backend=backend)
    assert dx.tolist() == [[[[1, 0, 0], [0, 1, 0], [0, 0, -2]]]]
    assert dw.tolist() == [[[[3, 4], [7, 9]]]]
    assert db.tolist() == [3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", ["numpy", "numba", "auto"])
@pytest.mark.parametrize("case", CONV, ids=str)
def test_backends_agree_to_the_bit_on_whole_numbers(case, backend, dtype):
    x, w, b, dy = whole_numbers(case, dtype)
    expected = FORWARD[case.rank](x, w, b, backend="loops", **case.options)
    assert_same(FORWARD[case.rank](x, w, b, backend=backend, **case.options), expected)
    actual = BACKWARD[case.rank](dy, x, w, backend=backend, **case.options)
    expected_gradients = BACKWARD[case.rank](dy, x, w, backend="loops", **case.options)
    for got, want in zip(actual, expected_gradients, strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CONV, ids=str)
def test_dx_is_the_adjoint_of_the_layer(case, backend):
    x, w, _, dy = whole_numbers(case)
    left, right = adjoint_check(
        lambda x: FORWARD[case.rank](x, w, backend=backend, **case.options),
        lambda dy: BACKWARD[case.rank](dy, x, w, need=["dx"], backend=backend, **case.options).dx,
        x,
        dy,
    )
    assert left == right


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CONV, ids=str)
def test_euler_identity_holds_for_input_and_weights(case, backend):
    x, w, b, dy = whole_numbers(case)
    y = FORWARD[case.rank](x, w, b, backend=backend, **case.options)
    dx, dw, db = BACKWARD[case.rank](dy, x, w, backend=backend, **case.options)
    assert euler_check(y, dy, (x, dx), (b, db)).error == 0
    assert euler_check(y, dy, (w, dw), (b, db)).error == 0


@pytest.mark.parametrize("case", SMALL, ids=str)
def test_gradients_equal_exact_integer_differences(case):
    x, w, b, dy = whole_numbers(case)
    layer = FORWARD[case.rank]
    dx, dw, db = BACKWARD[case.rank](dy, x, w, **case.options)
    assert_same(dx, integer_gradient(lambda x: layer(x, w, b, **case.options), x, dy))
    assert_same(dw, integer_gradient(lambda w: layer(x, w, b, **case.options), w, dy))
    assert_same(db, integer_gradient(lambda b: layer(x, w, b, **case.options), b, dy))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CONV, ids=str)
def test_pytorch_agrees(torch, case, backend, dtype):
    x, w, b, dy = real_numbers(case, dtype)
    g = conv_geometry(x.shape, w.shape, **case.options)
    expected = judged_conv(torch, x, w, b, dy, g)
    gradients = BACKWARD[case.rank](dy, x, w, backend=backend, **case.options)
    actual = (FORWARD[case.rank](x, w, b, backend=backend, **case.options), *gradients)
    for got, want in zip(actual, expected, strict=True):
        assert got.dtype == dtype
        assert_close(got, want, terms=g.multiplies)
        if dtype == np.float64:
            assert np.max(np.abs(got - want)) <= 1e-12 * np.max(np.abs(want))


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_the_gradients_that_are_asked_for_come_back(backend):
    x, w, _, dy = whole_numbers(CONV[6])
    everything = convbp.conv2d_backward(dy, x, w, backend=backend)
    for name in ("dx", "dw", "db"):
        asked = convbp.conv2d_backward(dy, x, w, need=[name], backend=backend)
        assert [field for field in asked._fields if getattr(asked, field) is not None] == [name]
        assert_same(getattr(asked, name), getattr(everything, name))
    assert convbp.conv2d_backward(dy, x, w, need=(), backend=backend) == (None, None, None)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_empty_batch_has_empty_outputs_and_zero_filter_gradients(backend):
    x, w = np.zeros((0, 3, 7, 9)), np.ones((5, 3, 3, 2))
    y = convbp.conv2d(x, w, padding=1, backend=backend)
    assert y.shape == (0, 5, 7, 10)
    dx, dw, db = convbp.conv2d_backward(y, x, w, padding=1, backend=backend)
    assert dx.shape == x.shape
    assert_same(dw, np.zeros(w.shape))
    assert_same(db, np.zeros(5))


@pytest.mark.parametrize("backend", BACKENDS)
def test_leftover_cells_get_no_gradient(backend):
    x, w = np.ones((1, 1, 8)), np.ones((1, 1, 3))
    dx = convbp.conv1d_backward(np.ones((1, 1, 3)), x, w, stride=2, backend=backend).dx
    assert dx.tolist() == [[[1, 1, 2, 1, 2, 1, 1, 0]]]


def unusual_layouts(a):
    swapped = a.astype(a.dtype.newbyteorder())
    read_only = a.copy()
    read_only.flags.writeable = False
    return {
        "fortran": np.asfortranarray(a),
        "every second": np.repeat(a, 2, axis=-1)[..., ::2],
        "backwards": a[..., ::-1].copy()[..., ::-1],
        "read-only": read_only,
        "other byte order": swapped,
        "lists": a.tolist(),
    }


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layout", list(unusual_layouts(np.zeros(1))))
def test_the_layout_in_memory_does_not_matter(layout, backend):
    case = CONV[7]
    parts = whole_numbers(case)
    x, w, b, dy = (unusual_layouts(part)[layout] for part in parts)
    copies = [np.array(part) for part in (x, w, b, dy)]
    y = convbp.conv2d(x, w, b, backend=backend, **case.options)
    gradients = convbp.conv2d_backward(dy, x, w, backend=backend, **case.options)
    x0, w0, b0, dy0 = parts
    assert_same(y, convbp.conv2d(x0, w0, b0, backend="loops", **case.options))
    for got, want in zip(gradients, convbp.conv2d_backward(dy0, x0, w0, backend="loops", **case.options), strict=True):
        assert_same(got, want)
        assert got.dtype.isnative
        assert got.flags.writeable
    for after, before in zip((x, w, b, dy), copies, strict=True):
        np.testing.assert_array_equal(np.array(after), before)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("x_type", "w_type", "y_type"),
    [
        (np.float32, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.float16, np.float16, np.float16),
        (np.float16, np.float32, np.float32),
        (np.int8, np.int64, np.float64),
        (np.uint8, np.float32, np.float64),
    ],
)
def test_dtypes_are_kept_or_promoted(x_type, w_type, y_type, backend):
    x, w = np.arange(6).reshape(1, 1, 6).astype(x_type), np.array([[[1, 2]]], w_type)
    y = convbp.conv1d(x, w, backend=backend)
    assert y.dtype == y_type
    assert y.tolist() == [[[2, 5, 8, 11, 14]]]
    assert [a.dtype for a in convbp.conv1d_backward(y, x, w, backend=backend)] == [y_type] * 3


def test_half_precision_is_summed_in_single():
    x = np.full((1, 1, 4096), 1, np.float16)
    assert convbp.conv1d(x, np.ones((1, 1, 4095), np.float16)).tolist() == [[[4096, 4096]]]  # 4095 rounds to even
    in_half = np.float16(0)
    for term in x[0, 0, :4095]:
        in_half += term
    assert in_half == 2048


def outputs_that_read(case: Case, cell):
    g = conv_geometry(case.x, case.w, **case.options)
    return {at_y[2:] for at_x, _, at_y in convbp.geometry.products(g) if at_x[2:] == cell}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_bad_input_cell_stays_in_the_windows_that_read_it(backend, bad):
    case = CONV[7]
    x, w, b, dy = whole_numbers(case)
    w += 10  # no weight is zero
    x[1, 2, 3, 4] = bad
    y = convbp.conv2d(x, w, b, backend=backend, **case.options)
    touched = {at[2:] for at in zip(*np.nonzero(~np.isfinite(y)), strict=True)}
    assert touched == outputs_that_read(case, (3, 4))
    assert np.isfinite(y[0]).all()
    assert np.isfinite(convbp.conv2d_backward(dy, x, w, need=["dx"], backend=backend, **case.options).dx).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_padding_never_meets_an_infinite_weight_or_gradient(backend):
    x, w = np.ones((1, 1, 4)), np.array([[[np.inf, 1.0, 2.0]]])
    assert convbp.conv1d(x, w, padding=1, backend=backend).tolist() == [[[3, np.inf, np.inf, np.inf]]]
    dy = np.array([[[np.inf, 1.0, 2.0, 3.0]]])
    dx, dw, _ = convbp.conv1d_backward(dy, x, np.ones((1, 1, 3)), padding=1, backend=backend)
    assert dx.tolist() == [[[np.inf, np.inf, 6, 5]]]
    assert dw.tolist() == [[[6, np.inf, np.inf]]]


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_grouped_infinite_weights_stay_in_their_group(backend):
    case = CONV[8]
    x, w, _, dy = whole_numbers(case)
    w[3, 1, 1, 2] = np.inf
    dy[1, 0, 0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        actual = [convbp.conv2d(x, w, backend=backend, **case.options)]
        actual += convbp.conv2d_backward(dy, x, w, backend=backend, **case.options)
        expected = [convbp.conv2d(x, w, backend="loops", **case.options)]
        expected += convbp.conv2d_backward(dy, x, w, backend="loops", **case.options)
    for got, want in zip(actual, expected, strict=True):
        assert_same(got, want)
