"""Group convolutions: the laws of the group, equivariance to the bit, gradients by exact differences and PyTorch."""

import numpy as np
import pytest

import convbp
from compare import assert_close, assert_same
from convbp.check import adjoint_check, euler_check, integer_gradient
from convbp.filter_bank import Pose, filter_bank, filter_bank_backward, pose_matrix
from convbp.symmetry import (
    group_conv2d,
    group_conv2d_backward,
    group_pool,
    group_pool_backward,
    lift_conv2d,
    lift_conv2d_backward,
)
from convbp.turns import GROUPS, act, act_back, act_on_lifted, equivariance_error, tables

ELEMENTS = [(group, h) for group, order in GROUPS.items() for h in range(order)]


def whole(shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(np.float64)


@pytest.mark.parametrize("group", GROUPS)
def test_the_tables_are_those_of_a_group(group):
    compose, inverse = tables(group)
    order = GROUPS[group]
    everyone = set(range(order))
    assert all(set(row) == everyone for row in compose.tolist())
    assert all(set(column) == everyone for column in compose.T.tolist())
    for g in range(order):
        assert compose[g, 0] == compose[0, g] == g
        assert compose[g, inverse[g]] == compose[inverse[g], g] == 0
        for h in range(order):
            for k in range(order):
                assert compose[compose[g, h], k] == compose[g, compose[h, k]]


@pytest.mark.parametrize(("group", "h"), ELEMENTS)
def test_acting_is_composing_and_undone_by_its_transpose(group, h):
    a = whole((2, 3, 4))
    compose, _ = tables(group)
    for g in range(GROUPS[group]):
        assert_same(act(act(a, h, group), g, group), act(a, int(compose[g, h]), group))
    assert_same(act_back(act(a, h, group), h, group), a)
    dy = whole(act(a, h, group).shape, 1)
    assert adjoint_check(lambda a: act(a, h, group), lambda dy: act_back(dy, h, group), a, dy).error == 0


@pytest.mark.parametrize(("group", "h"), ELEMENTS)
@pytest.mark.parametrize(("size", "options"), [(6, {}), (5, {"padding": 1}), (7, {"stride": 2}), (7, {"dilation": 2})])
def test_lifting_and_group_convolution_are_equivariant_to_the_bit(group, h, size, options):
    x, w, v = whole((2, 3, size, size)), whole((2, 3, 3, 3), 1), whole((2, 2, GROUPS[group], 2, 2), 2)
    b = whole(2, 3)

    def network(x):
        return group_conv2d(lift_conv2d(x, w, b, group=group, **options), v, b, group=group)

    turned = network(act(x, h, group))
    assert_same(turned, act_on_lifted(network(x), h, group))
    assert_same(group_pool(turned), act(group_pool(network(x)), h, group))
    assert_same(group_pool(turned).max(axis=(2, 3)), group_pool(network(x)).max(axis=(2, 3)))


def test_a_stride_that_leaves_a_remainder_breaks_it():
    x, w = whole((1, 1, 6, 6)), whole((1, 1, 3, 3), 1)
    error = equivariance_error(
        lambda x: lift_conv2d(x, w, stride=2), x, lambda x: act(x, 1), lambda y: act_on_lifted(y, 1)
    )
    assert error > 0.1
    x = whole((1, 1, 7, 7))
    error = equivariance_error(
        lambda x: lift_conv2d(x, w, stride=2), x, lambda x: act(x, 1), lambda y: act_on_lifted(y, 1)
    )
    assert error == 0


def test_an_ordinary_convolution_is_not_equivariant_to_turns():
    x, w = whole((1, 1, 6, 6)), whole((1, 1, 3, 3), 1)
    assert equivariance_error(lambda x: convbp.conv2d(x, w), x, lambda a: act(a, 1)) > 0.1
    assert equivariance_error(lambda x: x, np.zeros((1, 1, 2, 3)), lambda a: act(a, 1)) == 0
    assert equivariance_error(lambda x: x[:, :, :1], x[..., :5], lambda a: act(a, 1)) == float("inf")


@pytest.mark.parametrize("group", GROUPS)
def test_gradients_equal_exact_integer_differences(group):
    options = {"group": group, "stride": 2, "padding": ((1, 0), (0, 2))}
    x, w, b = whole((2, 2, 5, 4)), whole((2, 2, 3, 3), 1), whole(2, 2)
    y = lift_conv2d(x, w, b, **options)
    dy = whole(y.shape, 3)
    dx, dw, db = lift_conv2d_backward(dy, x, w, **options)
    assert_same(dx, integer_gradient(lambda x: lift_conv2d(x, w, b, **options), x, dy))
    assert_same(dw, integer_gradient(lambda w: lift_conv2d(x, w, b, **options), w, dy))
    assert_same(db, integer_gradient(lambda b: lift_conv2d(x, w, b, **options), b, dy))
    assert euler_check(y, dy, (w, dw), (b, db)).error == 0
    v = whole((1, 2, GROUPS[group], 2, 2), 4)
    z = group_conv2d(y, v, group=group)
    dz = whole(z.shape, 5)
    dy, dv, dc = group_conv2d_backward(dz, y, v, group=group)
    assert_same(dy, integer_gradient(lambda y: group_conv2d(y, v, group=group), y, dz))
    assert_same(dv, integer_gradient(lambda v: group_conv2d(y, v, group=group), v, dz))
    assert_same(dc, integer_gradient(lambda c: group_conv2d(y, v, c, group=group), np.zeros(1), dz))


def test_pytorch_differentiates_the_shared_filter_alike(torch):
    x, w, dy = whole((2, 3, 6, 6)), whole((2, 3, 3, 3), 1), whole((2, 2, 4, 4, 4), 2)
    filters = torch.tensor(w, requires_grad=True)
    copies = torch.stack([torch.rot90(filters, h, (2, 3)) for h in range(4)], dim=1).reshape(-1, 3, 3, 3)
    y = torch.nn.functional.conv2d(torch.tensor(x), copies)
    y.backward(torch.tensor(dy.reshape(2, 8, 4, 4)))
    assert_same(lift_conv2d(x, w), y.detach().numpy().reshape(2, 2, 4, 4, 4))
    assert_same(lift_conv2d_backward(dy, x, w).dw, filters.grad.numpy())


@pytest.mark.parametrize("kind", ["max", "mean"])
def test_pooling_over_the_group_and_its_gradient(kind):
    y = np.random.default_rng(0).permutation(2 * 3 * 4 * 5).reshape(1, 2, 4, 3, 5) * 4.0
    dy = whole((1, 2, 3, 5), 1)
    expected = y.max(axis=2) if kind == "max" else y.mean(axis=2)
    assert_same(group_pool(y, kind), expected)
    assert_same(group_pool_backward(dy, y, kind), integer_gradient(lambda y: group_pool(y, kind), y, dy))


def test_need_leaves_out_what_is_not_asked_for():
    x, w, dy = whole((1, 1, 4, 4)), whole((1, 1, 3, 3), 1), whole((1, 1, 4, 2, 2), 2)
    assert lift_conv2d_backward(dy, x, w, need=["dw"])._asdict().keys() == {"dx", "dw", "db"}
    dx, dw, db = lift_conv2d_backward(dy, x, w, need=["dw"])
    assert (dx, db) == (None, None)
    assert_same(dw, lift_conv2d_backward(dy, x, w).dw)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_quarter_turns_of_a_bank_are_exact(size, turns):
    w = whole((2, 3, size, size))
    assert_same(filter_bank(w, [Pose(90.0 * turns)])[:, 0], act(w, turns))


def test_a_bank_of_angles_and_scales_has_its_exact_adjoint():
    poses = [Pose(), Pose(30), Pose(scale=2), Pose(-45, 0.5)]
    w, dbank = whole((2, 3, 5, 5)), whole((2, 4, 3, 5, 5), 1)
    sides = adjoint_check(
        lambda w: filter_bank(w, poses), lambda dbank: filter_bank_backward(dbank, w, poses), w, dbank
    )
    assert_close(sides.left, sides.right, terms=dbank.size, magnitude=float(np.abs(dbank).sum() * 4))
    assert_same(filter_bank(w, poses)[:, 0], w)
    assert filter_bank(w.astype(np.float32), poses).dtype == np.float32


def test_enlarging_a_filter_twice_shows_its_middle():
    bank = filter_bank([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]], [Pose(scale=2)])[0, 0, 0]
    assert bank.tolist() == [[3, 3.5, 4], [4.5, 5, 5.5], [6, 6.5, 7]]


def test_rows_inside_a_filter_sum_to_one():
    inner = pose_matrix(5, Pose(20, 1.5)).sum(axis=1)
    assert_close(inner, np.ones(25), terms=4)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        (
            r"group must be one of 'C4', 'D4'; got 'C8'",
            lambda: lift_conv2d(np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3)), group="C8"),
        ),
        (r"element must be 0 to 3 in C4; got 4", lambda: act(np.ones((2, 2)), 4)),
        (
            r"w must be square to be turned; got 3 by 2 taps",
            lambda: lift_conv2d(np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 2))),
        ),
        (
            r"w must have 5 axes \(F, C, G, K, K\); got 4",
            lambda: group_conv2d(np.ones((1, 1, 4, 4, 4)), np.ones((1, 1, 3, 3))),
        ),
        (
            r"x must have G = 8 elements on axis 2 for D4; got 4",
            lambda: group_conv2d(np.ones((1, 1, 4, 5, 5)), np.ones((1, 1, 8, 3, 3)), group="D4"),
        ),
        (
            r"w must have G = 4 elements on axis 2 for C4; got 3",
            lambda: group_conv2d(np.ones((1, 1, 4, 5, 5)), np.ones((1, 1, 3, 3, 3))),
        ),
        (
            r"dy must have G = 4 elements on axis 2 for C4; got 2",
            lambda: lift_conv2d_backward(np.ones((1, 1, 2, 2, 2)), np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))),
        ),
        (r"kind must be one of 'max', 'mean'; got 'sum'", lambda: group_pool(np.ones((1, 1, 4, 2, 2)), "sum")),
        (r"y must have 5 axes .*; got 4", lambda: group_pool(np.ones((1, 4, 2, 2)))),
        (r"pose must have a scale above 0; got 0", lambda: pose_matrix(3, Pose(scale=0))),
        (r"poses must hold at least one pose; got \[\]", lambda: filter_bank(np.ones((1, 1, 3, 3)), [])),
        (r"size must be at least 1; got 0", lambda: pose_matrix(0, Pose())),
    ],
)
def test_malformed_calls_are_refused(message, call):
    with pytest.raises(ValueError, match=message):
        call()
