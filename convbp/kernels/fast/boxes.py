"""Copy the cells of some images into a box, with zeros where the padding is."""

from convbp.kernels.fast.runs import padded_cells, padded_second_cells
from convbp.kernels.jit import compiled


@compiled
def fill(box, pitch, x, n, images, channel, channels, window, phases):  # type: ignore[no-untyped-def]
    """box[phase, c, image, t…] = x[n + image, channel + c, first + step·t + phase …], or 0 outside of x.

    The channels of the box are `pitch` cells apart.
    """
    cells = x.reshape(-1)
    step, depth, height, width = window[2, 1], window[0, 2], window[1, 2], window[2, 2]
    for phase in range(phases.shape[0]):
        begin = window[2, 0] + phases[phase, 2]
        for c in range(channels):
            at = (phase * channels + c) * pitch
            for image in range(images):
                plane = (n + image) * x.shape[1] + channel + c
                for t in range(depth):
                    d = window[0, 0] + window[0, 1] * t + phases[phase, 0]
                    for i in range(height):
                        r = window[1, 0] + window[1, 1] * i + phases[phase, 1]
                        size = window[2, 3] if 0 <= d < window[0, 3] and 0 <= r < window[1, 3] else 0
                        row = ((plane * x.shape[2] + d) * x.shape[3] + r) * x.shape[4]
                        if step == 1:
                            padded_cells(box, at, cells, row, begin, size, width)
                        elif step == 2:
                            padded_second_cells(box, at, cells, row, begin, size, width)
                        else:
                            for j in range(width):
                                s = begin + step * j
                                box[at + j] = cells[row + s] if 0 <= s < size else 0
                        at += width
