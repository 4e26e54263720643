"""Copy the cells of some images into a box, with zeros where the padding is, and put a row of results back.

The parts of `fill` are functions of their own: as its lines, layers of short rows took up to half as long again.
"""

from convbp.kernels.fast.plan import SPATIAL_AXES
from convbp.kernels.fast.runs import clear_cells, copy_cells, padded_rows, padded_second_rows, spread_cells
from convbp.kernels.jit import compiled


def lifted(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The channels of an array of this shape and its spatial axes, as many as a box has."""
    return (shape[1], *(1,) * (SPATIAL_AXES + 2 - len(shape)), *shape[2:])


@compiled
def fill(box, pitch, x, sizes, n, images, channel, channels, window, phases):  # type: ignore[no-untyped-def]
    """box[phase, c, image, t…] = x[n + image, channel + c, first + step·t + phase …], or 0 outside of x.

    The channels of the box are `pitch` cells apart. x is flat, and `sizes` says how many channels it has and how long
    each axis is.
    """
    all_channels, x_depth, x_height, x_width = sizes
    depth, height, width = window[0, 2], window[1, 2], window[2, 2]
    d_step, row_step = window[0, 1], window[1, 1]
    for phase in range(phases.shape[0]):
        low, high = _inside(window[1], phases[phase, 1])
        row, begin = window[1, 0] + row_step * low + phases[phase, 1], window[2, 0] + phases[phase, 2]
        for c in range(channels):
            at = (phase * channels + c) * pitch
            for image in range(images):
                plane = (n + image) * all_channels + channel + c
                for t in range(depth):
                    d = window[0, 0] + d_step * t + phases[phase, 0]
                    if 0 <= d < window[0, 3]:
                        first = ((plane * x_depth + d) * x_height + row) * x_width
                        clear_cells(box, at, low * width)
                        _rows(box, at + low * width, x, first, row_step * x_width, high - low, begin, window[2])
                        clear_cells(box, at + high * width, (height - high) * width)
                    else:
                        clear_cells(box, at, height * width)
                    at += height * width


@compiled
def _inside(axis, phase):  # type: ignore[no-untyped-def]
    """Return from which to which position of an axis (first cell, step, positions, size) its cells are real."""
    first, step, positions, size = axis[0] + phase, axis[1], axis[2], axis[3]
    low = 0
    while low < positions and not 0 <= first + step * low < size:
        low += 1
    high = low
    while high < positions and first + step * high < size:
        high += 1
    return low, high


@compiled
def _rows(box, at, cells, first, pitch, rows, begin, axis):  # type: ignore[no-untyped-def]
    step, width, size = axis[1], axis[2], axis[3]
    if step == 1:
        padded_rows(box, at, width, cells, first, pitch, rows, begin, size)
    elif step == 2:
        padded_second_rows(box, at, width, cells, first, pitch, rows, begin, size)
    else:
        for i in range(rows):
            for j in range(width):
                s = begin + step * j
                box[at + width * i + j] = cells[first + pitch * i + s] if 0 <= s < size else 0


@compiled
def put_back(y, to, by, source, at, cells):  # type: ignore[no-untyped-def]
    """y[to + by·j] = source[at + j] for j < cells."""
    if by == 1:
        copy_cells(y, to, source, at, cells)
    elif by == 2:
        spread_cells(y, to, source, at, cells)
    else:
        for j in range(cells):
            y[to + by * j] = source[at + j]
