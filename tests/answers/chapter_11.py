import numpy as np

from answers.bank import right, wrong


def stamped(delta, w, z):
    back = np.zeros(z.shape)
    for f in range(len(w)):
        for c in range(w.shape[1]):
            for o in range(delta.shape[1]):
                for k in range(w.shape[2]):
                    back[c, o + k] += w[f, c, k] * delta[f, o]
    return back


@right("delta-below")
def delta_stamped(delta, w, z):
    return stamped(delta, w, z) * (z > 0)


@right("delta-below")
def delta_convolved(delta, w, z):
    back = [sum(np.convolve(delta[f], w[f, c]) for f in range(len(w))) for c in range(len(z))]
    return np.where(z > 0, back, 0)


@wrong("delta-below", "the slope of relu is missing")
def delta_no_slope(delta, w, z):
    return stamped(delta, w, z)


@wrong("delta-below", "a unit is off if its z is not above 0")
def delta_slope_of_gradient(delta, w, z):
    back = stamped(delta, w, z)
    return np.where(back > 0, back, 0)


@wrong("delta-below", "you multiplied by relu(z) itself")
def delta_times_value(delta, w, z):
    return stamped(delta, w, z) * z * (z > 0)


@wrong("delta-below", "There it is 0, by convention")
def delta_corner(delta, w, z):
    return np.where(z < 0, 0, stamped(delta, w, z))


@wrong("delta-below", "the filter is flipped")
def delta_flipped(delta, w, z):
    return stamped(delta, w[:, :, ::-1], z) * (z > 0)


@wrong("delta-below", "you must add over the filters")
def delta_last_filter(delta, w, z):
    back = np.zeros(z.shape)
    for f in range(len(w)):
        back = stamped(delta[f : f + 1], w[f : f + 1], z)
    return back * (z > 0)


@right("through-pool")
def pool_winner(dpooled, z):
    delta = [0] * len(z)
    for o, d in enumerate(dpooled):
        a, b = max(z[2 * o], 0), max(z[2 * o + 1], 0)
        winner = 2 * o + (b > a)
        if z[winner] > 0:
            delta[winner] = d
    return delta


@right("through-pool")
def pool_of_pairs(dpooled, z):
    pairs = z.reshape(-1, 2)
    first = (pairs[:, 0] > 0) & (pairs[:, 0] >= pairs[:, 1])
    second = (pairs[:, 1] > 0) & (pairs[:, 1] > pairs[:, 0])
    return np.stack([dpooled * first, dpooled * second], 1).ravel()


@wrong("through-pool", "the slope of relu is missing")
def pool_without_relu(dpooled, z):
    delta = np.zeros(len(z))
    for o in range(len(dpooled)):
        delta[2 * o + int(z[2 * o + 1] > z[2 * o])] = dpooled[o]
    return delta


@wrong("through-pool", "both cells of a window get its gradient")
def pool_to_both(dpooled, z):
    return [dpooled[i // 2] if z[i] > 0 else 0 for i in range(len(z))]


@wrong("through-pool", "as an average pool would do")
def pool_halved(dpooled, z):
    return [dpooled[i // 2] / 2 if z[i] > 0 else 0 for i in range(len(z))]


@wrong("through-pool", "of two equal cells both")
def pool_ties_to_both(dpooled, z):
    pooled = np.maximum(z, 0).reshape(-1, 2).max(1)
    return [dpooled[i // 2] if z[i] > 0 and z[i] == pooled[i // 2] else 0 for i in range(len(z))]


@wrong("through-pool", "of two equal cells the second wins")
def pool_second(dpooled, z):
    delta = np.zeros(len(z))
    for o in range(len(dpooled)):
        winner = 2 * o + int(z[2 * o + 1] >= z[2 * o])
        if z[winner] > 0:
            delta[winner] = dpooled[o]
    return delta


@wrong("through-pool", "by size without sign")
def pool_by_size(dpooled, z):
    delta = np.zeros(len(z))
    for o in range(len(dpooled)):
        winner = 2 * o + int(abs(z[2 * o + 1]) > abs(z[2 * o]))
        if z[winner] > 0:
            delta[winner] = dpooled[o]
    return delta


@right("momentum-steps")
def steps_in_a_loop(w, gradients, rate, momentum):
    v, rows = 0, []
    for gradient in gradients:
        v = momentum * v + gradient
        w = w - rate * v
        rows.append(w)
    return rows


@right("momentum-steps")
def steps_written_out(w, gradients, rate, momentum):
    rows = np.zeros(gradients.shape)
    for t in range(len(gradients)):
        v = sum(momentum ** (t - s) * gradients[s] for s in range(t + 1))
        rows[t] = (rows[t - 1] if t else w) - rate * v
    return rows


@wrong("momentum-steps", "the memory is missing")
def steps_plain(w, gradients, rate, momentum):
    return [w - rate * gradients[: t + 1].sum(0) for t in range(len(gradients))]


@wrong("momentum-steps", "the memory is a mean")
def steps_averaged(w, gradients, rate, momentum):
    return steps_in_a_loop(w, gradients * (1 - momentum), rate, momentum)


@wrong("momentum-steps", "before the new gradient has gone in")
def steps_late(w, gradients, rate, momentum):
    v, rows = np.zeros(len(w)), []
    for gradient in gradients:
        w = w - rate * v
        v = momentum * v + gradient
        rows.append(w)
    return rows


@wrong("momentum-steps", "uphill")
def steps_uphill(w, gradients, rate, momentum):
    return steps_in_a_loop(w, gradients, -rate, momentum)


@wrong("momentum-steps", "Nesterov")
def steps_ahead(w, gradients, rate, momentum):
    v, rows = 0, []
    for gradient in gradients:
        v = momentum * v + gradient
        w = w - rate * (momentum * v + gradient)
        rows.append(w)
    return rows


@wrong("momentum-steps", "does not fade")
def steps_for_ever(w, gradients, rate, momentum):
    return steps_in_a_loop(w, gradients, rate, 1)


@wrong("momentum-steps", "the learning rate is not used")
def steps_of_one(w, gradients, rate, momentum):
    return steps_in_a_loop(w, gradients, 1, momentum)
