import numpy as np

from answers.bank import right, wrong


@right("ring-dx")
def ring_spread(dy, w, stride, N):
    dx = np.zeros(N)
    for o in range(len(dy)):
        for k in range(len(w)):
            dx[(stride * o + k) % N] += w[k] * dy[o]
    return dx


@right("ring-dx")
def ring_by_a_matrix(dy, w, stride, N):
    A = np.zeros((len(dy), N))
    for o in range(len(dy)):
        for k in range(len(w)):
            A[o, (stride * o + k) % N] += w[k]
    return A.T @ dy


@wrong("ring-dx", "goes over the end is dropped")
def ring_cut(dy, w, stride, N):
    dx = np.zeros(N + len(w))
    for o in range(len(dy)):
        dx[stride * o : stride * o + len(w)] += dy[o] * w
    return dx[:N]


@wrong("ring-dx", "you assigned where you must add")
def ring_assigned(dy, w, stride, N):
    dx = np.zeros(N)
    for o in range(len(dy)):
        dx[(stride * o + np.arange(len(w))) % N] = dy[o] * w
    return dx


@wrong("ring-dx", "the filter is flipped")
def ring_flipped(dy, w, stride, N):
    return ring_spread(dy, w[::-1], stride, N)


@wrong("ring-dx", "run backwards")
def ring_backwards(dy, w, stride, N):
    dx = np.zeros(N)
    for o in range(len(dy)):
        for k in range(len(w)):
            dx[stride * o - k] += w[k] * dy[o]
    return dx


@wrong("ring-dx", "the stride is ignored")
def ring_without_stride(dy, w, stride, N):
    dx = np.zeros(N)
    for o in range(len(dy)):
        for k in range(len(w)):
            dx[(o + k) % N] += w[k] * dy[o]
    return dx


@wrong("ring-dx", "a line, not a ring")
def ring_unrolled(dy, w, stride, N):
    dx = np.zeros((len(dy) - 1) * stride + len(w))
    for o in range(len(dy)):
        dx[stride * o : stride * o + len(w)] += dy[o] * w
    return dx


@right("tied-dw")
def turn_back_and_add(dw_h):
    return dw_h[0] + np.rot90(dw_h[1], 3) + np.rot90(dw_h[2], 2) + np.rot90(dw_h[3], 1)


@right("tied-dw")
def follow_each_tap(dw_h):
    K = dw_h.shape[1]
    dw = np.zeros((K, K))
    for p in range(K):
        for q in range(K):
            here = (p, q)
            for h in range(4):
                dw[p, q] += dw_h[h][here]
                here = (K - 1 - here[1], here[0])  # where a quarter turn takes the tap
    return dw


@wrong("tied-dw", "must be turned back first")
def added_as_they_are(dw_h):
    return dw_h.sum(axis=0)


@wrong("tied-dw", "the way back")
def turned_on(dw_h):
    dw = 0
    for h in range(4):
        dw = dw + np.rot90(dw_h[h], h)
    return dw


@wrong("tied-dw", "nothing is turned back")
def averaged(dw_h):
    return dw_h.mean(axis=0)


@wrong("tied-dw", "turned back, but the mean is taken")
def turned_and_averaged(dw_h):
    return np.mean([np.rot90(dw_h[h], -h) for h in range(4)], axis=0)


@wrong("tied-dw", "not that of the filter")
def transposed_each(dw_h):
    return sum(g.T for g in dw_h)


@wrong("tied-dw", "only the first copy")
def upright_only(dw_h):
    return dw_h[0]


@wrong("tied-dw", "only the last copy")
def last_only(dw_h):
    for h in range(4):
        dw = np.rot90(dw_h[h], -h)
    return dw


@right("turn-lifted")
def rolled_then_turned(y):
    return np.rot90(np.roll(y, 1, axis=0), axes=(1, 2))


@right("turn-lifted")
def cell_by_cell(y):
    G, H, W = y.shape
    turned = np.zeros((G, W, H))
    for h in range(G):
        for i in range(W):
            for j in range(H):
                turned[h, i, j] = y[h - 1, j, W - 1 - i]
    return turned


@wrong("turn-lifted", "none is handed on")
def only_turned(y):
    return np.rot90(y, axes=(1, 2))


@wrong("turn-lifted", "not turned")
def only_handed_on(y):
    return np.roll(y, 1, axis=0)


@wrong("turn-lifted", "handed on the wrong way")
def handed_backwards(y):
    return np.rot90(np.roll(y, -1, axis=0), axes=(1, 2))


@wrong("turn-lifted", "turned clockwise")
def turned_clockwise(y):
    return np.rot90(np.roll(y, 1, axis=0), -1, axes=(1, 2))


@wrong("turn-lifted", "both steps go the wrong way")
def undone(y):
    return np.rot90(np.roll(y, -1, axis=0), -1, axes=(1, 2))


@wrong("turn-lifted", "nothing has moved")
def left_alone(y):
    return y
