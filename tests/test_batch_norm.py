"""Batch normalisation: what it does to a batch, its running statistics, and both modes beside PyTorch."""

import numpy as np
import pytest

from compare import assert_close, assert_same
from convbp.check import euler_check, numerical_gradient
from convbp.layers import BatchNorm

X = np.random.default_rng(2).standard_normal((4, 3, 5, 2)) * [[[[2.0]], [[5.0]], [[0.1]]]] + 3
DY = np.random.default_rng(3).standard_normal(X.shape)
AXES = (0, 2, 3)


def test_a_batch_of_three_by_hand():
    layer = BatchNorm(1, eps=0)
    assert layer([[0.0], [3.0], [6.0]]).ravel().tolist() == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5)], rel=1e-15)
    assert layer.running_mean == pytest.approx([0.3], rel=1e-15)
    assert layer.running_var == pytest.approx([0.9 + 0.1 * 9], rel=1e-15)
    # σ = √6, x̂ = (−√1.5, 0, √1.5): of dy = (1, 0, 0), mean 1/3, mean of dy·x̂ = −√1.5/3.
    expected = np.array([1 - 1 / 3 - 1.5 / 3, -1 / 3, -1 / 3 + 1.5 / 3]) / np.sqrt(6)
    assert layer.backward([[1.0], [0.0], [0.0]]).ravel().tolist() == pytest.approx(expected, abs=1e-15)
    assert layer.scale.grad.item() == pytest.approx(-np.sqrt(1.5), rel=1e-15)
    assert layer.shift.grad.item() == 1


def test_each_channel_comes_out_with_its_scale_and_shift():
    layer = BatchNorm(3, eps=0)
    layer.scale.value[...], layer.shift.value[...] = [1, 2, 3], [10, 20, 30]
    y = layer(X)
    np.testing.assert_allclose(y.mean(axis=AXES), [10, 20, 30], rtol=1e-13)
    np.testing.assert_allclose(y.std(axis=AXES), [1, 2, 3], rtol=1e-13)


def test_shifting_or_scaling_a_channel_changes_nothing_so_its_gradient_is_orthogonal_to_both():
    layer = BatchNorm(3, eps=0)
    y = layer(X)
    dx = layer.backward(DY)
    np.testing.assert_allclose(layer(5 * X + 7), y, atol=1e-12)
    assert np.abs(dx.sum(axis=AXES)).max() < 1e-12
    assert np.abs((dx * X).sum(axis=AXES)).max() < 1e-11


def test_the_result_is_linear_in_scale_and_shift():
    layer = BatchNorm(3)
    layer.scale.value[...], layer.shift.value[...] = [1, -2, 3], [10, 20, 30]
    y = layer(X)
    layer.backward(DY)
    sides = euler_check(y, DY, (layer.scale.value, layer.scale.grad), (layer.shift.value, layer.shift.grad))
    assert sides.error < 1e-12 * abs(sides.left)


def test_in_use_it_is_an_affine_map():
    layer = BatchNorm(3)
    layer(X)
    layer.eval()
    before = layer.state()["running_mean"].copy()
    y, dx = layer(X), layer.backward(DY)
    assert_same(layer.running_mean, before)
    assert np.max(np.abs(dx - numerical_gradient(layer, X, DY))) < 1e-8
    assert_same(layer(X[:1]), y[:1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pytorch_agrees_over_several_batches_and_in_use(torch, dtype):
    mine, theirs = BatchNorm(3, dtype=dtype), torch.nn.BatchNorm2d(3, dtype=getattr(torch, np.dtype(dtype).name))
    for scale in (1, 3, 0.5):
        x = (X * scale).astype(dtype)
        assert_close(mine(x), theirs(torch.tensor(x)).detach().numpy(), terms=X.size)
        assert_close(mine.running_mean, theirs.running_mean.numpy(), terms=X.size)
        assert_close(mine.running_var, theirs.running_var.numpy(), terms=X.size)
    mine.eval(), theirs.eval()
    given_x = torch.tensor(X.astype(dtype), requires_grad=True)
    y = theirs(given_x)
    y.backward(torch.tensor(DY.astype(dtype)))
    assert_close(mine(X.astype(dtype)), y.detach().numpy(), terms=4)
    assert_close(mine.backward(DY.astype(dtype)), given_x.grad.numpy(), terms=4)


def test_a_constant_channel_becomes_its_shift():
    layer = BatchNorm(2)
    layer.shift.value[...] = [5, 6]
    y = layer(np.full((4, 2), 3.0))
    assert_same(y, np.tile([5.0, 6.0], (4, 1)))
    assert np.isfinite(layer.backward(np.ones((4, 2)))).all()


def test_an_empty_batch_leaves_the_statistics_alone():
    layer = BatchNorm(3)
    layer(X)
    before = layer.running_mean.copy(), layer.running_var.copy()
    layer(X[:0])
    assert_same(layer.running_mean, before[0])
    assert_same(layer.running_var, before[1])


def test_a_bad_number_spoils_its_channel_alone():
    layer, bad = BatchNorm(3), X.copy()
    expected, _ = layer(X), layer.backward(DY)
    bad[1, 1, 1, 1] = np.nan
    y, dx = layer(bad), layer.backward(DY)
    for result in (y, dx):
        assert np.isnan(result[:, 1]).all()
        assert not np.isnan(result[:, [0, 2]]).any()
    assert_same(y[:, [0, 2]], expected[:, [0, 2]])
    assert np.isnan(layer.running_mean).tolist() == [False, True, False]
