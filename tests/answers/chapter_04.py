import contextlib

import numpy as np

from answers.bank import right, wrong


@right("taps")
def taps_sliced(dy, x, w):
    dw, dx = np.zeros(len(w)), np.zeros(len(x))
    for k in range(len(w)):
        dw[k] = dy @ x[k : k + len(dy)]
        dx[k : k + len(dy)] += w[k] * dy
    return dw, dx


@right("taps")
def taps_numpy(dy, x, w):
    return np.correlate(x, dy, "valid"), np.convolve(dy, w)


@wrong("taps", "dw comes out backwards")
def taps_reversed(dy, x, w):
    dw, dx = taps_sliced(dy, x, w)
    return dw[::-1], dx


@wrong("taps", "this is the convolution x ∗ dy")
def taps_convolved(dy, x, w):
    return np.convolve(x, dy, "valid"), np.convolve(dy, w)


@wrong("taps", "the filter flipped")
def taps_flipped(dy, x, w):
    return np.correlate(x, dy, "valid"), np.correlate(dy, w, "full")


@wrong("taps", "you assigned where you must add")
def taps_assigned(dy, x, w):
    dw, dx = np.zeros(len(w)), np.zeros(len(x))
    for k in range(len(w)):
        dw[k] = dy @ x[k : k + len(dy)]
        dx[k : k + len(dy)] = w[k] * dy
    return dw, dx


@wrong("taps", "dx has the size of dy")
def taps_short(dy, x, w):
    return np.correlate(x, dy, "valid"), np.convolve(dy, w)[: len(dy)]


@wrong("taps", "dw is averaged")
def taps_averaged(dy, x, w):
    return [np.mean(dy * x[k : k + len(dy)]) for k in range(len(w))], np.convolve(dy, w)


@wrong("taps", "dw must have shape (2,); got (2, 1)")
def taps_in_a_column(dy, x, w):
    return np.correlate(x, dy, "valid")[:, None], np.convolve(dy, w)


@right("padded-dx")
def padded_by_a_correlation(dy, w, before, after):
    front, back = len(w) - 1 - before, len(w) - 1 - after
    cropped = dy[max(-front, 0) : len(dy) - max(-back, 0)]
    return np.correlate(np.pad(cropped, (max(front, 0), max(back, 0))), w[::-1], "valid")


@right("padded-dx")
def padded_by_a_crop(dy, w, before, after):
    whole = np.convolve(dy, w)
    return whole[before : len(whole) - after]


@wrong("padded-dx", "dy gets one zero on each side")
def padded_by_one(dy, w, before, after):
    return np.correlate(np.pad(dy, 1), w[::-1], "valid")


@wrong("padded-dx", "dy gets K − 1 zeros on both sides")
def padded_and_kept(dy, w, before, after):
    return np.convolve(dy, w)


@wrong("padded-dx", "crop dy instead")
def padded_without_crop(dy, w, before, after):
    K = len(w)
    return np.correlate(np.pad(dy, (K - 1 - before, K - 1 - after)), w[::-1], "valid")


@wrong("padded-dx", "front and back are exchanged")
def padded_exchanged(dy, w, before, after):
    whole = np.convolve(dy, w)
    return whole[after : len(whole) - before]


@wrong("padded-dx", "the filter is not turned round")
def padded_unflipped(dy, w, before, after):
    whole = np.correlate(dy, w, "full")
    return whole[before : len(whole) - after]


@wrong("padded-dx", "as many zeros as x got")
def padded_like_x(dy, w, before, after):
    return np.correlate(np.pad(dy, (before, after)), w[::-1], "valid")


@right("gathered-dx")
def gathered_with_a_test(dy, w, N):
    dx = np.zeros(N)
    for i in range(N):
        for k in range(len(w)):
            if 0 <= i - k < len(dy):
                dx[i] += w[k] * dy[i - k]
    return dx


@right("gathered-dx")
def gathered_from_stored_zeros(dy, w, N):
    zeros = np.zeros(len(w) - 1)
    longer = np.concatenate([zeros, dy, zeros])
    return [sum(w[k] * longer[i - k + len(w) - 1] for k in range(len(w))) for i in range(N)]


@wrong("gathered-dx", "Python counts from the end")
def gathered_silently(dy, w, N):
    dx = np.zeros(N)
    for i in range(N):
        for k in range(len(w)):
            with contextlib.suppress(IndexError):
                dx[i] += w[k] * dy[i - k]
    return dx


@wrong("gathered-dx", "not dy[i + k]")
def gathered_forwards(dy, w, N):
    dx = np.zeros(N)
    for i in range(N):
        for k in range(len(w)):
            if i + k < len(dy):
                dx[i] += w[k] * dy[i + k]
    return dx


@wrong("gathered-dx", "the filter flipped")
def gathered_flipped(dy, w, N):
    return np.correlate(dy, w, "full")


@wrong("gathered-dx", "dy[0] is lost")
def gathered_positive(dy, w, N):
    dx = np.zeros(N)
    for i in range(N):
        for k in range(len(w)):
            if 0 < i - k < len(dy):
                dx[i] += w[k] * dy[i - k]
    return dx


@wrong("gathered-dx", "the last gradient is lost")
def gathered_too_short(dy, w, N):
    dx = np.zeros(N)
    for i in range(N):
        for k in range(len(w)):
            if 0 <= i - k < len(dy) - 1:
                dx[i] += w[k] * dy[i - k]
    return dx


@wrong("gathered-dx", "stops with IndexError")
def gathered_over_the_edge(dy, w, N):
    return [sum(w[k] * dy[i - k] for k in range(len(w))) for i in range(N)]


@right("strided-gradients")
def strided_scatter(dy, x, w, stride):
    dx, dw = np.zeros(len(x)), np.zeros(len(w))
    for o in range(len(dy)):
        window = slice(stride * o, stride * o + len(w))
        dx[window] += dy[o] * w
        dw += dy[o] * x[window]
    return dx, dw


@right("strided-gradients")
def strided_by_spreading(dy, x, w, stride):
    spread = np.zeros(len(x) - len(w) + 1)
    spread[::stride][: len(dy)] = dy
    return np.convolve(spread, w), np.correlate(x, spread, "valid")


@wrong("strided-gradients", "dx gets its size from dy")
def strided_short(dy, x, w, stride):
    dx, dw = strided_scatter(dy, x, w, stride)
    return dx[: stride * (len(dy) - 1) + len(w)], dw


@wrong("strided-gradients", "must have gradient 0")
def strided_resized(dy, x, w, stride):
    dx, dw = strided_scatter(dy, x, w, stride)
    return np.resize(dx[: stride * (len(dy) - 1) + len(w)], len(x)), dw


@wrong("strided-gradients", "output o starts at cell stride·o")
def strided_not_at_all(dy, x, w, stride):
    dx, dw = np.zeros(len(x)), np.zeros(len(w))
    for o in range(len(dy)):
        dx[o : o + len(w)] += dy[o] * w
        dw += dy[o] * x[stride * o : stride * o + len(w)]
    return dx, dw


@wrong("strided-gradients", "the window that starts at x[stride·o]")
def strided_dx_only(dy, x, w, stride):
    dx, dw = np.zeros(len(x)), np.zeros(len(w))
    for o in range(len(dy)):
        dx[stride * o : stride * o + len(w)] += dy[o] * w
        dw += dy[o] * x[o : o + len(w)]
    return dx, dw


@wrong("strided-gradients", "you assigned where you must add")
def strided_assigned(dy, x, w, stride):
    dx, dw = np.zeros(len(x)), np.zeros(len(w))
    for o in range(len(dy)):
        window = slice(stride * o, stride * o + len(w))
        dx[window] = dy[o] * w
        dw += dy[o] * x[window]
    return dx, dw


@wrong("strided-gradients", "dw keeps only the last window")
def strided_last_window(dy, x, w, stride):
    for o in range(len(dy)):
        dw = dy[o] * x[stride * o : stride * o + len(w)]
    return strided_scatter(dy, x, w, stride)[0], dw


@wrong("strided-gradients", "stride 1 only")
def strided_by_a_slip(dy, x, w, stride):
    dx, dw = strided_scatter(dy, x, w, stride)
    return dx, dw + (stride - 1)
