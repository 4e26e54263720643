import numpy as np

from answers.bank import right, wrong


@right("max-pool-dx")
def winners_cell_by_cell(dy, pidx, H, W):
    dx = np.zeros((dy.shape[0], H, W))
    for d in range(dy.shape[0]):
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                dx[d, pidx[d, i, j] // W, pidx[d, i, j] % W] += dy[d, i, j]
    return dx


@right("max-pool-dx")
def winners_counted(dy, pidx, H, W):
    planes = [np.bincount(p.ravel(), g.ravel(), H * W) for p, g in zip(pidx, dy, strict=True)]
    return np.reshape(planes, (-1, H, W))


@wrong("max-pool-dx", "A cell may win twice")
def winners_with_a_list_of_places(dy, pidx, H, W):
    dx = np.zeros((len(dy), H, W))
    for d in range(len(dy)):
        dx[d].flat[pidx[d].ravel()] += dy[d].ravel()
    return dx


@wrong("max-pool-dx", "A cell may win twice")
def winners_assigned(dy, pidx, H, W):
    dx = np.zeros((len(dy), H, W))
    for d, i, j in np.ndindex(dy.shape):
        dx[d, pidx[d, i, j] // W, pidx[d, i, j] % W] = dy[d, i, j]
    return dx


@wrong("max-pool-dx", "a flat number is no row")
def winners_as_printed(dy, pidx, H, W):
    dx = np.zeros((len(dy), H, W))
    for d, i, j in np.ndindex(dy.shape):
        dx[d, pidx[d, i, j]] += dy[d, i, j]
    return dx


@wrong("max-pool-dx", "counted down the columns")
def winners_down_the_columns(dy, pidx, H, W):
    dx = np.zeros((len(dy), W, H))
    for d, i, j in np.ndindex(dy.shape):
        dx[d, pidx[d, i, j] // H, pidx[d, i, j] % H] += dy[d, i, j]
    return dx.transpose(0, 2, 1)


@wrong("max-pool-dx", "they count from 0 here")
def winners_from_one(dy, pidx, H, W):
    dx = np.zeros((len(dy), H, W))
    for d, i, j in np.ndindex(dy.shape):
        r, s = divmod(pidx[d, i, j] - 1, W)
        dx[d, r, s] += dy[d, i, j]
    return dx


@wrong("max-pool-dx", "all gradients land in the first map")
def winners_in_one_plane(dy, pidx, H, W):
    dx = np.zeros((len(dy), H, W))
    np.add.at(dx.reshape(-1), pidx, dy)
    return dx


@wrong("max-pool-dx", "dx needs the shape of x")
def winners_pooled_shape(dy, pidx, H, W):
    return np.array(dy)


@right("average-dx")
def average_by_cells(dy, N, K, stride, before, include):
    dx = np.zeros(N)
    for o in range(len(dy)):
        first = stride * o - before
        cells = [i for i in range(first, first + K) if 0 <= i < N]
        for i in cells:
            dx[i] += dy[o] / (K if include else len(cells))
    return dx


@right("average-dx")
def average_by_slices(dy, N, K, stride, before, include):
    dx = np.zeros(N)
    for o, g in enumerate(dy):
        start, stop = max(stride * o - before, 0), min(stride * o - before + K, N)
        dx[start:stop] += g / K if include else g / (stop - start)
    return dx


@wrong("average-dx", "you assigned where you must add")
def average_assigned(dy, N, K, stride, before, include):
    dx = np.zeros(N)
    for o, g in enumerate(dy):
        start, stop = max(stride * o - before, 0), min(stride * o - before + K, N)
        dx[start:stop] = g / K if include else g / (stop - start)
    return dx


@wrong("average-dx", "each cell gets the whole gradient")
def average_undivided(dy, N, K, stride, before, include):
    dx = np.zeros(N)
    for o, g in enumerate(dy):
        dx[max(stride * o - before, 0) : stride * o - before + K] += g
    return dx


@wrong("average-dx", "K is the divisor even where padding does not count")
def average_by_K(dy, N, K, stride, before, include):
    dx = np.zeros(N)
    for o, g in enumerate(dy):
        dx[max(stride * o - before, 0) : stride * o - before + K] += g / K
    return dx


@wrong("average-dx", "the real cells are the divisor even where padding counts")
def average_by_real_cells(dy, N, K, stride, before, include):
    dx = np.zeros(N)
    for o, g in enumerate(dy):
        start, stop = max(stride * o - before, 0), min(stride * o - before + K, N)
        dx[start:stop] += g / (stop - start)
    return dx


@wrong("average-dx", "the two cases are exchanged")
def average_exchanged(dy, N, K, stride, before, include):
    return average_by_slices(dy, N, K, stride, before, not include)


@wrong("average-dx", "the padding in front is forgotten")
def average_without_before(dy, N, K, stride, before, include):
    dx = np.zeros(N + before)
    for o, g in enumerate(dy):
        seen = dx[stride * o : stride * o + K]
        seen += g / (K if include else len(seen))
    return dx[:N]


@right("adaptive-dx")
def adaptive_rounded_outwards(dy, N):
    M, dx = len(dy), np.zeros(N)
    for o in range(M):
        start, stop = o * N // M, -(-(o + 1) * N // M)
        dx[start:stop] += dy[o] / (stop - start)
    return dx


@right("adaptive-dx")
def adaptive_as_a_matrix(dy, N):
    M = len(dy)
    touches = np.array([[(i + 1) * M > o * N and i * M < (o + 1) * N for i in range(N)] for o in range(M)])
    return (dy / touches.sum(1)) @ touches


@wrong("adaptive-dx", "Round it up")
def adaptive_rounded_down(dy, N):
    M, dx = len(dy), np.zeros(N)
    for o in range(M):
        start = o * N // M
        stop = max((o + 1) * N // M, start + 1)
        dx[start:stop] += dy[o] / (stop - start)
    return dx


@wrong("adaptive-dx", "you assigned where you must add")
def adaptive_assigned(dy, N):
    M, dx = len(dy), np.zeros(N)
    for o in range(M):
        start, stop = o * N // M, -(-(o + 1) * N // M)
        dx[start:stop] = dy[o] / (stop - start)
    return dx


@wrong("adaptive-dx", "not all by N/M")
def adaptive_one_divisor(dy, N):
    M, dx = len(dy), np.zeros(N)
    for o in range(M):
        dx[o * N // M : -(-(o + 1) * N // M)] += dy[o] * M / N
    return dx


@wrong("adaptive-dx", "each cell gets the whole gradient")
def adaptive_undivided(dy, N):
    M, dx = len(dy), np.zeros(N)
    for o in range(M):
        dx[o * N // M : -(-(o + 1) * N // M)] += dy[o]
    return dx


@wrong("adaptive-dx", "it is right only where M divides N")
def adaptive_touching(dy, N):
    size = -(-N // len(dy))
    dx = np.repeat(dy, size) / size
    return dx[:N]
