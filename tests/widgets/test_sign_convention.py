"""SignConvention without a browser: every number, place, formula and line of code agrees with the library."""

import json
import re
from itertools import product

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp import check
from convbp.correlation import RANGES
from convbp.widgets import SignConvention
from convbp.widgets.sign_tables import CONVENTIONS, SHOWN, SIGN, TURNED, equation, is_padding, terms
from widgets.state import multiplied_in

SIGNALS = {
    "chapter": {"x": [1, 2, 4, 7], "w": [2, -1], "dy": [-1, 0, 2]},
    "three taps": {"x": [3, 1, 0, -2, 5], "w": [1, 0, -4], "dy": [2, -1, 7, 3]},
    "even": {"x": [1, 2, 4, 7, 3], "w": [2, 5, -1, 3], "dy": [4, 1]},
}
EVERY_SETTING = [
    pytest.param(arrays, setting, id=f"{name}-{'-'.join(setting)}")
    for name, arrays in SIGNALS.items()
    for setting in product(CONVENTIONS, SHOWN, RANGES)
]


def shown_with(arrays, setting):
    signs = SignConvention(**arrays)
    signs.convention, signs.shown, signs.mode = setting
    return signs


def forward(convention):
    return convbp.correlate if convention == "correlation" else convbp.convolve


def expected_result(arrays, setting):
    """The result from the forward pass alone: its outputs, or exact differences of it."""
    convention, shown, mode = setting
    x, w = (np.array(arrays[name]) for name in "xw")
    y = forward(convention)(x, w, mode)
    if shown == "y":
        return y
    dy = np.resize(arrays["dy"], y.shape)
    if shown == "dx":
        return check.integer_gradient(lambda x: forward(convention)(x, w, mode), x, dy)
    return check.integer_gradient(lambda w: forward(convention)(x, w, mode), w, dy)


@pytest.mark.parametrize(("arrays", "setting"), EVERY_SETTING)
def test_every_result_is_that_of_the_forward_pass_alone(arrays, setting):
    table = shown_with(arrays, setting).table
    assert table.result.values == expected_result(arrays, setting).tolist()


@pytest.mark.parametrize(("arrays", "setting"), EVERY_SETTING)
def test_every_sum_makes_its_total(arrays, setting):
    table = shown_with(arrays, setting).table
    for step, value in enumerate(table.result.values):
        sides = equation(table, step).replace("−", "-").split(" = ")
        assert float(sides[-1]) == value
        assert len(sides) == 4 or value == 0
        assert len(sides) == 2 or eval(sides[2].replace("·", "*")) == value


@pytest.mark.parametrize(("arrays", "setting"), EVERY_SETTING)
def test_every_place_keeps_the_formula(arrays, setting):
    table = shown_with(arrays, setting).table
    convention, shown, _ = setting
    forward_sign = 1 if SIGN[convention] == "+" else -1
    sign = {"y": forward_sign, "dx": -forward_sign, "dw": forward_sign}[shown]
    written = re.search(r"\{(.)\}", table.formula).group(1)
    assert written == ("+" if sign > 0 else "−")
    for at, pairs in zip(table.result.at, table.places, strict=True):
        for column, index in pairs:
            tap, output = (at, index) if shown == "dw" else (index, at)
            assert column == output + sign * tap
    indices = {index for pairs in table.places for _, index in pairs}
    assert indices <= set(table.moved.at)
    assert all({index for _, index in pairs} == set(table.moved.at) for pairs in table.places)


@pytest.mark.parametrize(("arrays", "setting"), EVERY_SETTING)
def test_the_code_computes_what_is_shown(arrays, setting):
    table = shown_with(arrays, setting).table
    loops, _, call = re.sub(r"[{}]", "", table.code).replace("−", "-").partition("\n\n")
    result = dict.fromkeys(table.result.at, 0)
    outputs = table.result.at if setting[1] == "y" else None
    axis_of_y = shown_with(arrays, (setting[0], "y", setting[2])).table.result.at
    dy = dict(zip(axis_of_y, np.resize(arrays["dy"], len(axis_of_y)).tolist(), strict=True))
    names = {"x": arrays["x"], "w": arrays["w"], "dy": dy, setting[1]: result}
    exec(loops, names)
    assert list(result.values()) == table.result.values
    assert outputs is None or outputs == axis_of_y
    assert bool(call) == (setting[1] == "y" or setting[2] == "valid")
    if call:
        library = {name: getattr(convbp, name) for name in ("correlate", "convolve", "flip")}
        found = {**library, "x": arrays["x"], "w": arrays["w"], "dy": list(dy.values())}
        exec(call, found)
        assert found[setting[1]].tolist() == table.result.values


@pytest.mark.parametrize(("arrays", "setting"), EVERY_SETTING)
def test_cells_stand_in_the_column_of_their_index(arrays, setting):
    table = shown_with(arrays, setting).table
    assert table.columns == list(range(table.columns[0], table.columns[-1] + 1))
    for column in [*table.still.at, *table.result.at, *(c for pairs in table.places for c, _ in pairs)]:
        assert column in table.columns
    for step in range(len(table.places)):
        for column, index in terms(table, step):
            real = table.still.letter != "x" or 0 <= column < len(arrays["x"])
            assert is_padding(table, table.still, column) == (not real)
            assert table.moved.value(index) in table.moved.values


def test_the_filter_is_turned_by_one_of_the_two_passes():
    turned = {
        (convention, shown): shown_with(SIGNALS["chapter"], (convention, shown, "valid")).table.turned
        for convention, shown in product(CONVENTIONS, SHOWN)
    }
    assert [key for key, value in turned.items() if value] == [("correlation", "dx"), ("convolution", "y")]


def test_the_signs_are_each_other_turned():
    assert TURNED[SIGN["correlation"]] == SIGN["convolution"]


def test_chapter_one_is_shown_without_arguments():
    signs = SignConvention()
    assert signs.table.result.values == [0, 0, 1]
    signs.shown = "dx"
    assert signs.table.result.values == [-2, 1, 4, -2]
    signs.shown = "dw"
    assert signs.table.result.values == [7, 12]


def test_same_window_has_another_name_under_the_other_sign():
    signs = SignConvention(x=[1, 2, 4, 7], w=[1, 0, -1], step=1)
    assert signs.equation() == "y[1] = w[0]·x[1] + w[1]·x[2] + w[2]·x[3] = 1·2 + 0·4 + (−1)·7 = −5"
    signs.convention = "convolution"
    assert signs.equation() == "y[3] = w[0]·x[3] + w[1]·x[2] + w[2]·x[1] = 1·7 + 0·4 + (−1)·2 = 5"


def test_padding_stands_as_zero_in_a_sum():
    signs = SignConvention(mode=("full", "valid"))
    assert signs.equation() == "y[−1] = w[0]·0 + w[1]·x[0] = 2·0 + (−1)·1 = −1"


def test_last_place_is_shown_where_a_setting_has_fewer():
    signs = SignConvention(shown="dx", step=3)
    assert signs.equation().startswith("dx[3] =")
    signs.shown = "dw"
    assert signs.equation().startswith("dw[1] =")
    assert signs.step == 3


def test_where_no_window_fits_the_reason_is_said():
    signs = SignConvention(x=[1, 2], w=[1, 2, 3])
    assert signs.equation() == "No window fits: the filter has 3 taps, the input 2 cells."
    assert (signs.table.result.values, signs.table.places, signs.table.code) == ([], [], "")
    signs.shown = "dx"
    assert signs.table.result.values == [0, 0]
    signs.mode = "full"
    assert signs.table.result.values == [-1, 3]  # dy = -1, 0, 2, -1 from o = -2 on


def test_another_array_is_computed_anew():
    signs = SignConvention()
    signs.w = [1, 0, -1]
    assert signs.table.result.values == [-3, -5]
    with pytest.raises(ValueError, match="x and w must fit into 24 columns; got 32"):
        signs.x = range(28)
    assert signs.x.tolist() == [1, 2, 4, 7]


def test_repr_is_the_call_that_makes_it():
    signs = SignConvention(w=[1, 0, -1], mode=("valid", "full"), convention="convolution", shown="dw", step=2)
    assert repr(signs) == (
        "SignConvention(x=[1, 2, 4, 7], w=[1, 0, -1], dy=[-1, 0, 2], mode=('valid', 'full'), "
        "convention='convolution', shown='dw', step=2)"
    )
    assert repr(eval(repr(signs))) == repr(signs)


def test_saved_state_is_small_and_always_the_same():
    texts = []
    for _ in range(2):
        signs = SignConvention()
        state = embed_data(views=[signs], drop_defaults=True)["manager_state"]["state"]
        entry = {**state[signs.model_id], "state": {**state[signs.model_id]["state"], "layout": ""}}
        texts.append(json.dumps(entry, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) < 60_000


def test_script_holds_no_window_arithmetic():
    script = SignConvention._esm.split("const SYMBOL", 1)[1]
    code = re.sub(r'"[^"\n]*"|`[^`\n]*`', '""', script)
    assert not multiplied_in(code)
    for word in ("column", "index", "at", "tap", "cell", "step"):
        assert not re.search(rf"\b{word}\b\s*[-+*/%]|[-+*/%]\s*\b{word}\b", code), word


@pytest.mark.parametrize("setting", list(product(CONVENTIONS, SHOWN, ("valid", "full"))))
def test_figure_shows_the_rows_and_the_sum(setting):
    signs = shown_with(SIGNALS["three taps"], setting)
    signs.step = 1
    figure = signs.figure()
    drawn = [text.get_text() for text in figure.axes[0].texts]
    assert figure.get_supxlabel().replace("\n", " ").endswith(signs.equation())
    assert {f"{signs.shown}[{i}]".replace("-", "−") for i in signs.table.result.at} <= set(drawn)


def test_figure_says_why_there_is_no_output():
    assert SignConvention(x=[1], w=[1, 2]).figure().get_supxlabel().startswith("No window fits")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": []}, TypeError, r"x must be made of ints; got \[\]"),
        ({"x": [[1, 2]]}, ValueError, r"x must have one axis; got shape \(1, 2\)"),
        ({"w": [0.5]}, TypeError, r"w must be made of ints; got \[0.5\]"),
        ({"mode": "half"}, ValueError, "mode must be one of 'valid', 'same', 'full', 'causal'; got 'half'"),
        ({"mode": ()}, ValueError, r"mode must hold one or more different options; got \(\)"),
        ({"convention": "*"}, ValueError, r"convention must be one of 'correlation', 'convolution'; got '\*'"),
        ({"shown": "db"}, ValueError, "shown must be one of 'y', 'dx', 'dw'; got 'db'"),
        ({"step": -1}, ValueError, "step must be at least 0; got -1"),
        ({"step": 0.5}, TypeError, "step must be an int; got 0.5"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        SignConvention(**arguments)
