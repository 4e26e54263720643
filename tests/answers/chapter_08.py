import numpy as np

from answers.bank import right, wrong


def rows(w, N, stride, dilation, before, after):
    return (N + before + after - dilation * (len(w) - 1) - 1) // stride + 1


@right("matrix-of")
def matrix_entry_by_entry(w, N, stride, dilation, before, after):
    A = np.zeros((rows(w, N, stride, dilation, before, after), N))
    for o in range(len(A)):
        for k in range(len(w)):
            i = stride * o + dilation * k - before
            if 0 <= i < N:
                A[o, i] = w[k]
    return A


@right("matrix-of")
def matrix_padded_then_cut(w, N, stride, dilation, before, after):
    M = rows(w, N, stride, dilation, before, after)
    A = [[0] * (before + N + after) for _ in range(M)]
    for o in range(M):
        for k, weight in enumerate(w):
            A[o][stride * o + dilation * k] = weight
    return [row[before : before + N] for row in A]


@wrong("matrix-of", "this is Aᵀ")
def matrix_transposed(w, N, stride, dilation, before, after):
    return matrix_entry_by_entry(w, N, stride, dilation, before, after).T


@wrong("matrix-of", "the filter is flipped")
def matrix_flipped(w, N, stride, dilation, before, after):
    return matrix_entry_by_entry(w[::-1], N, stride, dilation, before, after)


@wrong("matrix-of", "columns for the padding")
def matrix_with_padding(w, N, stride, dilation, before, after):
    return matrix_entry_by_entry(w, before + N + after, stride, dilation, 0, 0)


@wrong("matrix-of", "before and after are ignored")
def matrix_without_padding(w, N, stride, dilation, before, after):
    return matrix_entry_by_entry(w, N, stride, dilation, 0, 0)


@wrong("matrix-of", "a negative index counts from there")
def matrix_negative(w, N, stride, dilation, before, after):
    A = np.zeros((rows(w, N, stride, dilation, before, after), N))
    for o in range(len(A)):
        for k in range(len(w)):
            i = stride * o + dilation * k - before
            if i < N:
                A[o, i] += w[k]
    return A


@wrong("matrix-of", "have changed places")
def matrix_exchanged(w, N, stride, dilation, before, after):
    return matrix_entry_by_entry(w, N, dilation, stride, before, after)


@wrong("matrix-of", "right only for dilation 1")
def matrix_dense(w, N, stride, dilation, before, after):
    A = np.zeros((rows(w, N, stride, dilation, before, after), N))
    for o in range(len(A)):
        for k in range(len(w)):
            if 0 <= stride * o + k - before < N:
                A[o, stride * o + k - before] = w[k]
    return A


@right("columns-back")
def back_place_by_place(columns, N, stride, dilation, before):
    dx = np.zeros(N)
    for k, o in np.ndindex(columns.shape):
        i = stride * o + dilation * k - before
        if 0 <= i < N:
            dx[i] += columns[k, o]
    return dx


@right("columns-back")
def back_by_taps(columns, N, stride, dilation, before):
    K, M = columns.shape
    padded = np.zeros(max(stride * (M - 1) + dilation * (K - 1) + 1, before + N))
    for k in range(K):
        padded[dilation * k : dilation * k + stride * (M - 1) + 1 : stride] += columns[k]
    return padded[before : before + N]


@wrong("columns-back", "the last copy alone is left")
def back_assigned(columns, N, stride, dilation, before):
    dx = np.zeros(N)
    for k in range(columns.shape[0]):
        for o in range(columns.shape[1]):
            i = stride * o + dilation * k - before
            if 0 <= i < N:
                dx[i] = columns[k, o]
    return dx


@wrong("columns-back", "the copy of the last window alone is left")
def back_assigned_by_window(columns, N, stride, dilation, before):
    dx = np.zeros(N)
    for o in range(columns.shape[1]):
        for k in range(columns.shape[0]):
            i = stride * o + dilation * k - before
            if 0 <= i < N:
                dx[i] = columns[k, o]
    return dx


@wrong("columns-back", "you divided by the number of copies")
def back_averaged(columns, N, stride, dilation, before):
    copies = back_place_by_place(np.ones(columns.shape), N, stride, dilation, before)
    return back_place_by_place(columns, N, stride, dilation, before) / np.where(copies == 0, 1, copies)


@wrong("columns-back", "before is ignored")
def back_not_cropped(columns, N, stride, dilation, before):
    return back_place_by_place(columns, N, stride, dilation, 0)


@wrong("columns-back", "the taps are counted from the end")
def back_flipped(columns, N, stride, dilation, before):
    return back_place_by_place(columns[::-1], N, stride, dilation, before)


@wrong("columns-back", "have changed places")
def back_exchanged(columns, N, stride, dilation, before):
    return back_place_by_place(columns, N, dilation, stride, before)


@wrong("columns-back", "a negative index counts from there")
def back_negative(columns, N, stride, dilation, before):
    dx = np.zeros(N)
    for k, o in np.ndindex(columns.shape):
        i = stride * o + dilation * k - before
        if i < N:
            dx[i] += columns[k, o]
    return dx


@wrong("columns-back", "right only for stride 1")
def back_dense(columns, N, stride, dilation, before):
    return back_place_by_place(columns, N, 1, dilation, before)


@right("wrapped")
def wrapped_on_the_ring(x, w, T):
    ring = np.zeros(T)
    for i in range(len(x)):
        for k in range(len(w)):
            ring[(i + k) % T] += x[i] * w[k]
    return ring


@right("wrapped")
def wrapped_by_slices(x, w, T):
    full = np.convolve(x, w)
    full = np.append(full, [0] * (2 * T - len(full)))
    return full[:T] + full[T:]


@wrong("wrapped", "what hangs over the end is cut off")
def wrapped_cut(x, w, T):
    full = list(np.convolve(x, w)) + [0] * T
    return full[:T]


@wrong("wrapped", "It is added")
def wrapped_replaced(x, w, T):
    full = np.convolve(x, w)
    ring = np.zeros(T)
    for o in range(len(full)):
        ring[o % T] = full[o]
    return ring


@wrong("wrapped", "this is the correlation on the ring")
def wrapped_correlation(x, w, T):
    ring = np.zeros(T)
    for i in range(len(x)):
        for k in range(len(w)):
            ring[(i - k) % T] += x[i] * w[k]
    return ring


@wrong("wrapped", "added at the end")
def wrapped_at_the_end(x, w, T):
    full = np.convolve(x, w)
    ring = np.zeros(T)
    ring[: len(full)] = full[:T]
    if len(full) > T:
        ring[-(len(full) - T) :] += full[T:]
    return ring


@wrong("wrapped", "A ring of T cells has T numbers")
def wrapped_full(x, w, T):
    return np.convolve(x, w)


@wrong("wrapped", "the ring has N cells, not T")
def wrapped_on_n(x, w, T):
    ring = np.zeros(len(x))
    for o, value in enumerate(np.convolve(x, w)):
        ring[o % len(x)] += value
    return ring
