"""AffectedRegion without a browser: what it stores agrees with the library, and it answers bad input by name."""

import json
import re
from itertools import product

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp.geometry import conv_geometry, products
from convbp.widgets import AffectedRegion
from convbp.widgets.affected_region import MOST_CELLS, OPTIONS
from convbp.widgets.pointing import GRID, cells_of, equation, is_padding, name
from widgets.state import multiplied_in

LINE = {"size": 8, "kernel": 3, "stride": (1, 2, 3), "dilation": (1, 2), "padding": (0, 1, "same")}
PLANE = {
    "size": (6, 5),
    "kernel": (3, 2),
    "stride": (1, 2, (3, 2)),
    "dilation": (1, (2, 3)),
    "padding": (0, ((2, 0), (1, 3)), "same"),
}
EVERY_SETTING = [
    pytest.param(arguments, dict(zip(OPTIONS, chosen, strict=True)), id=f"{label}-{chosen}")
    for label, arguments in {"1-D": LINE, "2-D": PLANE}.items()
    for chosen in product(*(arguments[option] for option in OPTIONS))
]


def shown_with(arguments, setting):
    region = AffectedRegion(**arguments)
    for option, value in setting.items():
        setattr(region, option, value)
    return region


def geometry_of(arguments, setting):
    spatial = [[n] if isinstance(n, int) else n for n in (arguments["size"], arguments["kernel"])]
    return conv_geometry((1, 1, *spatial[0]), (1, 1, *spatial[1]), **setting)


def unpacked(text):
    """Read a packed list as the script in the page reads it."""
    return [[float(n) for n in row.split()] for row in text.split(";")] if text else []


@pytest.mark.parametrize(("arguments", "setting"), EVERY_SETTING)
def test_table_holds_exactly_the_products_of_the_geometry(arguments, setting):
    table = shown_with(arguments, setting).table
    inputs, weights, outputs = (cells_of(table, grid) for grid in "xwy")
    actual = {
        (inputs[x], weights[w], outputs[y])
        for y, window in enumerate(table.reads)
        for w, x in enumerate(window)
        if not is_padding(table, x)
    }
    expected = {(x[2:], w[2:], y[2:]) for x, w, y in products(geometry_of(arguments, setting))}
    assert actual == expected


@pytest.mark.parametrize(("arguments", "setting"), EVERY_SETTING)
def test_every_sum_in_numbers_is_the_gradient_of_the_library(arguments, setting):
    table = shown_with(arguments, setting).table
    geometry = geometry_of(arguments, setting)
    rank = len(geometry.axes)
    real = [number for number in range(len(table.marks)) if not is_padding(table, number)]
    x = np.reshape([table.values["x"][cell] for cell in real], geometry.input_shape)
    w = np.reshape(table.values["w"], geometry.weight_shape)
    dy = np.reshape(table.values["dy"], geometry.output_shape)
    back = getattr(convbp, f"conv{rank}d_backward")(dy, x, w, **setting)
    expected = {"output": getattr(convbp, f"conv{rank}d")(x, w, **setting), "input": back.dx, "weight": back.dw}
    for kind, cells in {"output": range(dy.size), "input": real, "weight": range(w.size)}.items():
        for cell, value in zip(cells, expected[kind].flat, strict=True):
            sides = equation(table, kind, cell).replace("−", "-").split(" = ")
            assert float(sides[-1]) == value
            if len(sides) == 4:
                assert eval(sides[2].replace("·", "*")) == value, f"the numbers of {sides[0]} do not make its total"
            else:
                assert value == 0, f"{sides[0]} has no terms"


@pytest.mark.parametrize(("arguments", "setting"), EVERY_SETTING)
def test_marks_tell_unread_cells_from_read_ones(arguments, setting):
    table = shown_with(arguments, setting).table
    geometry = geometry_of(arguments, setting)
    read = {x[2:] for x, _, _ in products(geometry)}
    for cell, mark in zip(cells_of(table, "x"), table.marks, strict=True):
        real = all(0 <= i < axis.size for i, axis in zip(cell, geometry.axes, strict=True))
        assert (mark in "pq") == (not real)
        if real:
            assert (mark == "x") == (cell in read)
            over = any(
                i >= axis.padded - axis.before - axis.leftover for i, axis in zip(cell, geometry.axes, strict=True)
            )
            assert mark == "x" or (mark == "t") == over


@pytest.mark.parametrize("arguments", [LINE, PLANE])
def test_the_page_is_sent_the_same_numbers(arguments):
    region = AffectedRegion(**arguments)
    sent = region.get_state(["tables"])["tables"]
    assert len(sent) == len(region.tables) == 18
    for packed, table in zip(sent, region.tables, strict=True):
        assert all(isinstance(value, str) for value in packed.values())
        assert unpacked(packed["reads"]) == table.reads
        assert unpacked(packed["x"]) == table.x
        assert unpacked(packed["value_dx"]) == [table.values["dx"]]
        assert packed["marks"] == table.marks


def test_order_of_the_options_does_not_hang_on_the_keys_of_a_dictionary():
    region = AffectedRegion(**LINE)
    assert region.get_state()["option_names"] == list(OPTIONS)
    assert "Object.keys(model.get" not in AffectedRegion._esm
    assert "Object.entries(model.get" not in AffectedRegion._esm


def test_leftover_of_the_stride_has_no_gradient():
    region = AffectedRegion(size=8, kernel=3, stride=2, selection={"kind": "input", "index": [7]})
    assert region.table.marks == "xxxxxxxt"
    assert region.equation() == "dx[7] = 0"


def test_gap_between_windows_is_told_from_the_leftover():
    assert AffectedRegion(size=7, kernel=1, stride=3).table.marks == "xggxggx"
    assert AffectedRegion(size=6, kernel=1, stride=4).table.marks == "xgggxt"


def test_outputs_stand_under_the_middle_of_their_windows():
    assert AffectedRegion(size=8, kernel=3, stride=2).table.at == [1, 3, 5]
    assert AffectedRegion(size=5, kernel=2, stride=1).table.at == [0.5, 1.5, 2.5, 3.5]


def test_where_no_window_fits_the_output_is_empty_and_the_reason_is_said():
    region = AffectedRegion(size=4, kernel=3, stride=1, dilation=(1, 2))
    region.dilation = 2
    table = region.table
    assert (table.reads, table.values["y"], table.marks) == ([], [], "nnnn")
    assert table.empty == "No window fits: the filter reaches over 5 cells, the padded input has 4."
    assert region.equation() == "dx[2] = 0"


def test_padding_stands_as_zero_in_a_sum():
    region = AffectedRegion(size=4, kernel=3, stride=1, padding=1, selection={"kind": "output", "index": [0]})
    assert region.equation() == "y[0] = w[0]·0 + w[1]·x[0] + w[2]·x[1] = 1·0 + (−1)·2 + 2·1 = 0"
    region.selection = {"kind": "input", "index": [-1]}
    assert region.equation() == "x[−1] is padding: it counts as 0 and has no gradient."


def test_given_numbers_are_shown():
    region = AffectedRegion(size=(2, 3), kernel=(1, 2), stride=1, x=[[1, 2, 4], [7, 0, 5]], w=[[3, -1]], dy=[2, 1])
    region.selection = {"kind": "weight", "index": [0, 1]}
    assert region.table.values["y"] == [1, 2, 21, -5]
    assert region.equation() == (
        "dw[0,1] = x[0,1]·dy[0,0] + x[0,2]·dy[0,1] + x[1,1]·dy[1,0] + x[1,2]·dy[1,1] = 2·2 + 4·1 + 0·2 + 5·1 = 13"
    )


def test_middle_cell_is_pinned_unless_told_otherwise():
    assert AffectedRegion().selection == {"kind": "input", "index": [4]}
    assert AffectedRegion(size=(6, 5), kernel=(3, 2)).selection == {"kind": "input", "index": [3, 2]}
    assert AffectedRegion(selection={}).equation() == ""


def test_pinned_cell_that_the_options_lose_is_let_go():
    region = AffectedRegion(size=8, kernel=3, stride=(1, 3), padding=(1, 0))
    region.selection = {"kind": "output", "index": (7,)}
    assert region.selection == {"kind": "output", "index": [7]}
    region.stride = 3
    assert region.selection == {}
    region.selection = {"kind": "weight", "index": [2]}
    region.padding = 0
    assert region.selection == {"kind": "weight", "index": [2]}


def test_options_come_back_from_the_page_as_lists():
    region = AffectedRegion(**PLANE)
    region.set_state({"stride": [3, 2], "padding": [[2, 0], [1, 3]]})
    assert (region.stride, region.padding) == ((3, 2), ((2, 0), (1, 3)))
    assert region.table == shown_with(PLANE, {"stride": (3, 2), "padding": ((2, 0), (1, 3))}).table


def test_repr_is_the_call_that_makes_it():
    text = repr(AffectedRegion(size=8, kernel=3, stride=(1, 2), dilation=1, padding=(0, "same")))
    assert text == "AffectedRegion(size=8, kernel=3, stride=(1, 2), dilation=1, padding=(0, 'same'))"
    assert repr(eval(text)) == text


@pytest.mark.parametrize("arguments", [LINE, PLANE])
def test_saved_state_is_small_and_always_the_same(arguments):
    texts = []
    for _ in range(2):
        region = AffectedRegion(**arguments)
        state = embed_data(views=[region], drop_defaults=True)["manager_state"]["state"]
        entry = {**state[region.model_id], "state": {**state[region.model_id]["state"], "layout": ""}}
        texts.append(json.dumps(entry, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) < 60_000
    assert len(json.dumps(region.get_state(["tables"])).encode()) < 20_000


def test_script_holds_no_window_arithmetic():
    script = AffectedRegion._esm
    products_in_script = multiplied_in(script)
    assert len(products_in_script) == 1, products_in_script
    assert "number * count(name) + optionNumber" in products_in_script[0]
    for word in ("stride", "dilation", "padding", "before", "kernel"):
        assert not re.search(rf"\b{word}\b\s*[-+*/%]|[-+*/%]\s*\b{word}\b(?!\")", script), word


def test_style_uses_the_palette_of_the_static_figures():
    from convbp.draw.style import ROLES

    short = {"gradient": "grad", "leftover": "left", "padding": "pad"}
    for role, look in ROLES.items():
        for part, value in (("ink", look.ink), ("fill", look.fill)):
            assert f"--cb-{short.get(role, role)}-{part}:light-dark({value.lower()}," in AffectedRegion._css


@pytest.mark.parametrize(
    ("arguments", "kind"), [(LINE, "input"), (LINE, "output"), (PLANE, "weight"), (PLANE, "input")]
)
def test_figure_shows_the_cells_and_the_sum(arguments, kind):
    region = shown_with(arguments, {"stride": 2, "padding": "same"})
    region.selection = {"kind": kind, "index": cells_of(region.table, GRID[kind])[1]}
    figure = region.figure()
    axes = figure.axes[0]
    drawn = [text.get_text() for text in axes.texts]
    values = region.table.values
    assert figure.get_supxlabel().replace("\n", " ") == region.equation()
    for number in {str(n).replace("-", "−") for n in values["w" if kind != "weight" else "dy"]}:
        assert number in drawn
    assert ("dy  gradient of the output" in drawn) == (kind != "output")


def test_figure_without_a_pinned_cell_shows_the_forward_pass():
    figure = AffectedRegion(selection={}).figure()
    assert "y  output" in [text.get_text() for text in figure.axes[0].texts]
    assert figure.get_supxlabel() == ""


def test_names_carry_a_true_minus_sign():
    table = AffectedRegion(size=4, kernel=3, stride=1, padding=1).table
    assert name(table, "x", 0, gradient=True) == "dx[−1]"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 0}, ValueError, "size must be at least 1; got 0"),
        ({"size": 8.5}, TypeError, "size must be made of ints; got 8.5"),
        ({"size": (3, 4, 5), "kernel": 2}, ValueError, r"size must be an int or two ints; got \(3, 4, 5\)"),
        ({"kernel": (3, 2)}, ValueError, r"kernel must have as many ints as size = 8; got \(3, 2\)"),
        ({"kernel": True}, TypeError, "kernel must be made of ints; got True"),
        ({"stride": 0}, ValueError, "stride must be at least 1; got 0"),
        ({"stride": ()}, ValueError, r"stride must hold one or more different options; got \(\)"),
        ({"stride": (1, 2, 1)}, ValueError, r"stride must hold one or more different options; got \(1, 2, 1\)"),
        ({"stride": (1, "two")}, TypeError, "stride must be made of ints; got 'two'"),
        ({"dilation": 1.5}, TypeError, "dilation must be made of ints; got 1.5"),
        ({"dilation": ((1, 2),)}, ValueError, r"dilation must be an int or 1 ints, one per axis; got \(1, 2\)"),
        ({"padding": (0, -1)}, ValueError, "padding must be at least 0; got -1"),
        ({"padding": "full"}, ValueError, "padding must be .*; got 'full'"),
        ({"x": [1, 2, 3]}, ValueError, r"x must have shape \(8,\); got \(3,\)"),
        ({"w": [1.0, 2.0, 0.5]}, TypeError, r"w must be made of ints; got \[1.0, 2.0, 0.5\]"),
        ({"dy": []}, TypeError, r"dy must be made of ints; got \[\]"),
        ({"size": MOST_CELLS}, ValueError, "size must keep every picture within 200 cells; got 200, which needs 401"),
        ({"selection": {"kind": "filter", "index": [0]}}, ValueError, r"selection must .*; got \{'kind': 'filter'"),
        ({"selection": {"kind": "input", "index": [8]}}, ValueError, r"selection must name a cell .*; got .*\[8\]"),
        ({"selection": {"kind": "input", "index": [0.5]}}, TypeError, r"selection must be made of ints; got \[0.5\]"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        AffectedRegion(**arguments)


def test_another_array_is_computed_anew_in_every_setting():
    region = AffectedRegion(size=6, kernel=3, stride=(1, 2))
    region.x = [1, 2, 4, 7, 0]
    region.w = [2, -1]
    region.dy = [1, 1, 1, 5]
    region.stride = 2
    assert region.table.values["y"] == [0, 1]
    assert region.equation() == "dx[3] = w[1]·dy[1] = (−1)·1 = −1"
    assert region.get_state(["tables"])["tables"][0]["value_y"] == "0 0 1 14"


def test_pinned_cell_that_another_array_loses_is_let_go():
    region = AffectedRegion(size=8, kernel=3, stride=1, selection={"kind": "input", "index": [7]})
    region.x = [1, 2, 3, 4]
    assert region.selection == {}


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        ([[1, 2], [3, 4]], ValueError, r"x must have 1 axes; got \[\[1, 2\], \[3, 4\]\]"),
        ([0.5, 1.0], TypeError, r"x must be made of ints; got \[0.5, 1.0\]"),
        (range(150), ValueError, "size must keep every picture within 200 cells; got 150, which needs 301"),
    ],
)
def test_array_that_cannot_be_shown_is_refused_and_nothing_changes(array, error, message):
    region = AffectedRegion()
    before = region.x.tolist(), region.table
    with pytest.raises(error, match=message):
        region.x = array
    assert (region.x.tolist(), region.table) == before


def test_array_is_copied_and_cannot_be_written_into():
    x = np.arange(8)
    region = AffectedRegion(x=x)
    x[0] = 9
    assert region.x[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        region.x[0] = 5


@pytest.mark.parametrize(
    ("option", "value"), [("stride", 4), ("stride", True), ("dilation", 2), ("padding", "valid"), ("padding", None)]
)
def test_options_that_were_not_offered_are_refused_and_nothing_changes(option, value):
    region = AffectedRegion()
    before = getattr(region, option)
    with pytest.raises(ValueError, match=rf"{option} must be one of \[.*\]; got {value!r}"):
        setattr(region, option, value)
    assert getattr(region, option) == before
