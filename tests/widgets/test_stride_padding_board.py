"""StridePaddingBoard without a browser: its windows, counts, sizes and gradients are those of the library."""

import json
import re

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp.geometry import conv_geometry, products
from convbp.widgets import StridePaddingBoard
from convbp.widgets.stride_padding_board import OPTIONS
from widgets.state import multiplied_in

BOARD = StridePaddingBoard()


def settings_of(board):
    """Every setting of the sliders, in the order of the tables."""
    names = list(OPTIONS)
    shape = [len(board.options[name]) for name in names]
    for at in np.ndindex(*shape):
        yield {name: board.options[name][n] for name, n in zip(names, at, strict=True)}


EVERY_SETTING = list(zip(settings_of(BOARD), BOARD.tables, strict=True))
FITTING = [(chosen, board) for chosen, board in EVERY_SETTING if board.axis.outputs]


def options_of(chosen):
    return {name: chosen[name] for name in ("stride", "dilation", "padding")}


def test_windows_are_the_products_of_the_geometry_in_every_setting():
    assert len(FITTING) > 500
    for chosen, board in FITTING:
        geometry = conv_geometry((1, 1, chosen["size"]), (1, 1, chosen["kernel"]), **options_of(chosen))
        expected = {(x[2], w[2], y[2]) for x, w, y in products(geometry)}
        everything = [(cell, k, o) for o, cells in enumerate(board.ruler.windows) for k, cell in enumerate(cells)]
        actual = {(board.number(cell), k, o) for cell, k, o in everything if not board.is_padding(cell)}
        assert actual == expected, chosen


def test_counts_are_the_coverage_of_the_library_in_every_setting():
    for chosen, board in FITTING:
        inside = [c for cell, c in enumerate(board.ruler.counts) if not board.is_padding(cell)]
        (expected,) = convbp.coverage(chosen["size"], chosen["kernel"], **options_of(chosen))
        assert tuple(inside) == expected, chosen


def test_formula_gives_the_size_and_the_remainder_in_every_setting():
    for chosen, board in EVERY_SETTING:
        (outputs,) = convbp.output_size(chosen["size"], chosen["kernel"], **options_of(chosen))
        steps = board.formula()
        number, room = (re.sub("⌊(.*)/(.*)⌋", r"((\1)//\2)", side) for side in steps.split(" = ")[:2])
        for side in (number, room.removesuffix(" is below 1: no output")):
            assert max(0, eval(side.replace("−", "-").replace("·", "*"))) == outputs, chosen
        if outputs:
            assert steps.endswith(f"= {outputs}, remainder {board.axis.leftover}")


def test_spread_sums_are_the_gradient_of_the_library_in_every_setting():
    w_all, dy_all = [1, -1, 2], [1, 2, -1, 3, 1, 0, 2, -2, 5, -4, 3, 2, 1, 7]
    for chosen, board in FITTING:
        w, dy = w_all[: chosen["kernel"]], dy_all[: board.axis.outputs]
        x = np.zeros((1, 1, chosen["size"]))
        dx = convbp.conv1d_backward([[dy]], x, [[w]], **options_of(chosen)).dx[0, 0]
        for cell in range(board.axis.padded):
            sides = board.equation(cell, w, dy).replace("−", "-").split(" = ")
            if board.is_padding(cell):
                assert sides[0].endswith("its gradient is cut off.")
            else:
                assert int(sides[-1]) == dx[board.number(cell)], chosen
                assert len(sides) == 2 or eval(sides[2].replace("·", "*")) == dx[board.number(cell)]


def test_spread_dy_is_zero_insertion_with_the_leftover_behind():
    for chosen, board in FITTING:
        dy = list(range(1, board.axis.outputs + 1))
        spread = convbp.zero_insert([[dy]], chosen["stride"])[0, 0].tolist()
        assert board.spread(dy) == spread + [0] * board.axis.leftover, chosen


def test_tail_is_what_the_stride_leaves_over():
    for chosen, board in FITTING:
        assert board.ruler.marks.count("t") == board.axis.leftover, chosen


def test_board_opens_on_two_outputs_and_one_leftover_cell():
    board = StridePaddingBoard()
    assert board.counts() == [1, 1, 1, 1, 0]
    assert board.table.ruler.marks == "xxxxt"
    assert board.formula() == "⌊(5+0−1·(2−1)−1)/2⌋+1 = ⌊3/2⌋+1 = 2, remainder 1"


def test_where_no_window_fits_the_formula_says_so():
    board = StridePaddingBoard(size=3, kernel=3, dilation=2, padding=0)
    assert board.formula() == "⌊(3+0−2·(3−1)−1)/2⌋+1 = ⌊−2/2⌋+1 is below 1: no output"
    assert (board.counts(), board.table.ruler.marks) == ([0, 0, 0], "nnn")
    assert board.table.spread([]) == []


def test_page_is_sent_the_windows_that_python_has():
    sent = BOARD.get_state(["tables"])["tables"]
    rulers, cells = sent["rulers"].split(";"), sent["cells"].split(";")
    for text, board in zip(sent["settings"].split(";"), BOARD.tables, strict=True):
        labels, own = map(int, text.split())
        dense = int(rulers[own].split(" ")[4])
        assert cells[labels].replace("p", "").split() == [str(board.number(c)) for c in range(board.axis.padded)]
        for number, ruler in ((own, board.ruler), (dense, board.dense)):
            reach, room, leftover, _, _, marks, windows = rulers[number].split(" ")
            assert (int(reach), int(room), int(leftover), marks) == (*ruler[:3], ruler.marks)
            read = tuple(tuple(int(digit, 36) for digit in row) for row in windows.split(",") if row)
            assert read == ruler.windows


def test_saved_state_is_small_and_always_the_same():
    texts = []
    for _ in range(2):
        board = StridePaddingBoard()
        state = embed_data(views=[board], drop_defaults=True)["manager_state"]["state"]
        texts.append(json.dumps(state[board.model_id]["state"] | {"layout": ""}, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) + len(board._esm.encode()) + len(board._css.encode()) < 60_000


def test_script_holds_no_window_arithmetic():
    script = StridePaddingBoard._esm
    times = multiplied_in(script)
    assert len(times) == 2
    assert "number * count(name) + optionNumber" in times[0]
    assert "sum + one * other" in times[1]
    without_texts = re.sub(r'"[^"\n]*"', '""', script)
    for word in (*OPTIONS, "leftover", "reach", "room", "cell", "place", "o", "k"):
        assert not re.search(rf"\b{word}\b\s*[-+*/%]|[-+*/%]\s*\b{word}\b", without_texts), word


def test_repr_is_the_call_that_makes_it():
    text = repr(StridePaddingBoard(size=(7, 6), kernel=3, stride=1, dilation=1, padding=(0, ((2, 0),))))
    assert text == "StridePaddingBoard(size=(7, 6), kernel=3, stride=1, dilation=1, padding=(0, ((2, 0),)))"
    assert repr(eval(text)) == text


def test_pair_pads_each_side_by_its_own_number():
    axis = StridePaddingBoard(size=5, kernel=2, stride=1, padding=(((2, 0),), 0)).table.axis
    assert (axis.before, axis.after) == (2, 0)


def test_pinned_cell_that_the_sliders_lose_is_let_go():
    board = StridePaddingBoard(selection={"kind": "input", "index": [4]})
    assert board.equation() == "dx[4] = w[1]·0 = (−1)·0 = 0"
    board.size = 4
    assert board.selection == {}
    board.selection = {"kind": "place", "index": [2]}
    board.view = "plane"
    assert board.selection == {}
    board.selection = {"kind": "input", "index": [0, 3]}
    assert board.equation() == ""


def test_other_numbers_change_the_gradient():
    board = StridePaddingBoard(size=5, kernel=2, stride=2, w=[2, -1], dy=[3, -5])
    board.selection = {"kind": "input", "index": [2]}
    assert board.equation() == "dx[2] = w[1]·0 + w[0]·dy[1] = (−1)·0 + 2·(−5) = −10"
    board.dy = [3, 4]
    assert board.equation().endswith("= 8")


@pytest.mark.parametrize("view", ["line", "plane"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("size", [5, 2])
def test_figure_shows_the_formula_and_the_numbers(view, direction, size):
    board = StridePaddingBoard(size=size, kernel=3, stride=2, padding=0, view=view, direction=direction, dy=[7, 8])
    figure = board.figure()
    drawn = [text.get_text() for text in figure.axes[0].texts]
    assert figure.get_supxlabel() == board.formula()
    expected = ["7", "8"] if (view, direction, size) == ("line", "backward", 5) else [str(c) for c in board.counts()]
    assert set(expected) <= set(drawn)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 0}, ValueError, "size must be at least 1; got 0"),
        ({"kernel": 2.5}, TypeError, "kernel must be made of ints; got 2.5"),
        ({"stride": (1, 1)}, ValueError, r"stride must hold one or more different options; got \(1, 1\)"),
        ({"padding": "full"}, ValueError, "padding must be .*; got 'full'"),
        ({"size": 21}, ValueError, "size must keep every ruler within 20 cells; got 21, which needs 21"),
        ({"view": "cube"}, ValueError, r"view must be one of \('line', 'plane'\); got 'cube'"),
        ({"direction": "up"}, ValueError, r"direction must be one of .*; got 'up'"),
        ({"w": [1, 2]}, ValueError, r"w must have shape \(3,\); got \(2,\)"),
        ({"dy": [0.5]}, TypeError, r"dy must be made of ints; got \[0.5\]"),
        ({"selection": {"kind": "tap", "index": [0]}}, ValueError, "selection must .*; got {'kind': 'tap'"),
        ({"selection": {"kind": "input", "index": [5]}}, ValueError, r"selection must name a cell .*; got .*\[5\]"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        StridePaddingBoard(**arguments)


def test_too_short_a_filter_is_refused_and_nothing_changes():
    board = StridePaddingBoard()
    with pytest.raises(ValueError, match="w must have 3 or more taps"):
        board.w = [1, 2]
    assert board.w.tolist() == [1, -1, 2]
