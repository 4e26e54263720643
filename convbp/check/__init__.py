"""Is a backward pass right? Central differences, exact integer differences, corners, the adjoint identity and Euler's.

Each check compares gradients that somebody wrote with something that only uses the forward pass, so it can be turned on
any code, not only on this library's.
"""

from convbp.check.comparisons import check_exact, check_gradients, relative_error
from convbp.check.differences import best_step, integer_gradient, kinks, numerical_gradient
from convbp.check.identities import Sides, adjoint_check, euler_check

__all__ = [
    "Sides",
    "adjoint_check",
    "best_step",
    "check_exact",
    "check_gradients",
    "euler_check",
    "integer_gradient",
    "kinks",
    "numerical_gradient",
    "relative_error",
]
