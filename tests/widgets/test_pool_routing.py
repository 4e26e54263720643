"""PoolRouting without a browser: the tables hold the windows and answers of the library, and bad input is named."""

import json
import re
from itertools import product

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp.geometry import pool_geometry, products
from convbp.widgets import PoolRouting
from convbp.widgets.pool_reading import AVERAGE, FIRST, KINDS, LP, REAL, SHARED, real_cells, shown

LINE = {"size": 9, "kernel_size": (3, 2), "stride": (1, 2, 3), "padding": (0, 1)}
PLANE = {"size": (4, 6), "kernel_size": (2, 3, (1, 2)), "stride": (2, 1, (1, 3)), "padding": (0, 1, "same")}
NAMES = ("kernel_size", "stride", "padding")
EVERY_SETTING = [
    pytest.param(arguments, dict(zip(NAMES, chosen, strict=True)), id=f"{label}-{chosen}")
    for label, arguments in {"1-D": LINE, "2-D": PLANE}.items()
    for chosen in product(*(arguments[name] for name in NAMES))
]


def shown_with(arguments, setting, **more):
    routing = PoolRouting(**arguments, **more)
    for option, value in setting.items():
        setattr(routing, option, value)
    return routing


def windows_of(routing):
    return {name: getattr(routing, name) for name in NAMES}


@pytest.mark.parametrize(("arguments", "setting"), EVERY_SETTING)
def test_table_holds_exactly_the_windows_of_the_geometry(arguments, setting):
    routing = shown_with(arguments, setting)
    table = routing.table
    if table.empty:
        assert table.reads == []
        with pytest.raises(ValueError, match=f"^{re.escape(table.empty)}$"):
            pool_geometry((1, 1, *routing.x.shape), **setting)
        return
    geometry = pool_geometry((1, 1, *routing.x.shape), **setting)
    real = real_cells(table)
    actual = {(real[cell], o) for o, window in enumerate(table.reads) for cell in window if cell in real}
    shapes = geometry.input_shape[2:], geometry.output_shape[2:]
    expected = {
        (np.ravel_multi_index(x[2:], shapes[0]), np.ravel_multi_index(y[2:], shapes[1]))
        for x, _, y in products(geometry)
    }
    assert actual == expected


@pytest.mark.parametrize(("arguments", "setting"), EVERY_SETTING)
def test_counts_divide_as_the_library_does(arguments, setting):
    routing = shown_with(arguments, setting)
    table, rank = routing.table, routing.x.ndim
    average = getattr(convbp, f"avg_pool{rank}d")
    for include, counts in zip((True, False), table.counts, strict=True):
        if table.reads:
            ones = np.ones((1, 1, *routing.x.shape))
            real = [sum(cell in real_cells(table) for cell in window) for window in table.reads]
            expected = average(ones, **setting, count_include_pad=include).ravel()
            np.testing.assert_array_equal(np.divide(real, counts), expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("arguments", "setting"), EVERY_SETTING)
def test_parts_add_up_to_the_gradient_of_the_library(arguments, setting, kind):
    routing = shown_with(arguments, setting)
    routing.kind = kind
    found = routing.pooled()
    if not routing.table.reads:
        assert not found.dx.any()
        return
    rank, x = routing.x.ndim, routing.x[None, None]
    shape = (1, 1, *map(len, routing.table.y))
    dy = routing.dy[: np.prod(shape)].reshape(shape)
    if kind in (FIRST, SHARED):
        y, indices = getattr(convbp, f"max_pool{rank}d")(x, **setting)
        dx = getattr(convbp, f"max_pool{rank}d_backward")(dy, indices, x.shape)
    elif kind == LP:
        y = getattr(convbp, f"lp_pool{rank}d")(x, 2, **setting)
        dx = getattr(convbp, f"lp_pool{rank}d_backward")(dy, x, 2, **setting)
    else:
        include = {"count_include_pad": kind == AVERAGE}
        y = getattr(convbp, f"avg_pool{rank}d")(x, **setting, **include)
        dx = getattr(convbp, f"avg_pool{rank}d_backward")(dy, x.shape, **setting, **include)
    np.testing.assert_array_equal(found.y, y.ravel())
    if kind == SHARED:
        assert found.dx.sum() == pytest.approx(dy.sum(), rel=1e-14)
        for o, winners in enumerate(found.winners):
            assert len(set(found.parts[o, winners])) == 1
            np.testing.assert_array_equal(np.ravel(x)[winners], found.y[o])
    else:
        np.testing.assert_allclose(found.dx, dx.ravel(), rtol=1e-14)  # the order of a sum of at most nine terms


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padding", [0, 1])
def test_the_sum_that_comes_in_goes_out(kind, padding):
    routing = PoolRouting(**PLANE, dy=(3, -2, 5, 7))
    routing.kernel_size, routing.stride, routing.padding, routing.kind = 3, 1, padding, kind
    assert routing.check_line().endswith("✓")
    assert ("left on the padding" in routing.check_line()) == (kind == AVERAGE and padding == 1)


def test_a_cell_that_wins_twice_adds_up_its_gradients():
    routing = PoolRouting(size=4, kernel_size=2, stride=1, padding=0, x=[1, 5, 2, 2], dy=[4, 3, 9])
    routing.selection = {"kind": "input", "index": [1]}
    assert routing.equation() == "dx[1] = 4 + 3 = 7"
    routing.kind = SHARED
    routing.selection = {"kind": "output", "index": [2]}
    assert routing.equation() == "dy[2] = 9 goes to x[2]: 4.5, x[3]: 4.5"
    routing.kind = FIRST
    assert routing.equation() == "dy[2] = 9 goes to x[2]: 9"


def test_forward_equations_say_how_an_output_is_made():
    routing = PoolRouting(size=4, kernel_size=2, stride=2, padding=1, x=[3, -4, -1, 2], direction="forward")
    routing.selection = {"kind": "output", "index": [1]}
    expected = {
        FIRST: "y[1] = max(−4, −1) = −1",
        AVERAGE: "y[1] = ((−4) + (−1))/2 = −2.5",
        LP: "y[1] = (16 + 1)^(1/2) = 4.12",
    }
    for kind, text in expected.items():
        routing.kind = kind
        assert routing.equation() == text
    routing.selection = {"kind": "output", "index": [0]}
    routing.kind = AVERAGE
    assert routing.equation() == "y[0] = (3)/2 = 1.5"
    routing.kind = REAL
    assert routing.equation() == "y[0] = (3)/1 = 3"
    routing.kind = FIRST
    routing.selection = {"kind": "input", "index": [2]}
    assert routing.equation() == "x[2] = −1 is read by y[1]; it wins y[1]"


@pytest.mark.parametrize("p", [1, 2, 3])
def test_answers_hold_what_the_library_says_for_every_number(p):
    routing = PoolRouting(size=4, kernel_size=2, stride=2, padding=0, p=p, values=range(-3, 5))
    lists = {name: [float(n) for n in text.split()] for name, text in routing.answers.items()}
    allowed = range(-3, 5)
    assert lists["values"] == list(allowed)
    pairs = list(product(allowed, repeat=2))
    assert lists["later_wins"] == [float(second > first) for first, second in pairs]
    for first, second in pairs:
        total = int(lists["powers"][first + 3] + lists["powers"][second + 3])
        assert lists["roots"][total] == pytest.approx(convbp.lp_pool1d([[[first, second]]], p, 2).item(), rel=1e-8)
        expected = convbp.lp_pool1d_backward([[[1]]], [[[first, second]]], p, 2)[0, 0]
        actual = [lists["slopes"][value + 3] * lists["downs"][total] for value in (first, second)]
        np.testing.assert_allclose(actual, expected, rtol=1e-8)  # nine digits are sent


def test_where_the_library_refuses_a_window_the_reason_is_shown():
    routing = PoolRouting(size=4, kernel_size=(2, 5), stride=1, padding=(0, 2))
    routing.kernel_size = 5
    assert routing.table.empty.startswith("kernel_size must fit into the padded input")
    assert routing.selection == {}
    assert routing.check_line() == "sum in: Σ dy = 0; sum out: Σ dx = 0 ✓"
    routing.kernel_size, routing.padding = 2, 2
    assert routing.table.empty.startswith("padding must be smaller than the window's reach of 2")


def test_numbers_are_written_as_the_page_writes_them():
    texts = [shown(value) for value in (0.125, -0.125, 2.0, 10, -1 / 3, -0.001, 0.005, 0)]
    assert texts == ["0.13", "−0.13", "2", "10", "−0.33", "0", "0.01", "0"]


def test_numbers_of_the_reader_arrive_in_python():
    routing = PoolRouting()
    x = routing.x.astype(int).tolist()
    x[1][2] = 9
    redrawn = []
    routing.observe(redrawn.append, names="tables")
    routing.set_state({"x": x, "dy": [1] * len(routing.dy)})
    assert routing.x[1, 2] == 9
    assert routing.pooled().dx.sum() == 6
    assert not redrawn


def test_another_size_is_computed_anew():
    routing = PoolRouting()
    routing.x = np.arange(16).reshape(4, 4) % 7
    assert len(routing.table.reads) == 4
    assert routing.get_state(["x"])["x"][3] == [5, 6, 0, 1]


def test_repr_is_the_call_that_makes_it():
    text = repr(PoolRouting(size=8, kernel_size=(2, 3), stride=2, padding=(0, "same")))
    assert text == "PoolRouting(size=8, kernel_size=(2, 3), stride=2, padding=(0, 'same'))"
    assert repr(eval(text)) == text
    text = repr(PoolRouting(kind=LP, p=3, values=range(5), x=np.zeros((4, 6), int)))
    assert "kind='Lp', p=3, values=range(0, 5)" in text
    assert repr(eval(text)) == text


@pytest.mark.parametrize("arguments", [{}, LINE, PLANE])
def test_saved_state_is_small_and_always_the_same(arguments):
    texts = []
    for _ in range(2):
        routing = PoolRouting(**arguments)
        state = embed_data(views=[routing], drop_defaults=True)["manager_state"]["state"]
        entry = {**state[routing.model_id], "state": {**state[routing.model_id]["state"], "layout": ""}}
        texts.append(json.dumps(entry, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) < 60_000


def test_script_holds_no_window_arithmetic():
    script = PoolRouting._esm
    multiplied = [part for part in re.split(r"[;\n]|(?<=[^$]){", script) if re.search(r"[\w)\]]\s\*\s", part)]
    looked_up = ("answers.", "lists.", "dy[o]", "now.dx[cell]", "number * count(name)")
    assert all(any(word in line for word in looked_up) for line in multiplied), multiplied
    assert len(multiplied) == 7
    for word in ("stride", "kernel", "before", "after"):
        assert not re.search(rf"\b{word}\w*\s*[-+*/%]|[-+*/%]\s*\b{word}\w*\b(?!\")", script), word
    assert not re.search(r"Math\.(max|min|pow|sqrt|abs)|\*\*", script.split("function readPoolTable")[1])


@pytest.mark.parametrize(("arguments", "direction"), [(LINE, "forward"), (PLANE, "backward")])
def test_figure_shows_the_cells_the_winners_and_the_sum(arguments, direction):
    routing = PoolRouting(**arguments, direction=direction)
    figure = routing.figure()
    drawn = [text.get_text() for text in figure.axes[0].texts]
    assert "▲" in drawn
    found = routing.pooled()
    for value in found.dx if direction == "backward" else [*routing.x.ravel(), *found.y]:
        assert shown(value) in drawn
    said = figure.get_supxlabel().replace("\n", " ")
    assert routing.equation() in said
    assert ("sum in" in said) == (direction == "backward")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 0}, ValueError, "size must be at least 1; got 0"),
        ({"size": (15, 15)}, ValueError, r"size must keep every picture within 200 cells; got \(15, 15\), which needs"),
        ({"kernel_size": 2.5}, TypeError, "kernel_size must be made of ints; got 2.5"),
        ({"stride": ()}, ValueError, r"stride must hold one or more different options; got \(\)"),
        ({"padding": -1}, ValueError, "padding must be at least 0; got -1"),
        ({"kind": "mean"}, ValueError, r"kind must be one of \(.*\); got 'mean'"),
        ({"kind": (FIRST, FIRST)}, ValueError, "kind must hold one or more different options"),
        ({"p": 0}, ValueError, "p must be at least 1; got 0"),
        ({"p": 1.5}, TypeError, "p must be made of ints; got 1.5"),
        ({"p": 4}, ValueError, "values must keep the sum of the powers of a window within 1200; got -5 to 9"),
        ({"values": [1, 3]}, ValueError, r"values must be two or more ints, one after the other; got \[1, 3\]"),
        ({"size": 2, "x": [1, 10]}, ValueError, r"x must lie in -5 to 9; got \[1.*10.*\]"),
        ({"x": [1, 2]}, ValueError, r"x must have shape \(4, 6\); got \(2,\)"),
        ({"dy": [0.5]}, TypeError, r"dy must be made of ints; got \[0.5\]"),
        ({"direction": "up"}, ValueError, r"direction must be one of \('forward', 'backward'\); got 'up'"),
        ({"selection": {"kind": "input", "index": [9, 0]}}, ValueError, "selection must name a cell .*"),
        ({"selection": {"kind": "weight", "index": [0, 0]}}, ValueError, 'selection must be {} or hold a "kind"'),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        PoolRouting(**arguments)


def test_number_that_is_not_allowed_is_refused_and_nothing_changes():
    routing = PoolRouting(size=4)
    with pytest.raises(ValueError, match="x must lie in -5 to 9"):
        routing.x = [1, 2, 3, 10]
    assert routing.x.tolist() == [1, 3, 2, 0]
    with pytest.raises(ValueError, match="kind must be one of"):
        routing.kind = "median"
    assert routing.kind == FIRST
