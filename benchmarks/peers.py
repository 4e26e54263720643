"""Who computes the same layer: convbp's two backends, im2col, PyTorch, SciPy and JAX, each behind the same two calls.

A peer is a function of a layer and its arrays. It returns the forward and the backward call, each of which returns a
list of arrays: y, and dx, dw (of a pool, dx alone). It returns None where it has no such layer, or would take too long.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

import convbp
import im2col
import scipy_loops
from convbp.arrays import Array
from layers import Layer

Call = Callable[[], list[Any]]
Calls = tuple[Call, Call] | None
Peer = Callable[[Layer, Array, Array, Array], Calls]


def ours(backend: str) -> Peer:
    def calls(layer: Layer, x: Array, w: Array, dy: Array) -> Calls:
        name, options = f"{layer.kind}{layer.rank}d", {**layer.options, "backend": backend}
        forward, backward = getattr(convbp, name), getattr(convbp, f"{name}_backward")
        if layer.kind == "max_pool":
            indices = forward(x, layer.w, **options).indices
            return (
                lambda: list(forward(x, layer.w, **options)),
                lambda: [backward(dy, indices, layer.x, backend=backend)],
            )
        if layer.kind == "avg_pool":
            return (
                lambda: [forward(x, layer.w, **options)],
                lambda: [backward(dy, layer.x, layer.w, **options)],
            )
        return lambda: [forward(x, w, **options)], lambda: list(backward(dy, x, w, **options))

    return calls


def columns(layer: Layer, x: Array, w: Array, dy: Array) -> Calls:
    """The usual teaching code; it has no transposed convolution and no pool."""
    if layer.kind != "conv":
        return None
    g = layer.geometry
    return lambda: [im2col.conv(x, w, g)], lambda: list(im2col.conv_backward(dy, x, w, g))


def torch(layer: Layer, x: Array, w: Array, dy: Array) -> Calls:
    """PyTorch's own operators, without autograd's bookkeeping."""
    import torch

    aten, functional, rank = torch.ops.aten, torch.nn.functional, layer.rank
    tx, tw, tdy = (torch.from_numpy(a) for a in (x, w, dy))
    run = getattr(functional, f"{layer.kind}{rank}d")
    options = {"stride": 1, "padding": 0, "dilation": 1, "output_padding": 0, "groups": 1, **layer.options}
    stride, padding, dilation, extra = (
        [options[name]] * rank for name in ("stride", "padding", "dilation", "output_padding")
    )
    window = list(layer.w)
    if layer.kind == "max_pool":
        _, at = run(tx, layer.w, return_indices=True, **layer.options)
        back = aten.max_pool2d_with_indices_backward
        return (
            lambda: list(run(tx, layer.w, return_indices=True, **layer.options)),
            lambda: [back(tdy, tx, window, stride, padding, dilation, False, at)],
        )
    if layer.kind == "avg_pool":
        return (
            lambda: [run(tx, layer.w, **layer.options)],
            lambda: [aten.avg_pool2d_backward(tdy, tx, window, stride, padding, False, True, None)],
        )
    transposed = layer.kind == "conv_transpose"
    rest = (stride, padding, dilation, transposed, extra, options["groups"], [True, True, True])
    maps = [layer.y[1]]
    return (
        lambda: [run(tx, tw, **layer.options)],
        lambda: list(aten.convolution_backward(tdy, tx, tw, maps, *rest)),
    )


def scipy(layer: Layer, x: Array, w: Array, dy: Array) -> Calls:
    """Loops over images, filters and channels; SciPy knows neither batches nor layers, and no pool with winners."""
    if layer.is_pool or scipy_loops.seconds(layer.geometry) > scipy_loops.TOO_LONG:
        return None
    g = layer.geometry
    if layer.kind == "conv_transpose":
        return lambda: [scipy_loops.dx(x, w, g)], lambda: [scipy_loops.y(dy, w, g), scipy_loops.dw(x, dy, g)]
    return lambda: [scipy_loops.y(x, w, g)], lambda: [scipy_loops.dx(dy, w, g), scipy_loops.dw(dy, x, g)]


def jax(layer: Layer, x: Array, w: Array, dy: Array) -> Calls:
    """XLA's compiled layer and its transpose; its maximum pool keeps no winners and finds them again backward."""
    import jax

    import jax_layers

    jax.config.update("jax_enable_x64", True)
    forward = jax.jit(jax_layers.forward_of(layer))
    arrays = [jax.numpy.asarray(a) for a in ((x,) if layer.is_pool else (x, w))]
    jdy = jax.numpy.asarray(dy)
    backward = jax.jit(lambda dy, *arrays: jax.vjp(forward, *arrays)[1](dy))
    return lambda: [forward(*arrays).block_until_ready()], lambda: list(jax.block_until_ready(backward(jdy, *arrays)))


PEERS: dict[str, Peer] = {
    "numba": ours("numba"),
    "numpy": ours("numpy"),
    "im2col": columns,
    **({"torch": torch} if find_spec("torch") else {}),
    **({"scipy": scipy} if find_spec("scipy") else {}),
    **({"jax": jax} if find_spec("jax") else {}),
}


def must_agree(name: str, layer: Layer, which: str, actual: list[Any], expected: list[Any]) -> None:
    """A peer that computes something else is no peer: stop, rather than compare times of different work."""
    for mine, other in zip(expected, actual, strict=False):
        other = np.asarray(other)
        far = np.linalg.norm((other - mine).ravel()) / np.linalg.norm(mine.ravel())
        if other.shape != mine.shape or not far < 1e-4:
            raise ValueError(
                f"{name} must compute what convbp does on {layer.name}, {which}; got a difference of {far}"
            )
