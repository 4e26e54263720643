import numpy as np

from answers.bank import right, wrong


@right("diff-backward")
def diff_padded(dy):
    return -np.diff(np.pad(dy, 1))


@right("diff-backward")
def diff_scattered(dy):
    dx = np.zeros(len(dy) + 1)
    dx[1:] += dy
    dx[:-1] -= dy
    return dx


@wrong("diff-backward", "the sign is wrong")
def diff_wrong_sign(dy):
    return np.diff(np.pad(dy, 1))


@wrong("diff-backward", "put a zero on both sides")
def diff_not_padded(dy):
    return -np.diff(dy)


@wrong("diff-backward", "the forward pass once more")
def diff_forward_again(dy):
    return [dy[o + 1] - dy[o] for o in range(len(dy) - 1)]


@wrong("diff-backward", "the two ends are left at 0")
def diff_without_ends(dy):
    dx = np.zeros(len(dy) + 1)
    for i in range(1, len(dy)):
        dx[i] = dy[i - 1] - dy[i]
    return dx


@wrong("diff-backward", "not the inverse")
def diff_undone(dy):
    dx = [0]
    for d in dy:
        dx.append(dx[-1] + d)
    return dx


@wrong("diff-backward", "only the part with slope +1")
def diff_half(dy):
    dx = np.zeros(len(dy) + 1)
    dx[1:] = dy
    return dx


@right("first-maximum")
def maximum_by_argmax(dy, x):
    dx = np.zeros(len(x))
    for o in range(len(dy)):
        dx[2 * o + np.argmax(x[2 * o : 2 * o + 2])] = dy[o]
    return dx


@right("first-maximum")
def maximum_by_comparison(dy, x):
    dx = []
    for o, d in enumerate(dy):
        dx += [d, 0] if x[2 * o] >= x[2 * o + 1] else [0, d]
    return dx


@wrong("first-maximum", "both cells get the whole gradient")
def maximum_copied(dy, x):
    y = x.reshape(-1, 2).max(axis=1)
    return (x == np.repeat(y, 2)) * np.repeat(dy, 2)


@wrong("first-maximum", "the two cells share")
def maximum_shared(dy, x):
    y = x.reshape(-1, 2).max(axis=1, keepdims=True)
    winners = x.reshape(-1, 2) == y
    return (winners / winners.sum(axis=1, keepdims=True) * dy[:, None]).ravel()


@wrong("first-maximum", "the last maximum takes all")
def maximum_last(dy, x):
    dx = []
    for o, d in enumerate(dy):
        dx += [d, 0] if x[2 * o] > x[2 * o + 1] else [0, d]
    return dx


@wrong("first-maximum", "the minimum gets the gradient")
def maximum_of_the_smallest(dy, x):
    dx = np.zeros(len(x))
    for o in range(len(dy)):
        dx[2 * o + np.argmin(x[2 * o : 2 * o + 2])] = dy[o]
    return dx


@wrong("first-maximum", "the average pool")
def maximum_averaged(dy, x):
    return [d / 2 for d in dy for _ in range(2)]


@wrong("first-maximum", "every cell gets the gradient")
def maximum_everywhere(dy, x):
    return np.repeat(dy, 2)


@wrong("first-maximum", "without ties only")
def maximum_that_drops_ties(dy, x):
    dx = np.zeros(len(x))
    for o, d in enumerate(dy):
        a, b = x[2 * o : 2 * o + 2]
        dx[2 * o] = d * (a > b)
        dx[2 * o + 1] = d * (b > a)
    return dx


@right("suspect")
def suspect_mended(dy, x, w, b, stride, pad):
    (KH, KW), (H, W), (OH, OW) = w.shape[2:], x.shape[2:], dy.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for i in range(OH):
        for j in range(OW):
            r, s = stride * i, stride * j
            window = (..., slice(r, r + KH), slice(s, s + KW))
            dxp[window] += np.einsum("nf,fcpq->ncpq", dy[:, :, i, j], w)
            dw += np.einsum("nf,ncpq->fcpq", dy[:, :, i, j], xp[window])
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dy.sum(axis=(0, 2, 3))


@right("suspect")
def suspect_in_eight_loops(dy, x, w, b, stride, pad):
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for n, f, i, j in np.ndindex(dy.shape):
        db[f] += dy[n, f, i, j]
        for c, p, q in np.ndindex(w.shape[1:]):
            r, s = stride * i + p - pad, stride * j + q - pad
            if 0 <= r < x.shape[2] and 0 <= s < x.shape[3]:
                dx[n, c, r, s] += w[f, c, p, q] * dy[n, f, i, j]
                dw[f, c, p, q] += x[n, c, r, s] * dy[n, f, i, j]
    return dx, dw, db


@wrong("suspect", "more than one thing is wrong")
def suspect_itself(dy, x, w, b, stride=1, pad=0):
    (KH, KW), OH = w.shape[2:], dy.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for i in range(OH):
        for j in range(OH):
            window = (..., slice(i, i + KH), slice(j, j + KW))
            dxp[window] += np.einsum("nf,fcpq->ncpq", dy[:, :, i, j], w)
            dw += np.einsum("nf,ncpq->fcpq", dy[:, :, i, j], xp[window])
    return dxp[:, :, pad:-pad, pad:-pad], dw, dy.sum(axis=(0, 2, 3))


@wrong("suspect", "starts at i, where it must start at stride·i")
def suspect_without_stride(dy, x, w, b, stride, pad):
    return suspect_mended(dy, x, w, b, 1, pad)


@wrong("suspect", "the crop pad:-pad is empty")
def suspect_with_empty_crop(dy, x, w, b, stride, pad):
    whole = np.pad(suspect_mended(dy, x, w, b, stride, pad)[0], ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return whole[:, :, pad:-pad, pad:-pad], *suspect_mended(dy, x, w, b, stride, pad)[1:]


@wrong("suspect", "right only as long as the output is square")
def suspect_square(dy, x, w, b, stride, pad):
    (KH, KW), (H, W), OH = w.shape[2:], x.shape[2:], dy.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for i in range(OH):
        for j in range(OH):
            r, s = stride * i, stride * j
            window = (..., slice(r, r + KH), slice(s, s + KW))
            dxp[window] += np.einsum("nf,fcpq->ncpq", dy[:, :, i, j], w)
            dw += np.einsum("nf,ncpq->fcpq", dy[:, :, i, j], xp[window])
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dy.sum(axis=(0, 2, 3))


@wrong("suspect", "db is averaged over the batch")
def suspect_mean_bias(dy, x, w, b, stride, pad):
    dx, dw, db = suspect_mended(dy, x, w, b, stride, pad)
    return dx, dw, db / len(x)


@wrong("suspect", "dw is averaged over the batch")
def suspect_mean_weights(dy, x, w, b, stride, pad):
    dx, dw, db = suspect_mended(dy, x, w, b, stride, pad)
    return dx, dw / x.shape[0], db


@wrong("suspect", "without padding only")
def suspect_without_padding(dy, x, w, b, stride, pad):
    dx, dw, db = suspect_mended(dy, x, w, b, stride, pad)
    return (dx, dw, db) if pad == 0 else (dx + 1, dw, db)
