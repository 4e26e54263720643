"""Optimizers: first steps by hand, many steps beside PyTorch, and what they refuse."""

import numpy as np
import pytest

from convbp.layers import Linear
from convbp.train import SGD, Adam

RULES = {
    "plain": (lambda: SGD(0.1), lambda optim, p: optim.SGD(p, lr=0.1)),
    "decay": (lambda: SGD(0.1, weight_decay=0.3), lambda optim, p: optim.SGD(p, lr=0.1, weight_decay=0.3)),
    "momentum": (lambda: SGD(0.1, momentum=0.9), lambda optim, p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "nesterov": (
        lambda: SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda optim, p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    ),
    "adam": (lambda: Adam(0.05), lambda optim, p: optim.Adam(p, lr=0.05)),
    "adam with everything": (
        lambda: Adam(0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2),
        lambda optim, p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2),
    ),
}


def one_weight(value, gradient) -> Linear:
    model = Linear(1, 1, bias=False)
    model.w.value[...], model.w.grad[...] = value, gradient
    return model


def test_three_steps_with_momentum_by_hand():
    model, rule = one_weight(10, 4), SGD(0.5, momentum=0.5)
    seen = []
    for _ in range(3):
        rule.step(model)
        seen.append(model.w.value.item())
    assert seen == [10 - 2, 8 - 3, 5 - 3.5]
    assert rule.steps == 3


def test_nesterov_looks_one_step_ahead():
    model, rule = one_weight(10, 4), SGD(0.5, momentum=0.5, nesterov=True)
    rule.step(model)
    assert model.w.value.item() == 10 - 0.5 * (0.5 * 4 + 4)


def test_weight_decay_pulls_to_zero_without_a_gradient():
    model = one_weight(10, 0)
    SGD(0.5, weight_decay=0.1).step(model)
    assert model.w.value.item() == 10 - 0.5 * 0.1 * 10


@pytest.mark.parametrize("gradient", [1e-4, -3.0, 1e5])
def test_adam_starts_with_the_learning_rate_whatever_the_gradient(gradient):
    model = one_weight(10, gradient)
    Adam(0.5).step(model)
    assert model.w.value.item() == pytest.approx(10 - 0.5 * np.sign(gradient), rel=1e-4)


def test_a_weight_without_gradient_stays():
    for rule in (SGD(0.1, momentum=0.9), Adam(0.1)):
        model = one_weight(10, 0)
        rule.step(model)
        assert model.w.value.item() == 10


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("mine", "theirs"), RULES.values(), ids=RULES)
def test_pytorch_takes_the_same_steps(torch, mine, theirs, dtype):
    model, rule = Linear(3, 2, rng=0, dtype=dtype), mine()
    weights = [torch.tensor(p.value, requires_grad=True) for p in model.parameters()]
    judge = theirs(torch.optim, weights)
    rng = np.random.default_rng(0)
    for _ in range(20):
        for parameter, weight in zip(model.parameters(), weights, strict=True):
            parameter.grad[...] = rng.standard_normal(parameter.value.shape)
            weight.grad = torch.tensor(parameter.grad)
        rule.step(model)
        judge.step()
    for parameter, weight in zip(model.parameters(), weights, strict=True):
        assert parameter.value.dtype == dtype
        bound = 1e-12 if dtype == np.float64 else 1e-5
        assert np.max(np.abs(parameter.value - weight.detach().numpy())) <= bound


def test_an_optimizer_stays_with_its_model():
    rule = SGD(0.1)
    rule.step(Linear(1, 1))
    with pytest.raises(
        ValueError, match=r"model must have the parameters of the first step, \['w', 'b'\]; got \['w'\]"
    ):
        rule.step(Linear(1, 1, bias=False))


BAD = {
    "learning rate": (ValueError, lambda: SGD(-1), r"learning_rate must be at least 0; got -1"),
    "learning rate kind": (TypeError, lambda: Adam("fast"), r"learning_rate must be a number; got 'fast'"),
    "learning rate size": (ValueError, lambda: Adam(np.nan), r"learning_rate must be finite; got nan"),
    "momentum": (ValueError, lambda: SGD(1, momentum=1), r"momentum must be from 0 to below 1; got 1"),
    "nesterov": (ValueError, lambda: SGD(1, nesterov=True), r"momentum must be above 0 for nesterov; got 0.0"),
    "decay": (ValueError, lambda: SGD(1, weight_decay=-0.1), r"weight_decay must be at least 0; got -0.1"),
    "beta": (ValueError, lambda: Adam(betas=(0.9, 1)), r"betas must be from 0 to below 1; got 1"),
    "betas": (ValueError, lambda: Adam(betas=(0.9,)), r"betas must be two numbers; got \(0.9,\)"),
    "eps": (ValueError, lambda: Adam(eps=0), r"eps must be above 0; got 0"),
}


@pytest.mark.parametrize(("kind", "call", "message"), BAD.values(), ids=BAD)
def test_malformed_calls_are_refused(kind, call, message):
    with pytest.raises(kind, match=message):
        call()
