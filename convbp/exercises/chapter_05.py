"""The exercises of chapter 5: a gather on a plane, the half turn, and a filter made of two."""

import numpy as np

from convbp.arrays import Array
from convbp.correlation import convolve
from convbp.exercises.exercise import Exercise, Mistake, numbers
from convbp.exercises.references import plane_dw, plane_dx

SIZES = [((2, 2), (2, 1)), ((2, 2), (2, 2)), ((2, 3), (3, 2)), ((3, 2), (2, 4)), ((4, 3), (3, 3))]  # of dy and of w


def _wrapped(dy: Array, w: Array, H: int, W: int) -> Array:
    dx = np.zeros((H, W))
    for r, s, p, q in np.ndindex(H, W, *w.shape):
        if r - p < len(dy) and s - q < len(dy[0]):
            dx[r, s] += w[p, q] * dy[r - p, s - q]
    return dx


def _whole_regions(dy: Array, w: Array, H: int, W: int) -> Array:
    readers = plane_dx(np.ones(dy.shape), np.ones(w.shape), H, W)
    return np.where(readers == w.size, plane_dx(dy, w, H, W), 0)


PLANE_DX = Exercise(
    title="Gather on a plane",
    reference=plane_dx,
    returns=("dx",),
    cases=[
        {"dy": numbers(*o, start=5), "w": numbers(*k, start=o[1]), "H": o[0] + k[0] - 1, "W": o[1] + k[1] - 1}
        for o, k in SIZES
    ],
    mistakes=[
        Mistake(
            "the region of a cell is clipped on one side only: a negative r − p or s − q counts from the other end.",
            _wrapped,
        ),
        Mistake(
            "this is the gradient with the filter turned by 180°: dx[r,s] = Σ w[p,q]·dy[r−p, s−q], with w as it is.",
            lambda dy, w, H, W: plane_dx(dy, w[::-1, ::-1], H, W),
        ),
        Mistake("rows and columns are exchanged: this is dx transposed.", lambda dy, w, H, W: plane_dx(dy, w, H, W).T),
        Mistake(
            "only cells that every tap reaches are filled. At the border some terms are there too.", _whole_regions
        ),
        Mistake(
            "row 0 and column 0 of dy are lost: the test is 0 ≤ r − p, with the equals sign.",
            lambda dy, w, H, W: np.pad(convolve(dy[1:, 1:], w), ((1, 0), (1, 0))),
        ),
        Mistake(
            "the last row and column of dy are lost: r − p may be up to OH − 1, s − q up to OW − 1.",
            lambda dy, w, H, W: np.pad(convolve(dy[:-1, :-1], w), ((0, 1), (0, 1))),
        ),
    ],
)

HALF_TURN = Exercise(
    title="The whole half turn",
    reference=lambda dy, w: plane_dx(dy, w, *(np.add(dy.shape, w.shape) - 1)),
    returns=("dx",),
    cases=[{"dy": numbers(*o, start=5), "w": numbers(*k, start=o[0])} for o, k in [((1, 2), (2, 1)), *SIZES]],
    mistakes=[
        Mistake(
            "only the rows of the filter are reversed. A half turn reverses rows and columns.",
            lambda dy, w: convolve(dy, w[:, ::-1]),
        ),
        Mistake(
            "only the columns of the filter are reversed. A half turn reverses rows and columns.",
            lambda dy, w: convolve(dy, w[::-1]),
        ),
        Mistake(
            "the filter is not turned at all. Written as a correlation over dy, the gradient needs the half turn.",
            lambda dy, w: convolve(dy, w[::-1, ::-1]),
        ),
        Mistake(
            "the filter is transposed. A half turn reverses rows and columns; it does not exchange them.",
            lambda dy, w: convolve(dy, w.T),
        ),
        Mistake(
            "the filter has made a quarter turn. A half turn is two of them.",
            lambda dy, w: convolve(dy, np.rot90(w)),
        ),
        Mistake(
            "dy is not padded: this is the valid range. It needs KH − 1 rows and KW − 1 columns of zeros on each side.",
            lambda dy, w: convolve(dy, w, "valid"),
        ),
        Mistake(
            "dy is padded by KH and KW. That is one row and one column too many on each side: KH − 1 and KW − 1.",
            lambda dy, w: np.pad(convolve(dy, w), 1),
        ),
    ],
)

COLUMN_AND_ROW = Exercise(
    title="A filter made of two",
    reference=lambda dy, x, u, v: (plane_dw(dy, x) @ v, plane_dw(dy, x).T @ u),
    returns=("du", "dv"),
    cases=[
        {
            "dy": numbers(*o, start=5),
            "x": numbers(o[0] + k - 1, o[1] + m - 1),
            "u": numbers(k),
            "v": numbers(m, start=7),
        }
        for o, k, m in [((1, 1), 2, 3), ((2, 1), 3, 2), ((2, 3), 2, 4), ((3, 2), 3, 3)]
    ],
    mistakes=[
        Mistake(
            "the row is missing: u[p] stands in w[p, q] with the slope v[q].",
            lambda dy, x, u, v: plane_dw(dy, x).sum(axis=1),
            of="du",
        ),
        Mistake(
            "dw is turned by 180°. It is the correlation of x with dy, and nothing is flipped.",
            lambda dy, x, u, v: plane_dw(dy, x)[::-1, ::-1] @ v,
            of="du",
        ),
        Mistake(
            "this is the gradient for the other factor: du = dw·v sums over the columns.",
            lambda dy, x, u, v: plane_dw(dy, x).T @ u,
            of="du",
        ),
        Mistake(
            "du is averaged over the columns. It is a sum.", lambda dy, x, u, v: plane_dw(dy, x) @ v / len(v), of="du"
        ),
        Mistake(
            "the column is missing: v[q] stands in w[p, q] with the slope u[p].",
            lambda dy, x, u, v: plane_dw(dy, x).sum(axis=0),
            of="dv",
        ),
        Mistake(
            "dw is turned by 180°. It is the correlation of x with dy, and nothing is flipped.",
            lambda dy, x, u, v: plane_dw(dy, x)[::-1, ::-1].T @ u,
            of="dv",
        ),
        Mistake(
            "this is the gradient for the other factor: dv = dwᵀ·u sums over the rows.",
            lambda dy, x, u, v: plane_dw(dy, x) @ v,
            of="dv",
        ),
        Mistake(
            "dv is averaged over the rows. It is a sum.", lambda dy, x, u, v: plane_dw(dy, x).T @ u / len(u), of="dv"
        ),
    ],
)

EXERCISES = {"plane-dx": PLANE_DX, "half-turn": HALF_TURN, "column-and-row": COLUMN_AND_ROW}
