"""SeparableCost without a browser: costs, gradients through both stages and the rank agree with the library."""

from fractions import Fraction
from functools import cache
from math import prod

import numpy as np
import pytest

import convbp
from convbp import cost
from convbp.widgets import SeparableCost
from convbp.widgets.separable_cost import DEPTH_VALUES, DY_VALUES, POINT_VALUES, X_VALUES
from convbp.widgets.separable_table import SAYS, VIEWS
from widgets.state import arithmetic, saved

TWICE = {
    "x": [[1, 2, 4, 7], [3, 0, 1, 2]],
    "w_depth": [[[2, -1], [1, 3]], [[0, 1], [-1, 1]]],
    "w_point": [[1, 0, 2, -1], [0, 3, 1, 1], [2, 2, 0, -2]],
    "dy": [-1, 0, 2, 3, -5, 1, 0, 1, -2],
}
ONCE = {"x": X_VALUES, "w_depth": DEPTH_VALUES, "w_point": POINT_VALUES, "dy": DY_VALUES}
LAYERS = [pytest.param(ONCE, id="m=1"), pytest.param(TWICE, id="m=2")]
SMALL = {"channels": 3, "filters": 2, "kernel": 1, "multiplier": 1}


@cache
def every_choice():
    return SeparableCost()


def array_of(sums, which):
    return np.reshape(sums.values[which], sums.shapes[which.removeprefix("d")])


def in_numbers(equation):
    return equation.replace("−", "-").replace("·", "*").split(" = ")


def test_every_choice_costs_what_the_library_counts():
    tables = every_choice().tables
    assert len(tables) == 4 * 4 * 4 * 3
    for table in tables:
        channels, filters, kernel, multiplier = table.chosen
        weights = [np.zeros((filters, channels, kernel, kernel)), np.zeros((channels, multiplier, kernel, kernel))]
        weights.append(np.zeros((filters, channels * multiplier)))
        counted = [table.ordinary, table.depthwise, table.pointwise]
        assert [found.parameters for found in counted] == [w.size for w in weights]
        assert [found.multiply_adds for found in counted] == [w.size * 28 * 28 for w in weights]
        assert table.separable == cost.separable_cost(
            channels, filters, (kernel, kernel), multiplier=multiplier, outputs=(28, 28)
        )


def test_blocks_have_one_unit_of_area_for_each_parameter():
    for table in every_choice().tables:
        counted = (table.ordinary, table.pointwise, table.depthwise)
        assert [prod(block) for block in table.blocks] == [found.parameters for found in counted]


def test_share_is_the_formula_that_is_written():
    for table in every_choice().tables:
        _, filters, kernel, multiplier = table.chosen
        share = multiplier * (Fraction(1, filters) + Fraction(1, kernel**2))
        assert abs(Fraction(table.percent) - 100 * share) <= Fraction(1, 20), "one digit after the point"


def test_page_is_sent_the_costs_of_every_choice():
    for packed, table in zip(every_choice().get_state(["tables"])["tables"], every_choice().tables, strict=True):
        rows = packed.split(";")
        costs = (table.ordinary, table.depthwise, table.pointwise, table.separable)
        assert [tuple(map(int, row.split())) for row in rows[:4]] == [tuple(found) for found in costs]
        widths, heights = ([int(n) for n in row.split()] for row in rows[4:6])
        assert list(zip(widths, heights, strict=True)) == list(table.blocks)
        assert rows[6] == f"{sum(widths)} {max(widths)} {max(heights)}"
        assert rows[7] == table.percent


def test_sliders_stand_in_order_and_start_at_the_first_size():
    widget = SeparableCost(channels=(64, 3), filters=128, kernel=(5, 3))
    assert widget.options == {"channels": [3, 64], "filters": [128], "kernel": [3, 5], "multiplier": [1, 2, 4]}
    assert widget.table.chosen == (64, 128, 5, 1)
    widget.kernel = 3
    assert widget.sentence() == (
        "The separable layer needs 8,768 parameters where the ordinary one has 73,728: "
        "M·(1/O + 1/K²) = 1·(1/128 + 1/3²) = 11.9 %."
    )


def test_one_filter_saves_nothing():
    widget = SeparableCost(channels=3, filters=1, kernel=3, multiplier=1)
    assert widget.sentence().startswith("The separable layer saves nothing: it needs 30 parameters where ")


@pytest.mark.parametrize("arrays", LAYERS)
def test_numbers_of_the_layer_are_those_of_the_library(arrays):
    layer = SeparableCost(**SMALL, **arrays).layer
    x, w_depth, w_point = (np.array(arrays[name])[None] for name in ("x", "w_depth", "w_point"))
    y = convbp.separable_conv1d(x, w_depth[0], w_point[0])
    dy = np.reshape(arrays["dy"], y.shape)
    back = convbp.separable_conv1d_backward(dy, x, w_depth[0], w_point[0])
    sums = layer.gradients
    assert (array_of(sums, "y") == y[0]).all()
    assert (array_of(sums, "dx") == back.dx[0]).all()
    for view in VIEWS:
        assert (array_of(layer.sums(view), "dw_depth") == back.dw_depth).all()
        assert (array_of(layer.sums(view), "dw_point") == back.dw_point).all()
    assert (array_of(sums, "z") == convbp.depthwise_conv1d(x, w_depth[0])[0]).all()
    assert (array_of(sums, "dz") == w_point[0].T @ dy[0]).all()


@pytest.mark.parametrize("arrays", LAYERS)
def test_outer_product_is_the_ordinary_filter_of_the_same_layer(arrays):
    layer = SeparableCost(**SMALL, **arrays).layer
    w, sums = array_of(layer.rank, "w"), layer.gradients
    assert (convbp.conv1d(array_of(sums, "x")[None], w)[0] == array_of(sums, "y")).all()
    dw = convbp.conv1d_backward(array_of(sums, "dy")[None], array_of(sums, "x")[None], w).dw
    assert (array_of(layer.rank, "dw") == dw).all()
    multiplier = np.shape(arrays["w_depth"])[1]
    assert all(rank <= multiplier for rank in layer.ranks)
    assert layer.ranks == [np.linalg.matrix_rank(w[:, c]) for c in range(w.shape[1])]


@pytest.mark.parametrize("arrays", LAYERS)
@pytest.mark.parametrize("view", VIEWS)
def test_every_sum_in_numbers_makes_its_total(arrays, view):
    layer = SeparableCost(**SMALL, **arrays).layer
    sums = layer.sums(view)
    for back in (False, True):
        for array in sums.shapes:
            for cell in range(len(sums.values[array])):
                sides = in_numbers(layer.equation(view, array, cell, back))
                if back and array == "y":
                    assert len(sides) == 2
                else:
                    assert eval(sides[2]) == int(sides[3])
                assert sides[0] in layer.sentence(view, array, cell, back)


def test_said_results_are_those_that_can_be_pointed_at():
    layer = SeparableCost(**SMALL).layer
    for view in VIEWS:
        shown = {layer.result(array, back) for array in layer.sums(view).shapes for back in (False, True)}
        assert shown - {"dw"} == set(SAYS[view])


def test_same_number_comes_by_both_routes():
    widget = SeparableCost(**SMALL, view="gradients")
    through_stages = widget.equation()
    widget.view = "rank"
    assert widget.equation() != through_stages
    assert widget.equation().rsplit(" = ")[-1] == through_stages.rsplit(" = ")[-1] == "−2"
    widget.selection = {"array": "z", "index": (0, 1)}
    assert (widget.sentence(), widget.equation()) == ("", "")
    widget.view = "gradients"
    assert widget.equation().startswith("dz[0,1] = w_point[0,0]·dy[0,1] + ")
    widget.back = False
    assert widget.equation().startswith("z[0,1] = w_depth[0,0,0]·x[0,1] + ")


def test_another_array_is_computed_anew_and_a_wrong_one_changes_nothing():
    widget = SeparableCost(**SMALL, view="gradients")
    widget.dy = [1, 0, 0]
    assert widget.layer.gradients.values["dy"] == [1, 0, 0] * 3
    before = widget.layer
    with pytest.raises(ValueError, match=r"w_point must have 2 columns, C·M of w_depth; got shape \(1, 3\)"):
        widget.w_point = [[1, 2, 3]]
    assert widget.layer == before
    widget.x = [[1, 2, 4], [3, 0, 1]]
    assert widget.layer.gradients.shapes["y"] == (3, 2)


def test_pinned_cell_that_another_array_loses_is_let_go():
    widget = SeparableCost(**SMALL, view="gradients", selection={"array": "x", "index": [1, 3]})
    widget.x = [[1, 2, 4], [3, 0, 1]]
    assert widget.selection == {}


@pytest.mark.parametrize("arguments", [{}, {"view": "rank", **TWICE}])
def test_saved_state_is_small_and_always_the_same(arguments):
    first, second = (saved(SeparableCost(**arguments)) for _ in range(2))
    assert first == second
    assert len(first.encode()) < 60_000


def test_script_holds_no_window_arithmetic():
    assert arithmetic(SeparableCost._esm) == []


def test_repr_is_the_call_that_makes_it():
    text = repr(SeparableCost(channels=(64, 3), filters=128, kernel=3, multiplier=(1, 2), outputs=14))
    assert text == "SeparableCost(channels=(64, 3), filters=128, kernel=3, multiplier=(1, 2), outputs=14)"
    assert repr(eval(text)) == text


def test_figure_of_the_costs_shows_counts_and_areas():
    widget = SeparableCost()
    figure = widget.figure()
    drawn = {text.get_text() for text in figure.axes[0].texts}
    assert {"ordinary: 73,728", "separable: 8,768", "depthwise: 576", "pointwise: 8,192"} <= drawn
    areas = [patch.get_width() * patch.get_height() for patch in figure.axes[0].patches]
    assert np.divide(areas, areas[0]) == pytest.approx([1, 576 / 73728, 8192 / 73728])
    assert figure.get_supxlabel().replace("\n", " ") == widget.sentence()


@pytest.mark.parametrize("arrays", LAYERS)
@pytest.mark.parametrize(
    ("view", "selection", "caption"),
    [
        ("gradients", {"array": "z", "index": [1, 0]}, "dy"),
        ("gradients", {"array": "x", "index": [0, 2]}, "dz"),
        ("rank", {"array": "w", "index": [1, 0, 1]}, "w_depth"),
        ("rank", {"array": "w_point", "index": [1, 1]}, "dw"),
        ("rank", {}, "w"),
    ],
)
def test_figure_of_the_layer_shows_its_arrays_and_the_sum(arrays, view, selection, caption):
    widget = SeparableCost(**SMALL, **arrays, view=view, selection=selection)
    figure = widget.figure()
    assert figure.get_supxlabel().replace("\n", " ") == f"{widget.sentence()} {widget.equation()}".strip()
    assert caption in [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"channels": 0}, ValueError, "channels must be at least 1; got 0"),
        ({"filters": (1, 1)}, ValueError, r"filters must hold one or more different options; got \(1, 1\)"),
        ({"kernel": 2.5}, TypeError, "kernel must .*; got 2.5"),
        ({"outputs": 0}, ValueError, "outputs must be at least 1; got 0"),
        ({"channels": tuple(range(1, 30))}, ValueError, "channels, .* must make at most 600 choices; got 1392"),
        ({"x": [1, 2]}, ValueError, r"x must have axes \(C, L\); got shape \(2,\)"),
        ({"w_depth": [[[1, 2]]]}, ValueError, r"w_depth must have 2 channels, as x has; got shape \(1, 1, 2\)"),
        ({"w_point": [[0.5, 1]]}, TypeError, r"w_point must be made of ints; got \[\[0.5, 1\]\]"),
        ({"x": np.ones((2, 60), int)}, ValueError, r"x must keep the picture within 200 cells; got shape \(2, 60\)"),
        ({"selection": {"kind": "z"}}, ValueError, r"selection must .*; got \{'kind': 'z'\}"),
        ({"selection": {"array": "z", "index": [0, 9]}}, ValueError, "selection must name a cell of the layer; got"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        SeparableCost(**arguments)
