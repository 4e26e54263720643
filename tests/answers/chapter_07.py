import numpy as np

from answers.bank import right, wrong


@right("crop")
def crop_from_the_front(dx_padded, before, after):
    N = len(dx_padded) - before - after
    return dx_padded[before : before + N]


@right("crop")
def crop_in_two_steps(dx_padded, before, after):
    dx = dx_padded[before:]
    return dx[:-after] if after else dx


@wrong("crop", "with after = 0 nothing is left")
def crop_negative(dx_padded, before, after):
    return dx_padded[before:-after]


@wrong("crop", "the two sides need not be alike")
def crop_symmetric(dx_padded, before, after):
    p = before
    return dx_padded[p:-p]


@wrong("crop", "both sides are cut by `before`")
def crop_before_twice(dx_padded, before, after):
    return dx_padded[before : dx_padded.size - before]


@wrong("crop", "the front is cut, the end is not")
def crop_front(dx_padded, before, after):
    return dx_padded[before:]


@wrong("crop", "front and back are exchanged")
def crop_exchanged(dx_padded, before, after):
    return dx_padded[after : len(dx_padded) - before]


@wrong("crop", "Zeros are constants")
def crop_and_collect(dx_padded, before, after):
    dx = dx_padded[before : len(dx_padded) - after].copy()
    dx[0] += dx_padded[:before].sum()
    dx[-1] += dx_padded[len(dx_padded) - after :].sum()
    return dx


@right("strided-dx")
def strided_into_zeros(dy, w, stride, N):
    dx = np.zeros(N)
    for o in range(len(dy)):
        dx[stride * o : stride * o + len(w)] += dy[o] * w
    return dx


@right("strided-dx")
def strided_as_a_convolution(dy, w, stride, N):
    spread = np.zeros(N - len(w) + 1)
    spread[::stride] = dy
    return np.convolve(spread, w)


@wrong("strided-dx", "dx gets its size from dy")
def strided_from_dy(dy, w, stride, N):
    M, K = len(dy), len(w)
    dx = np.zeros(stride * (M - 1) + K)
    for o in range(M):
        dx[stride * o : stride * o + K] += dy[o] * w
    return dx


@wrong("strided-dx", "np.resize gives them the first ones again")
def strided_resized(dy, w, stride, N):
    return np.resize(strided_from_dy(dy, w, stride, N), N)


@wrong("strided-dx", "the zeros for the leftover cells stand in front")
def strided_padded_in_front(dy, w, stride, N):
    dx = strided_from_dy(dy, w, stride, N)
    return np.concatenate([np.zeros(N - len(dx)), dx])


@wrong("strided-dx", "you assigned where you must add")
def strided_assigned(dy, w, stride, N):
    dx = np.zeros(N)
    for o in range(len(dy)):
        dx[stride * o : stride * o + len(w)] = dy[o] * w
    return dx


@wrong("strided-dx", "the stride is missing")
def strided_by_one(dy, w, stride, N):
    dx = np.zeros(N)
    for o in range(len(dy)):
        dx[o : o + len(w)] += dy[o] * w
    return dx


@wrong("strided-dx", "the filter flipped")
def strided_flipped(dy, w, stride, N):
    return strided_into_zeros(dy, w[::-1], stride, N)


@right("mirror-backward")
def mirror_folded(dx_padded, before, after):
    N = len(dx_padded) - before - after
    dx = dx_padded[before : before + N].copy()
    for j in range(before):
        dx[before - j] += dx_padded[j]
    for j in range(after):
        dx[N - 2 - j] += dx_padded[before + N + j]
    return dx


@right("mirror-backward")
def mirror_by_where_each_cell_comes_from(dx_padded, before, after):
    N = len(dx_padded) - before - after
    source = np.pad(np.arange(N), (before, after), mode="reflect")
    return np.bincount(source, weights=dx_padded)


@wrong("mirror-backward", "a crop is not enough")
def mirror_cropped(dx_padded, before, after):
    return dx_padded[before : len(dx_padded) - after]


@wrong("mirror-backward", "the end cell itself is not repeated")
def mirror_symmetric(dx_padded, before, after):
    N = len(dx_padded) - before - after
    source = np.pad(np.arange(N), (before, after), mode="symmetric")
    return np.bincount(source, weights=dx_padded)


@wrong("mirror-backward", "the gradient of edge padding")
def mirror_edge(dx_padded, before, after):
    N = len(dx_padded) - before - after
    source = np.pad(np.arange(N), (before, after), mode="edge")
    return np.bincount(source, weights=dx_padded)


@wrong("mirror-backward", "the gradient of wrap padding")
def mirror_wrapped(dx_padded, before, after):
    N = len(dx_padded) - before - after
    source = np.pad(np.arange(N), (before, after), mode="wrap")
    return np.bincount(source, weights=dx_padded)


@wrong("mirror-backward", "averaged over its copies")
def mirror_averaged(dx_padded, before, after):
    N = len(dx_padded) - before - after
    source = np.pad(np.arange(N), (before, after), mode="reflect")
    return np.bincount(source, weights=dx_padded) / np.bincount(source)


@wrong("mirror-backward", "the front is folded in, the end is only cropped")
def mirror_front_only(dx_padded, before, after):
    dx = dx_padded[before : len(dx_padded) - after].copy()
    for j in range(before):
        dx[before - j] += dx_padded[j]
    return dx


@wrong("mirror-backward", "dx_padded must stay as given, and was modified")
def mirror_in_place(dx_padded, before, after):
    N = len(dx_padded) - before - after
    dx = dx_padded[before : before + N]
    for j in range(before):
        dx[before - j] += dx_padded[j]
    for j in range(after):
        dx[N - 2 - j] += dx_padded[before + N + j]
    return dx


def spread(values, step):
    out = np.zeros(step * (len(values) - 1) + 1)
    out[::step] = values
    return out


def slid(dy, w, N, stride, dilation, before, after):
    """Cells of the padded input that the windows reach, then the rest, then the crop."""
    reached = np.convolve(spread(dy, stride), spread(w, dilation))
    whole = np.zeros(before + N + after)
    whole[: len(reached)] = reached
    return whole[before : before + N]


right("slid-dx")(slid)


@right("slid-dx")
def slid_as_one_correlation(dy, w, N, stride, dilation, before, after):
    reach = dilation * (len(w) - 1) + 1
    behind = (before + N + after - reach) % stride
    dy_up, w_up = np.append(spread(dy, stride), np.zeros(behind)), spread(w, dilation)
    front, back = reach - 1 - before, reach - 1 - after
    cropped = dy_up[max(-front, 0) : len(dy_up) - max(-back, 0)]
    return np.correlate(np.pad(cropped, (max(front, 0), max(back, 0))), w_up[::-1], "valid")


@wrong("slid-dx", "put r zeros behind the last gradient")
def slid_without_leftover(dy, w, N, stride, dilation, before, after):
    reached = np.convolve(spread(dy, stride), spread(w, dilation))
    return reached[before : len(reached) - after]


@wrong("slid-dx", "the filter is not turned round")
def slid_unflipped(dy, w, N, stride, dilation, before, after):
    return slid(dy, w[::-1], N, stride, dilation, before, after)


@wrong("slid-dx", "front and back are exchanged")
def slid_exchanged(dy, w, N, stride, dilation, before, after):
    return slid(dy, w, N, stride, dilation, after, before)


@wrong("slid-dx", "the padding is still on")
def slid_uncropped(dy, w, N, stride, dilation, before, after):
    return slid(dy, w, before + N + after, stride, dilation, 0, 0)


@wrong("slid-dx", "crop instead")
def slid_without_crop(dy, w, N, stride, dilation, before, after):
    reach = dilation * (len(w) - 1) + 1
    behind = (before + N + after - reach) % stride
    dy_up, w_up = np.append(spread(dy, stride), np.zeros(behind)), spread(w, dilation)
    return np.correlate(np.pad(dy_up, (reach - 1 - before, reach - 1 - after)), w_up[::-1], "valid")


@wrong("slid-dx", "dilation 1 only")
def slid_dense(dy, w, N, stride, dilation, before, after):
    return slid(dy, w, N, stride, 1, before, after)


@wrong("slid-dx", "stride 1 only")
def slid_unspread(dy, w, N, stride, dilation, before, after):
    return slid(dy, w, N, 1, dilation, before, after)
