"""The training loop: shuffle, cut into batches, forward, backward, step."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from convbp.arrays import Array
from convbp.layers import Layer
from convbp.layers.initial import Seed
from convbp.loss import softmax_cross_entropy, softmax_cross_entropy_backward
from convbp.options import at_least, integer
from convbp.train.checkpoint import load, save
from convbp.train.history import History
from convbp.train.optimizers import Optimizer

Loss = tuple[Callable[[Any, Any], Any], Callable[[Any, Any, Any], Array]]
CROSS_ENTROPY: Loss = (softmax_cross_entropy, softmax_cross_entropy_backward)
EVALUATED_AT_ONCE = 256


def fit(
    model: Layer,
    x: Any,
    labels: Any,
    *,
    epochs: int,
    batch_size: int,
    optimizer: Optimizer,
    rng: Seed,
    loss: Loss = CROSS_ENTROPY,
    validation: tuple[Any, Any] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> History:
    """Train a model on mini-batches.

    Parameters
    ----------
    model : Layer
        Changed in place, and in training mode afterwards.
    x : array (N, …)
    labels : array (N, …)
        Classes, or whatever the loss compares y with.
    epochs : int
        Times that every sample is seen. With a checkpoint, those of earlier calls count.
    batch_size : int
        Samples in a step; the last batch of an epoch may be smaller.
    optimizer : Optimizer
    rng : int or Generator
        Seed or generator that shuffles. With seeds for the weights and for dropout as well, a run gives the same bits
        each time on the same machine.
    loss : (callable, callable)
        ``loss(y, labels)`` and its backward pass ``(dy, y, labels)``, such as
        ``(mean_squared_error, mean_squared_error_backward)``.
    validation : (x, labels), optional
        Data to measure on after each epoch; nothing is learnt from them.
    checkpoint : path, optional
        Written after each epoch. If the file exists, the run goes on from there, as if it had never stopped.
    progress : bool
        Show a bar, if tqdm is installed.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If x and labels differ in length or are empty, a number is out of its range, or the checkpoint does not fit.

    Examples
    --------
    >>> from convbp.layers import Linear
    >>> from convbp.loss import mean_squared_error, mean_squared_error_backward
    >>> from convbp.train import SGD
    >>> x, model = np.array([[-1.0], [0.0], [1.0]]), Linear(1, 1, rng=0)
    >>> history = fit(model, x, 3 * x + 2, epochs=60, batch_size=3, optimizer=SGD(0.3), rng=0, progress=False,
    ...               loss=(mean_squared_error, mean_squared_error_backward))
    >>> model.w.value.round(4), model.b.value.round(4)
    (array([[3.]]), array([2.]))
    """
    x, labels = _samples("x", x, "labels", labels)
    if validation is not None:
        validation = _samples("validation[0]", validation[0], "validation[1]", validation[1])
    epochs = at_least(0, "epochs", integer("epochs", epochs))
    batch_size = at_least(1, "batch_size", integer("batch_size", batch_size))
    generator, history = np.random.default_rng(rng), History()
    if checkpoint is not None and Path(checkpoint).exists():
        load(checkpoint, model, optimizer=optimizer, rng=generator, history=history)
    model.train()
    while history.epochs < epochs:
        order = generator.permutation(len(x))
        batches = [order[first : first + batch_size] for first in range(0, len(order), batch_size)]
        losses: list[float] = []
        for batch in _with_bar(batches, f"epoch {history.epochs + 1}/{epochs}", losses, progress):
            losses.append(train_step(model, x[batch], labels[batch], optimizer, loss))
        history.batch_losses += losses
        history.losses.append(float(np.average(losses, weights=[len(batch) for batch in batches])))
        if validation is not None:
            _measure(model, *validation, loss, history)
        if checkpoint is not None:
            save(checkpoint, model, optimizer=optimizer, rng=generator, history=history)
    return history


def train_step(model: Layer, x: Any, labels: Any, optimizer: Optimizer, loss: Loss = CROSS_ENTROPY) -> float:
    """Take one step on one batch: clear the gradients, go forward, go backward, let the optimizer step.

    Parameters
    ----------
    model, x, labels, optimizer, loss
        As in `fit`.

    Returns
    -------
    float
        The loss of the batch before the step.

    Examples
    --------
    >>> from convbp.layers import Linear
    >>> from convbp.train import SGD
    >>> model = Linear(1, 2, rng=0)
    >>> before, after = (train_step(model, [[1.0]], [0], SGD(0.1)) for _ in range(2))
    >>> after < before
    True
    """
    value_of, backward_of = loss
    model.zero_grad()
    y = model(x)
    value = float(value_of(y, labels))
    model.backward(backward_of(1.0, y, labels))
    optimizer.step(model)
    return value


def predict(model: Layer, x: Any, *, batch_size: int = EVALUATED_AT_ONCE) -> Array:
    """Return what a model in `eval` mode says about samples, a few at a time; its mode is as before afterwards.

    Parameters
    ----------
    model : Layer
    x : array (N, …)
    batch_size : int
        Samples at a time, which bounds the memory.

    Returns
    -------
    y : array (N, …)

    Examples
    --------
    >>> from convbp.layers import Dropout
    >>> predict(Dropout(0.5, rng=0), [[1.0], [2.0], [3.0]], batch_size=2)
    array([[1.],
           [2.],
           [3.]])
    """
    x, size = np.asarray(x), at_least(1, "batch_size", integer("batch_size", batch_size))
    modes = [(layer, layer.training) for _, layer in model.walk()]
    model.eval()
    try:
        return np.concatenate([model(x[first : first + size]) for first in range(0, max(1, len(x)), size)])
    finally:
        for layer, mode in modes:
            layer.training = mode


def accuracy(model: Layer, x: Any, labels: Any) -> float:
    """Return the part of the samples whose largest score is that of the right class.

    Parameters
    ----------
    model : Layer
        Gives scores (N, K).
    x : array (N, …)
    labels : array of int (N,)

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> from convbp.layers import Identity
    >>> accuracy(Identity(), [[3, 1], [0, 2], [5, 4], [1, 0]], [0, 1, 0, 1])
    0.75
    """
    x, labels = _samples("x", x, "labels", labels)
    return _right(predict(model, x), labels)


def _right(scores: Array, labels: Array) -> float:
    return float(np.mean(np.argmax(scores, axis=1) == labels))


def _measure(model: Layer, x: Array, labels: Array, loss: Loss, history: History) -> None:
    y = predict(model, x)
    history.validation_losses.append(float(loss[0](y, labels)))
    if y.ndim == 2 and labels.ndim == 1 and labels.dtype.kind in "iu":
        history.accuracies.append(_right(y, labels))


def _samples(x_name: str, x: Any, labels_name: str, labels: Any) -> tuple[Array, Array]:
    x, labels = np.asarray(x), np.asarray(labels)
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"{x_name} must hold at least one sample; got shape {x.shape}")
    if labels.ndim == 0 or len(labels) != len(x):
        raise ValueError(f"{labels_name} must have one entry for each of {len(x)} samples; got shape {labels.shape}")
    return x, labels


def _with_bar(batches: Sequence[Array], title: str, losses: list[float], progress: bool) -> Iterator[Array]:
    """Yield the batches, with a bar that shows the last loss if it is wanted and tqdm is there."""
    if progress:
        try:
            from tqdm import tqdm
        except ImportError:
            progress = False
    if not progress:
        yield from batches
        return
    with tqdm(total=len(batches), desc=title, unit="batch") as bar:
        for batch in batches:
            yield batch
            bar.set_postfix(loss=f"{losses[-1]:.4f}", refresh=False)
            bar.update()
