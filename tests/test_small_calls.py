"""What makes small calls cheap changes no answer: looked-up geometries, flat arrays, one call for three gradients."""

import numpy as np
import pytest

import convbp
from cases import BACKENDS, CONV, real_numbers, whole_numbers
from compare import assert_same
from convbp import kernels
from convbp.arrays import checked, ready
from convbp.geometry import conv_geometry
from convbp.options import remembered

X, W = np.arange(50.0).reshape(1, 2, 25), np.ones((3, 2, 4))


@pytest.mark.parametrize("option", ["stride", "dilation", "groups", "padding"])
@pytest.mark.parametrize("wrong", [1.0, True, (1.0,), (True,), [1.0], ((1, True),), ((1.0, 1),)], ids=str)
def test_what_equals_an_int_is_refused_also_after_that_int_was_answered(option, wrong):
    convbp.conv1d(X, W, **{option: 1})
    if option != "groups":
        convbp.conv1d(X, W, **{option: (1,)})
    if option == "padding":
        convbp.conv1d(X, W, padding=((1, 1),))
    with pytest.raises((TypeError, ValueError), match=rf"{option} must"):
        convbp.conv1d(X, W, **{option: wrong})


@pytest.mark.parametrize("two", [np.int64(2), [2], np.array([2]), range(2, 3)], ids=repr)
def test_ints_of_every_kind_are_still_taken(two):
    assert_same(convbp.conv1d(X, W, stride=two), convbp.conv1d(X, W, stride=2))


def test_plain_calls_are_computed_once_and_others_each_time():
    seen = []

    @remembered
    def noted(shapes, *options):
        seen.append(options)
        return len(seen)

    assert [noted(((1, 2),), 3, "same", (1, (2, 3))) for _ in range(2)] == [1, 1]
    assert noted(((1, 3),), 3, "same", (1, (2, 3))) == 2
    assert [noted(((1, 2),), [3]) for _ in range(2)] == [3, 4]
    assert [noted(((1, 2),), 3.0, "same", (1, (2, 3))) for _ in range(2)] == [5, 6]


def test_a_refusal_is_not_remembered():
    for _ in range(2):
        with pytest.raises(ValueError, match="stride must be at least 1; got 0"):
            convbp.conv1d(X, W, stride=0)


def test_arrays_that_need_nothing_are_passed_on_and_others_are_not():
    x, w = np.ones(3, np.float32), np.ones(2, np.float32)
    (same_x, same_w), dtype = checked(x=x, w=w)
    assert same_x is x
    assert same_w is w
    assert dtype == np.float32
    assert ready(x, w)

    class Tagged(np.ndarray):
        pass

    for other in (x.view(Tagged), x.astype(">f4"), x.astype(np.float16), x.astype(int), [1.0]):
        assert not ready(other, w)
        assert not ready(w, other)
        (plain, _), _ = checked(x=other, w=w)
        assert type(plain) is np.ndarray
        assert plain.dtype in (np.dtype(np.float32), np.dtype(np.float64))
        assert plain.dtype.isnative
    assert not ready(x, w.astype(np.float64))
    assert not any(ready(a, a) for a in (x.astype(int), x.astype(np.float16), x.astype(">f8"), x.view(Tagged)))
    with pytest.raises(TypeError, match="w must not be a masked array"):
        checked(x=x, w=np.ma.masked_array(w))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CONV, ids=str)
def test_all_gradients_at_once_are_the_gradients_one_by_one(case, backend):
    x, w, _, dy = whole_numbers(case)
    g, module = conv_geometry(case.x, case.w, **case.options), kernels.backend(backend, x.dtype)
    dx, dw, db = module.conv_backward(dy, x, w, g)
    assert_same(dx, module.conv_dx(dy, w, g))
    assert_same(dw, module.conv_dw(dy, x, g))
    assert_same(db, dy.sum(axis=(0, *range(2, dy.ndim))))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_arrays_that_begin_between_two_numbers_are_read(backend):
    case = CONV[7]
    x, w, _, dy = whole_numbers(case)

    def shifted(a):
        memory = np.zeros(a.nbytes + 1, np.uint8)
        moved = memory[1:].view(a.dtype).reshape(a.shape)
        moved[...] = a
        assert not moved.flags.aligned
        return moved

    expected = convbp.conv2d_backward(dy, x, w, backend="loops", **case.options)
    actual = convbp.conv2d_backward(shifted(dy), shifted(x), shifted(w), backend=backend, **case.options)
    for got, want in zip(actual, expected, strict=True):
        assert_same(got, want)


def test_biases_are_summed_in_double():
    dy = np.full((1, 1, 3000), 0.1, np.float32)
    x, w = np.zeros((1, 1, 3000), np.float32), np.zeros((1, 1, 1), np.float32)
    db = convbp.conv1d_backward(dy, x, w, backend="numba").db
    assert db[0] == np.float32(dy.astype(np.float64).sum())


def test_layers_of_columns_run_along_the_column():
    x, w, _, dy = real_numbers(CONV[1])
    flat = convbp.conv1d_backward(dy, x, w, backend="numba", **CONV[1].options)
    tall = convbp.conv2d_backward(
        dy[..., None], x[..., None], w[..., None], backend="numba", stride=(3, 1), padding=((1, 2), (0, 0))
    )
    for got, want in zip(tall, flat, strict=True):
        assert_same(got.reshape(want.shape), want)
