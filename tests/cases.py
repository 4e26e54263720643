"""Shapes on which a wrong index shows: sizes all different, ends padded unevenly, strides that leave a remainder."""

from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import conv_geometry, transpose_geometry

BACKENDS = ("loops", "numpy", "numba")


class Case(NamedTuple):
    """The shapes and options of one layer."""

    x: tuple[int, ...]
    w: tuple[int, ...]
    options: dict[str, Any]

    @property
    def rank(self) -> int:
        return len(self.x) - 2

    def __str__(self) -> str:
        words = [f"{name}={value}" for name, value in self.options.items()]
        return "-".join(["x".join(map(str, self.x)), "x".join(map(str, self.w)), *words]).replace(" ", "")


CONV = (
    Case((2, 3, 7), (5, 3, 3), {}),
    Case((2, 3, 8), (5, 3, 3), {"stride": 3, "padding": [(1, 2)]}),
    Case((2, 4, 9), (6, 2, 2), {"stride": 2, "dilation": 3, "groups": 2}),
    Case((1, 2, 5), (3, 2, 4), {"padding": "same"}),
    Case((1, 2, 3), (3, 2, 5), {"padding": 4}),
    Case((1, 1, 8), (1, 1, 2), {"stride": 4, "padding": 3}),
    Case((2, 3, 7, 9), (5, 3, 3, 2), {}),
    Case((2, 3, 7, 9), (5, 3, 3, 2), {"stride": (3, 2), "padding": ((2, 0), (1, 3))}),
    Case((2, 6, 8, 7), (4, 3, 2, 3), {"stride": (2, 3), "dilation": (3, 2), "padding": (1, 2), "groups": 2}),
    Case((3, 4, 6, 5), (4, 1, 3, 2), {"groups": 4, "padding": "same", "stride": (2, 1)}),
    Case((2, 3, 5, 4), (7, 3, 1, 1), {}),
    Case((2, 3, 5, 7), (2, 3, 1, 1), {"stride": (2, 3)}),
    Case((2, 2, 4, 5, 6), (3, 2, 2, 3, 1), {"stride": (1, 2, 3), "padding": ((1, 0), (0, 2), (1, 1))}),
    Case((1, 4, 5, 4, 3), (6, 2, 3, 2, 2), {"dilation": (2, 1, 2), "padding": (1, 0, 1), "groups": 2}),
    Case((9, 4, 5), (2, 2, 3), {"stride": 2, "padding": 1, "groups": 2}),  # more images than outputs in a row
    Case((8, 3, 5, 6), (2, 3, 4, 3), {"stride": (2, 3), "padding": 1}),
)

TRANSPOSE = (
    Case((2, 3, 4), (3, 5, 3), {}),
    Case((2, 4, 5), (4, 3, 2), {"stride": 3, "output_padding": 2, "groups": 2}),
    Case((1, 2, 4), (2, 3, 4), {"stride": 2, "padding": "same"}),
    Case((1, 2, 4), (2, 3, 2), {"stride": 5, "padding": "same"}),
    Case((2, 3, 4, 5), (3, 2, 3, 2), {"stride": (2, 3), "padding": ((1, 2), (0, 1)), "output_padding": (1, 2)}),
    Case((2, 4, 3, 5), (4, 3, 2, 3), {"stride": (2, 1), "dilation": (3, 2), "padding": (1, 2), "groups": 2}),
    Case((1, 2, 2, 3, 4), (2, 3, 3, 2, 1), {"stride": (1, 2, 3), "padding": (1, 0, 0), "output_padding": (0, 1, 2)}),
)


def whole_numbers(case: Case, dtype: Any = np.float64, *, transpose: bool = False) -> tuple[Array, Array, Array, Array]:
    """Return x, w, b and dy of small whole numbers: their sums of products are exact in any order."""
    rng = np.random.default_rng(sum(case.x) + 100 * sum(case.w))
    make_geometry = transpose_geometry if transpose else conv_geometry
    g = make_geometry(case.x, case.w, **case.options)
    y_shape = g.input_shape if transpose else g.output_shape
    shapes = (case.x, case.w, (y_shape[1],), y_shape)
    x, w, b, dy = (rng.integers(-4, 5, shape).astype(dtype) for shape in shapes)
    return x, w, b, dy


def real_numbers(case: Case, dtype: Any = np.float64, *, transpose: bool = False) -> tuple[Array, Array, Array, Array]:
    """Return x, w, b and dy with digits to round."""
    rng = np.random.default_rng(7)
    parts = whole_numbers(case, transpose=transpose)
    x, w, b, dy = ((part + rng.standard_normal(part.shape)).astype(dtype) for part in parts)
    return x, w, b, dy
