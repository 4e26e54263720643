"""One comparison for all tests of rounding."""

from typing import Any

import numpy as np


def assert_close(
    actual: Any, expected: Any, *, terms: int, magnitude: float | None = None, allowed: float = 4.0
) -> None:
    """Assert that two sums of `terms` products agree to the rounding that any order of adding them may cause.

    The bound is allowed · ε · √terms · magnitude, ε of the coarser dtype, the largest of `expected` as magnitude: the
    rounding errors of independent terms add up like a random walk.
    """
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{actual.shape} is not {expected.shape}"
    coarser = max(np.finfo(actual.dtype).eps, np.finfo(expected.dtype).eps)
    scale = float(np.max(np.abs(expected), initial=0.0)) if magnitude is None else magnitude
    bound = allowed * float(coarser) * max(1, terms) ** 0.5 * max(scale, 1e-300)
    error = float(np.max(np.abs(actual.astype(np.float64) - expected.astype(np.float64)), initial=0.0))
    assert error <= bound, f"differs by {error:.3g}, allowed {bound:.3g} for {terms} terms of {scale:.3g}"


def assert_same(actual: Any, expected: Any) -> None:
    """Assert equal shape, dtype and every bit of value."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{actual.shape} is not {expected.shape}"
    assert actual.dtype == expected.dtype, f"{actual.dtype} is not {expected.dtype}"
    np.testing.assert_array_equal(actual, expected)
