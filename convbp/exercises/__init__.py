"""Checkers of the book's exercises: they say what is wrong with an answer, not only that it is.

Write the function that an exercise asks for and hand it over. It is tried on whole numbers, and compared with ``==``::

    from convbp import exercises

    exercises.check("stamp", stamp)

======================  =====================================================================================  =======
name                    the function                                                                           chapter
======================  =====================================================================================  =======
``stamp``               ``stamp(dy, w)`` returns dx                                                            1
``one-step``            ``one_step(x, w, b, t, eta)`` returns the new w and b                                  1
``causal``              ``causal(x, w)`` returns the causal convolution                                        2
``one-filter``          ``one_filter(u, v)`` returns the filter that does the work of both                     2
``input-sizes``         ``input_sizes(M, K, stride)`` returns every N with M outputs                           2
``diff-backward``       ``diff_backward(dy)`` returns dx                                                       3
``first-maximum``       ``first_maximum(dy, x)`` returns dx                                                    3
``suspect``             ``mended(dy, x, w, b, stride, pad)`` returns dx, dw and db                             3
``taps``                ``by_taps(dy, x, w)`` returns dw and dx                                                4
``padded-dx``           ``padded_dx(dy, w, before, after)`` returns dx                                         4
``gathered-dx``         ``gathered_dx(dy, w, N)`` returns dx                                                   4
``strided-gradients``   ``strided_gradients(dy, x, w, stride)`` returns dx and dw                              4
``plane-dx``            ``plane_dx(dy, w, H, W)`` returns dx                                                   5
``half-turn``           ``half_turn(dy, w)`` returns dx                                                        5
``column-and-row``      ``column_and_row(dy, x, u, v)`` returns du and dv                                      5
``filters-back``        ``filters_back(w)`` returns the filters of dx as a layer                               6
``batch-backward``      ``batch_backward(dy, x, w)`` returns dx, dw and db                                     6
``crop``                ``crop(dx_padded, before, after)`` returns dx                                          7
``strided-dx``          ``strided_dx(dy, w, stride, N)`` returns dx                                            7
``mirror-backward``     ``mirror_backward(dx_padded, before, after)`` returns dx                               7
``slid-dx``             ``slid_dx(dy, w, N, stride, dilation, before, after)`` returns dx                      7
``matrix-of``           ``matrix_of(w, N, stride, dilation, before, after)`` returns A                         8
``columns-back``        ``columns_back(columns, N, stride, dilation, before)`` returns dx                      8
``wrapped``             ``wrapped(x, w, T)`` returns the numbers on a ring of T cells                          8
``transposed-stamp``    ``transposed_stamp(x, w, stride, dilation, before, after, output_padding)`` returns y  9
``linear-backward``     ``linear_backward(dy, cells, scale)`` returns dx                                       9
``max-pool-dx``         ``max_pool_dx(dy, pidx, H, W)`` returns dx                                             10
``average-dx``          ``average_dx(dy, N, K, stride, before, include)`` returns dx                           10
``adaptive-dx``         ``adaptive_dx(dy, N)`` returns dx                                                      10
``delta-below``         ``delta_below(delta, w, z)`` returns delta of the layer below                          11
``through-pool``        ``through_pool(dpooled, z)`` returns delta                                             11
``momentum-steps``      ``momentum_steps(w, gradients, rate, momentum)`` returns w after each step             11
``composed-filters``    ``composed_filters(w_depth, w_point)`` returns w                                       12
``depthwise-backward``  ``depthwise_backward(dz, x, w)`` returns dx and dw                                     12
``ring-dx``             ``ring_dx(dy, w, stride, N)`` returns dx                                               13
``tied-dw``             ``tied_dw(dw_h)`` returns dw                                                           13
``turn-lifted``         ``turn_lifted(y)`` returns turned y                                                    13
======================  =====================================================================================  =======

The questions of the self-checks are kept here too: `questions_of`.
"""

from collections.abc import Callable
from typing import Any

from convbp.exercises import (
    chapter_01,
    chapter_02,
    chapter_03,
    chapter_04,
    chapter_05,
    chapter_06,
    chapter_07,
    chapter_08,
    chapter_09,
    chapter_10,
    chapter_11,
    chapter_12,
    chapter_13,
)
from convbp.exercises.checking import Report, judge
from convbp.exercises.questions import Option, Question, questions_of

__all__ = ["Option", "Question", "Report", "check", "names", "questions_of"]

CHAPTERS = {
    1: chapter_01,
    2: chapter_02,
    3: chapter_03,
    4: chapter_04,
    5: chapter_05,
    6: chapter_06,
    7: chapter_07,
    8: chapter_08,
    9: chapter_09,
    10: chapter_10,
    11: chapter_11,
    12: chapter_12,
    13: chapter_13,
}
EXERCISES = {name: exercise for chapter in CHAPTERS.values() for name, exercise in chapter.EXERCISES.items()}


def names() -> tuple[str, ...]:
    """Return the names of all exercises, in the order of the book.

    Examples
    --------
    >>> names()[:3]
    ('stamp', 'one-step', 'causal')
    """
    return tuple(EXERCISES)


def check(name: str, function: Callable[..., Any]) -> Report:
    """Try an answer to an exercise on every case of it, and say what is wrong.

    Parameters
    ----------
    name : str
        One of `names`.
    function : callable
        The answer. It is called with copies of the arguments, one case after the other, the smallest first.

    Returns
    -------
    Report
        Shows itself as text: that nothing is written yet; or what is wrong, by name if the mistake is a known one,
        with the smallest case to redo by hand; or that all is right and what was tried. ``report.right`` says it in one
        bit.

    Raises
    ------
    ValueError
        If there is no exercise of that name.
    TypeError
        If `function` cannot be called.

    Examples
    --------
    >>> def stamp(dy, w):
    ...     dx = [0] * (len(dy) + len(w) - 1)
    ...     for o in range(len(dy)):
    ...         for k in range(len(w)):
    ...             dx[o + k] = dy[o] * w[k]
    ...     return dx
    >>> check("stamp", stamp)
    ✗ Stamp and add: windows overlap, and you assigned where you must
      add: a cell keeps only what its last window left.
    The smallest case (dx is wrong in every case):
      dy          = [ 2, -1]
      w           = [3, 5]
      expected dx = [ 6,  7, -5]
      got dx      = [ 6, -3, -5]
    """
    if name not in EXERCISES:
        raise ValueError(f"name must be one of {', '.join(EXERCISES)}; got {name!r}")
    if not callable(function):
        raise TypeError(f"function must be callable; got {type(function).__name__}")
    return judge(EXERCISES[name], function)
