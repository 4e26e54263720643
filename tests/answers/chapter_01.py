import numpy as np

from answers.bank import right, wrong


@right("stamp")
def stamp_by_outputs(dy, w):
    dx = np.zeros(len(dy) + len(w) - 1)
    for o in range(len(dy)):
        dx[o : o + len(w)] += dy[o] * w
    return dx


@right("stamp")
def stamp_as_a_plain_list(dy, w):
    dx = [0] * (len(dy) + len(w) - 1)
    for o, d in enumerate(dy):
        for k, weight in enumerate(w):
            dx[o + k] += int(d) * int(weight)
    return dx


@wrong("stamp", "you assigned where you must add")
def stamp_assigns(dy, w):
    dx = [0] * (len(dy) + len(w) - 1)
    for o in range(len(dy)):
        for k in range(len(w)):
            dx[o + k] = w[k] * dy[o]
    return dx


@wrong("stamp", "stamped backwards")
def stamp_mirrored(dy, w):
    dx = np.zeros(len(dy) + len(w) - 1)
    for o in range(len(dy)):
        for k in range(len(w)):
            dx[o + k] += w[len(w) - 1 - k] * dy[o]
    return dx


@wrong("stamp", "dx has as many cells as dy")
def stamp_too_short(dy, w):
    dx = np.zeros(len(dy))
    for i in range(len(dy)):
        for k in range(len(w)):
            if i - k >= 0:
                dx[i] += w[k] * dy[i - k]
    return dx


@wrong("stamp", "the last output does not stamp")
def stamp_stops_early(dy, w):
    dx = np.zeros(len(dy) + len(w) - 1)
    for o in range(len(dy) - 1):
        dx[o : o + len(w)] += dy[o] * w
    return dx


@wrong("stamp", "multiplied by its dy[o]")
def stamp_without_dy(dy, w):
    dx = np.zeros(len(dy) + len(w) - 1)
    for o in range(len(dy)):
        dx[o : o + len(w)] += w
    return dx


@wrong("stamp", "must be multiplied by w")
def stamp_without_w(dy, w):
    dx = np.zeros(len(dy) + len(w) - 1)
    for o in range(len(dy)):
        dx[o : o + len(w)] += dy[o]
    return dx


@wrong("stamp", "stops with IndexError")
def stamp_runs_out(dy, w):
    dx = [0] * len(dy)
    for o in range(len(dy)):
        for k in range(len(w)):
            dx[o + k] += w[k] * dy[o]
    return dx


def forward(x, w, b):
    return np.array([sum(w[k] * x[o + k] for k in range(len(w))) + b for o in range(len(x) - len(w) + 1)])


@right("one-step")
def step_in_loops(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    dw = [sum(x[o + k] * dy[o] for o in range(len(dy))) for k in range(len(w))]
    return [w[k] - eta * dw[k] for k in range(len(w))], b - eta * sum(dy)


@right("one-step")
def step_with_numpy(x, w, b, t, eta):
    dy = np.correlate(x, w, "valid") + b - t
    return w - eta * np.correlate(x, dy, "valid"), b - eta * dy.sum()


@wrong("one-step", "goes uphill")
def step_uphill(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    return w + eta * np.correlate(x, dy, "valid"), b + eta * dy.sum()


@wrong("one-step", "db is averaged over the outputs")
def step_mean_bias(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    return w - eta * np.correlate(x, dy, "valid"), b - eta * np.mean(dy)


@wrong("one-step", "dw is averaged over the outputs")
def step_mean_weights(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    return w - eta * np.correlate(x, dy, "valid") / len(dy), b - eta * dy.sum()


@wrong("one-step", "the targets are missing")
def step_without_targets(x, w, b, t, eta):
    dy = forward(x, w, b)
    return w - eta * np.correlate(x, dy, "valid"), b - eta * dy.sum()


@wrong("one-step", "dw comes out backwards")
def step_swapped_operands(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    return w - eta * np.correlate(x, dy, "valid")[::-1], b - eta * dy.sum()


@wrong("one-step", "the bias has not moved")
def step_forgets_bias(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    return w - eta * np.correlate(x, dy, "valid"), b


@wrong("one-step", "the step ignores eta")
def step_of_one(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    return w - np.correlate(x, dy, "valid"), b - dy.sum()


@wrong("one-step", "w must stay as given, and was modified")
def step_in_place(x, w, b, t, eta):
    dy = forward(x, w, b) - t
    w -= eta * np.correlate(x, dy, "valid")
    return w, b - eta * dy.sum()


@wrong("one-step", "must be 2 results, w and b; got one ndarray")
def step_weights_only(x, w, b, t, eta):
    return w - eta * np.correlate(x, forward(x, w, b) - t, "valid")
