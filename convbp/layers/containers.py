"""Layers made of layers: one after another, and a way around them."""

from collections.abc import Iterator

from convbp.arrays import Array
from convbp.layers.base import Layer, Shape, Spans, joined
from convbp.layers.summary import Summary, summarised


class Sequential(Layer):
    """Layers one after another: forward in their order, backward in the other.

    Parameters
    ----------
    *layers : Layer
        Each a different object, since each keeps what its own backward pass needs. Two layers may share a `Parameter`:
        its gradient is the sum over both.

    Raises
    ------
    TypeError
        If something is no layer.
    ValueError
        If there is no layer, or one stands in two places.

    Examples
    --------
    >>> import numpy as np
    >>> from convbp.layers import Conv2d, Flatten, Linear, ReLU
    >>> net = Sequential(Conv2d(1, 4, 3, rng=0), ReLU(), Flatten(), Linear(16, 10, rng=0))
    >>> net(np.ones((2, 1, 4, 4))).shape
    (2, 10)
    >>> list(net.named_parameters())
    ['0.w', '0.b', '3.w', '3.b']
    """

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise ValueError("layers must be at least one; got none")
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"layers must be objects of Layer; got {layer!r}")
        self.layers = layers
        every_layer_once(self)

    def children(self) -> dict[str, Layer]:
        return {str(number): layer for number, layer in enumerate(self.layers)}

    def _forward(self, x: Array) -> tuple[Array, None]:
        for layer in self.layers:
            x = layer(x)
        return x, None

    def _backward(self, dy: Array, kept: None) -> Array:
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def output_shape(self, input_shape: Shape) -> Shape:
        for layer in self.layers:
            input_shape = layer.output_shape(input_shape)
        return tuple(input_shape)

    def multiplies(self, input_shape: Shape) -> int:
        total = 0
        for layer in self.layers:
            total += layer.multiplies(input_shape)
            input_shape = layer.output_shape(input_shape)
        return total

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        for layer in self.layers:
            below = layer.spans(input_shape, below)
            input_shape = layer.output_shape(input_shape)
        return below

    def summary(self, input_shape: Shape) -> Summary:
        """Tabulate the shapes, parameters, multiply-adds and receptive field of every layer, without running any.

        Parameters
        ----------
        input_shape : tuple of int (N, C, H, W)
            Of the whole batch; multiply-adds are counted for all of it.

        Returns
        -------
        Summary
            Rows and totals, shown as a table.

        Raises
        ------
        ValueError
            If a layer does not fit the shape that it meets.

        Examples
        --------
        >>> from convbp.layers import Conv2d, Flatten, Linear
        >>> Sequential(Conv2d(1, 4, 3, rng=0), Flatten(), Linear(16, 10, rng=0)).summary((1, 1, 4, 4))
        layer              output         parameters   multiply-adds   reads
        Conv2d(1→4, 3×3)   (1, 4, 2, 2)           40             144   3×3
        Flatten()          (1, 16)                 0               0   3×3
        Linear(16→10)      (1, 10)               170             160   4×4
        total                                    210             304
        """
        return summarised(self.layers, input_shape)

    def __getitem__(self, number: int) -> Layer:
        return self.layers[number]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def _described(self) -> str:
        return ", ".join(map(repr, self.layers))


class Residual(Layer):
    """Layers with a way around them: y = body(x) + shortcut(x), so that dx is the sum of both ways back.

    Parameters
    ----------
    *layers : Layer
        The body, one after another.
    shortcut : Layer, optional
        What stands on the way around, where the body changes the shape; without it x is added as it is.

    Raises
    ------
    ValueError
        If a layer stands in two places, or, when it is called, if both ways give different shapes.

    References
    ----------
    K. He et al., "Deep residual learning for image recognition", arXiv:1512.03385.

    Examples
    --------
    >>> from convbp.layers import ReLU
    >>> block = Residual(ReLU())
    >>> block([-2, 3]), block.backward([1, 1])
    (array([-2.,  6.]), array([1., 2.]))
    """

    def __init__(self, *layers: Layer, shortcut: Layer | None = None) -> None:
        self.body = Sequential(*layers)
        if not isinstance(shortcut, Layer | None):
            raise TypeError(f"shortcut must be an object of Layer; got {shortcut!r}")
        self.shortcut = shortcut
        every_layer_once(self)

    def _forward(self, x: Array) -> tuple[Array, None]:
        around = x if self.shortcut is None else self.shortcut(x)
        y = self.body(x)
        self._must_meet(y.shape, around.shape)
        return y + around, None

    def _backward(self, dy: Array, kept: None) -> Array:
        around = dy if self.shortcut is None else self.shortcut.backward(dy)
        return self.body.backward(dy) + around

    def output_shape(self, input_shape: Shape) -> Shape:
        shape = self.body.output_shape(input_shape)
        self._must_meet(shape, input_shape if self.shortcut is None else self.shortcut.output_shape(input_shape))
        return shape

    def multiplies(self, input_shape: Shape) -> int:
        return sum(way.multiplies(input_shape) for way in self.children().values())

    def spans(self, input_shape: Shape, below: Spans) -> Spans:
        through = self.body.spans(input_shape, below)
        around = below if self.shortcut is None else self.shortcut.spans(input_shape, below)
        return tuple(tuple(map(joined, zip(*cells, strict=True))) for cells in zip(through, around, strict=True))

    @staticmethod
    def _must_meet(body: Shape, shortcut: Shape) -> None:
        if tuple(body) != tuple(shortcut):
            raise ValueError(f"body must give the shape of its shortcut, {tuple(shortcut)}; got {tuple(body)}")

    def _described(self) -> str:
        inside = ", ".join(map(repr, self.body))
        return inside if self.shortcut is None else f"{inside}, shortcut={self.shortcut!r}"


def every_layer_once(layer: Layer) -> None:
    """Refuse a layer in two places: its second forward call would overwrite what the first one kept."""
    seen: set[int] = set()
    for path, inner in layer.walk():
        if id(inner) in seen:
            raise ValueError(f"layers must be different objects; got {inner!r} again as layer {path.rstrip('.')}")
        seen.add(id(inner))
