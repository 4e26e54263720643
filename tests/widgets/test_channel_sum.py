"""ChannelSum without a browser: its numbers and lanes agree with the library, and it answers bad input by name."""

import numpy as np
import pytest

import convbp
from convbp.explain import explain
from convbp.widgets import ChannelSum
from convbp.widgets.channel_table import ARRAY, RESULT, SUMMED, WAYS
from widgets.state import arithmetic, saved

ONE = {"samples": 2, "channels": 2, "filters": 3, "size": 4, "kernel": 2}
GROUPED = {"samples": 1, "channels": 4, "filters": 6, "size": 4, "kernel": 3, "groups": (1, 2)}
TABLES = [
    pytest.param(table, id=f"groups-{table.groups}-of-{table.sums.shapes['x'][1]}")
    for arguments in (ONE, GROUPED)
    for table in ChannelSum(**arguments).tables
]


def arrays_of(table):
    return {name: np.reshape(table.values[name], table.shapes[name[-1]]) for name in table.values}


def library(table):
    found = arrays_of(table.sums)
    y = convbp.conv1d(found["x"], found["w"], found["b"], groups=table.groups)
    dx, dw, db = convbp.conv1d_backward(found["dy"], found["x"], found["w"], groups=table.groups)
    return {"y": y, "dx": dx, "dw": dw, "db": db}


@pytest.mark.parametrize("table", TABLES)
def test_all_numbers_are_those_of_the_library(table):
    found = arrays_of(table.sums)
    for result, expected in library(table).items():
        assert (found[result] == expected).all()


@pytest.mark.parametrize("table", TABLES)
def test_terms_of_every_cell_are_those_that_explain_lists(table):
    sums, (x, w) = table.sums, (table.sums.shapes["x"], table.sums.shapes["w"])
    for result in SUMMED:
        for cell, index in enumerate(sums.cells(result)):
            expected = explain(result, index, x, w, bias=True, groups=table.groups)
            terms = table.terms(result, cell) + table.bias(result, cell)
            actual = [{(factor.array, sums.cells(factor.array)[factor.cell]) for factor in term} for term in terms]
            wanted = [{(name, at) for name, at in term} for term in expected.terms]
            assert len(actual) == len(wanted)
            assert all(term in wanted for term in actual)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("way", WAYS)
def test_lanes_of_every_cell_add_up_to_it(table, way):
    for result, expected in library(table).items():
        for cell, value in enumerate(expected.flat):
            lanes = table.lanes(result, way, cell)
            bias = sum(table.sums.value(term[0]) for term in table.bias(result, cell))
            assert sum(lane.total for lane in lanes) + bias == value
            assert [lane.number for lane in lanes] == sorted({lane.number for lane in lanes})


@pytest.mark.parametrize("table", TABLES)
def test_a_lane_of_one_channel_is_the_layer_of_that_channel_alone(table):
    found = arrays_of(table.sums)
    maps = len(found["w"]) // table.groups
    for cell, (n, f, o) in enumerate(table.sums.cells("y")):
        for lane in table.lanes("y", "maps", cell):
            depth = lane.number - f // maps * found["w"].shape[1]
            alone = convbp.conv1d(found["x"][n, lane.number][None, None], found["w"][f, depth][None, None])
            assert lane.total == alone[0, 0, o]


@pytest.mark.parametrize("table", TABLES)
def test_a_lane_of_one_sample_is_the_gradient_of_that_sample_alone(table):
    found = arrays_of(table.sums)
    for n in range(len(found["x"])):
        one = slice(n, n + 1)
        back = convbp.conv1d_backward(found["dy"][one], found["x"][one], found["w"], groups=table.groups)
        for result, expected in {"dw": back.dw, "db": back.db}.items():
            assert [table.lanes(result, "maps", cell)[n].total for cell in range(expected.size)] == list(expected.flat)


def test_every_equation_in_numbers_makes_its_total():
    layer = ChannelSum(**GROUPED)
    for groups in (1, 2):
        layer.groups = groups
        for kind, array in ARRAY.items():
            for cell in range(len(layer.table.sums.values[array])):
                sides = layer.table.equation(RESULT[kind], cell).replace("−", "-").split(" = ")
                assert len(sides) == 4
                assert eval(sides[2].replace("·", "*")) == int(sides[3])


def test_numbers_are_those_of_chapter_6():
    layer = ChannelSum()
    assert layer.equation().endswith("= 2·2 + (−1)·4 + 1·0 + 3·1 + 1 = 4")
    assert layer.sentence() == "y[0,0,1] adds up one lane for each channel: 0 + 3 + bias 1 = 4."
    layer.selection = {"kind": "input", "index": [0, 1, 1]}
    assert layer.sentence() == "dx[0,1,1] adds up one lane for each filter: (−3) + 8 + 0 = 5."
    layer.lanes = "places"
    assert layer.sentence() == "dx[0,1,1] adds up one lane for each tap: 5 + 0 = 5."
    layer.selection = {"kind": "bias", "index": [1]}
    assert layer.sentence() == "db[1] adds up one lane for each output: 3 + (−3) + 1 = 1."


def test_read_backwards_an_output_says_where_its_gradient_goes():
    layer = ChannelSum()
    layer.back = True
    said = "A sum copies its gradient: dy[0,0,1] = 0 arrives whole at 4 products and at b[0]."
    assert layer.sentence() == said
    layer.selection = {"kind": "weight", "index": [0, 0, 0]}
    assert layer.sentence().startswith("dw[0,0,0] adds up one lane for each sample: ")


def test_groups_take_the_blocks_on_the_diagonal():
    layer = ChannelSum(1, 4, 4, 3, 1, groups=(1, 2, 4), w=np.arange(16).reshape(4, 4, 1))
    assert layer.table.sums.shapes["w"] == (4, 4, 1)
    layer.groups = 2
    assert layer.table.sums.values["w"] == [0, 1, 4, 5, 10, 11, 14, 15]
    layer.groups = 4
    assert layer.table.sums.values["w"] == [0, 5, 10, 15]
    assert len(layer.table.lanes("y", "maps", 0)) == 1


def test_pinned_weight_that_the_groups_lose_is_let_go():
    layer = ChannelSum(1, 4, 4, groups=(1, 2), selection={"kind": "weight", "index": [0, 3, 0]})
    layer.groups = 2
    assert layer.selection == {}
    assert (layer.equation(), layer.sentence()) == ("", "")


def test_another_array_is_computed_anew_and_a_wrong_one_changes_nothing():
    layer = ChannelSum()
    layer.b = [10, 0, 0]
    assert layer.sentence().endswith("0 + 3 + bias 10 = 13.")
    before = layer.table
    with pytest.raises(ValueError, match=r"w must have 2 channels, as x has; got shape \(3, 3, 2\)"):
        layer.w = np.ones((3, 3, 2))
    assert layer.table == before
    assert layer.w.shape == (3, 2, 2)


def test_repr_is_the_call_that_makes_it():
    text = repr(ChannelSum(**GROUPED))
    assert text == "ChannelSum(samples=1, channels=4, filters=6, size=4, kernel=3, groups=(1, 2))"
    assert repr(eval(text)) == text


@pytest.mark.parametrize("arguments", [ONE, GROUPED])
def test_saved_state_is_small_and_always_the_same(arguments):
    first, second = (saved(ChannelSum(**arguments)) for _ in range(2))
    assert first == second
    assert len(first.encode()) < 60_000


def test_the_page_is_sent_strings():
    for packed in ChannelSum(**GROUPED).get_state(["tables"])["tables"]:
        assert all(isinstance(value, str) for value in packed.values())
        assert len(packed["stage_0"].split(";")) == 1 + 1 * 6 * 4 // int(packed["groups"]) * 3 * 2


def test_script_holds_no_window_arithmetic():
    assert arithmetic(ChannelSum._esm) == []


@pytest.mark.parametrize(
    ("kind", "index", "back", "drawn"),
    [
        ("output", [0, 1, 2], False, "y  output"),
        ("output", [0, 1, 2], True, "dy  gradient of the output"),
        ("weight", [2, 1, 0], False, "dy  gradient of the output"),
    ],
)
def test_figure_shows_the_maps_and_the_sentence(kind, index, back, drawn):
    layer = ChannelSum(selection={"kind": kind, "index": index})
    layer.back = back
    figure = layer.figure()
    assert figure.get_supxlabel().replace("\n", " ") == layer.sentence()
    assert drawn in [text.get_text() for text in figure.axes[0].texts]


def test_figure_without_a_pinned_cell_shows_the_forward_pass():
    figure = ChannelSum(selection={}).figure()
    assert "y  output" in [text.get_text() for text in figure.axes[0].texts]
    assert figure.get_supxlabel() == ""


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"samples": 0}, ValueError, "samples must be at least 1; got 0"),
        ({"channels": 2.5}, TypeError, "channels must .*; got 2.5"),
        ({"kernel": 5}, ValueError, "w must fit into the padded input .*; got a reach of .* = 5"),
        ({"groups": 2}, ValueError, "groups must divide channels and filters; got 2 with 2 and 3"),
        ({"groups": (1, 1)}, ValueError, r"groups must hold one or more different options; got \(1, 1\)"),
        ({"groups": (1, "2")}, TypeError, "groups must .*; got '2'"),
        ({"size": 40}, ValueError, "size must keep every picture within 200 cells; got 40: "),
        ({"x": [1, 2]}, ValueError, r"x must have shape \(2, 2, 4\); got \(2,\)"),
        ({"b": [0.5, 1, 2]}, TypeError, r"b must be made of ints; got \[0.5, 1, 2\]"),
        ({"selection": {"kind": "filter", "index": [0]}}, ValueError, r"selection must .*; got \{'kind': 'filter'"),
        ({"selection": {"kind": "bias", "index": [3]}}, ValueError, r"selection must name a cell .*; got .*\[3\]"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        ChannelSum(**arguments)
