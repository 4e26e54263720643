import numpy as np

from answers.bank import right, wrong


def full(dy, w):
    """Stamp the filter, as chapter 5 does: the full convolution in two loops."""
    out = np.zeros((dy.shape[0] + w.shape[0] - 1, dy.shape[1] + w.shape[1] - 1))
    for i, j in np.ndindex(dy.shape):
        out[i : i + w.shape[0], j : j + w.shape[1]] += dy[i, j] * w
    return out


def slide(x, w):
    """Correlate on the valid range."""
    OH, OW = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    return np.array([[(x[i : i + w.shape[0], j : j + w.shape[1]] * w).sum() for j in range(OW)] for i in range(OH)])


@right("plane-dx")
def plane_gathered(dy, w, H, W):
    dx = np.zeros((H, W))
    for r, s, p, q in np.ndindex(H, W, *w.shape):
        if 0 <= r - p < dy.shape[0] and 0 <= s - q < dy.shape[1]:
            dx[r, s] += w[p, q] * dy[r - p, s - q]
    return dx


@right("plane-dx")
def plane_stamped(dy, w, H, W):
    return full(dy, w)


@wrong("plane-dx", "clipped on one side only")
def plane_wrapped(dy, w, H, W):
    KH, KW = w.shape
    dx = np.zeros((H, W))
    for r, s, p, q in np.ndindex(H, W, KH, KW):
        if r - p < dy.shape[0] and s - q < dy.shape[1]:
            dx[r, s] += w[p, q] * dy[r - p, s - q]
    return dx


@wrong("plane-dx", "the filter turned by 180°")
def plane_turned(dy, w, H, W):
    return full(dy, w[::-1, ::-1])


@wrong("plane-dx", "rows and columns are exchanged")
def plane_transposed(dy, w, H, W):
    dx = np.zeros((W, H))
    for r, s, p, q in np.ndindex(H, W, *w.shape):
        if 0 <= r - p < dy.shape[0] and 0 <= s - q < dy.shape[1]:
            dx[s, r] += w[p, q] * dy[r - p, s - q]
    return dx


@wrong("plane-dx", "only cells that every tap reaches")
def plane_inside_only(dy, w, H, W):
    (KH, KW), (OH, OW) = w.shape, dy.shape
    dx = np.zeros((H, W))
    for r in range(KH - 1, OH):
        for s in range(KW - 1, OW):
            dx[r, s] = sum(w[p, q] * dy[r - p, s - q] for p in range(KH) for q in range(KW))
    return dx


@wrong("plane-dx", "row 0 and column 0 of dy are lost")
def plane_strict(dy, w, H, W):
    dx = np.zeros((H, W))
    for r, s, p, q in np.ndindex(H, W, *w.shape):
        if 0 < r - p < dy.shape[0] and 0 < s - q < dy.shape[1]:
            dx[r, s] += w[p, q] * dy[r - p, s - q]
    return dx


@wrong("plane-dx", "dx must have shape (3, 2); got (2, 2)")
def plane_of_dy(dy, w, H, W):
    return plane_gathered(dy, w, *dy.shape)


@right("half-turn")
def turn_by_numpy(dy, w):
    KH, KW = w.shape
    return slide(np.pad(dy, ((KH - 1, KH - 1), (KW - 1, KW - 1))), np.rot90(w, 2))


@right("half-turn")
def turn_by_stamps(dy, w):
    return full(dy, w)


def padded(dy, w):
    return np.pad(dy, [(k - 1, k - 1) for k in w.shape])


@wrong("half-turn", "only the rows of the filter are reversed")
def turn_rows(dy, w):
    return slide(padded(dy, w), w[::-1])


@wrong("half-turn", "only the columns of the filter are reversed")
def turn_columns(dy, w):
    return slide(padded(dy, w), w[:, ::-1])


@wrong("half-turn", "not turned at all")
def turn_nothing(dy, w):
    return slide(padded(dy, w), w)


@wrong("half-turn", "the filter is transposed")
def turn_transposed(dy, w):
    return full(dy, w.T)


@wrong("half-turn", "a quarter turn")
def turn_by_ninety(dy, w):
    return full(dy, np.rot90(w))


@wrong("half-turn", "one row and one column too many")
def turn_with_too_many_zeros(dy, w):
    KH, KW = w.shape
    return slide(np.pad(dy, ((KH, KH), (KW, KW))), w[::-1, ::-1])


@right("column-and-row")
def factors_by_dw(dy, x, u, v):
    dw = slide(x, dy)
    return dw @ v, dw.T @ u


@right("column-and-row")
def factors_in_loops(dy, x, u, v):
    du, dv = np.zeros(len(u)), np.zeros(len(v))
    for i, j in np.ndindex(dy.shape):
        for p in range(len(u)):
            for q in range(len(v)):
                du[p] += dy[i, j] * x[i + p, j + q] * v[q]
                dv[q] += dy[i, j] * x[i + p, j + q] * u[p]
    return du, dv


@wrong("column-and-row", "the row is missing")
def factors_without_row(dy, x, u, v):
    dw = slide(x, dy)
    return dw.sum(axis=1), dw.T @ u


@wrong("column-and-row", "the column is missing")
def factors_without_column(dy, x, u, v):
    dw = slide(x, dy)
    return dw @ v, dw.sum(axis=0)


@wrong("column-and-row", "dw is turned by 180°")
def factors_of_a_turned_dw(dy, x, u, v):
    dw = np.rot90(slide(x, dy), 2)
    return dw @ v, dw.T @ u


@wrong("column-and-row", "the gradient for the other factor")
def factors_exchanged(dy, x, u, v):
    dw = slide(x, dy)
    return dw.T @ u, dw @ v


@wrong("column-and-row", "dv is averaged over the rows")
def factors_averaged(dy, x, u, v):
    dw = slide(x, dy)
    return dw @ v, (dw * u[:, None]).mean(axis=0)


@wrong("column-and-row", "must be 2 results, du and dv; got 3 of them")
def factors_and_more(dy, x, u, v):
    dw = slide(x, dy)
    return dw, dw @ v, dw.T @ u
