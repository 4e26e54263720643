"""NetworkStepper without a browser: every map and gradient is the library's, and no machine stores another number."""

import json
import re

import numpy as np
import pytest
from ipywidgets.embed import embed_data

import convbp
from convbp.data import digits
from convbp.layers import AvgPool2d, Conv2d, Flatten, Linear, Sequential, Tanh
from convbp.loss import softmax_backward, softmax_cross_entropy_backward
from convbp.train import accuracy
from convbp.widgets import NetworkStepper
from convbp.widgets.digit_network import PARTS, digit_network, parts, trained
from convbp.widgets.network_stages import decimals, rounded, texts
from widgets.state import multiplied_in


@pytest.fixture(scope="module")
def stepper():
    return NetworkStepper()


def arrays_of(stepper):
    for sample in stepper._passes:
        for stage in sample:
            yield from (stage.y, stage.dy)


def test_network_reads_digits_that_it_has_never_seen():
    _, held_out = parts()
    assert accuracy(digit_network(), *held_out) > 0.94


def test_training_ends_in_the_weights_that_are_kept():
    pytest.importorskip("sklearn")
    kept = [round(PARTS * n) for parameter in digit_network().parameters() for n in parameter.value.flat]
    # Another machine adds in another order, and a weight beside a rounding boundary may fall to its other side.
    assert np.mean(np.not_equal(trained(), kept)) < 0.05


def test_every_forward_sum_is_exact():
    model = digit_network()
    x = digits().x[:50]
    for layer in model:
        x = layer(x)
        scaled = x * PARTS**3
        np.testing.assert_array_equal(scaled, np.round(scaled))
    assert np.abs(scaled).max() < 2**53


def test_stored_digits_do_not_hang_on_the_last_bits(stepper):
    for values in arrays_of(stepper):
        places = decimals(values)
        for value in values.flat:
            scaled = value * 10.0**places
            beside = abs(scaled % 1 - 0.5)
            exact = float(value * PARTS**3).is_integer()
            assert exact or beside > 1e-7, f"{value} is rounded on a boundary"
        noisy = values * (1 + 1e-14 * np.sign(np.sin(np.arange(values.size).reshape(values.shape))))
        assert rounded(noisy, places) == rounded(values, places)


@pytest.mark.parametrize("number", range(4))
def test_every_map_and_gradient_is_the_one_of_the_library(stepper, number):
    x, labels = (part[[(2, 9, 5, 53)[number]]] for part in digits())
    model, here = digit_network(), stepper._passes[number]
    conv, _, _, _, dense = model
    y1 = convbp.conv2d(x, conv.w.value, conv.b.value)
    y2 = np.maximum(y1, 0)
    y3, indices = convbp.max_pool2d(y2, 2)
    scores = y3.reshape(1, -1) @ dense.w.value.T + dense.b.value
    d4 = softmax_cross_entropy_backward(1.0, scores, labels)
    d3 = (d4 @ dense.w.value).reshape(y3.shape)
    d2 = convbp.max_pool2d_backward(d3, indices, y2.shape)
    d1 = d2 * (y1 > 0)
    back = convbp.conv2d_backward(d1, x, conv.w.value)
    pairs = [(x, back.dx), (y1, d1), (y2, d2), (y3, d3), (scores, d4)]
    for stage, (y, dy) in zip(here, pairs, strict=False):
        np.testing.assert_array_equal(stage.y, y[0])
        np.testing.assert_allclose(stage.dy, dy[0], rtol=1e-12, atol=1e-14)  # sums of at most 40 terms
    assert here[1].dw == pytest.approx(np.sqrt(np.sum(back.dw**2) + np.sum(back.db**2)), rel=1e-12)
    np.testing.assert_allclose(softmax_backward(here[-2].dy[None], scores), d4, atol=1e-14)


def test_field_of_a_unit_holds_every_pixel_that_moves_it(stepper):
    model, x = digit_network(), digits().x[[2]]
    for stage, layers in ((1, 1), (3, 3)):
        front = Sequential(*list(model)[:layers])
        stepper.selection = {"stage": stage, "index": [1, 1, 2]}
        spans = [tuple(map(int, found)) for found in re.findall(r"(\d) to (\d)", stepper.sentence())]
        for r, s in np.ndindex(8, 8):
            bumped = x.copy()
            bumped[0, 0, r, s] += 100
            moved = front(bumped)[0, 1, 1, 2] != front(x)[0, 1, 1, 2]
            inside = all(first <= at <= last for (first, last), at in zip(spans, (r, s), strict=True))
            assert inside or not moved


def test_the_page_is_sent_the_same_numbers(stepper):
    for sent, sample in zip(stepper.passes, stepper._passes, strict=True):
        for packed, stage in zip(sent, sample, strict=True):
            for name, values in (("y", stage.y), ("dy", stage.dy)):
                places, numbers = packed[name].split(";")
                np.testing.assert_allclose(
                    np.array(numbers.split(), float) / 10 ** int(places), values.ravel(), atol=0.51 / 10 ** int(places)
                )


def test_decimals_show_three_digits_of_the_largest_entry():
    for largest, expected in ((123.4, 0), (12.34, 1), (5.3, 2), (0.53, 2), (0.053, 3), (0.0, 0), (1e-9, 6)):
        assert decimals(np.array([largest, 0])) == expected
    assert texts(np.array([-0.25, 0.125, 0.0001])) == ["−0.25", "0.12", "0.00"]


def test_saved_state_is_small_and_always_the_same():
    saved = []
    for _ in range(2):
        stepper = NetworkStepper()
        state = embed_data(views=[stepper], drop_defaults=True)["manager_state"]["state"]
        entry = {**state[stepper.model_id], "state": {**state[stepper.model_id]["state"], "layout": ""}}
        saved.append(json.dumps(entry, indent=1, sort_keys=True))
    assert saved[0] == saved[1]
    assert len(saved[0].encode()) < 60_000


def test_a_network_and_pictures_of_your_own_are_shown_and_not_changed():
    rng = np.random.default_rng(0)
    model = Sequential(Conv2d(2, 3, (2, 3), stride=2, rng=rng), Tanh(), AvgPool2d(2), Flatten(), Linear(6, 4, rng=rng))
    before = {name: value.copy() for name, value in model.state().items()}
    stepper = NetworkStepper([1], model, images=rng.normal(size=(2, 2, 5, 9)), labels=[0, 3])
    assert [stage.name for stage in stepper._stages] == ["x", "conv", "tanh", "pool", "dense", "softmax", "loss"]
    assert stepper.verdict().startswith("A 3 is read as ")
    for name, value in model.state().items():
        np.testing.assert_array_equal(value, before[name])
    assert not any(parameter.grad.any() for parameter in model.parameters())


def test_unit_that_sees_padding_only_says_so():
    model = Sequential(Conv2d(1, 1, 1, padding=1, rng=0), Flatten(), Linear(36, 2, rng=0))
    stepper = NetworkStepper([0], model, images=np.ones((1, 1, 4, 4)), labels=[1])
    stepper.selection = {"stage": 1, "index": [0, 0, 3]}
    assert stepper.sentence().endswith("It reads padding only.")


def test_selection_and_sample_can_be_set(stepper):
    stepper.sample, stepper.selection = 1, {"stage": 4, "index": (9,)}
    assert stepper.sentence().startswith("dense[9] = ")
    assert stepper.verdict() == "A 9 is read as 5; p(9) = 0.42, loss = 0.87."
    stepper.selection = {}
    assert stepper.sentence() == ""
    stepper.sample = 0


def test_repr_is_the_call_that_makes_it():
    text = repr(NetworkStepper(samples=(3, 9)))
    assert text == "NetworkStepper(samples=[3, 9])"
    assert repr(eval(text)) == text


def test_script_holds_no_layer_arithmetic():
    script = NetworkStepper._esm.split("function readPass")[1]
    assert "Math.exp" not in script
    assert "Math.log" not in script
    multiplied = multiplied_in(script)
    allowed = ("0.94", "below * maps", "map * units", "stage.norm", "a * b", "2 * ")
    assert all(any(word in line for word in allowed) for line in multiplied), multiplied


def test_figure_draws_every_stage(stepper):
    figure = stepper.figure()
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:7] == ["x", "conv", "relu", "pool", "dense", "softmax", "loss"]
    assert stepper.verdict() in figure.get_supxlabel().replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"samples": [1797]}, ValueError, "samples must lie in 0 to 1796; got 1797"),
        ({"samples": []}, TypeError, r"samples must be made of ints; got \[\]"),
        ({"images": np.zeros((2, 8, 8)), "labels": [1, 2]}, ValueError, r"images must be \(N, C, H, W\) with N labels"),
        ({"selection": {"stage": 9, "index": [0]}}, ValueError, "stage of the selection must lie in 0 to 6; got 9"),
        ({"selection": {"stage": 1, "index": [0]}}, ValueError, "selection must name a unit of conv, shape"),
        ({"selection": {"unit": 1}}, ValueError, 'selection must be {} or hold a "stage" and an "index"'),
        ({"model": Sequential(Conv2d(1, 9, 3, rng=0))}, ValueError, "model must have at most 8 maps of 200 units"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        NetworkStepper(**arguments)


@pytest.mark.parametrize(("name", "value"), [("sample", 4), ("step", 14), ("direction", "up")])
def test_trait_that_does_not_fit_is_refused(stepper, name, value):
    with pytest.raises(ValueError, match=f"{name} must "):
        setattr(stepper, name, value)
