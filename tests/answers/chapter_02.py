import numpy as np

from answers.bank import right, wrong


@right("causal")
def causal_with_a_condition(x, w):
    y = [0] * len(x)
    for o in range(len(x)):
        for k in range(len(w)):
            if o - k >= 0:
                y[o] += x[o - k] * w[k]
    return y


@right("causal")
def causal_cut_from_full(x, w):
    return np.convolve(x, w)[: len(x)]


@wrong("causal", "bent into a circle")
def causal_bent(x, w):
    y = [0] * len(x)
    for o in range(len(x)):
        for k in range(len(w)):
            y[o] += x[o - k] * w[k]
    return y


@wrong("causal", "this is a correlation")
def causal_unflipped(x, w):
    longer = [0] * (len(w) - 1) + list(x)
    return [sum(longer[o + k] * w[k] for k in range(len(w))) for o in range(len(x))]


@wrong("causal", "this is the full range")
def causal_full(x, w):
    return np.convolve(x, w)


@wrong("causal", "this is the valid range")
def causal_valid(x, w):
    return np.convolve(x, w, "valid")


@wrong("causal", "the last N outputs of the full range")
def causal_from_the_future(x, w):
    return np.convolve(x, w)[-len(x) :]


@wrong("causal", "the first K − 1 outputs are left at 0")
def causal_late_start(x, w):
    y = np.zeros(len(x))
    for o in range(len(w) - 1, len(x)):
        for k in range(len(w)):
            y[o] += x[o - k] * w[k]
    return y


@wrong("causal", "the function must take (x, w)")
def causal_of_one(x):
    return x


@right("one-filter")
def one_filter_numpy(u, v):
    return np.convolve(u, v)


@right("one-filter")
def one_filter_loops(u, v):
    out = [0] * (len(u) + len(v) - 1)
    for k in range(len(u)):
        for m in range(len(v)):
            out[k + m] += u[k] * v[m]
    return out


@wrong("one-filter", "this is u ⋆ v")
def one_filter_correlated(u, v):
    return np.correlate(u, v, "full")


@wrong("one-filter", "this is v ⋆ u")
def one_filter_correlated_the_other_way(u, v):
    return np.correlate(u, v, "full")[::-1]


@wrong("one-filter", "right, but backwards")
def one_filter_backwards(u, v):
    return np.convolve(u, v)[::-1]


@wrong("one-filter", "keeps the valid range")
def one_filter_valid(u, v):
    return np.convolve(u, v, "valid")


@wrong("one-filter", "the filters are added")
def one_filter_sum(u, v):
    return u + v


@wrong("one-filter", "one after the other")
def one_filter_joined(u, v):
    return [*u, *v]


@right("input-sizes")
def input_sizes_formula(M, K, stride):
    smallest = stride * (M - 1) + K
    return [smallest + r for r in range(stride)]


@right("input-sizes")
def input_sizes_by_search(M, K, stride):
    return [N for N in range(K, 100) if (N - K) // stride + 1 == M]


@wrong("input-sizes", "only the smallest size is here")
def input_sizes_one(M, K, stride):
    return [(M - 1) * stride + K]


@wrong("input-sizes", "M windows need M − 1 steps")
def input_sizes_off_by_a_step(M, K, stride):
    return [N for N in range(K, 100) if (N - K) // stride == M]


@wrong("input-sizes", "one size too many")
def input_sizes_inclusive(M, K, stride):
    start = (M - 1) * stride + K
    return list(range(start, start + stride + 1))


@wrong("input-sizes", "the largest size is missing")
def input_sizes_exclusive(M, K, stride):
    start = (M - 1) * stride + K
    return list(range(start, start + stride - 1))


@wrong("input-sizes", "a window takes K cells, not one")
def input_sizes_without_taps(M, K, stride):
    start = (M - 1) * stride
    return list(range(start + 1, start + stride + 1))


@wrong("input-sizes", "right for stride 1 only")
def input_sizes_without_stride(M, K, stride):
    return [M + K - 1]


@wrong("input-sizes", "sizes must be made of numbers")
def input_sizes_text(M, K, stride):
    return "3 to 5"
