"""Pooling for tests: cases, every kind behind one call, and what PyTorch says of windows that are cut out by hand."""

from math import inf
from typing import Any, NamedTuple

import numpy as np

import convbp
from convbp.arrays import Array
from convbp.geometry import ConvGeometry, pool_geometry

KINDS = ("max", "avg", "avg of real cells", "lp", "logsumexp")
POWER = 3.0


class Pool(NamedTuple):
    """The shapes and options of one pool."""

    x: tuple[int, ...]
    kernel_size: int | tuple[int, ...]
    options: dict[str, Any]

    @property
    def rank(self) -> int:
        return len(self.x) - 2

    @property
    def geometry(self) -> ConvGeometry:
        return pool_geometry(self.x, self.kernel_size, **self.options)

    def __str__(self) -> str:
        words = [f"{name}={value}" for name, value in self.options.items()]
        return "-".join(["x".join(map(str, self.x)), str(self.kernel_size), *words]).replace(" ", "")


POOLS = (
    Pool((2, 3, 7), 2, {}),
    Pool((2, 3, 8), 3, {"stride": 2, "padding": [(1, 2)]}),
    Pool((2, 2, 9), 3, {"stride": 1}),
    Pool((1, 3, 7), 4, {"stride": 3, "dilation": 2, "padding": 2, "ceil_mode": True}),
    Pool((1, 2, 5), 3, {"stride": 2, "padding": "same"}),
    Pool((2, 3, 7, 9), (3, 2), {"stride": (2, 3), "padding": ((1, 0), (0, 1))}),
    Pool((2, 3, 7, 8), 3, {"stride": 2, "padding": 1, "ceil_mode": True}),
    Pool((2, 2, 6, 7), (2, 3), {"stride": 1}),
    Pool((3, 2, 8, 7), (2, 3), {"stride": (2, 1), "dilation": (3, 2), "padding": (1, 2)}),
    Pool((1, 2, 5, 4, 3), 2, {}),
    Pool((2, 2, 4, 5, 6), (2, 3, 1), {"stride": (1, 2, 3), "padding": ((1, 0), (0, 2), 0), "ceil_mode": True}),
)


def forward(kind: str, pool: Pool, x: Any, backend: str = "auto") -> Array:
    """Pool `x`; of a max pool, return the values."""
    options = {**pool.options, "backend": backend}
    if kind == "max":
        return getattr(convbp, f"max_pool{pool.rank}d")(x, pool.kernel_size, **options).y
    if kind == "lp":
        return getattr(convbp, f"lp_pool{pool.rank}d")(x, POWER, pool.kernel_size, **options)
    if kind == "logsumexp":
        return getattr(convbp, f"logsumexp_pool{pool.rank}d")(x, pool.kernel_size, **options)
    counts = kind == "avg"
    return getattr(convbp, f"avg_pool{pool.rank}d")(x, pool.kernel_size, count_include_pad=counts, **options)


def backward(kind: str, pool: Pool, dy: Any, x: Any, backend: str = "auto") -> Array:
    """Carry `dy` back through the pool of `x`."""
    options = {**pool.options, "backend": backend}
    if kind == "max":
        indices = getattr(convbp, f"max_pool{pool.rank}d")(x, pool.kernel_size, **options).indices
        return getattr(convbp, f"max_pool{pool.rank}d_backward")(dy, indices, np.shape(x), backend=backend)
    if kind == "lp":
        return getattr(convbp, f"lp_pool{pool.rank}d_backward")(dy, x, POWER, pool.kernel_size, **options)
    if kind == "logsumexp":
        return getattr(convbp, f"logsumexp_pool{pool.rank}d_backward")(dy, x, pool.kernel_size, **options)
    options["count_include_pad"] = kind == "avg"
    return getattr(convbp, f"avg_pool{pool.rank}d_backward")(dy, np.shape(x), pool.kernel_size, **options)


def real_numbers(pool: Pool, dtype: Any = np.float64) -> tuple[Array, Array]:
    """Return x and dy with digits to round."""
    rng = np.random.default_rng(sum(pool.x))
    return rng.standard_normal(pool.x).astype(dtype), rng.standard_normal(pool.geometry.output_shape).astype(dtype)


def whole_numbers(pool: Pool, dtype: Any = np.float64) -> tuple[Array, Array]:
    """Return x and dy of small whole numbers, many of them equal."""
    rng = np.random.default_rng(sum(pool.x))
    return rng.integers(-2, 3, pool.x).astype(dtype), rng.integers(-4, 5, pool.geometry.output_shape).astype(dtype)


def far_apart(pool: Pool) -> Array:
    """Return an x of multiples of 10 that are all different: a step of 1 changes no winner."""
    rng = np.random.default_rng(sum(pool.x))
    return 10.0 * (rng.permutation(int(np.prod(pool.x))).reshape(pool.x) - np.prod(pool.x) // 2) + 5


def judged_pool(torch: Any, kind: str, pool: Pool, x: Array, dy: Array) -> tuple[Array, Array]:
    """Return y and dx as PyTorch computes them on windows that are cut out of a padded tensor."""
    tensor = torch.tensor(x, requires_grad=True)
    if kind == "max":
        y = windows(torch, tensor, pool.geometry, -inf).amax(-1)
    elif kind == "lp":
        y = torch.linalg.vector_norm(windows(torch, tensor, pool.geometry, 0.0), POWER, dim=-1)
    elif kind == "logsumexp":
        y = torch.logsumexp(windows(torch, tensor, pool.geometry, -inf), -1)
    else:
        count = torch.tensor(cells_that_count(kind, pool), dtype=tensor.dtype)
        y = windows(torch, tensor, pool.geometry, 0.0).sum(-1) / count
    y.backward(torch.tensor(dy))
    return y.detach().numpy(), tensor.grad.numpy()


def windows(torch: Any, x: Any, g: ConvGeometry, fill: float) -> Any:
    """Return (N, C, O…, taps): the cells of each window, `fill` in the padding."""
    ends = [end for axis in reversed(g.axes) for end in (axis.before, axis.after)]
    x = torch.nn.functional.pad(x, ends, value=fill)
    for at, axis in enumerate(g.axes, start=2):
        x = x.unfold(at, axis.reach, axis.stride)[..., :: axis.dilation]
    return x.flatten(2 + len(g.axes))


def cells_that_count(kind: str, pool: Pool) -> Array:
    """Count by hand: 1 on the real cells, 1 on the padding if it counts, 0 on what only ceil_mode added."""
    floor = {**pool.options, "ceil_mode": False}
    asked_for = pool_geometry(pool.x, pool.kernel_size, **floor).axes
    counted = np.ones([a.size for a in asked_for])
    counted = np.pad(counted, [(a.before, a.after) for a in asked_for], constant_values=1.0 * (kind == "avg"))
    count = np.zeros(pool.geometry.output_shape[2:])
    for o in np.ndindex(count.shape):
        starts = [a.stride * i for a, i in zip(pool.geometry.axes, o, strict=True)]
        parts = [slice(s, s + a.reach, a.dilation) for a, s in zip(pool.geometry.axes, starts, strict=True)]
        count[o] = counted[tuple(parts)].sum()
    return count


def layouts(a: Array) -> dict[str, Any]:
    """Return the same numbers as other arrays."""
    read_only = a.copy()
    read_only.flags.writeable = False
    return {
        "fortran": np.asfortranarray(a),
        "every second": np.repeat(a, 2, axis=-1)[..., ::2],
        "backwards": a[..., ::-1].copy()[..., ::-1],
        "read-only": read_only,
        "other byte order": a.astype(a.dtype.newbyteorder()),
        "lists": a.tolist(),
    }
