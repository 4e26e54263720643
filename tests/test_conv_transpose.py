"""The transposed convolution: the same three kernels, exchanged, so its oracles are those of the convolution."""

import numpy as np
import pytest

import convbp
from cases import BACKENDS, CONV, TRANSPOSE, real_numbers, whole_numbers
from compare import assert_close, assert_same
from convbp.check import adjoint_check, euler_check, integer_gradient
from convbp.geometry import transpose_geometry
from judge import judged_transpose

FORWARD = {1: convbp.conv_transpose1d, 2: convbp.conv_transpose2d, 3: convbp.conv_transpose3d}
BACKWARD = {
    1: convbp.conv_transpose1d_backward,
    2: convbp.conv_transpose2d_backward,
    3: convbp.conv_transpose3d_backward,
}
CONV_BACKWARD = {1: convbp.conv1d_backward, 2: convbp.conv2d_backward, 3: convbp.conv3d_backward}


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_stamps_computed_by_hand(backend):
    y = convbp.conv_transpose1d([[[1, 10]]], [[[1, 2, 3]]], [100], stride=2, output_padding=1, backend=backend)
    assert y.tolist() == [[[101, 102, 113, 120, 130, 100]]]
    dx, dw, db = convbp.conv_transpose1d_backward(
        [[[1, 2, 3, 4, 5, 6]]], [[[1, 10]]], [[[1, 2, 3]]], stride=2, output_padding=1, backend=backend
    )
    assert dx.tolist() == [[[1 + 4 + 9, 3 + 8 + 15]]]
    assert dw.tolist() == [[[1 + 30, 2 + 40, 3 + 50]]]
    assert db.tolist() == [21]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", ["numpy", "numba", "auto"])
@pytest.mark.parametrize("case", TRANSPOSE, ids=str)
def test_backends_agree_to_the_bit_on_whole_numbers(case, backend, dtype):
    x, w, b, dy = whole_numbers(case, dtype, transpose=True)
    expected = FORWARD[case.rank](x, w, b, backend="loops", **case.options)
    assert_same(FORWARD[case.rank](x, w, b, backend=backend, **case.options), expected)
    actual = BACKWARD[case.rank](dy, x, w, backend=backend, **case.options)
    for got, want in zip(actual, BACKWARD[case.rank](dy, x, w, backend="loops", **case.options), strict=True):
        assert_same(got, want)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CONV, ids=str)
def test_it_is_the_input_gradient_of_the_convolution(case, backend):
    x, w, _, dy = whole_numbers(case)
    dx = CONV_BACKWARD[case.rank](dy, x, w, need=["dx"], **case.options).dx
    options = dict(case.options)
    if options.get("padding") == "same":
        g = convbp.geometry.conv_geometry(case.x, case.w, **options)
        options["padding"] = [(a.before, a.after) for a in g.axes]
    g = convbp.geometry.conv_geometry(case.x, case.w, **options)
    y = FORWARD[case.rank](dy, w, output_padding=[a.leftover for a in g.axes], backend=backend, **options)
    assert_same(y, dx)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", TRANSPOSE, ids=str)
def test_its_backward_is_its_adjoint_and_euler_holds(case, backend):
    x, w, b, dy = whole_numbers(case, transpose=True)
    y = FORWARD[case.rank](x, w, b, backend=backend, **case.options)
    dx, dw, db = BACKWARD[case.rank](dy, x, w, backend=backend, **case.options)
    sides = adjoint_check(lambda x: FORWARD[case.rank](x, w, **case.options), lambda _: dx, x, dy)
    assert sides.left == sides.right
    assert euler_check(y, dy, (x, dx), (b, db)).error == 0
    assert euler_check(y, dy, (w, dw), (b, db)).error == 0


@pytest.mark.parametrize("case", TRANSPOSE, ids=str)
def test_gradients_equal_exact_integer_differences(case):
    x, w, b, dy = whole_numbers(case, transpose=True)
    layer = FORWARD[case.rank]
    dx, dw, db = BACKWARD[case.rank](dy, x, w, **case.options)
    assert_same(dx, integer_gradient(lambda x: layer(x, w, b, **case.options), x, dy))
    assert_same(dw, integer_gradient(lambda w: layer(x, w, b, **case.options), w, dy))
    assert_same(db, integer_gradient(lambda b: layer(x, w, b, **case.options), b, dy))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", TRANSPOSE, ids=str)
def test_pytorch_agrees(torch, case, backend, dtype):
    x, w, b, dy = real_numbers(case, dtype, transpose=True)
    g = transpose_geometry(x.shape, w.shape, **case.options)
    expected = judged_transpose(torch, x, w, b, dy, g)
    gradients = BACKWARD[case.rank](dy, x, w, backend=backend, **case.options)
    actual = (FORWARD[case.rank](x, w, b, backend=backend, **case.options), *gradients)
    for got, want in zip(actual, expected, strict=True):
        assert got.dtype == dtype
        assert_close(got, want, terms=g.multiplies)
        if dtype == np.float64:
            assert np.max(np.abs(got - want)) <= 1e-12 * np.max(np.abs(want))


def test_pytorch_gives_the_same_sizes_for_its_own_options(torch):
    x, w = np.ones((1, 2, 5, 4)), np.ones((2, 3, 3, 2))
    for stride in (1, 2, 3):
        for padding in (0, 1):
            for extra in range(stride):
                mine = convbp.conv_transpose2d(x, w, stride=stride, padding=padding, output_padding=extra)
                theirs = torch.nn.functional.conv_transpose2d(
                    torch.tensor(x), torch.tensor(w), stride=stride, padding=padding, output_padding=extra
                )
                assert_same(mine, theirs.numpy())


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_same_padding_multiplies_the_size_by_the_stride(stride):
    x, w = np.ones((1, 1, 4)), np.ones((1, 1, 3))
    y = convbp.conv_transpose1d(x, w, stride=stride, padding="same")
    assert y.shape == (1, 1, 4 * stride)
    assert convbp.conv1d(y, w, stride=stride, padding="same").shape == x.shape
