"""Losses: one number for a whole batch, and its gradient. This is where 1/N enters, and nowhere else."""

from typing import Any

import numpy as np

from convbp.arrays import Array, checked, must_have_axes, must_have_shape


def softmax(scores: Any) -> Array:
    """Turn each row of scores into probabilities: p[n,k] = exp(s[n,k]) / Σ_j exp(s[n,j]).

    Parameters
    ----------
    scores : array (N, K)
        Any real numbers; adding one number to a whole row changes nothing.

    Returns
    -------
    p : array (N, K)
        Rows of numbers between 0 and 1 that add up to 1.

    Raises
    ------
    ValueError
        If `scores` has another number of axes or no class.
    TypeError
        If `scores` is not of real numbers.

    Examples
    --------
    >>> softmax([[0, 0], [-1000, 1000]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    (scores,), dtype = _checked_scores(scores=scores)
    return _softmax(scores).astype(dtype, copy=False)


def softmax_backward(dy: Any, scores: Any) -> Array:
    """Carry a gradient back through `softmax`: dscores = p · (dy − Σ_j dy[j]·p[j]) in each row.

    Parameters
    ----------
    dy : array (N, K)
    scores : array (N, K)
        What the forward call took.

    Returns
    -------
    dscores : array (N, K)
        Each row adds up to 0.

    Raises
    ------
    ValueError
        If the shapes differ, or as in `softmax`.

    Examples
    --------
    >>> softmax_backward([[8, 0]], [[0, 0]])
    array([[ 2., -2.]])
    """
    (dy, scores), dtype = _checked_scores(dy=dy, scores=scores)
    must_have_shape("dy", dy, scores.shape, "as the forward call returns")
    p = _softmax(scores)
    mean = np.sum(dy * p, axis=1, keepdims=True)
    return (p * (dy - mean)).astype(dtype, copy=False)


def softmax_cross_entropy(scores: Any, labels: Any) -> Any:
    """Measure how far scores are from the right classes: the mean of −log softmax(scores)[n, labels[n]].

    Parameters
    ----------
    scores : array (N, K)
        One score for each of K classes, from the last layer as they are.
    labels : array of int (N,)
        The right class of each sample, from 0 to K−1.

    Returns
    -------
    loss : number
        Mean over the batch, 0 for an empty one. Scores that say nothing cost log K.

    Raises
    ------
    ValueError
        If a shape does not fit, or a label is no class.
    TypeError
        If `scores` are not real numbers or `labels` no ints.

    See Also
    --------
    softmax_cross_entropy_backward : the gradient.

    Notes
    -----
    −log softmax(s)[k] = log Σ_j exp(s[j] − m) − (s[k] − m) with m the largest score of the row, so that no exponential
    overflows and no logarithm meets 0.

    Examples
    --------
    The right class is three times as likely as the other, then as likely as the other:

    >>> loss = softmax_cross_entropy([[np.log(3), 0], [0, 0]], [0, 1])
    >>> print(loss.round(6), ((np.log(4 / 3) + np.log(2)) / 2).round(6))
    0.490415 0.490415
    """
    (scores,), dtype = _checked_scores(scores=scores)
    classes = _checked_labels(labels, scores)
    below = _below_the_largest(scores)
    chosen = np.take_along_axis(below, classes[:, None], axis=1)[:, 0]
    losses = np.log(np.sum(np.exp(below), axis=1)) - chosen
    return _one_number(_mean(losses), dtype)


def softmax_cross_entropy_backward(dy: Any, scores: Any, labels: Any) -> Array:
    """Return the gradient of `softmax_cross_entropy` for the scores: dy · (softmax − one-hot) / N.

    Parameters
    ----------
    dy : number
        Gradient with respect to the loss: 1 if the loss is the end of the line.
    scores, labels
        What the forward call took, unchanged.

    Returns
    -------
    dscores : array (N, K)
        Each row adds up to 0: what the right class gains, the others lose.

    Raises
    ------
    ValueError, TypeError
        As in `softmax_cross_entropy`, and if `dy` is not one number.

    Examples
    --------
    >>> softmax_cross_entropy_backward(1, [[0, 0], [0, 0]], [0, 1])
    array([[-0.25,  0.25],
           [ 0.25, -0.25]])
    """
    (scores,), dtype = _checked_scores(scores=scores)
    classes = _checked_labels(labels, scores)
    dscores = _softmax(scores)
    dscores[np.arange(len(scores)), classes] -= 1
    return (dscores * (_checked_dy(dy) / max(1, len(scores)))).astype(dtype, copy=False)


def mean_squared_error(y: Any, target: Any) -> Any:
    """Return the mean of (y − target)² over all cells.

    Parameters
    ----------
    y, target : arrays of one shape
        Objects such as fractions stay exact.

    Returns
    -------
    loss : number
        0 for empty arrays.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If an array is not of real numbers.

    Examples
    --------
    >>> print(mean_squared_error([[1, 2]], [[1, 5]]))
    4.5
    """
    (y, target), dtype = checked(y=y, target=target)
    must_have_shape("target", target, y.shape, "as y has")
    return _one_number(_mean((y - target) ** 2), dtype)


def mean_squared_error_backward(dy: Any, y: Any, target: Any) -> Array:
    """Return the gradient of `mean_squared_error` for y: dy · 2·(y − target) / cells. The target gets its negative.

    Parameters
    ----------
    dy : number
        Gradient with respect to the loss: 1 if the loss is the end of the line.
    y, target
        What the forward call took, unchanged.

    Returns
    -------
    array like y

    Raises
    ------
    ValueError, TypeError
        As in `mean_squared_error`, and if `dy` is not one number.

    Examples
    --------
    >>> mean_squared_error_backward(1, [[1, 2]], [[1, 5]])
    array([[ 0., -3.]])
    """
    (y, target), dtype = checked(y=y, target=target)
    must_have_shape("target", target, y.shape, "as y has")
    gradient = 2 * _checked_dy(dy) * (y - target) / max(1, y.size)
    return np.asarray(gradient).astype(dtype, copy=False)


def _checked_scores(**arrays: Any) -> tuple[list[Array], np.dtype[Any]]:
    found, dtype = checked(**arrays)
    for name, array in zip(arrays, found, strict=True):
        must_have_axes(name, array, "N, K")
        if array.dtype.kind == "O":
            raise TypeError(f"{name} must not hold objects, which have no exponential function; got dtype object")
        if array.shape[1] == 0:
            raise ValueError(f"{name} must have at least one class on axis 1; got shape {array.shape}")
    return found, dtype


def _checked_labels(labels: Any, scores: Array) -> Array:
    found = np.asarray(labels)
    if found.size == 0:
        found = found.astype(np.int64)
    if found.dtype.kind not in "iu" or isinstance(labels, np.ma.MaskedArray):
        raise TypeError(f"labels must be an array of ints, one class for each sample; got dtype {found.dtype}")
    must_have_shape("labels", found, (len(scores),), "one class for each sample")
    wrong = np.flatnonzero((found < 0) | (found >= scores.shape[1]))
    if wrong.size:
        at = wrong[0]
        raise ValueError(f"labels must be classes from 0 to {scores.shape[1] - 1}; got {found[at]} at labels[{at}]")
    return found.astype(np.int64)


def _checked_dy(dy: Any) -> Any:
    """Return `dy` as a Python number, which leaves the precision of the arrays alone."""
    (found,), _ = checked(dy=dy)
    must_have_shape("dy", found, (), "since a loss is one number")
    return found.item()


def _softmax(scores: Array) -> Array:
    growth = np.exp(_below_the_largest(scores))
    return growth / np.sum(growth, axis=1, keepdims=True)


def _below_the_largest(scores: Array) -> Array:
    with np.errstate(invalid="ignore"):  # infinity has no difference from itself: NaN, in its row only
        return scores - np.max(scores, axis=1, keepdims=True)


def _mean(parts: Array) -> Any:
    return np.sum(parts) / max(1, parts.size)


def _one_number(value: Any, dtype: np.dtype[Any]) -> Any:
    return value if dtype.kind == "O" else dtype.type(value)
