"""ConvMatrix without a browser: the matrix is that of the library, and what is said about it is true."""

from functools import cache
from itertools import product

import numpy as np
import pytest

import convbp
from convbp.matrix import conv_matrix
from convbp.widgets import ConvMatrix
from convbp.widgets.conv_matrix import MOST_CELLS
from convbp.widgets.matrix_table import cells_named
from convbp.widgets.pointing import cells_of, products_of
from widgets.state import arithmetic, saved

OPTIONS = ("stride", "dilation", "padding")
LINE = {"size": 7, "kernel": 3, "stride": (1, 2, 3), "dilation": (1, 2), "padding": (0, 1, "same", ((2, 0),))}
PLANE = {"size": (3, 4), "kernel": (2, 3), "stride": (1, 2, (1, 3)), "dilation": (1,), "padding": (0, ((0, 1), (1, 0)))}
SETTINGS = [
    pytest.param(arguments, dict(zip(OPTIONS, chosen, strict=True)), id=f"{label}-{chosen}")
    for label, arguments in {"1-D": LINE, "2-D": PLANE}.items()
    for chosen in product(*(arguments[option] for option in OPTIONS))
]


@cache
def matrix_of(rank):
    return ConvMatrix(**(LINE if rank == 1 else PLANE))


def shown_with(arguments, setting):
    matrix = matrix_of(np.size(arguments["size"]))
    for option, value in setting.items():
        setattr(matrix, option, value)
    return matrix


def entries_of(table):
    """The matrix in numbers, as the page writes it: a weight at every tap."""
    weights = [0, *table.cells.values["w"]]
    return np.array([[weights[tap] for tap in row] for row in table.taps])


def in_numbers(equation):
    return equation.replace("−", "-").replace("·", "*").split(" = ")


@pytest.mark.parametrize(("arguments", "setting"), SETTINGS)
def test_matrix_is_that_of_the_library(arguments, setting):
    matrix = shown_with(arguments, setting)
    expected = conv_matrix(matrix.w[None, None], (1, *matrix.x.shape), **setting).toarray()
    assert (entries_of(matrix.table) == expected).all()


@pytest.mark.parametrize(("arguments", "setting"), SETTINGS)
def test_matrix_makes_y_and_its_transpose_makes_dx(arguments, setting):
    matrix = shown_with(arguments, setting)
    table, rank = matrix.table, matrix.x.ndim
    values, entries = table.cells.values, entries_of(table)
    y = getattr(convbp, f"conv{rank}d")(matrix.x[None, None], matrix.w[None, None], **setting)
    dy = np.reshape(values["dy"], y.shape)
    back = getattr(convbp, f"conv{rank}d_backward")(dy, matrix.x[None, None], matrix.w[None, None], **setting)
    assert (entries @ matrix.x.ravel() == y.ravel()).all()
    assert (entries.T @ dy.ravel() == back.dx.ravel()).all()
    assert values["y"] == list(y.flat)
    assert [values["dx"][cell] for cell in table.columns] == list(back.dx.flat)
    assert values["dw"] == list(back.dw.flat)


@pytest.mark.parametrize(("arguments", "setting"), [p for p in SETTINGS if p.values[1]["padding"] != "same"])
def test_rows_are_those_of_the_matrix_for_stride_1_that_are_not_left_out(arguments, setting):
    matrix = shown_with(arguments, setting)
    table, w = matrix.table, matrix.w[None, None]
    dense = conv_matrix(w, (1, *matrix.x.shape), **setting | {"stride": 1}).toarray()
    assert sum(table.left_out) + len(table.taps) == len(dense)
    row = -1
    for left, entries in zip(table.left_out, entries_of(table), strict=False):
        row += left + 1
        assert (dense[row] == entries).all()


@pytest.mark.parametrize(("arguments", "setting"), SETTINGS)
def test_every_sum_in_numbers_makes_its_total(arguments, setting):
    table = shown_with(arguments, setting).table
    places = {"output": range(len(table.taps)), "input": table.columns, "weight": range(len(table.cells.values["w"]))}
    for kind, cells in places.items():
        for cell in cells:
            sides = in_numbers(table.equation(kind, cell, transpose=kind != "output"))
            assert len(sides) == 2 or eval(sides[2]) == int(sides[3])
            assert (table.equation(kind, cell, transpose=kind == "output") == "") == (kind != "weight")


@pytest.mark.parametrize(("arguments", "setting"), SETTINGS)
def test_entries_name_the_tap_that_joins_their_output_and_cell(arguments, setting):
    table = shown_with(arguments, setting).table
    joined = {(y, x): w for y, window in enumerate(table.cells.reads) for w, x in enumerate(window)}
    for row, column in cells_named(table, "entry"):
        tap = joined.get((row, table.columns[column]))
        said = table.entry(row, column, transpose=False)
        if tap is None:
            assert said.startswith(f"A[{row},{column}] = 0: ")
        else:
            name = ",".join(map(str, cells_of(table.cells, "w")[tap]))
            assert said.startswith(f"A[{row},{column}] = w[{name}] = ")


def test_uses_leave_padding_out():
    table = ConvMatrix(size=4, kernel=3, stride=1, dilation=1, padding=1).table
    assert len(products_of(table.cells, "weight", 0)) == 4
    assert len(table.uses("weight", 0)) == 3
    assert table.sentence("weight", 0, False) == "w[0] stands 3 times in A."
    assert ConvMatrix(size=3, kernel=3, stride=1, dilation=1, padding=0).sentence().startswith("Row 0 of A is the ")


def test_rows_and_columns_change_places_in_the_transpose():
    matrix = ConvMatrix(size=5, kernel=2, stride=2, dilation=1, padding=0, x=[1, 2, 4, 7, 3], w=[2, -1], dy=[3, 5])
    assert matrix.sentence() == "Row 1 of A is the window of y[1]: w[0] at x[2] and w[1] at x[3]."
    assert matrix.equation() == "y[1] = w[0]·x[2] + w[1]·x[3] = 2·4 + (−1)·7 = 1"
    matrix.transpose = True
    assert matrix.sentence() == "Column 1 of Aᵀ sends dy[1] to dx[2] through w[0] and dx[3] through w[1]."
    assert matrix.equation() == ""
    matrix.selection = {"kind": "input", "index": [3]}
    assert matrix.sentence() == "Row 3 of Aᵀ holds every use of x[3]: by y[1] through w[1]."
    assert matrix.equation() == "dx[3] = w[1]·dy[1] = (−1)·5 = −5"
    matrix.selection = {"kind": "entry", "index": [1, 3]}
    assert matrix.sentence() == "Aᵀ[3,1] = w[1] = −1: y[1] reads x[3] through w[1]. It adds w[1]·dy[1] to dx[3]."


def test_leftover_of_the_stride_is_an_empty_column():
    matrix = ConvMatrix(size=5, kernel=2, stride=2, dilation=1, padding=0, selection={"kind": "input", "index": [4]})
    assert matrix.sentence() == "Column 4 of A is empty, so dx[4] = 0: the stride leaves it over."
    assert matrix.table.left_out == [0, 1, 1]


def test_where_no_window_fits_there_is_no_matrix_and_the_reason_is_said():
    matrix = ConvMatrix(size=4, kernel=3, stride=1, dilation=2, padding=0)
    assert (matrix.table.taps, matrix.table.left_out, matrix.selection) == ([], [], {})
    assert matrix.table.cells.empty.startswith("No window fits: ")
    assert matrix.figure().get_supxlabel().replace("\n", " ") == matrix.table.cells.empty


def test_pinned_entry_that_the_options_lose_is_let_go():
    matrix = ConvMatrix(selection={"kind": "entry", "index": (4, 6)})
    assert matrix.selection == {"kind": "entry", "index": [4, 6]}
    matrix.stride = 2
    assert matrix.selection == {}
    assert (matrix.sentence(), matrix.equation()) == ("", "")


def test_another_array_is_computed_anew_and_a_wrong_one_changes_nothing():
    matrix = ConvMatrix(size=5, kernel=2, stride=(1, 2), dilation=1, padding=0)
    matrix.x, matrix.w = [1, 2, 4, 7], [2, -1]
    assert matrix.table.cells.values["y"] == [0, 0, 1]
    before = matrix.table
    with pytest.raises(ValueError, match=f"size must keep every matrix within {MOST_CELLS} cells; got 40, which needs"):
        matrix.x = range(40)
    assert matrix.table == before


@pytest.mark.parametrize("arguments", [{}, LINE, PLANE])
def test_saved_state_is_small_and_always_the_same(arguments):
    first, second = (saved(ConvMatrix(**arguments)) for _ in range(2))
    assert first == second
    assert len(first.encode()) < 60_000


def test_script_holds_no_window_arithmetic():
    assert arithmetic(ConvMatrix._esm) == []


def test_repr_is_the_call_that_makes_it():
    text = repr(ConvMatrix(**PLANE))
    assert text == (
        "ConvMatrix(size=(3, 4), kernel=(2, 3), stride=(1, 2, (1, 3)), dilation=1, padding=(0, ((0, 1), (1, 0))))"
    )
    assert repr(eval(text)) == text


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"kind": "input", "index": [6]},
        {"kind": "weight", "index": [1]},
        {"kind": "output", "index": [0]},
        {"kind": "entry", "index": [0, 1]},
        {"kind": "entry", "index": [0, 6]},
    ],
)
def test_figure_shows_the_matrix_and_what_is_said(transpose, selection):
    matrix = ConvMatrix(stride=3, selection=selection)
    matrix.transpose = transpose
    figure = matrix.figure()
    drawn = [text.get_text() for text in figure.axes[0].texts]
    words = f"{matrix.sentence()} {matrix.equation()}".strip()
    assert figure.get_supxlabel().replace("\n", " ") == words
    made = {False: "y = A x", True: "dx = Aᵀ dy"} if selection.get("kind") != "weight" else {False: "dy", True: "x"}
    assert made[transpose] in drawn
    zeros = sum(tap == 0 for row in matrix.table.taps for tap in row)
    assert drawn.count("·") == zeros - (selection.get("index") == [0, 6])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 0}, ValueError, "size must be at least 1; got 0"),
        ({"kernel": (3, 2)}, ValueError, r"kernel must have as many ints as size = 7; got \(3, 2\)"),
        ({"stride": 0}, ValueError, "stride must be at least 1; got 0"),
        ({"padding": "full"}, ValueError, "padding must be .*; got 'full'"),
        ({"size": 30}, ValueError, f"size must keep every matrix within {MOST_CELLS} cells; got 30, which needs"),
        ({"x": [1, 2, 3]}, ValueError, r"x must have shape \(7,\); got \(3,\)"),
        ({"selection": {"kind": "row", "index": [0]}}, ValueError, r"selection must .*; got \{'kind': 'row'"),
        ({"selection": {"kind": "entry", "index": [0, 7]}}, ValueError, r"selection must name .*; got .*\[0, 7\]"),
        ({"selection": {"kind": "input", "index": [-1]}}, ValueError, r"selection must name .*; got .*\[-1\]"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        ConvMatrix(**arguments)
