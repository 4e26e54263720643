"""The windows of adaptive pooling: an axis cut into a given number of parts, as even as whole cells allow."""


def adaptive_windows(size: int, outputs: int) -> list[range]:
    """Return the cells that each output reads: from ⌊o·size/outputs⌋ to before ⌈(o+1)·size/outputs⌉.

    The windows cover every cell. Where the division leaves a remainder, neighbours share a cell.

    Parameters
    ----------
    size : int
        Cells of the axis.
    outputs : int
        Windows that are wanted; they may be more than the cells, which then are read again.

    Returns
    -------
    list of range

    Examples
    --------
    >>> adaptive_windows(6, 3)
    [range(0, 2), range(2, 4), range(4, 6)]
    >>> adaptive_windows(5, 3)
    [range(0, 2), range(1, 4), range(3, 5)]
    """
    return [range(o * size // outputs, -(-(o + 1) * size // outputs)) for o in range(outputs)]
