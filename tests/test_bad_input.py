"""Malformed calls: each is refused with the argument, the rule and the value in the message."""

import numpy as np
import pytest

import convbp

X, W, B = np.ones((2, 4, 7, 9)), np.ones((6, 2, 3, 2)), np.ones(6)
GOOD = {"groups": 2, "stride": (3, 2), "padding": ((2, 0), (1, 3))}
DY = np.ones((2, 6, 3, 6))


def test_the_call_that_the_others_are_made_from_is_good():
    assert convbp.conv2d(X, W, B, **GOOD).shape == DY.shape
    assert convbp.conv2d_backward(DY, X, W, **GOOD).dx.shape == X.shape


def with_options(**options):
    return lambda: convbp.conv2d(X, W, **{**GOOD, **options})


BAD_VALUES = {
    "x rank": (lambda: convbp.conv2d(X[0], W), r"x must have 4 axes \(N, C, H, W\); got 3 in shape \(4, 7, 9\)"),
    "x rank in 1-D": (lambda: convbp.conv1d(X, W), r"x must have 3 axes \(N, C, L\); got 4 in shape \(2, 4, 7, 9\)"),
    "x rank in 3-D": (lambda: convbp.conv3d(X, W), r"x must have 5 axes \(N, C, D, H, W\); got 4"),
    "w rank": (
        lambda: convbp.conv2d(X, W[0]),
        r"w must have 4 axes \(F, C/groups, KH, KW\); got 3 in shape \(2, 3, 2\)",
    ),
    "channels": (
        lambda: convbp.conv2d(X, W),
        r"w must have C/groups = 4/1 = 4 channels on axis 1; got 2 in shape \(6, 2, 3, 2\)",
    ),
    "groups do not divide C": (with_options(groups=3), r"groups must divide channels and filters; got 3 with C=4, F=6"),
    "groups do not divide F": (with_options(groups=4), r"groups must divide channels and filters; got 4 with C=4, F=6"),
    "groups zero": (with_options(groups=0), r"groups must be at least 1; got 0"),
    "stride zero": (with_options(stride=0), r"stride must be at least 1; got 0"),
    "stride negative": (with_options(stride=(1, -2)), r"stride must be at least 1; got -2"),
    "stride per axis": (
        with_options(stride=(1, 2, 3)),
        r"stride must be an int or 2 ints, one per axis; got \(1, 2, 3\)",
    ),
    "dilation zero": (with_options(dilation=0), r"dilation must be at least 1; got 0"),
    "dilation per axis": (with_options(dilation=[2]), r"dilation must be an int or 2 ints, one per axis; got \[2\]"),
    "padding negative": (with_options(padding=-1), r"padding must be at least 0; got -1"),
    "padding negative end": (with_options(padding=((0, 1), (2, -3))), r"padding must be at least 0; got -3"),
    "padding word": (with_options(padding="full"), r"padding must be an int, .* 'valid' or 'same'; got 'full'"),
    "padding per axis": (with_options(padding=(1, 2, 3)), r"padding must be .* for 2 axes; got \(1, 2, 3\)"),
    "padding triple": (with_options(padding=((1, 2, 3), 0)), r"padding must be .*; got \(1, 2, 3\) for one axis"),
    "a bare pair in 1-D": (
        lambda: convbp.conv1d(np.ones((1, 2, 7)), np.ones((1, 2, 3)), padding=(1, 2)),
        r"padding must be .* for 1 axes; got \(1, 2\)",
    ),
    "window too long": (
        with_options(dilation=(1, 11), padding=1),
        r"w must fit .* on spatial axis 1; got a reach of 11·\(2−1\)\+1 = 12 over 1\+9\+1 = 11 cells",
    ),
    "no channels": (
        lambda: convbp.conv2d(X[:, :0], W),
        r"x must have no empty axis besides the batch; got shape \(2, 0, 7, 9\)",
    ),
    "no filters": (
        lambda: convbp.conv2d(X, W[:0]),
        r"w must have no empty axis besides the batch; got shape \(0, 2, 3, 2\)",
    ),
    "no taps": (
        lambda: convbp.conv2d(X, W[:, :, :0]),
        r"w must have no empty axis besides the batch; got shape \(6, 2, 0, 2\)",
    ),
    "no cells": (
        lambda: convbp.conv2d(X[..., :0], W),
        r"x must have no empty axis besides the batch; got shape \(2, 4, 7, 0\)",
    ),
    "bias length": (
        lambda: convbp.conv2d(X, W, B[:5], **GOOD),
        r"b must have shape \(6,\), one bias for each output map; got \(5,\)",
    ),
    "bias scalar": (lambda: convbp.conv2d(X, W, 3.0, **GOOD), r"b must have shape \(6,\), .*; got \(\)"),
    "ragged x": (
        lambda: convbp.conv1d([[[1, 2], [3]]], W[0]),
        r"x must be a rectangular array; got rows of different lengths",
    ),
    "dy shape": (
        lambda: convbp.conv2d_backward(DY[..., :5], X, W, **GOOD),
        r"dy must have shape \(2, 6, 3, 6\), as the forward call returns; got \(2, 6, 3, 5\)",
    ),
    "dy of another batch": (
        lambda: convbp.conv2d_backward(DY[:1], X, W, **GOOD),
        r"dy must have shape \(2, 6, 3, 6\), as the forward call returns; got \(1, 6, 3, 6\)",
    ),
    "need unknown": (
        lambda: convbp.conv2d_backward(DY, X, W, need=["dx", "dz"], **GOOD),
        r"need must name gradients out of \('dx', 'dw', 'db'\); got 'dz'",
    ),
    "backend unknown": (
        with_options(backend="cuda"),
        r"backend must be one of 'auto', 'loops', 'numpy', 'numba'; got 'cuda'",
    ),
    "transposed channels": (
        lambda: convbp.conv_transpose2d(X, W),
        r"w must have C = 4 slices on axis 0; got 6 in shape \(6, 2, 3, 2\)",
    ),
    "transposed groups": (
        lambda: convbp.conv_transpose2d(X, W[:4], groups=3),
        r"groups must divide the channels of x; got 3 with C=4",
    ),
    "output_padding too large": (
        lambda: convbp.conv_transpose2d(X, W[:4], stride=(2, 3), output_padding=(1, 3)),
        r"output_padding must be smaller than stride on every axis; got \(1, 3\), stride \(2, 3\)",
    ),
    "output_padding negative": (
        lambda: convbp.conv_transpose2d(X, W[:4], stride=2, output_padding=-1),
        r"output_padding must be at least 0; got -1",
    ),
    "output_padding beside same": (
        lambda: convbp.conv_transpose2d(X, W[:4], stride=2, output_padding=1, padding="same"),
        r'output_padding must be 0 with padding="same"; got \(1, 1\)',
    ),
    "nothing left after cropping": (
        lambda: convbp.conv_transpose2d(X[:, :, :1], W[:4], padding=(2, 0)),
        r"padding must leave at least one output cell on spatial axis 0; got \(2, 2\), which leaves -1",
    ),
    "transposed dy shape": (
        lambda: convbp.conv_transpose2d_backward(DY, X, W[:4]),
        r"dy must have shape \(2, 2, 9, 10\), as the forward call returns; got \(2, 6, 3, 6\)",
    ),
    "correlate ranks": (
        lambda: convbp.correlate([1, 2], [[1]]),
        r"x and w must have the same rank, 1 to 3; got shapes \(2,\) and \(1, 1\)",
    ),
    "correlate mode": (
        lambda: convbp.correlate([1, 2], [1], "reflect"),
        r"mode must be one of 'valid', .*; got 'reflect'",
    ),
    "correlate without a window": (
        lambda: convbp.correlate([1, 2], [1, 2, 3]),
        r"w must fit into the padded input on spatial axis 0; got a reach of 1·\(3−1\)\+1 = 3 over 0\+2\+0 = 2 cells",
    ),
    "index outside": (
        lambda: convbp.affected_outputs((1, 9), (7, 9), 3),
        r"index must lie inside the input of \(7, 9\) cells; got \(1, 9\)",
    ),
    "index negative": (lambda: convbp.affected_outputs(-1, 5, 3), r"index must be at least 0; got -1"),
    "sizes of two ranks": (
        lambda: convbp.output_size((5, 6), (3, 3, 3)),
        r"input_size must be an int or 3 ints, .*; got \(5, 6\)",
    ),
}

BAD_KINDS = {
    "bool x": (lambda: convbp.conv2d(X > 0, W, **GOOD), r"x must be an array of real numbers .*; got dtype bool"),
    "complex w": (
        lambda: convbp.conv2d(X, W * 1j, **GOOD),
        r"w must be an array of real numbers .*; got dtype complex128",
    ),
    "text b": (
        lambda: convbp.conv2d(X, W, list("abcdef"), **GOOD),
        r"b must be an array of real numbers .*; got dtype <U1",
    ),
    "no x": (lambda: convbp.conv2d(None, W, **GOOD), r"x must be an array of real numbers .*; got None"),
    "long double x": (
        lambda: convbp.conv2d(X.astype(np.longdouble), W, **GOOD),
        r"x must be .*; got dtype (float128|float96)",
    ),
    "masked x": (
        lambda: convbp.conv2d(np.ma.masked_equal(X, 0), W, **GOOD),
        r"x must not be a masked array.*; got MaskedArray",
    ),
    "objects that do not add": (
        lambda: convbp.conv1d(np.array([[[None, "a"]]], object), W[0]),
        r"x must be an array of real numbers .*; got dtype object",
    ),
    "objects on a fast backend": (
        lambda: convbp.conv2d(X.astype(object), W, backend="numpy", **GOOD),
        r"backend must be \"loops\" for arrays of objects; got 'numpy'",
    ),
    "stride float": (with_options(stride=2.0), r"stride must be made of ints; got 2.0"),
    "stride bool": (with_options(stride=True), r"stride must be made of ints; got True"),
    "stride None": (with_options(stride=None), r"stride must be made of ints; got None"),
    "dilation text": (with_options(dilation="2"), r"dilation must be made of ints; got '2'"),
    "padding float": (with_options(padding=(1, 0.5)), r"padding must be made of ints; got 0.5"),
    "groups float": (with_options(groups=2.0), r"groups must be made of ints; got 2.0"),
    "need text": (
        lambda: convbp.conv2d_backward(DY, X, W, need="dx", **GOOD),
        r"need must be a collection .*; got 'dx'",
    ),
    "output_padding float": (
        lambda: convbp.conv_transpose2d(X, W[:4], stride=2, output_padding=0.5),
        r"output_padding must be made of ints; got 0.5",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_wrong_value_is_a_clear_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("call", "message"), BAD_KINDS.values(), ids=BAD_KINDS)
def test_a_wrong_kind_is_a_clear_type_error(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("name", ["", "NumPy", None])
def test_use_backend_refuses_unknown_names(name):
    with pytest.raises(ValueError, match="backend must be one of"), convbp.use_backend(name):
        pytest.fail("the block must not be entered")
