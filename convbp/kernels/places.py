"""Whether indices that a caller brought lie inside their plane."""

from collections.abc import Callable
from functools import wraps
from math import prod

import numpy as np

from convbp.arrays import Array


def all_inside(indices: Array, cells: int) -> bool:
    """Tell whether every index (int64) is at least 0 and below `cells`."""
    # Without a sign, a negative index is a huge one.
    return not indices.size or bool(np.ascontiguousarray(indices).view(np.uint64).max() < cells)


def none_if_outside(
    max_pool_dx: Callable[[Array, Array, tuple[int, ...]], Array],
) -> Callable[[Array, Array, tuple[int, ...]], Array | None]:
    """Let `max_pool_dx` work only where all indices lie inside their planes, and return None where one does not."""

    @wraps(max_pool_dx)
    def checked(dy: Array, indices: Array, sizes: tuple[int, ...]) -> Array | None:
        return max_pool_dx(dy, indices, sizes) if all_inside(indices, prod(sizes)) else None

    return checked
