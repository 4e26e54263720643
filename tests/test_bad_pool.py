"""Malformed calls of the pools: each is refused with the argument, the rule and the value in the message."""

import numpy as np
import pytest

import convbp
from cases import BACKENDS

X, DY, AT = np.ones((2, 4, 7, 9)), np.ones((2, 4, 3, 4)), np.zeros((2, 4, 3, 4), int)


def test_the_calls_that_the_others_are_made_from_are_good():
    assert convbp.max_pool2d(X, 2).indices.shape == AT.shape
    assert convbp.max_pool2d_backward(DY, AT, X.shape).shape == X.shape
    assert convbp.max_unpool2d_backward(X, AT, X.shape).shape == DY.shape
    assert convbp.avg_pool2d_backward(DY, X.shape, 2).shape == X.shape
    assert convbp.lp_pool2d_backward(DY, X, 2, 2).shape == X.shape
    assert convbp.logsumexp_pool2d_backward(DY, X, 2).shape == X.shape
    assert convbp.adaptive_avg_pool2d_backward(DY, X.shape, (3, 4)).shape == X.shape


def pooled(**options):
    return lambda: convbp.max_pool2d(X, **{"kernel_size": 2, **options})


def put_back(dy=DY, at=AT, shape=X.shape):
    return lambda: convbp.max_pool2d_backward(dy, at, shape)


def one_index(value, kind=np.int64):
    at = AT.astype(kind)
    at[1, 2, 0, 3] = value
    return at


BAD_VALUES = {
    "x rank": (lambda: convbp.max_pool2d(X[0], 2), r"x must have 4 axes \(N, C, H, W\); got 3 in shape \(4, 7, 9\)"),
    "x rank in 1-D": (
        lambda: convbp.avg_pool1d(X, 2),
        r"x must have 3 axes \(N, C, L\); got 4 in shape \(2, 4, 7, 9\)",
    ),
    "x rank in 3-D": (lambda: convbp.lp_pool3d(X, 2, 2), r"x must have 5 axes \(N, C, D, H, W\); got 4"),
    "no channels": (
        lambda: convbp.max_pool2d(X[:, :0], 2),
        r"x must have no empty axis besides the batch; got shape \(2, 0, 7, 9\)",
    ),
    "window zero": (pooled(kernel_size=0), r"kernel_size must be at least 1; got 0"),
    "window per axis": (
        pooled(kernel_size=(1, 2, 3)),
        r"kernel_size must be an int or 2 ints, one per axis; got \(1, 2, 3\)",
    ),
    "window too long": (
        pooled(kernel_size=8),
        r"kernel_size must fit into .* on spatial axis 0; got a reach of 8 over 0\+7\+0 = 7 cells",
    ),
    "stride zero": (pooled(stride=0), r"stride must be at least 1; got 0"),
    "dilation negative": (pooled(dilation=-2), r"dilation must be at least 1; got -2"),
    "padding of a whole window": (
        pooled(padding=((0, 2), 0)),
        r"padding must be smaller than the window's reach of 2 on spatial axis 0; got \(0, 2\)",
    ),
    "a window between two cells": (
        lambda: convbp.max_pool1d(np.ones((1, 1, 1)), 2, padding=1, dilation=2),
        r"padding must leave a real cell in every window on spatial axis 0; got \(1, 1\) .* dilation 2",
    ),
    "backend": (pooled(backend="cuda"), r"backend must be one of .*; got 'cuda'"),
    "index beyond the plane": (
        put_back(at=one_index(63)),
        r"indices must be at least 0 and below the 63 cells of a plane; got 63",
    ),
    "index negative": (put_back(at=one_index(-1)), r"indices must be at least 0 .*; got -1"),
    "index beyond int64": (
        put_back(at=one_index(2**64 - 1, np.uint64)),
        r"indices must be .* below the 63 cells of a plane; got 18446744073709551615",
    ),
    "indices of another shape": (
        put_back(at=AT[:, :, :2]),
        r"dy must have shape \(2, 4, 2, 4\), as indices has; got \(2, 4, 3, 4\)",
    ),
    "indices of another batch": (
        put_back(dy=DY[:1], at=AT[:1]),
        r"indices must have N, C = \(2, 4\); got shape \(1, 4, 3, 4\)",
    ),
    "indices without a batch": (put_back(at=AT[0]), r"indices must have 4 axes \(N, C, H, W\); got 3"),
    "dy rank": (put_back(dy=DY[0]), r"dy must have 4 axes \(N, C, H, W\); got 3 in shape \(4, 3, 4\)"),
    "input_shape too short": (
        put_back(shape=(7, 9)),
        r"input_shape must be 4 ints \(N, C, H, W\), only N may be 0; got \(7, 9\)",
    ),
    "input_shape empty": (put_back(shape=(2, 4, 0, 9)), r"input_shape must be 4 ints .*; got \(2, 4, 0, 9\)"),
    "input_shape negative": (put_back(shape=(-2, 4, 7, 9)), r"input_shape must be 4 ints .*; got \(-2, 4, 7, 9\)"),
    "unpool beyond the plane": (
        lambda: convbp.max_unpool2d(DY, one_index(6), (2, 4, 2, 3)),
        r"indices must be at least 0 and below the 6 cells of a plane; got 6",
    ),
    "unpool rank": (
        lambda: convbp.max_unpool2d(DY[0], AT, X.shape),
        r"x must have 4 axes \(N, C, H, W\); got 3 in shape \(4, 3, 4\)",
    ),
    "unpool shape": (
        lambda: convbp.max_unpool2d(DY, AT, (2, 4)),
        r"output_shape must be 4 ints \(N, C, H, W\), only N may be 0; got \(2, 4\)",
    ),
    "unpool dy": (
        lambda: convbp.max_unpool2d_backward(DY, AT, X.shape),
        r"dy must have shape \(2, 4, 7, 9\), the output_shape of the forward call; got \(2, 4, 3, 4\)",
    ),
    "avg dy": (
        lambda: convbp.avg_pool2d_backward(DY[..., :3], X.shape, 2),
        r"dy must have shape \(2, 4, 3, 4\), as the forward call returns; got \(2, 4, 3, 3\)",
    ),
    "lp dy": (
        lambda: convbp.lp_pool2d_backward(DY[..., :3], X, 2, 2),
        r"dy must have shape \(2, 4, 3, 4\), as the forward call returns; got \(2, 4, 3, 3\)",
    ),
    "logsumexp dy": (
        lambda: convbp.logsumexp_pool2d_backward(DY[:1], X, 2),
        r"dy must have shape \(2, 4, 3, 4\), as the forward call returns; got \(1, 4, 3, 4\)",
    ),
    "p below 1": (lambda: convbp.lp_pool2d(X, 0.5, 2), r"p must be finite and at least 1; got 0.5"),
    "p infinite": (lambda: convbp.lp_pool2d(X, np.inf, 2), r"p must be finite and at least 1; got inf"),
    "p NaN": (lambda: convbp.lp_pool2d_backward(DY, X, np.nan, 2), r"p must be finite and at least 1; got nan"),
    "output_size zero": (
        lambda: convbp.adaptive_avg_pool2d(X, (3, 0)),
        r"output_size must be at least 1; got 0",
    ),
    "output_size per axis": (
        lambda: convbp.adaptive_max_pool2d(X, (3, 4, 5)),
        r"output_size must be an int or 2 ints, one per axis; got \(3, 4, 5\)",
    ),
    "adaptive dy": (
        lambda: convbp.adaptive_avg_pool2d_backward(DY, X.shape, 3),
        r"dy must have shape \(2, 4, 3, 3\), as the forward call returns; got \(2, 4, 3, 4\)",
    ),
    "adaptive without cells": (
        lambda: convbp.adaptive_max_pool2d(X[..., :0], 2),
        r"x must have no empty axis besides the batch; got shape \(2, 4, 7, 0\)",
    ),
    "global without an axis": (
        lambda: convbp.global_avg_pool(X[0, 0]),
        r"x must have 3 to 5 axes .*; got shape \(7, 9\)",
    ),
    "global without cells": (
        lambda: convbp.global_max_pool(X[..., :0]),
        r"x must have no empty axis besides the batch; got shape \(2, 4, 7, 0\)",
    ),
    "global dy": (
        lambda: convbp.global_avg_pool_backward(DY, X.shape),
        r"dy must have shape \(2, 4, 1, 1\), as the forward call returns; got \(2, 4, 3, 4\)",
    ),
    "global max dy": (
        lambda: convbp.global_max_pool_backward(DY, AT, X.shape),
        r"dy must have shape \(2, 4, 1, 1\), as the forward call returns; got \(2, 4, 3, 4\)",
    ),
}

UNORDERED = np.array([[[1j, 2j]]], object)

BAD_KINDS = {
    "bool x": (lambda: convbp.max_pool2d(X > 0, 2), r"x must be an array of real numbers .*; got dtype bool"),
    "masked x": (
        lambda: convbp.global_avg_pool(np.ma.masked_equal(X, 0)),
        r"x must not be a masked array.*; got MaskedArray",
    ),
    "window float": (pooled(kernel_size=2.0), r"kernel_size must be made of ints; got 2.0"),
    "ceil_mode int": (pooled(ceil_mode=1), r"ceil_mode must be True or False; got 1"),
    "count_include_pad int": (
        lambda: convbp.avg_pool2d(X, 2, count_include_pad=0),
        r"count_include_pad must be True or False; got 0",
    ),
    "indices float": (put_back(at=AT.astype(float)), r"indices must be an array of ints; got dtype float64"),
    "indices bool": (put_back(at=AT > 0), r"indices must be an array of ints; got dtype bool"),
    "input_shape int": (put_back(shape=7), r"input_shape must be 4 ints \(N, C, H, W\), .*; got 7"),
    "input_shape float": (put_back(shape=(2, 4, 7.0, 9)), r"input_shape must be made of ints; got 7.0"),
    "p text": (lambda: convbp.lp_pool2d(X, "2", 2), r"p must be a number; got '2'"),
    "p bool": (lambda: convbp.lp_pool2d(X, True, 2), r"p must be a number; got True"),
    "objects have no root": (
        lambda: convbp.lp_pool2d(X.astype(object), 2, 2),
        r"x must be an array of floats or integers, which have roots and logarithms; got object",
    ),
    "objects have no logarithm": (
        lambda: convbp.logsumexp_pool2d(X.astype(object), 2),
        r"x must be an array of floats or integers, which have roots and logarithms; got object",
    ),
    "objects without an order": (
        lambda: convbp.max_pool1d(UNORDERED, 2),
        r"x must hold objects that can be ordered; got complex",
    ),
    "objects without an order, adaptive": (
        lambda: convbp.adaptive_max_pool1d(UNORDERED, 1),
        r"x must hold objects that can be ordered; got complex",
    ),
    "objects without an order, global": (
        lambda: convbp.global_max_pool(UNORDERED),
        r"x must hold objects that can be ordered; got complex",
    ),
    "objects on a fast backend": (
        lambda: convbp.avg_pool2d(X.astype(object), 2, backend="numba"),
        r"backend must be \"loops\" for arrays of objects; got 'numba'",
    ),
    "output_size float": (lambda: convbp.adaptive_avg_pool2d(X, 2.5), r"output_size must be made of ints; got 2.5"),
}


@pytest.mark.parametrize(("call", "message"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_wrong_value_is_a_clear_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("call", "message"), BAD_KINDS.values(), ids=BAD_KINDS)
def test_a_wrong_kind_is_a_clear_type_error(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("wrong", [-1, 63, 2**40, -(2**63)])
@pytest.mark.parametrize("backend", BACKENDS)
def test_no_index_writes_outside_whatever_the_backend(backend, wrong):
    with pytest.raises(ValueError, match=f"indices must be .*; got {wrong}"):
        convbp.max_pool2d_backward(DY, one_index(wrong), X.shape, backend=backend)
