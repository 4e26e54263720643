"""Checkpoints: everything that a run needs to go on bit for bit, in an .npz file without pickle.

The file is written beside its place and moved there when it is complete, so that an interrupted write leaves the last
good checkpoint as it was.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from convbp.arrays import Array, must_have_shape
from convbp.layers import Layer
from convbp.train.history import History
from convbp.train.optimizers import Optimizer

FORMAT = "convbp checkpoint 1"


def save(
    path: str | os.PathLike[str],
    model: Layer,
    *,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
    history: History | None = None,
) -> None:
    """Write a model, and if given what its training needs to go on, to a file.

    Parameters
    ----------
    path : path
        Written whole or not at all; an existing file is replaced.
    model : Layer
        Its parameters, its buffers such as running statistics, and the states of its generators of random numbers.
    optimizer : Optimizer, optional
        Its memory and its count of steps; not its settings, which belong to the program.
    rng : Generator, optional
        The one that shuffles.
    history : History, optional

    Examples
    --------
    >>> from convbp.layers import Linear
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/model.npz", Linear(2, 3, rng=0))
    ...     copy = Linear(2, 3, rng=1)
    ...     load(f"{folder}/model.npz", copy)
    >>> bool((copy.w.value == Linear(2, 3, rng=0).w.value).all())
    True
    """
    about: dict[str, Any] = {"format": FORMAT}
    about["generators"] = {name: g.bit_generator.state for name, g in model.generators().items()}
    arrays = {f"model/{name}": value for name, value in model.state().items()}
    if optimizer is not None:
        about["optimizer"] = {"kind": type(optimizer).__name__, "steps": optimizer.steps}
        memory = optimizer.memory or optimizer.blank_memory(model)
        arrays |= {f"optimizer/{name}/{what}": a for name, kept in memory.items() for what, a in kept.items()}
    if rng is not None:
        about["rng"] = rng.bit_generator.state
    if history is not None:
        about["history"] = asdict(history)
    _write_whole(Path(path), arrays | {"about": np.array(json.dumps(about, default=_plain))})


def load(
    path: str | os.PathLike[str],
    model: Layer,
    *,
    optimizer: Optimizer | None = None,
    rng: np.random.Generator | None = None,
    history: History | None = None,
) -> None:
    """Bring a model, and what else is given, to the state that `save` wrote; if anything does not fit, change nothing.

    Parameters
    ----------
    path : path
    model, optimizer, rng, history
        What to fill, built as when it was saved.

    Raises
    ------
    ValueError
        If the file is no checkpoint or a damaged one, if it does not hold what is asked for, or if a name, a shape, a
        dtype, the kind of optimizer or the kind of a generator differs.
    FileNotFoundError
        If there is no file.
    """
    arrays, about = _read(Path(path))
    for name, wanted in (("optimizer", optimizer), ("rng", rng), ("history", history)):
        if wanted is not None and name not in about:
            raise ValueError(f"path must be a checkpoint that holds {name}; got {path} with {sorted(about)}")
    memory = None if optimizer is None else _checked_memory(arrays, about["optimizer"], optimizer, model)
    generators = model.generators()
    if set(generators) != set(about["generators"]):
        raise ValueError(f"path must hold the generators {sorted(generators)}; got {sorted(about['generators'])}")
    states = [(generators[name], state) for name, state in about["generators"].items()]
    states += [] if rng is None else [(rng, about["rng"])]
    for generator, state in states:
        _must_be_of_kind(generator, state)
    saved_history = None if history is None else History(**about["history"])

    model.load_state({key.removeprefix("model/"): a for key, a in arrays.items() if key.startswith("model/")})
    for generator, state in states:
        generator.bit_generator.state = _with_arrays(state)
    if optimizer is not None and memory is not None:
        optimizer.memory, optimizer.steps = memory, about["optimizer"]["steps"]
    if history is not None:
        vars(history).update(vars(saved_history))


def _write_whole(path: Path, arrays: dict[str, Array]) -> None:
    """Write beside the place, force it to the disk, then move it there in one step."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _read(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        about = json.loads(str(arrays.pop("about")))
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']!r}")
    except FileNotFoundError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, OSError, BadZipFile) as error:
        raise ValueError(f"path must be a whole file that convbp.train.save wrote; got {path} ({error})") from None
    return arrays, about


def _checked_memory(
    arrays: dict[str, Array], about: dict[str, Any], optimizer: Optimizer, model: Layer
) -> dict[str, dict[str, Array]]:
    """Return the optimizer's memory out of `arrays`, which must be that of the same rule on the same model."""
    if about["kind"] != type(optimizer).__name__:
        raise ValueError(f"optimizer must be of the saved kind, {about['kind']}; got {type(optimizer).__name__}")
    memory = optimizer.blank_memory(model)
    for name, kept in memory.items():
        for what, blank in kept.items():
            key = f"optimizer/{name}/{what}"
            if key not in arrays:
                raise ValueError(f"path must hold {key!r} of shape {blank.shape}; got {sorted(arrays)}")
            must_have_shape(f"saved {key!r}", arrays[key], blank.shape, "as in the model")
            kept[what] = arrays[key].astype(blank.dtype, copy=False)
    return memory


def _must_be_of_kind(generator: np.random.Generator, state: dict[str, Any]) -> None:
    kind = type(generator.bit_generator).__name__
    if kind != state["bit_generator"]:
        raise ValueError(f"rng must draw from {state['bit_generator']}, as when it was saved; got {kind}")


def _plain(value: Any) -> Any:
    """Write arrays in the states of some generators as lists."""
    return value.tolist()


def _with_arrays(state: Any) -> Any:
    if isinstance(state, dict):
        return {name: _with_arrays(value) for name, value in state.items()}
    return np.array(state, np.uint64) if isinstance(state, list) else state
