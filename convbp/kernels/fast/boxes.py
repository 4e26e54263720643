"""Copy the cells of some images into a box, with zeros where the padding is, and results out of it."""

from convbp.kernels.fast.runs import clear_cells, copy_cells, copy_second_cells
from convbp.kernels.jit import compiled


@compiled
def fill(box, pitch, x, n, images, channel, channels, window, phases):  # type: ignore[no-untyped-def]
    """box[phase, c, image, t…] = x[n + image, channel + c, first + step·t + phase …], or 0 outside of x.

    The channels of the box are `pitch` cells apart.
    """
    cells = x.reshape(-1)
    first, step = window[2, 0], window[2, 1]
    depth, height, width = window[0, 2], window[1, 2], window[2, 2]
    for phase in range(phases.shape[0]):
        begin = first + phases[phase, 2]
        low = min(width, max(0, -(begin // step)))
        high = max(low, min(width, (window[2, 3] - 1 - begin) // step + 1))
        for c in range(channels):
            at = (phase * channels + c) * pitch
            for image in range(images):
                for t in range(depth):
                    d = window[0, 0] + window[0, 1] * t + phases[phase, 0]
                    for i in range(height):
                        r = window[1, 0] + window[1, 1] * i + phases[phase, 1]
                        if 0 <= d < window[0, 3] and 0 <= r < window[1, 3]:
                            row = (((n + image) * x.shape[1] + channel + c) * x.shape[2] + d) * x.shape[3] + r
                            row = row * x.shape[4] + begin
                            if low:
                                clear_cells(box, at, low)
                            if step == 1:
                                copy_cells(box, at + low, cells, row + low, high - low)
                            elif step == 2:
                                copy_second_cells(box, at + low, cells, row + 2 * low, high - low)
                            else:
                                for j in range(low, high):
                                    box[at + j] = cells[row + step * j]
                            if high < width:
                                clear_cells(box, at + high, width - high)
                        else:
                            clear_cells(box, at, width)
                        at += width
