"""Invariance without a browser: both ways round are the library's, and what must agree agrees exactly."""

import json
import re
from itertools import product

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp.symmetry import lift_conv2d
from convbp.turns import act_on_lifted
from convbp.widgets import Invariance
from convbp.widgets.invariance import FILTERS
from convbp.widgets.moved_maps import (
    BOUNDARIES,
    LOWEST,
    MOTIONS,
    OVER_ALL,
    OVER_MAPS,
    POOL,
    STAGES,
    STRIDE_1,
    STRIDE_2,
    move,
)
from widgets.state import multiplied_in


@pytest.fixture(scope="module")
def shown():
    return Invariance()


@pytest.fixture(scope="module")
def mirrored():
    return Invariance(group="D4", motion="mirror", boundary="wrap", picture="digit")


def numbers(text):
    return [int(text[at : at + 2], 36) - LOWEST for at in range(0, len(text), 2)]


def at(widget, picture, motion, stage, boundary):
    widget.picture, widget.motion, widget.stage, widget.boundary = picture, motion, stage, boundary
    return widget.compared()


@pytest.mark.parametrize(("motion", "stage", "boundary"), list(product(MOTIONS, STAGES, BOUNDARIES)))
def test_page_holds_both_ways_round_as_the_library_computes_them(shown, motion, stage, boundary):
    for p, picture in enumerate(("signal", "digit")):
        m, s, b = MOTIONS.index(motion), STAGES.index(stage), BOUNDARIES.index(boundary)
        found = at(shown, picture, motion, stage, boundary)
        assert len(found) == (0 if picture == "signal" and motion == "quarter turn" else p + 1)
        for layer, compared in enumerate(found):
            key = f"{p}{m}{s}{b}{layer}"
            maps, columns, text = shown.maps[f"{p}{s}{b}{layer}"].split(";")
            y = np.array(numbers(text))
            to_map, to_place = (numbers(part) for part in shown.orders[f"{p}{m}{s}{layer}"].split(";"))
            moved = [y[one * len(to_place) + place] for one in to_map for place in to_place]
            assert moved == compared.moved.ravel().tolist()
            sent = shown.moved[key]
            assert (numbers(sent) if sent else moved) == compared.of_moved.ravel().tolist()
            assert (int(maps), int(columns)) == (compared.y.shape[0], compared.y.shape[-1])
            assert shown.errors[key] == f"{compared.equivariance:.3g} {compared.invariance:.3g}"


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_ordinary_maps_are_convolutions_of_the_padded_digit(shown, boundary):
    x = shown._pictures["digit"]
    padded = convbp.pad(x, 1, boundary)
    ordinary, group = at(shown, "digit", "quarter turn", STRIDE_2, boundary)
    turned = convbp.pad(np.rot90(x, axes=(2, 3)), 1, boundary)
    w = FILTERS[:, None]
    np.testing.assert_array_equal(ordinary.y, convbp.conv2d(padded, w, stride=2)[0])
    np.testing.assert_array_equal(ordinary.of_moved, convbp.conv2d(turned, w, stride=2)[0])
    np.testing.assert_array_equal(group.of_moved, lift_conv2d(turned, w[:1], stride=2)[0, 0])
    lifted = lift_conv2d(padded, w[:1], stride=2)
    np.testing.assert_array_equal(group.moved, act_on_lifted(lifted, 1)[0, 0])


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("picture", ["signal", "digit"])
def test_shift_by_two_passes_every_stage_of_a_picture_without_a_border(shown, picture, stage):
    for layer in at(shown, picture, "shift by 2", stage, "wrap"):
        assert layer.equal.all()
        assert layer.equivariance == 0


@pytest.mark.parametrize("stage", [STRIDE_2, POOL])
def test_shift_by_one_breaks_behind_a_stride(shown, stage):
    for layer in at(shown, "digit", "shift by 1", stage, "wrap"):
        assert layer.equivariance > 0.5


def test_shift_meets_zeros_only_at_the_border(shown):
    ordinary, _ = at(shown, "digit", "shift by 1", STRIDE_1, "zero")
    assert ordinary.equal[:, :, 2:-1].all()
    assert not ordinary.equal.all()


@pytest.mark.parametrize("stage", [STRIDE_1, POOL, OVER_MAPS, OVER_ALL])
def test_group_layer_turns_with_the_picture_and_the_ordinary_one_does_not(shown, stage):
    for boundary in BOUNDARIES:
        ordinary, group = at(shown, "digit", "quarter turn", stage, boundary)
        assert group.equal.all()
        assert not ordinary.equal.all()


def test_stride_that_leaves_a_cell_over_breaks_the_turn_of_a_group_layer(shown):
    _, group = at(shown, "digit", "quarter turn", STRIDE_2, "zero")
    assert group.equivariance > 0.5


def test_only_the_last_stage_is_invariant(shown):
    for stage in STAGES:
        _, group = at(shown, "digit", "quarter turn", stage, "wrap")
        assert (group.invariance == 0) == (stage == OVER_ALL)


def test_mirror_images_need_the_larger_group(shown, mirrored):
    for stage in (STRIDE_1, POOL, OVER_MAPS, OVER_ALL):
        _, quarter = at(shown, "digit", "mirror", stage, "wrap")
        _, both = at(mirrored, "digit", "mirror", stage, "wrap")
        assert not quarter.equal.all()
        assert both.equal.all()
    assert mirrored.compared()[1].y.shape == (1, 1, 1)


def test_no_layer_keeps_step_with_scaling(shown):
    for layer in at(shown, "digit", "twice as large", STRIDE_1, "wrap"):
        assert layer.equivariance > 0.5


def test_a_signal_cannot_be_turned(shown):
    assert at(shown, "signal", "quarter turn", STRIDE_1, "wrap") == []
    assert shown.sentence() == "Quarter turn: a signal has one axis and cannot be turned."


def test_moving_twice_as_large_shows_the_middle():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    expected = [[5, 5, 6, 6], [5, 5, 6, 6], [9, 9, 10, 10], [9, 9, 10, 10]]
    np.testing.assert_array_equal(move(x, "twice as large")[0, 0], expected)


@pytest.mark.parametrize("arguments", [{}, {"group": "D4", "boundary": "wrap"}])
def test_saved_state_is_small_and_always_the_same(arguments):
    texts = []
    for _ in range(2):
        widget = Invariance(**arguments)
        state = embed_data(views=[widget], drop_defaults=True)["manager_state"]["state"]
        entry = {**state[widget.model_id], "state": {**state[widget.model_id]["state"], "layout": ""}}
        texts.append(json.dumps(entry, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) < 60_000


def test_repr_is_the_call_that_makes_it():
    text = repr(Invariance(digit=3, motion=("mirror", "quarter turn"), group="D4", picture="digit"))
    assert text == "Invariance(digit=3, motion=('mirror', 'quarter turn'), group='D4', picture='digit')"
    assert repr(eval(text)) == text


def test_other_numbers_are_computed_anew_and_sent():
    other = Invariance(digit=5, signal=(1, 2, 3, 4), filters=FILTERS[::-1])
    widget = Invariance()
    widget.digit, widget.signal, widget.filters = 5, [1, 2, 3, 4], FILTERS[::-1]
    names = ["pictures", "maps", "orders", "moved", "errors"]
    assert widget.get_state(names) == other.get_state(names)
    assert repr(widget) == repr(other)
    assert widget.get_state(names) != Invariance().get_state(names)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("digit", -1, ValueError),
        ("digit", 2.5, TypeError),
        ("signal", (1, 2, 3), ValueError),
        ("filters", 1, ValueError),
    ],
)
def test_numbers_that_cannot_be_shown_are_refused_and_nothing_changes(name, value, error):
    widget = Invariance()
    before = widget.get_state()
    with pytest.raises(error, match=f"{name} must"):
        setattr(widget, name, value)
    assert widget.get_state() == before


def test_script_moves_and_computes_nothing():
    script = Invariance._esm.split("const CHOSEN")[1]
    multiplied = multiplied_in(script)
    allowed = ("map * toPlace.length", "this.units(found) + cell")
    assert all(any(word in line for word in allowed) for line in multiplied), multiplied
    assert not re.search(r"roll|rot90|reverse\(", script)


@pytest.mark.parametrize("picture", ["signal", "digit"])
def test_figure_marks_every_cell(shown, picture):
    found = at(shown, picture, "shift by 1", STRIDE_2, "wrap")
    figure = shown.figure()
    marks = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert marks.count("=") == sum(int(layer.equal[0].sum()) for layer in found)
    assert len(marks) == sum(layer.equal[0].size for layer in found)
    assert shown.sentence() == figure.get_supxlabel().replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"digit": 1797}, "digit must lie in 0 to 1796; got 1797"),
        ({"signal": [1, 2, 3]}, r"signal must hold 4 or 8 ints from 0 to 16; got \[1, 2, 3\]"),
        ({"signal": [1, 2, 3, 17]}, "signal must hold 4 or 8 ints from 0 to 16"),
        ({"motion": "zoom"}, "motion must be out of .*; got 'zoom'"),
        ({"stage": ()}, r"stage must hold one or more different options; got \(\)"),
        ({"group": "C8"}, "group must be one of 'C4', 'D4'; got 'C8'"),
        ({"filters": np.ones((3, 3, 3), int)}, r"filters must have shape \(4, 3, 3\); got \(3, 3, 3\)"),
        ({"filters": np.full((4, 3, 3), 9)}, "filters must have weights of at most 40 in sum"),
        ({"picture": "cat"}, "picture must be one of .*; got 'cat'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Invariance(**arguments)


def test_option_that_was_not_offered_is_refused(shown):
    for name, value in (("motion", "zoom"), ("stage", "stride 3"), ("map", 4)):
        with pytest.raises(ValueError, match=f"{name} must "):
            setattr(shown, name, value)
