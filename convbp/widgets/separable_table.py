"""The small separable layer of SeparableCost: the gradients through both stages, and the filter that they make."""

from typing import Any, NamedTuple

import numpy as np

from convbp.conv import conv1d_backward
from convbp.geometry import conv_geometry
from convbp.separable import depthwise_conv1d, separable_conv1d, separable_conv1d_backward
from convbp.widgets.frame import minus
from convbp.widgets.sums import Factor, Stage, Sums, conv_stage, flat

VIEWS = ("gradients", "rank")
# What a cell shows when it is pointed at: z its sum or its gradient, y its sum or what the loss handed in.
RESULTS = {"x": "dx", "w_depth": "dw_depth", "w_point": "dw_point", "w": "w"}
SAYS = {
    "gradients": {
        "z": "Stage 1 forward: {name} sums over the taps of one channel.",
        "y": "Stage 2 forward: {name} sums over all maps of z, at one place.",
        "dy": "{name} comes from the loss.",
        "dz": "Stage 2 backward: {name} sums over all filters, at one place.",
        "dw_point": "Stage 2 backward: {name} sums over all places.",
        "dx": "Stage 1 backward: {name} sums over the windows that read it, of its own channel alone.",
        "dw_depth": "Stage 1 backward: {name} sums over all places, of its own channel alone.",
    },
    "rank": {
        "w": "{name} of the ordinary filter adds up, for each m, a weight of stage 2 times a tap of stage 1.",
        "dw_point": "{name} through the outer product sums over the taps: the same number as through the stages.",
        "dw_depth": "{name} through the outer product sums over the filters: the same number as through the stages.",
    },
}


class SeparableTable(NamedTuple):
    """The sums of both stages, those of the outer product, and the rank of each channel's table of filters by taps."""

    gradients: Sums
    rank: Sums
    ranks: list[int]
    most: int

    def sums(self, view: str) -> Sums:
        """Return the arrays and products of one view."""
        return self.gradients if view == "gradients" else self.rank

    def result(self, array: str, back: bool) -> str:
        """Name what a cell of an array shows."""
        return RESULTS.get(array, f"{'d' * back}{array}")

    def equation(self, view: str, array: str, cell: int, back: bool) -> str:
        """Write the sum that makes a cell, in letters and in numbers."""
        return self.sums(view).equation(self.result(array, back), cell)

    def sentence(self, view: str, array: str, cell: int, back: bool) -> str:
        """Say which sum it is."""
        result = self.result(array, back)
        return SAYS[view][result].format(name=self.sums(view).name(Factor(result, cell)))

    def ranks_said(self) -> str:
        """Say what rank the filters have, channel by channel."""
        ranks = ", ".join(f"w[:,{channel},:] has rank {rank}" for channel, rank in enumerate(self.ranks))
        return f"{ranks}; an ordinary filter of this shape may have rank {self.most}."

    def packed(self) -> dict[str, Any]:
        """Write both views as strings."""
        return {view: self.sums(view).packed() | SAYS[view] for view in VIEWS} | {"ranks": self.ranks_said()}


def make_separable_table(x: np.ndarray, w_depth: np.ndarray, w_point: np.ndarray, dy: np.ndarray) -> SeparableTable:
    """Compute a layer of one sample on a line with the library: x (C, L), w_depth (C, M, K), w_point (F, C·M)."""
    channels, multiplier, taps = w_depth.shape
    filters, maps = w_point.shape
    one, depth_shape = (1, *x.shape), (maps, 1, taps)
    first = conv_geometry(one, depth_shape, groups=channels)
    second = conv_geometry(first.output_shape, (filters, maps, 1))
    grad = np.resize(dy, second.output_shape)
    z = depthwise_conv1d(x[None], w_depth, backend="loops")
    y = separable_conv1d(x[None], w_depth, w_point, backend="loops")
    back = separable_conv1d_backward(grad, x[None], w_depth, w_point, backend="loops")
    dz = conv1d_backward(grad, z, w_point[:, :, None], need=("dx",), backend="loops").dx
    w = np.einsum("fcm,cmk->fck", w_point.reshape(filters, channels, multiplier), w_depth)
    dw = conv1d_backward(grad, x[None], w, need=("dw",), backend="loops").dw
    weights = {"w_depth": w_depth, "dw_depth": back.dw_depth, "w_point": w_point, "dw_point": back.dw_point}
    gradients = Sums(
        {"x": x.shape, "w_depth": w_depth.shape, "z": z.shape[1:], "w_point": w_point.shape, "y": y.shape[1:]},
        flat({"x": x, "dx": back.dx, "z": z, "dz": dz, "y": y, "dy": grad, **weights}),
        [conv_stage("x", "w_depth", "z", first), conv_stage("z", "w_point", "y", second)],
    )
    outer = Sums(
        {"w_depth": w_depth.shape, "w_point": w_point.shape, "w": w.shape},
        flat({"w": w, "dw": dw, **weights}),
        [outer_stage(w_depth.shape, filters)],
    )
    ranks = [int(np.linalg.matrix_rank(w[:, c])) for c in range(channels)]
    return SeparableTable(gradients, outer, ranks, min(filters, taps))


def outer_stage(depth_shape: tuple[int, ...], filters: int) -> Stage:
    """List the products w_point[f, c·M+m]·w_depth[c, m, k] that make w[f, c, k]."""
    channels, multiplier, taps = depth_shape
    depth = np.arange(channels * multiplier * taps).reshape(depth_shape)
    point = np.arange(filters * channels * multiplier).reshape(filters, channels, multiplier)
    whole = np.arange(filters * channels * taps).reshape(filters, channels, taps)
    every = np.ndindex(filters, channels, multiplier, taps)
    met = [(int(depth[c, m, k]), int(point[f, c, m]), int(whole[f, c, k])) for f, c, m, k in every]
    return Stage("w_depth", "w_point", "w", met)


def number(table: SeparableTable, view: str, which: str, cell: int) -> str:
    """Write the number in a cell of an array or of its gradient."""
    return minus(table.sums(view).values[which][cell])
