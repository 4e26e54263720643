"""What every layer is: a forward pass that keeps what its backward pass needs, and named numbers to train."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np

from convbp.arrays import Array, must_have_shape

Shape = tuple[int, ...]
Span = tuple[int, int] | None
"""First and last cell of the network's input that one cell reads along one axis; None if it reads none."""
Spans = tuple[tuple[Span, ...], ...]
"""One `Span` for each cell of a map along each spatial axis."""


class Parameter:
    """Numbers that training changes, and the gradient of the loss for them.

    Parameters
    ----------
    value : array
        Copied.

    Attributes
    ----------
    value : array
    grad : array like value
        Every backward pass adds to it, since each use of a weight adds a term; `Layer.zero_grad` starts anew.

    Examples
    --------
    >>> Parameter([1.0, 2.0]).grad
    array([0., 0.])
    """

    def __init__(self, value: Any) -> None:
        self.value = np.array(value)
        self.grad = np.zeros_like(self.value)

    def __repr__(self) -> str:
        return f"Parameter of shape {self.value.shape} in {self.value.dtype}"


class Layer:
    """A function with parameters that can be called forward and then backward.

    A layer of your own defines two methods: ``_forward(x)`` returns y and whatever the backward pass needs,
    ``_backward(dy, kept)`` adds to the ``grad`` of its parameters and returns dx. Parameters, layers, generators of
    random numbers and `buffers` are found as attributes.

    Attributes
    ----------
    training : bool
        True until `eval` is called: batches are normalised by themselves, dropout drops.

    Notes
    -----
    A layer keeps its last input, or a part of it, without a copy: change that array only after the backward pass.
    One layer serves one thread.

    Examples
    --------
    >>> class Square(Layer):
    ...     def _forward(self, x):
    ...         return x**2, x
    ...
    ...     def _backward(self, dy, kept):
    ...         return dy * 2 * kept
    >>> layer = Square()
    >>> layer(np.array([3.0, 5.0]))
    array([ 9., 25.])
    >>> layer.backward([1, 10])
    array([  6., 100.])
    """

    buffers: ClassVar[tuple[str, ...]] = ()
    """Names of arrays that belong to the state of the layer but are not trained."""

    training: bool = True
    _last: tuple[Shape, Any] | None = None

    def _forward(self, x: Any) -> tuple[Array, Any]:
        raise NotImplementedError(f"{type(self).__name__} must define _forward")

    def _backward(self, dy: Array, kept: Any) -> Array:
        raise NotImplementedError(f"{type(self).__name__} must define _backward")

    def __call__(self, x: Any) -> Array:
        """Return y for a batch, and keep what `backward` needs.

        Raises
        ------
        TypeError
            For arrays of objects: the weights are floats. The functions under the layers compute with objects.
        ValueError
            If `x` does not fit the layer.
        """
        self._last = None
        x = x if isinstance(x, np.ndarray) else np.asarray(x)
        if x.dtype.kind == "O":
            raise TypeError(f"x must be of real numbers in a layer, not of objects; got dtype {x.dtype}")
        y, kept = self._forward(x)
        self._last = y.shape, kept
        return y

    def backward(self, dy: Any) -> Array:
        """Carry the gradient of a loss back through the last call, and add to the ``grad`` of every parameter.

        Parameters
        ----------
        dy : array like the result of the last call

        Returns
        -------
        dx : array like its input

        Raises
        ------
        RuntimeError
            If the layer has not been called, or its last call failed.
        ValueError
            If `dy` has another shape than the last call returned.
        """
        if self._last is None:
            raise RuntimeError(f"{self!r} must be called on an input before backward; got no such call")
        shape, kept = self._last
        dy = dy if isinstance(dy, np.ndarray) else np.asarray(dy)
        must_have_shape("dy", dy, shape, "as the last call returned")
        return self._backward(dy, kept)

    def children(self) -> dict[str, "Layer"]:
        """Return the layers that this one is made of, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Layer)}

    def walk(self, path: str = "") -> Iterator[tuple[str, "Layer"]]:
        """Yield this layer and all below it, each with the path of its name, which ends in a dot."""
        yield path, self
        for name, child in self.children().items():
            yield from child.walk(f"{path}{name}.")

    def named_parameters(self) -> dict[str, Parameter]:
        """Return every parameter once, under the first name that it has, such as ``"0.w"``."""
        seen: set[int] = set()
        found = {}
        for name, parameter in self._attributes(Parameter):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                found[name] = parameter
        return found

    def parameters(self) -> list[Parameter]:
        """Return every parameter once."""
        return list(self.named_parameters().values())

    def generators(self) -> dict[str, np.random.Generator]:
        """Return the generators of random numbers that the layers draw from, by name."""
        return dict(self._attributes(np.random.Generator))

    def _attributes(self, kind: type) -> Iterator[tuple[str, Any]]:
        for path, layer in self.walk():
            for name, value in vars(layer).items():
                if isinstance(value, kind):
                    yield path + name, value

    def zero_grad(self) -> None:
        """Set every gradient to zero: what a training step does before it adds up its own."""
        for parameter in self.parameters():
            parameter.grad[...] = 0

    def train(self, mode: bool = True) -> Self:
        """Let this layer and all below behave as in training."""
        for _, layer in self.walk():
            layer.training = mode
        return self

    def eval(self) -> Self:
        """Let this layer and all below behave as in use: batches do not matter, nothing is dropped."""
        return self.train(False)

    def state(self) -> dict[str, Array]:
        """Return the arrays that make the layer what it is, by name: parameters and buffers, not copied."""
        values = {name: parameter.value for name, parameter in self.named_parameters().items()}
        kept = {path + name: getattr(layer, name) for path, layer in self.walk() for name in layer.buffers}
        return values | kept

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over the arrays of `state`, all of them or, if one does not fit, none.

        Raises
        ------
        ValueError
            If a name is missing or unknown, or an array has another shape or dtype.
        """
        mine = self.state()
        if missing := [name for name in mine if name not in state]:
            raise ValueError(f"state must hold {missing[0]!r} of shape {mine[missing[0]].shape}; got {list(state)}")
        if unknown := [name for name in state if name not in mine]:
            raise ValueError(f"state must hold only what the model has, {list(mine)}; got {unknown[0]!r}")
        arrays = {name: np.asarray(value) for name, value in state.items()}
        for name, value in arrays.items():
            must_have_shape(f"state[{name!r}]", value, mine[name].shape, "as in the model")
            if value.dtype != mine[name].dtype:
                raise ValueError(f"state[{name!r}] must be of {mine[name].dtype}, as in the model; got {value.dtype}")
        for name, value in arrays.items():
            mine[name][...] = value

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of y for an x of `input_shape`, without computing y."""
        return tuple(input_shape)

    def multiplies(self, input_shape: Shape) -> int:
        """Count the multiply-adds with weights in one forward pass, those with padding too; the rest counts as none."""
        return 0

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        """Return what each cell of y reads of the network's input, given what each cell of x reads."""
        return below

    def _described(self) -> str:
        """Return the options in the brackets of the layer's name."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._described()})"


def joined(spans: list[Span] | tuple[Span, ...]) -> Span:
    """Return the shortest span that holds all of `spans`."""
    real = [span for span in spans if span is not None]
    return (min(first for first, _ in real), max(last for _, last in real)) if real else None
