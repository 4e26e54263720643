import numpy as np

from answers.bank import right, wrong


def channel_maps(dz, M, c):
    return dz[c * M : (c + 1) * M]


@right("depthwise-backward")
def loops(dz, x, w):
    C, M, K = w.shape
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for c in range(C):
        for m in range(M):
            for o in range(dz.shape[1]):
                for k in range(K):
                    dx[c, o + k] += w[c, m, k] * dz[c * M + m, o]
                    dw[c, m, k] += x[c, o + k] * dz[c * M + m, o]
    return dx, dw


@right("depthwise-backward")
def numpy_lines(dz, x, w):
    C, M, _ = w.shape
    maps = dz.reshape(C, M, -1)
    dx = [sum(np.convolve(maps[c, m], w[c, m]) for m in range(M)) for c in range(C)]
    dw = [[np.correlate(x[c], maps[c, m], "valid") for m in range(M)] for c in range(C)]
    return dx, dw


@wrong("depthwise-backward", "The maps of one channel stand together")
def other_order(dz, x, w):
    C, M, K = w.shape
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for c in range(C):
        for m in range(M):
            for k in range(K):
                dx[c, k : k + dz.shape[1]] += w[c, m, k] * dz[m * C + c]
                dw[c, m, k] = np.sum(x[c, k : k + dz.shape[1]] * dz[m * C + c])
    return dx, dw


@wrong("depthwise-backward", "you assigned where you must add over m")
def last_filter_wins(dz, x, w):
    C, M, _ = w.shape
    dx = np.zeros(x.shape)
    for c in range(C):
        for m in range(M):
            dx[c] = np.convolve(dz[c * M + m], w[c, m])
    return dx, loops(dz, x, w)[1]


@wrong("depthwise-backward", "only the first filter of each channel")
def first_filter_only(dz, x, w):
    M = w.shape[1]
    dx = np.array([np.convolve(dz[c * M], w[c, 0]) for c in range(len(w))])
    return dx, loops(dz, x, w)[1]


@wrong("depthwise-backward", "flipped filter")
def flipped(dz, x, w):
    return loops(dz, x, w[:, :, ::-1])[0], loops(dz, x, w)[1]


@wrong("depthwise-backward", "dw is reversed")
def reversed_dw(dz, x, w):
    dx, dw = loops(dz, x, w)
    return dx, dw[:, :, ::-1]


@wrong("depthwise-backward", "never mixes them")
def mixed_channels(dz, x, w):
    dx, dw = loops(dz, x, w)
    return dx * 0 + dx.sum(axis=0), dw


@wrong("depthwise-backward", "its own channel only")
def dw_of_all_channels(dz, x, w):
    dx, _ = loops(dz, x, w)
    return dx, loops(dz, x * 0 + x.sum(axis=0), w)[1]


@wrong("depthwise-backward", "the same gradient")
def dw_shared(dz, x, w):
    C, M, K = w.shape
    dx, _ = loops(dz, x, w)
    dw = np.zeros(w.shape)
    for c in range(C):
        total = channel_maps(dz, M, c).sum(axis=0)
        for k in range(K):
            dw[c, :, k] = np.sum(total * x[c, k : k + len(total)])
    return dx, dw


@right("composed-filters")
def composed_loops(w_depth, w_point):
    C, M, K = w_depth.shape
    w = np.zeros((len(w_point), C, K))
    for f in range(len(w_point)):
        for c in range(C):
            for m in range(M):
                w[f, c] += w_point[f, c * M + m] * w_depth[c, m]
    return w


@right("composed-filters")
def composed_products(w_depth, w_point):
    C, M, _ = w_depth.shape
    slices = [w_point[:, c * M : (c + 1) * M] @ w_depth[c] for c in range(C)]
    return np.stack(slices, axis=1)


@wrong("composed-filters", "It is c·M + m")
def composed_other_order(w_depth, w_point):
    C = len(w_depth)
    return np.stack([w_point[:, c::C] @ w_depth[c] for c in range(C)], axis=1)


@wrong("composed-filters", "averaged")
def composed_mean(w_depth, w_point):
    return composed_loops(w_depth, w_point) / w_depth.shape[1]


@wrong("composed-filters", "Sum over m")
def composed_first(w_depth, w_point):
    C, M, _ = w_depth.shape
    return np.array([[w_point[f, c * M] * w_depth[c, 0] for c in range(C)] for f in range(len(w_point))])


@wrong("composed-filters", "left out")
def composed_unweighted(w_depth, w_point):
    return np.array([w_depth.sum(axis=1) for _ in w_point])


@wrong("composed-filters", "A slice belongs to one channel")
def composed_mixed(w_depth, w_point):
    w = composed_loops(w_depth, w_point)
    return np.zeros(w.shape) + w.sum(axis=1)[:, None]


@wrong("composed-filters", "reversed")
def composed_reversed(w_depth, w_point):
    return composed_loops(w_depth, w_point)[:, :, ::-1]
