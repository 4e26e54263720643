"""ChainByHand without a browser: its sums make the numbers of the library, whatever the reader types."""

import json
import re

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp import check
from convbp.widgets import ChainByHand
from convbp.widgets.chain_sums import STEPS, equation, name, number

LAYERS = {
    "chapter": {},
    "three taps": {"x": [3, -1, 0, 5, 2], "w": [1, 4, -2], "b": -3, "t": [1, -7, 2]},
    "stride": {"x": [3, -1, 0, 5, 2, 7], "w": [1, 4], "b": 2, "t": [1, 0, 2], "stride": 2},
    "padding": {"x": [3, -1, 5], "w": [1, 4, 7], "b": 0, "t": [1, 0, 2], "padding": 1},
}


def worked_out(chain):
    """Work out every sum as the page does: in turn, from the numbers that are given."""
    given = {"b": chain.b, "η": chain.eta, "dL": 1.0}
    values = given | {f"{line}{at}": n for line in "xwt" for at, n in enumerate(getattr(chain, line))}
    for line in chain.sums.split(";"):
        cell, terms = line.split("=")
        products = [[float(f) if re.match(r"-?[\d.]+$", f) else values[f] for f in t.split()] for t in terms.split("+")]
        values[cell] = sum(np.prod(factors) for factors in products)
    return values


@pytest.mark.parametrize("layer", LAYERS)
def test_sums_make_the_numbers_of_the_library_whatever_is_typed(layer):
    chain = ChainByHand(**LAYERS[layer])
    rng = np.random.default_rng(3)
    for _ in range(20):
        for line in "xwt":
            setattr(chain, line, rng.integers(-9, 10, len(getattr(chain, line))).tolist())
        chain.b = int(rng.integers(-9, 10))
        actual, expected = worked_out(chain), chain.values
        assert set(actual) == set(expected)
        whole = [cell for cell in expected if "′" not in cell]
        assert {cell: actual[cell] for cell in whole} == {cell: expected[cell] for cell in whole}
        # The update is in floats; a few sums of decimals round differently by a few units in the last digit.
        for cell in set(expected) - set(whole):
            assert actual[cell] == pytest.approx(expected[cell], rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_are_those_of_the_loss_alone(layer):
    chain = ChainByHand(**LAYERS[layer])
    options = {name: LAYERS[layer].get(name, value) for name, value in (("stride", 1), ("padding", 0))}
    x, w, b, t = (np.array(getattr(chain, name), float) for name in ("x", "w", "b", "t"))

    def loss(x, w, b):
        y = convbp.conv1d(x[None, None], w[None, None], b[None], **options)[0, 0]
        return np.sum((y - t) ** 2) / 2

    values = chain.values
    assert values["L"] == loss(x, w, b)
    # The loss is a parabola in each number, so that a difference with a whole step is exact.
    for row, array, f in (("x", x, lambda x: loss(x, w, b)), ("w", w, lambda w: loss(x, w, b))):
        slopes = check.numerical_gradient(f, array, h=1)
        assert [values[f"d{row}{at}"] for at in range(array.size)] == slopes.tolist()
    assert values["db"] == check.numerical_gradient(lambda b: loss(x, w, b), b, h=1)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_equation_makes_its_number(layer):
    chain = ChainByHand(**LAYERS[layer])
    for cell, value in chain.values.items():
        sides = chain.equation(cell).split(" = ")
        assert sides[0] == name(cell)
        assert sides[-1] == number(value)
        if len(sides) == 4:
            written = sides[2].replace("−", "-").replace("·", "*").replace("²", "**2").replace("½", "0.5")
            assert eval(written) == pytest.approx(value, abs=2e-3)  # four decimals are written


def test_chapter_one_is_shown_without_arguments():
    chain = ChainByHand()
    assert chain.equation("L") == "L = ½·(y−t)[0]² + ½·(y−t)[1]² + ½·(y−t)[2]² = ½·(−1)² + ½·0² + ½·2² = 2.5"
    assert chain.equation("dx1") == "dx[1] = w[1]·dy[0] + w[0]·dy[1] = (−1)·(−1) + 2·0 = 1"
    assert chain.equation("w′1") == "w′[1] = w[1] − η·dw[1] = (−1) − 0.01·12 = −1.12"
    assert chain.equation("dL") == "dL = 1"


def test_three_updates_are_those_of_the_chapter():
    chain = ChainByHand()
    for _ in range(3):
        chain.take_step()
    assert [round(loss, 4) for loss in chain.losses] == [2.5, 1.4481, 1.4249]


def test_losses_are_forgotten_with_the_numbers_they_belong_to():
    chain = ChainByHand()
    chain.take_step()
    chain.t = [0, 0, 0]
    assert chain.losses == []


def test_an_update_that_runs_away_is_refused_and_nothing_changes():
    chain = ChainByHand(x=[999_999, 2], w=[500_000], b=0, t=[0, 0], eta=1)
    with pytest.raises(ValueError, match="eta must be small enough to keep w and b within 1000000; got 1"):
        chain.take_step()
    assert (chain.w, chain.losses) == ([500_000], [])


def test_another_number_is_computed_anew():
    chain = ChainByHand()
    chain.x = [1, 2, 4, 100]
    assert [chain.values[f"dx{i}"] for i in range(4)] == [-2, 1, -182, 91]
    chain.t = [1, 1, -91]
    assert all(chain.values[f"d{cell}"] == 0 for cell in ("x0", "x3", "w0", "w1", "b"))


@pytest.mark.parametrize(
    ("line", "value", "error", "message"),
    [
        ("x", [1, 2, 3], ValueError, r"x must have 4 numbers; got \[1, 2, 3\]"),
        ("w", [1, "two"], TypeError, "w must be made of numbers; got 'two'"),
        ("t", [1, 2, float("nan")], ValueError, "t must hold finite numbers within 1000000; got nan"),
        ("b", 1e9, ValueError, "b must hold finite numbers within 1000000; got 1000000000.0"),
        ("eta", 0.7, ValueError, r"eta must be one of \[.*\]; got 0.7"),
    ],
)
def test_numbers_that_cannot_be_shown_are_refused_and_nothing_changes(line, value, error, message):
    chain = ChainByHand()
    before = chain.values
    with pytest.raises(error, match=message):
        setattr(chain, line, value)
    assert chain.values == before


def test_numbers_are_written_as_in_the_page():
    assert [number(n) for n in (2, -0.0, 1.93, -1.12345, 0.00004, 100000)] == [
        "2",
        "0",
        "1.93",
        "−1.1235",
        "0",
        "100000",
    ]


def test_every_sum_belongs_to_a_step():
    shown = {letter for names, _ in STEPS for letter in names.split()}
    assert {cell.rstrip("0123456789") for cell in ChainByHand().values} - shown == {"x", "w", "t", "b", "η"}


def test_repr_is_the_call_that_makes_it():
    chain = ChainByHand(x=[1, 2.5, 3], w=[2, -1], b=0, t=[1, 0], eta=(0.5, 0.1), step=3)
    assert repr(chain) == (
        "ChainByHand(x=[1, 2.5, 3], w=[2, -1], b=0, t=[1, 0], stride=1, padding=0, eta=(0.5, 0.1), step=3)"
    )
    assert repr(eval(repr(chain))) == repr(chain)


def test_saved_state_is_small_and_always_the_same():
    texts = []
    for _ in range(2):
        chain = ChainByHand()
        state = embed_data(views=[chain], drop_defaults=True)["manager_state"]["state"]
        entry = {**state[chain.model_id], "state": {**state[chain.model_id]["state"], "layout": ""}}
        texts.append(json.dumps(entry, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) < 60_000


def test_script_multiplies_only_what_python_named():
    script = ChainByHand._esm.split("const HALVES", 1)[1]
    code = re.sub(r'"[^"\n]*"', '""', script)
    assert re.findall(r"[\w)\]]+ \* [\w(\[]+", code) == ["product * values[factor"]
    for word in ("stride", "padding", "dilation", "kernel", "taps", "outputs"):
        assert word not in script


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_figure_hides_what_the_step_has_not_reached(step):
    chain = ChainByHand(step=step)
    figure = chain.figure()
    drawn = [text.get_text() for text in figure.axes[0].texts]
    cells = [
        cell for cell in chain.values if cell != "η" and ("′" not in cell or step == 7) and cell[:2] not in ("y′", "m′")
    ]
    hidden = {letter for names, _ in STEPS[step + 1 :] for letter in names.split()}
    assert drawn.count("?") == sum(cell.rstrip("0123456789") in hidden for cell in cells)
    assert STEPS[step][1].split()[0] in figure.get_supxlabel()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": []}, ValueError, r"x must be a list of numbers; got \[\]"),
        ({"x": [1, 2, True, 4]}, TypeError, "x must be made of numbers; got True"),
        ({"w": 2}, ValueError, "w must be a list of numbers; got 2"),
        ({"t": [1, 2]}, ValueError, r"t must have one number for each of the 3 outputs; got \[1, 2\]"),
        ({"b": "1"}, TypeError, "b must be made of numbers; got '1'"),
        ({"x": range(9), "t": range(8)}, ValueError, "x must have at most 8 cells and outputs; got 9 and 8"),
        ({"w": [1] * 5}, ValueError, "w must fit into the padded input"),
        ({"stride": 0}, ValueError, "stride must be at least 1; got 0"),
        ({"eta": 0}, ValueError, "eta must be above 0; got 0"),
        ({"eta": (0.1, 0.1)}, ValueError, r"eta must hold one or more different options; got \(0.1, 0.1\)"),
        ({"step": 8}, ValueError, "step must be between 0 and 7; got 8"),
        ({"step": 1.5}, TypeError, "step must be an int; got 1.5"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        ChainByHand(**arguments)


def test_a_cell_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"cell must be one of x0, .*; got 'x9'"):
        ChainByHand().equation("x9")


def test_half_and_squares_are_written_as_such():
    chain = ChainByHand(x=[1], w=[1], b=0, t=[0])
    assert equation(chain._sums, chain.values, "L") == "L = ½·(y−t)[0]² = ½·1² = 0.5"
