"""Checkpoints: a run goes on bit for bit, and no interruption or foreign file does harm."""

import json
import os
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest

from compare import assert_same
from convbp.layers import BatchNorm, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential
from convbp.train import SGD, Adam, History, fit, load, save

X = np.random.default_rng(0).standard_normal((20, 1, 5, 4)).astype(np.float32)
LABELS = np.arange(20) % 3


def a_model(seed=0) -> Sequential:
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 2, 2, rng=rng, dtype=np.float32),
        BatchNorm(2, dtype=np.float32),
        ReLU(),
        Flatten(),
        Dropout(0.3, rng=rng),
        Linear(24, 3, rng=rng, dtype=np.float32),
    )


def run(epochs, path=None, rule=lambda: Adam(0.01), model=None, seed=5):
    model = a_model() if model is None else model
    history = fit(
        model,
        X,
        LABELS,
        epochs=epochs,
        batch_size=6,
        optimizer=rule(),
        rng=seed,
        checkpoint=path,
        validation=(X, LABELS),
        progress=False,
    )
    return model, history


def random_states(model) -> str:
    return str({name: generator.bit_generator.state for name, generator in model.generators().items()})


def assert_same_state(one, other):
    for name, value in one.state().items():
        assert_same(other.state()[name], value)


@pytest.mark.parametrize(
    "rule", [lambda: SGD(0.05, momentum=0.9, nesterov=True), lambda: Adam(0.01)], ids=["sgd", "adam"]
)
def test_a_run_in_three_parts_is_one_run_to_the_bit(tmp_path, rule):
    whole, expected = run(5, rule=rule)
    path = tmp_path / "run.npz"
    for epochs, model, seed in ((2, a_model(), 5), (3, a_model(seed=9), 77), (5, a_model(seed=8), 78)):
        parts, history = run(epochs, path, rule, model, seed)
    assert history == expected
    assert_same_state(whole, parts)


def test_a_generator_that_model_and_loop_share_stays_shared(tmp_path):
    results = []
    for stops in ((4,), (1, 4)):
        for epochs in stops:
            rng = np.random.default_rng(3)
            model = Sequential(Flatten(), Dropout(0.3, rng=rng), Linear(20, 3, rng=rng, dtype=np.float32))
            _, history = run(epochs, tmp_path / f"{len(stops)}.npz", model=model, seed=rng)
        results.append((model, history))
    assert results[0][1] == results[1][1]
    assert_same_state(results[0][0], results[1][0])


def test_a_finished_run_is_only_read(tmp_path):
    path = tmp_path / "run.npz"
    model, history = run(2, path)
    written = path.read_bytes()
    again, same = run(2, path, model=a_model(seed=3))
    assert same == history
    assert_same_state(model, again)
    assert path.read_bytes() == written


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_every_generator_of_numpy_goes_on_where_it_was(tmp_path, kind):
    path = tmp_path / "x.npz"
    mine = np.random.Generator(getattr(np.random, kind)(3))
    mine.random(5)
    save(path, Linear(1, 1), rng=mine)
    expected = mine.random(10)
    other = np.random.Generator(getattr(np.random, kind)(4))
    load(path, Linear(1, 1), rng=other)
    assert_same(other.random(10), expected)


def test_nothing_is_pickled_and_the_name_is_kept(tmp_path):
    path = tmp_path / "run.checkpoint"
    save(path, a_model(), optimizer=SGD(0.1), rng=np.random.default_rng(0), history=History())
    assert os.listdir(tmp_path) == ["run.checkpoint"]
    with np.load(path, allow_pickle=False) as file:
        assert "model/1.running_var" in file.files
        assert "optimizer/0.w/velocity" in file.files
        assert json.loads(str(file["about"]))["format"] == "convbp checkpoint 1"


def test_an_error_in_the_middle_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    save(path, a_model(1))
    before = path.read_bytes()

    def full(number):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        save(path, a_model(2))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.npz"]


def test_a_process_that_dies_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.npz"
    save(path, Linear(300, 300, rng=1))
    code = f"""
import os
import numpy as np
from convbp.layers import Linear
from convbp.train import save
whole = np.lib.format.write_array
def dies(file, array, **options):
    file.write(bytes(1000))
    os._exit(9)
np.lib.format.write_array = dies
save({str(path)!r}, Linear(300, 300, rng=2))
"""
    answer = subprocess.run([sys.executable, "-c", code], check=False)
    assert answer.returncode == 9
    assert len(os.listdir(tmp_path)) == 2
    model = Linear(300, 300, rng=0)
    load(path, model)
    assert_same_state(model, Linear(300, 300, rng=1))
    save(path, model)
    load(path, model)


def test_what_does_not_fit_changes_nothing(tmp_path):
    path = tmp_path / "run.npz"
    run(1, path)
    wider = a_model()
    wider.layers[5].w.value = np.zeros((4, 24), np.float32)
    narrower = Sequential(*a_model().layers[:5])
    other_kind = a_model()
    other_kind.layers[4].rng = np.random.Generator(np.random.MT19937(0))
    no_dropout = Sequential(*a_model().layers[:4])
    double = a_model()
    double.layers[0].b.value = np.zeros(2)
    cases = [
        (wider, {}, r"state\['5.w'\] must have shape \(4, 24\), as in the model; got \(3, 24\)"),
        (narrower, {}, r"state must hold only what the model has, .*; got '5.w'"),
        (double, {}, r"state\['0.b'\] must be of float64, as in the model; got float32"),
        (other_kind, {}, r"rng must draw from PCG64, as when it was saved; got MT19937"),
        (no_dropout, {}, r"path must hold the generators \[\]; got \['4.rng'\]"),
        (a_model(7), {"optimizer": SGD(0.1)}, r"optimizer must be of the saved kind, Adam; got SGD"),
        (wider, {"optimizer": Adam()}, r"saved 'optimizer/5.w/mean' must have shape \(4, 24\).*; got \(3, 24\)"),
    ]
    for model, more, message in cases:
        before = deepcopy(model)
        with pytest.raises(ValueError, match=message):
            load(path, model, **more)
        assert_same_state(model, before)
        assert random_states(model) == random_states(before)
        assert all(not optimizer.memory for optimizer in more.values())


def test_what_was_not_saved_cannot_be_asked_for(tmp_path):
    path = tmp_path / "model.npz"
    save(path, a_model())
    for name, wanted in (("optimizer", Adam()), ("rng", np.random.default_rng(0)), ("history", History())):
        with pytest.raises(ValueError, match=rf"path must be a checkpoint that holds {name}; got .*model.npz"):
            load(path, a_model(), **{name: wanted})


def test_foreign_and_damaged_files_are_refused(tmp_path):
    path = tmp_path / "file.npz"
    save(path, a_model())
    whole = path.read_bytes()
    np.savez(tmp_path / "foreign.npz", a=np.ones(3))
    np.savez(tmp_path / "newer.npz", about=np.array(json.dumps({"format": "convbp checkpoint 2"})))
    np.savez(tmp_path / "pickled.npz", about=np.array([{}], dtype=object))
    np.save(tmp_path / "single.npy", np.ones(3))
    contents = {
        "empty": b"",
        "text": b"epoch,loss\n",
        "cut": whole[: len(whole) // 2],
        "spoilt": whole[:900] + bytes([whole[900] ^ 1]) + whole[901:],
        "newer": (tmp_path / "newer.npz").read_bytes(),
        "foreign": (tmp_path / "foreign.npz").read_bytes(),
        "pickled": (tmp_path / "pickled.npz").read_bytes(),
        "single": (tmp_path / "single.npy").read_bytes(),
    }
    for name, content in contents.items():
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"path must be a whole file that convbp.train.save wrote; got .*file.npz"):
            load(path, a_model())
        assert content != whole, name
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.npz", a_model())
