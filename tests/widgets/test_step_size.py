"""StepSize without a browser: its errors are those of the checks, and the same on every machine."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest
from ipywidgets.embed import embed_data

from convbp import check
from convbp.widgets import StepSize
from convbp.widgets.step_cases import MARKS, all_cases, marks_of, measure
from convbp.widgets.step_size import CASES, DTYPES
from convbp.widgets.step_tables import power_of_ten, step_text

EXPONENTS = range(-40, 5)


@pytest.fixture(scope="module")
def steps():
    return StepSize()


def shown(steps, case):
    steps.case = case
    return steps.table


def written(error):
    return "" if error is None else "0" if error == 0 else f"{error:.1e}"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_error_is_that_of_the_gradient_check(steps, case, dtype):
    line = next(line for line in shown(steps, case).lines if line.dtype == dtype)
    given = all_cases(0.001)[case]
    for exponent, error in zip(EXPONENTS, line.errors, strict=True):
        arrays = given.arrays(dtype)
        if error == "":
            with pytest.raises(ValueError, match="h must be large enough to move a cell"):
                check.check_gradients(given.forward, given.backward, arrays, given.dy, h=2.0**exponent)
        else:
            found = max(check.check_gradients(given.forward, given.backward, arrays, given.dy, h=2.0**exponent))
            assert error == written(found)


class Number:
    """A number in exact fractions that is rounded once after every operation, as IEEE 754 asks for."""

    def __init__(self, value, dtype):
        # A float64 of a fraction is correctly rounded; rounding that once more to float32 changes no single operation,
        # for 53 digits are more than twice 24.
        self.value, self.dtype = Fraction(float(np.dtype(dtype).type(float(Fraction(value))))), dtype

    def __add__(self, other):
        return Number(self.value + other.value, self.dtype)

    def __mul__(self, other):
        return Number(self.value * other.value, self.dtype)

    def __sub__(self, other):
        return Number(self.value - other.value, self.dtype)


def error_in_fractions(dtype, places, h, bend):
    """The error of checking x³ (+ relu) by hand, with no floating-point operation but correct rounding."""
    worst = 0.0
    three, zero = Number(3, dtype), Number(0, dtype)
    for place in places:
        x = Number(float(np.dtype(dtype).type(place)), dtype)
        ends = [x + Number(sign * h, dtype) for sign in (1, -1)]
        if x.value in (ends[0].value, ends[1].value):
            return None
        y = [v * v * v + (Number(max(v.value, 0), dtype) if bend else zero) for v in ends]
        rise, width = (Number(pair[0].value - pair[1].value, "float64") for pair in (y, ends))
        slope = Number(rise.value / width.value, "float64")
        gradient = three * (x * x) + Number(int(bend and x.value > 0), dtype)
        a, e = (Number(g.value, "float64") for g in (gradient, slope))
        size = Number(abs(a.value), "float64") + Number(abs(e.value), "float64")
        floor = Number(max(Fraction(1e-8), size.value), "float64")
        worst = max(worst, float(Number(abs((a - e).value), "float64").value / floor.value))
    return worst


@pytest.mark.parametrize("case", ["curved", "corner"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_error_follows_from_correct_rounding_alone(steps, case, dtype):
    line = next(line for line in shown(steps, case).lines if line.dtype == dtype)
    places = all_cases(0.001)[case].inputs[0]
    expected = [written(error_in_fractions(dtype, places, 2.0**e, case == "corner")) for e in EXPONENTS]
    assert line.errors == expected


def test_both_arms_of_the_v_have_the_slopes_of_their_names(steps):
    line = shown(steps, "curved").lines[0]
    errors = [float(error) for error in line.errors]
    truncation = [at for at in range(len(errors)) if line.marks[at] == "t" and 1e-10 < errors[at] < 1e-3]
    for at in truncation[1:]:
        assert 3.7 < errors[at] / errors[at - 1] < 4.3  # two digits are stored
    # Rounding is noise about ε/h: over twenty halvings it grows by a million, to within a factor of 30.
    assert 2**20 / 30 < errors[0] / errors[20] < 2**20 * 30


def test_bottom_lies_near_the_cube_root_of_the_spacing(steps):
    for line in shown(steps, "curved").lines:
        bottom = line.marks.index("b")
        assert line.marks.count("b") == 1
        assert check.best_step(line.dtype) / 16 < 2.0 ** EXPONENTS[bottom] < check.best_step(line.dtype) * 16


@pytest.mark.parametrize("beside", [0.001, 0.01, 0.25])
def test_corner_is_marked_exactly_where_the_step_reaches_it(beside):
    table = StepSize("corner", "float64", beside=beside).table
    for exponent, mark in zip(EXPONENTS, table.lines[0].marks, strict=True):
        assert (mark == "k") == (2.0**exponent > beside)


def test_tie_is_wrong_by_one_at_every_step(steps):
    for line in shown(steps, "tie").lines:
        assert set(line.errors) - {""} == {"1.0e+00"}
        assert line.marks[-1] == "k"


def test_whole_numbers_leave_no_error_from_a_step_of_one_on_and_long_before(steps):
    float64, float32 = shown(steps, "whole").lines
    assert set(float64.errors) == {"0"}
    assert set(float32.errors[EXPONENTS.index(-20) :]) == {"0"}


def test_linear_map_has_no_truncation(steps):
    for line in shown(steps, "linear").lines:
        assert not set(line.marks) & set("tbk")
        assert float(line.errors[-1]) < 1e-6


def test_points_stand_where_their_errors_say(steps):
    for case in CASES:
        for line in shown(steps, case).lines:
            for error, height in zip(line.errors, line.heights, strict=True):
                if error in ("", "0"):
                    assert height == 100
                else:
                    assert height == pytest.approx(min(92, -np.log10(float(error)) / 16 * 92), abs=0.051)


def test_every_mark_has_a_sentence(steps):
    for case in CASES:
        table = shown(steps, case)
        assert set(table.words) == {mark for line in table.lines for mark in line.marks}
        assert set(table.words) <= set(MARKS)


def test_nothing_is_best_where_every_step_reaches_a_corner():
    case = all_cases(0.001)["tie"]
    assert set(marks_of(case, measure(case, "float64", [1.0, 0.5]))) == {"k"}


def test_sentence_says_what_is_measured():
    steps = StepSize(exponent=-3)
    assert steps.sentence() == (
        "float64: error 2.8·10⁻²: truncation rules: the curve bends within the step. Half the step, a quarter of the "
        "error. float32: error 2.8·10⁻², likewise."
    )
    steps.exponent = -30
    assert steps.sentence().endswith("float32: no answer: the step is too small to move the number at all.")


def test_numbers_are_written_with_powers():
    assert [power_of_ten(t) for t in ("2.5e-07", "1.0e+00", "0", "")] == ["2.5·10⁻⁷", "1.0", "0", ""]
    assert [step_text(n) for n in (-17, -2, 0, 3)] == ["2⁻¹⁷ ≈ 7.6·10⁻⁶", "2⁻² = 0.25", "2⁰ = 1", "2³ = 8"]


def test_repr_is_the_call_that_makes_it():
    steps = StepSize(("tie", "whole"), "float32", smallest=-10, largest=2, exponent=-3, beside=0.5)
    assert repr(steps) == (
        "StepSize(cases=('tie', 'whole'), dtypes='float32', smallest=-10, largest=2, exponent=-3, beside=0.5)"
    )
    assert repr(eval(repr(steps))) == repr(steps)


def test_saved_state_is_small_and_always_the_same():
    texts = []
    for _ in range(2):
        steps = StepSize()
        state = embed_data(views=[steps], drop_defaults=True)["manager_state"]["state"]
        entry = {**state[steps.model_id], "state": {**state[steps.model_id]["state"], "layout": ""}}
        texts.append(json.dumps(entry, indent=1, sort_keys=True))
    assert texts[0] == texts[1]
    assert len(texts[0].encode()) < 60_000


def test_script_knows_no_formula():
    script = StepSize._esm.split("const LOOKS", 1)[1]
    code = re.sub(r'"[^"\n]*"', '""', script)
    assert "log" not in code and "pow" not in code and "**" not in code  # noqa: PT018
    # The one product finds the step under the pointer.
    statements = [part.strip() for part in re.split(r"[;{}\n]", code)]
    assert [part for part in statements if " * " in part] == ["const at = ((event.clientX - left) / width) * 100"]


@pytest.mark.parametrize("case", CASES)
def test_figure_shows_both_curves_and_the_sentence(case):
    steps = StepSize(case, exponent=-12)
    axes = steps.figure().axes[0]
    drawn = {line.get_label(): line.get_ydata() for line in axes.get_lines() if line.get_label() in DTYPES}
    assert list(drawn) == list(DTYPES)
    for line in steps.table.lines:
        expected = [np.nan if e == "" else max(float(e), 1e-17) for e in line.errors]
        assert np.array_equal(drawn[line.dtype], expected, equal_nan=True)
    assert axes.figure.get_supxlabel().replace("\n", " ") == steps.sentence()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"cases": "sine"}, ValueError, "cases must be made of 'curved', .*; got 'sine'"),
        ({"cases": ()}, ValueError, r"cases must hold one or more different options; got \(\)"),
        ({"dtypes": "float16"}, ValueError, "dtypes must be made of 'float64', 'float32'; got 'float16'"),
        ({"smallest": 5}, ValueError, "smallest must be at least -60 and below largest, .*; got 5, 4"),
        ({"largest": 0.5}, TypeError, "largest must be .*; got 0.5"),
        ({"exponent": 5}, ValueError, "exponent must be between -40 and 4; got 5"),
        ({"beside": -1}, ValueError, "beside must be between 0 and 1; got -1"),
        ({"beside": "near"}, TypeError, "beside must be a number; got 'near'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        StepSize(**{"cases": "curved", **arguments})


def test_a_step_that_is_not_there_is_refused_and_nothing_changes(steps):
    before = steps.exponent
    with pytest.raises(ValueError, match="exponent must be between -40 and 4; got -41"):
        steps.exponent = -41
    assert steps.exponent == before
