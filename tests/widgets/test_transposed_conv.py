"""TransposedConv without a browser: both ways of computing agree with the library in every setting."""

import json
import re

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp.widgets import TransposedConv
from convbp.widgets.transposed_conv import OPTIONS
from convbp.widgets.transposed_table import FIELDS
from widgets.state import multiplied_in

LARGE = {"kernel": (3, 2, 4, 1), "stride": (2, 1, 3), "padding": (0, 1, ((0, 2),), "same"), "output_padding": (0, 1, 2)}
WIDGET = TransposedConv(size=3, dilation=(1, 2), **LARGE)
X, W = [2, 1, 3], [1, -1, 2, 3]


def settings_of(widget):
    """Every setting with its table, in the order in which the page finds them."""
    shape = [len(widget.options[name]) for name in OPTIONS]
    found = (dict(zip(OPTIONS, at, strict=True)) for at in np.ndindex(*shape))
    chosen = ({name: widget._offered[name][number] for name, number in at.items()} for at in found)
    return list(zip(chosen, widget.tables, strict=True))


EVERY_SETTING = settings_of(WIDGET)
POSSIBLE = [(chosen, table) for chosen, table in EVERY_SETTING if not table.reason]


def result_of(chosen, x=X, w=W):
    options = {name: chosen[name] for name in OPTIONS[1:]}
    return convbp.conv_transpose1d([[x]], [[w[: chosen["kernel"]]]], **options)[0, 0].tolist()


def test_both_ways_give_the_result_of_the_library_in_every_setting():
    assert len(POSSIBLE) > 100
    for chosen, table in POSSIBLE:
        w = W[: chosen["kernel"]]
        cells = [cell for cell in range(len(table.ruler.marks)) if not table.is_cut(cell)]
        expected = result_of(chosen)
        assert [table.stamped(cell, X, w) for cell in cells] == expected, chosen
        assert [table.slid(cell, X, w) for cell in cells] == expected, chosen


def test_equations_hold_as_they_are_written():
    for chosen, table in POSSIBLE[::3]:
        w = W[: chosen["kernel"]]
        for cell in range(len(table.ruler.marks)):
            text = table.equation(cell, X, w).replace("−", "-")
            if table.is_cut(cell):
                assert text.endswith("is cut off by the padding.")
                continue
            stamps, slid = text.split("; flipped filter: ")
            sides = [eval(side.replace("·", "*"), {"x": X, "w": w}) for side in stamps.split(" = ")[1:]]
            sides += [eval(side.replace("·", "*"), {"x": X, "w": w}) for side in slid.split(" = ")]
            assert set(sides) == {table.stamped(cell, X, w)}


def test_counts_are_the_result_for_ones():
    for chosen, table in POSSIBLE:
        counts = [count for cell, count in enumerate(table.ruler.counts) if not table.is_cut(cell)]
        assert counts == result_of(chosen, [1, 1, 1], [1, 1, 1, 1]), chosen


def test_read_as_a_gradient_it_is_the_gradient_of_a_convolution():
    for chosen, table in POSSIBLE:
        w = W[: chosen["kernel"]]
        options = {name: chosen[name] for name in ("stride", "padding", "dilation")}
        dx = convbp.conv1d_backward([[X]], np.zeros((1, 1, table.axis.size)), [[w]], **options).dx[0, 0]
        cells = [cell for cell in range(len(table.ruler.marks)) if not table.is_cut(cell)]
        assert [table.stamped(cell, X, w) for cell in cells] == dx.tolist(), chosen


def test_formula_gives_the_size():
    for _, table in POSSIBLE:
        left, right = table.formula.replace("·", "*").replace("−", "-").split(" = ")
        assert eval(left) == int(right) == table.axis.size


def test_inside_of_the_hollow_input_is_zero_insertion():
    for chosen, table in POSSIBLE:
        inner = [o for o in table.hollow.cells if o != -2]
        if {0, 1, 2} <= set(inner):
            expected = convbp.zero_insert([[[1, 2, 3]]], chosen["stride"])[0, 0]
            assert [max(0, o + 1) for o in inner] == expected.tolist(), chosen


def test_stamps_are_even_if_and_only_if_the_stride_divides_the_taps():
    for chosen, table in POSSIBLE:
        if chosen["dilation"] == 1:
            assert table.even == (chosen["kernel"] % chosen["stride"] == 0), chosen


def test_impossible_settings_are_empty_and_say_why():
    reasons = {table.reason for _, table in EVERY_SETTING}
    assert "output_padding 1 is impossible with stride 1: it must be smaller." in reasons
    widget = TransposedConv(size=1, kernel=2, stride=1, padding=1)
    assert widget.table.reason == "Nothing is left: the padding cuts off every cell."
    assert widget.counts() == []
    assert widget.figure().get_supxlabel() == widget.table.reason


def test_three_taps_with_stride_two_make_the_checkerboard():
    widget = TransposedConv()
    assert widget.counts() == [1, 1, 2, 1, 2, 1, 1]
    assert widget.result().tolist() == [2, -2, 5, -1, 5, -3, 6]
    widget.kernel = 4
    assert widget.counts() == [1, 1, 2, 2, 2, 2, 1, 1]
    assert widget.table.even


def test_output_padding_cell_is_reached_by_no_stamp():
    widget = TransposedConv(selection={"kind": "output", "index": [2]})
    widget.output_padding = 1
    assert widget.counts()[-1] == 0
    assert widget.table.ruler.marks[-1] == "t"


def test_page_is_sent_the_places_that_python_has():
    assert f'"{" ".join(FIELDS)}"' in TransposedConv._esm
    for text, table in zip(WIDGET.get_state(["tables"])["tables"], WIDGET.tables, strict=True):
        packed = dict(zip(FIELDS, text.split("|"), strict=True))
        windows = [[int(digit, 36) for digit in row] for row in packed["windows"].split(",") if row]
        assert windows == [list(window) for window in table.ruler.windows]
        signs = {".": -1, "-": -2}
        assert [signs.get(sign, sign) for sign in packed["hollow"]] == [
            o if o < 0 else str(o) for o in table.hollow.cells
        ]
        reads = tuple(tuple(int(digit, 36) for digit in row) for row in packed["reads"].split(","))
        assert reads == (table.hollow.reads or ((),))


def test_saved_state_is_small_and_always_the_same():
    texts = []
    for _ in range(2):
        widget = TransposedConv()
        state = embed_data(views=[widget], drop_defaults=True)["manager_state"]["state"]
        texts.append(json.dumps(state[widget.model_id]["state"] | {"layout": ""}, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) + len(widget._esm.encode()) + len(widget._css.encode()) < 60_000


def test_script_holds_no_window_arithmetic():
    script = TransposedConv._esm
    times = multiplied_in(script)
    assert len(times) == 2
    assert "number * count(name) + optionNumber" in times[0]
    assert "sum + one * other" in times[1]
    without_texts = re.sub(r'"[^"\n]*"', '""', script)
    for word in (*OPTIONS, "size", "before", "reach", "cell", "at", "o", "k"):
        assert not re.search(rf"\b{word}\b\s*[-+*/%]|[-+*/%]\s*\b{word}\b", without_texts), word


def test_repr_is_the_call_that_makes_it():
    text = repr(TransposedConv(size=4, kernel=(3, 2), stride=2, padding=0, output_padding=(0, 1)))
    assert text == "TransposedConv(size=4, kernel=(3, 2), stride=2, padding=0, output_padding=(0, 1), dilation=1)"
    assert repr(eval(text)) == text


def test_pinned_cell_that_the_options_lose_is_let_go():
    widget = TransposedConv(selection={"kind": "output", "index": [6]})
    widget.reading = "gradient"
    assert widget.equation().startswith("dx[6] = dy[2]·w[2] = 3·2 = 6")
    widget.kernel = 2
    assert widget.selection == {}
    widget.selection = {"kind": "input", "index": [1]}
    widget.view = "plane"
    assert widget.selection == {}
    widget.selection = {"kind": "output", "index": [1, 4]}
    assert widget.equation() == ""


def test_other_numbers_and_sizes_are_computed_anew():
    widget = TransposedConv(selection={"kind": "output", "index": [2]})
    widget.x = [5, 1, 1, 1]
    assert widget.result().size == 9
    assert widget.equation().startswith("y[2] = x[0]·w[2] + x[1]·w[0] = 5·2 + 1·1 = 11;")


@pytest.mark.parametrize("view", ["stamps", "hollow", "plane"])
@pytest.mark.parametrize("reading", ["forward", "gradient"])
def test_figure_shows_the_result_and_the_counts(view, reading):
    widget = TransposedConv(view=view, reading=reading, padding=1)
    figure = widget.figure()
    drawn = [text.get_text() for text in figure.axes[0].texts]
    expected = widget.counts() if view == "plane" else widget.result()
    assert {f"{n:g}".replace("-", "−") for n in expected} <= set(drawn)
    assert figure.get_supxlabel() == f"{'y' if reading == 'forward' else 'dx'} has {widget.table.formula} cells"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 0}, ValueError, "size must be at least 1; got 0"),
        ({"kernel": 2.5}, TypeError, "kernel must be made of ints; got 2.5"),
        ({"stride": ()}, ValueError, r"stride must hold one or more different options; got \(\)"),
        ({"padding": -1}, ValueError, "padding must be at least 0; got -1"),
        ({"output_padding": -1}, ValueError, "output_padding must be at least 0; got -1"),
        ({"output_padding": (0, 0)}, ValueError, "output_padding must hold one or more different options"),
        ({"size": 12}, ValueError, "size must keep every ruler within 20 cells; got 12, which needs 25"),
        ({"view": "cube"}, ValueError, r"view must be one of \('stamps', 'hollow', 'plane'\); got 'cube'"),
        ({"reading": "up"}, ValueError, r"reading must be one of .*; got 'up'"),
        ({"x": [1, 2]}, ValueError, r"x must have shape \(3,\); got \(2,\)"),
        ({"w": [0.5]}, TypeError, r"w must be made of ints; got \[0.5\]"),
        ({"selection": {"kind": "tap", "index": [0]}}, ValueError, "selection must .*; got {'kind': 'tap'"),
        ({"selection": {"kind": "input", "index": [3]}}, ValueError, r"selection must name a cell .*; got .*\[3\]"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        TransposedConv(**arguments)


def test_too_short_a_filter_is_refused_and_nothing_changes():
    widget = TransposedConv()
    with pytest.raises(ValueError, match="w must have 3 or more taps"):
        widget.w = [1, 2]
    assert widget.w.tolist() == [1, -1, 2, 3]
