import numpy as np

from answers.bank import right, wrong


def every_stamp(x, w, stride, dilation, end):
    y = np.zeros(end)
    for i in range(len(x)):
        for k in range(len(w)):
            y[stride * i + dilation * k] += w[k] * x[i]
    return y


def length(x, w, stride, dilation):
    return stride * (len(x) - 1) + dilation * (len(w) - 1) + 1


@right("transposed-stamp")
def stamp_inside(x, w, stride, dilation, before, after, output_padding):
    y = np.zeros(length(x, w, stride, dilation) - before - after + output_padding)
    for i in range(len(x)):
        for k in range(len(w)):
            o = stride * i + dilation * k - before
            if 0 <= o < len(y):
                y[o] += w[k] * x[i]
    return y


@right("transposed-stamp")
def stamp_then_cut(x, w, stride, dilation, before, after, output_padding):
    end = length(x, w, stride, dilation) + output_padding
    return every_stamp(x, w, stride, dilation, end)[before : end - after]


@wrong("transposed-stamp", "you assigned where you must add")
def stamp_assigned(x, w, stride, dilation, before, after, output_padding):
    y = np.zeros(length(x, w, stride, dilation) - before - after + output_padding)
    for i in range(len(x)):
        for k in range(len(w)):
            o = stride * i + dilation * k - before
            if 0 <= o < len(y):
                y[o] = w[k] * x[i]
    return y


@wrong("transposed-stamp", "cut less, do not pad")
def stamp_padded_output(x, w, stride, dilation, before, after, output_padding):
    end = length(x, w, stride, dilation)
    y = every_stamp(x, w, stride, dilation, end)[before : end - after]
    return np.append(y, [0] * output_padding)


@wrong("transposed-stamp", "In a transposed layer they cut cells off")
def stamp_with_zeros_around(x, w, stride, dilation, before, after, output_padding):
    y = every_stamp(x, w, stride, dilation, length(x, w, stride, dilation))
    return np.concatenate([np.zeros(before), y, np.zeros(after + output_padding)])


@wrong("transposed-stamp", "before and after are ignored")
def stamp_uncut(x, w, stride, dilation, before, after, output_padding):
    return every_stamp(x, w, stride, dilation, length(x, w, stride, dilation) + output_padding)


@wrong("transposed-stamp", "output_padding is ignored")
def stamp_no_output_padding(x, w, stride, dilation, before, after, output_padding):
    end = length(x, w, stride, dilation)
    return every_stamp(x, w, stride, dilation, end)[before : end - after]


@wrong("transposed-stamp", "the filter is flipped")
def stamp_flipped(x, w, stride, dilation, before, after, output_padding):
    return stamp_then_cut(x, w[::-1], stride, dilation, before, after, output_padding)


@wrong("transposed-stamp", "front and back are exchanged")
def stamp_exchanged(x, w, stride, dilation, before, after, output_padding):
    return stamp_then_cut(x, w, stride, dilation, after, before, output_padding)


@wrong("transposed-stamp", "right only for dilation 1")
def stamp_dense(x, w, stride, dilation, before, after, output_padding):
    size = length(x, w, stride, dilation) - before - after + output_padding
    y = np.zeros(size)
    for i in range(len(x)):
        for k in range(len(w)):
            o = stride * i + k - before
            if 0 <= o < size:
                y[o] += w[k] * x[i]
    return y


def place(o, scale, cells):
    return min(max((o + 0.5) / scale - 0.5, 0), cells - 1)


@right("linear-backward")
def collect_by_nearness(dy, cells, scale):
    dx = np.zeros(cells)
    for o in range(len(dy)):
        for i in range(cells):
            dx[i] += max(0, 1 - abs(place(o, scale, cells) - i)) * dy[o]
    return dx


@right("linear-backward")
def give_to_two(dy, cells, scale):
    dx = [0] * (cells + 1)
    for o, d in enumerate(dy):
        left = int(place(o, scale, cells))
        share = place(o, scale, cells) - left
        dx[left] += (1 - share) * d
        dx[left + 1] += share * d
    return dx[:cells]


@wrong("linear-backward", "the transpose of repeating")
def block_sums(dy, cells, scale):
    return [sum(dy[i * scale : (i + 1) * scale]) for i in range(cells)]


@wrong("linear-backward", "align_corners=True")
def corner_places(dy, cells, scale):
    dx = np.zeros(cells)
    for o in range(len(dy)):
        t = o * (cells - 1) / (len(dy) - 1)
        for i in range(cells):
            dx[i] += max(0, 1 - abs(t - i)) * dy[o]
    return dx


@wrong("linear-backward", "not held inside the row")
def free_places(dy, cells, scale):
    dx = np.zeros(cells)
    for o in range(len(dy)):
        for i in range(cells):
            dx[i] += max(0, 1 - abs((o + 0.5) / scale - 0.5 - i)) * dy[o]
    return dx


@wrong("linear-backward", "divided by the scale")
def averaged(dy, cells, scale):
    return collect_by_nearness(dy, cells, scale) / scale


@wrong("linear-backward", "single cells of dy are picked")
def picked(dy, cells, scale):
    return dy[::scale]


@wrong("linear-backward", "a mean of dy: block by block")
def block_means(dy, cells, scale):
    return [np.mean(dy[i * scale : (i + 1) * scale]) for i in range(cells)]
