import numpy as np

from answers.bank import right, wrong


@right("filters-back")
def filters_swapped(w):
    return w.swapaxes(0, 1)[:, :, ::-1]


@right("filters-back")
def filters_in_loops(w):
    F, C, K = w.shape
    out = np.zeros((C, F, K))
    for f, c, k in np.ndindex(F, C, K):
        out[c, f, K - 1 - k] = w[f, c, k]
    return out


@wrong("filters-back", "turns the order of the maps round too")
def filters_all_flipped(w):
    return np.flip(w.swapaxes(0, 1))


@wrong("filters-back", "reshape does not exchange axes")
def filters_reshaped(w):
    F, C, K = w.shape
    return w.reshape(C, F, K)[:, :, ::-1]


@wrong("filters-back", "axes f and c are not exchanged")
def filters_not_swapped(w):
    return w[:, :, ::-1]


@wrong("filters-back", "the taps are not reversed")
def filters_not_flipped(w):
    return np.transpose(w, (1, 0, 2))


@wrong("filters-back", "the maps are reversed instead of the taps")
def filters_wrong_axis(w):
    return w.swapaxes(0, 1)[::-1]


@wrong("filters-back", "one filter and one channel only")
def filters_for_one(w):
    return w.swapaxes(0, 1)[:, :, ::-1] * (w.shape[0] * w.shape[1])


@right("batch-backward")
def batch_added_up(dy, x, w):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n, f, c in np.ndindex(len(x), *w.shape[:2]):
        dw[f, c] += np.correlate(x[n, c], dy[n, f], "valid")
        dx[n, c] += np.convolve(dy[n, f], w[f, c])
    return dx, dw, dy.sum(axis=(0, 2))


@right("batch-backward")
def batch_by_einsum(dy, x, w):
    K, M = w.shape[2], dy.shape[2]
    dx = np.zeros(x.shape)
    for k in range(K):
        dx[:, :, k : k + M] += np.einsum("nfo,fc->nco", dy, w[:, :, k])
    dw = np.stack([np.einsum("nfo,nco->fc", dy, x[:, :, k : k + M]) for k in range(K)], axis=-1)
    return dx, dw, np.einsum("nfo->f", dy)


@wrong("batch-backward", "dw keeps only the last sample")
def batch_assigned(dy, x, w):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n, f, c in np.ndindex(len(x), *w.shape[:2]):
        dw[f, c] = np.correlate(x[n, c], dy[n, f], "valid")
        dx[n, c] += np.convolve(dy[n, f], w[f, c])
    return dx, dw, dy.sum(axis=(0, 2))


@wrong("batch-backward", "dx keeps only the last filter")
def batch_with_the_bugs_of_the_book(dy, x, w):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n, f, c in np.ndindex(len(x), *w.shape[:2]):
        dw[f, c] = np.correlate(x[n, c], dy[n, f], "valid")
        dx[n, c] = np.convolve(dy[n, f], w[f, c])
    return dx, dw, dy.mean(axis=0).sum(axis=1)


@wrong("batch-backward", "db is averaged over the batch; a bias gradient is a sum")
def batch_mean_bias(dy, x, w):
    dx, dw, _ = batch_added_up(dy, x, w)
    return dx, dw, dy.mean(axis=0).sum(axis=1)


@wrong("batch-backward", "dw is averaged over the batch")
def batch_mean_weights(dy, x, w):
    dx, dw, db = batch_added_up(dy, x, w)
    return dx, dw / len(x), db


@wrong("batch-backward", "axes f and c of dw are exchanged")
def batch_swapped(dy, x, w):
    dx, dw, db = batch_added_up(dy, x, w)
    return dx, dw.transpose(1, 0, 2), db


@wrong("batch-backward", "the filter flipped")
def batch_flipped(dy, x, w):
    dx, dw, db = batch_added_up(dy, x, w)
    for n, c in np.ndindex(x.shape[:2]):
        dx[n, c] = sum(np.correlate(dy[n, f], w[f, c], "full") for f in range(len(w)))
    return dx, dw, db


@wrong("batch-backward", "not summed over the batch")
def batch_bias_for_each(dy, x, w):
    dx, dw, _ = batch_added_up(dy, x, w)
    return dx, dw, dy.sum(axis=-1)
