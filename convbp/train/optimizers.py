"""How a step follows from gradients: gradient descent with momentum, and Adam."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from convbp.activation import finite
from convbp.arrays import Array
from convbp.layers import Layer


class Optimizer:
    """A rule that changes the parameters of a model by their gradients.

    Attributes
    ----------
    learning_rate : float
        May be changed between steps.
    memory : dict of dict of array
        What the rule remembers of earlier steps: for each parameter's name, an array for each of `remembered`.
    steps : int
        Steps taken so far.
    """

    remembered: ClassVar[tuple[str, ...]]

    def __init__(self, learning_rate: float, weight_decay: float) -> None:
        self.learning_rate = _within("learning_rate", learning_rate, lambda v: v >= 0, "at least 0")
        self.weight_decay = _within("weight_decay", weight_decay, lambda v: v >= 0, "at least 0")
        self.memory: dict[str, dict[str, Array]] = {}
        self.steps = 0

    def step(self, model: Layer) -> None:
        """Change every parameter of `model` in place, by the gradients that its backward passes have added up.

        Raises
        ------
        ValueError
            If `model` is another one than in earlier steps.
        """
        parameters = model.named_parameters()
        if not self.memory:
            self.memory = self.blank_memory(model)
        if list(self.memory) != list(parameters):
            raise ValueError(
                f"model must have the parameters of the first step, {list(self.memory)}; got {list(parameters)}"
            )
        self.steps += 1
        for name, parameter in parameters.items():
            gradient = parameter.grad + self.weight_decay * parameter.value if self.weight_decay else parameter.grad
            parameter.value -= self._change(gradient, **self.memory[name])

    def blank_memory(self, model: Layer) -> dict[str, dict[str, Array]]:
        """Return the memory before the first step: zeros."""
        return {
            name: {what: np.zeros_like(parameter.value) for what in self.remembered}
            for name, parameter in model.named_parameters().items()
        }

    def _change(self, gradient: Array, **memory: Array) -> Array:
        """Return what to subtract, and bring the memory of one parameter up to date in place."""
        raise NotImplementedError


class SGD(Optimizer):
    """Gradient descent on mini-batches, with momentum.

    Parameters
    ----------
    learning_rate : float
    momentum : float from 0 to below 1
        Part of the last velocity that is kept.
    nesterov : bool
        Look ahead: step by the velocity that would come next.
    weight_decay : float
        Adds weight_decay·w to the gradient: the slope of a penalty weight_decay·w²/2.

    Raises
    ------
    ValueError
        If a number is out of its range, or `nesterov` is asked for without momentum.

    Notes
    -----
    v ← momentum·v + g and w ← w − learning_rate·v; with `nesterov`, w ← w − learning_rate·(momentum·v + g).

    Examples
    --------
    >>> from convbp.layers import Linear
    >>> model, rule = Linear(1, 1, bias=False), SGD(0.5, momentum=0.5)
    >>> model.w.value[...], model.w.grad[...] = 10, 4
    >>> for _ in range(2):
    ...     rule.step(model)
    ...     print(model.w.value.item())
    8.0
    5.0
    """

    remembered = ("velocity",)

    def __init__(
        self, learning_rate: float, *, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        self.momentum = _within("momentum", momentum, lambda v: 0 <= v < 1, "from 0 to below 1")
        if nesterov and not momentum:
            raise ValueError(f"momentum must be above 0 for nesterov; got {momentum!r}")
        self.nesterov = nesterov

    def _change(self, gradient: Array, **memory: Array) -> Array:
        velocity = memory["velocity"]
        velocity *= self.momentum
        velocity += gradient
        return self.learning_rate * (self.momentum * velocity + gradient if self.nesterov else velocity)


class Adam(Optimizer):
    """Steps of about the learning rate in every weight, whatever the size of its gradient.

    Parameters
    ----------
    learning_rate : float
    betas : (float, float), each from 0 to below 1
        Parts of the running means of the gradient and of its square that are kept.
    eps : float
        Added to the root, so that a weight whose gradient is always 0 stays where it is.
    weight_decay : float
        Adds weight_decay·w to the gradient.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Notes
    -----
    m ← β₁·m + (1 − β₁)·g and s ← β₂·s + (1 − β₂)·g² start at 0, which makes them too small by 1 − βᵗ after t steps:
    w ← w − learning_rate · m/(1 − β₁ᵗ) / (√(s/(1 − β₂ᵗ)) + eps).

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980.

    Examples
    --------
    The first step is as long as the learning rate, and against the sign of the gradient:

    >>> from convbp.layers import Linear
    >>> model, rule = Linear(2, 1, bias=False), Adam(0.5)
    >>> model.w.value[...], model.w.grad[...] = 10, [[4, -0.001]]
    >>> rule.step(model)
    >>> model.w.value.round(4)
    array([[ 9.5, 10.5]])
    """

    remembered = ("mean", "square")

    def __init__(
        self,
        learning_rate: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        if len(betas) != 2:
            raise ValueError(f"betas must be two numbers; got {betas!r}")
        first, second = (_within("betas", beta, lambda v: 0 <= v < 1, "from 0 to below 1") for beta in betas)
        self.betas = first, second
        self.eps = _within("eps", eps, lambda v: v > 0, "above 0")

    def _change(self, gradient: Array, **memory: Array) -> Array:
        mean, square = memory["mean"], memory["square"]
        first, second = self.betas
        mean += (1 - first) * (gradient - mean)
        square += (1 - second) * (gradient * gradient - square)
        corrected = np.sqrt(square / (1 - second**self.steps)) + self.eps
        return self.learning_rate / (1 - first**self.steps) * mean / corrected


def _within(name: str, value: Any, holds: Callable[[Any], bool], rule: str) -> Any:
    if not holds(finite(name, value)):
        raise ValueError(f"{name} must be {rule}; got {value!r}")
    return value
