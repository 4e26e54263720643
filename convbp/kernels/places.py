"""Whether indices that a caller brought lie inside their plane."""

import numpy as np

from convbp.arrays import Array


def all_inside(indices: Array, cells: int) -> bool:
    """Tell whether every index (int64) is at least 0 and below `cells`."""
    # Without a sign, a negative index is a huge one.
    return not indices.size or bool(np.ascontiguousarray(indices).view(np.uint64).max() < cells)
