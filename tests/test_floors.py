"""The floors of the design: imports go down only, and `import convbp` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import convbp

PACKAGE = Path(convbp.__file__).parent
FLOORS = {
    "options": 0,
    "geometry": 0.5,
    "arrays": 0,
    "kernels": 1,
    "axis_map": 1,
    "conv": 2,
    "cost": 2,
    "pad": 2,
    "resample": 2,
    "blur": 3,
    "matrix": 3,
    "explain": 3,
    "turns": 2,
    "filter_bank": 2,
    "symmetry": 3,
    "separable": 3,
    "receptive": 3,
    "spectral": 3,
    "winograd": 3,
    "ranks": 1,
    "windows": 0,
    "pool": 2,
    "avg_pool": 2,
    "smooth_pool": 2,
    "adaptive": 3,
    "global_pool": 3,
    "regions": 2,
    "correlation": 2,
    "conv_transpose": 3,
    "check": 3,
    "activation": 2,
    "loss": 2,
    "layers": 4,
    "data": 4.5,
    "exercises": 4,
    "train": 4.5,
    "draw": 5,
    "widgets": 6,
}
ONLY_HERE = {"numba": "kernels", "matplotlib": "draw", "anywidget": "widgets", "ipywidgets": "widgets"}
HEAVY = ("numba", "matplotlib", "anywidget", "ipywidgets", "dask", "scipy", "sklearn", "sympy", "tqdm", "IPython")


def part_of(path: Path) -> str:
    """Name the module or package of convbp that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the full name of every module that a file imports, wherever in the file."""
    names = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_for_types = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    never_run = {inner for block in only_for_types for inner in ast.walk(block)}
    for node in ast.walk(tree):
        if node in never_run:
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively; write the whole name"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    floor = FLOORS[part_of(path)]
    for name in imported(path):
        root, _, rest = name.partition(".")
        if root == "convbp":
            other = rest.split(".")[0]
            if other in FLOORS:
                assert other == part_of(path) or FLOORS[other] < floor, f"{path.name} on floor {floor} imports {name}"
            else:
                assert hasattr(convbp, other), f"{path.name} imports {name}, which has no floor"
                assert floor > FLOORS["check"], f"{path.name} on floor {floor} imports the whole package"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_packages_are_imported_in_one_place(path):
    for name in imported(path):
        home = ONLY_HERE.get(name.split(".")[0])
        assert home in (None, part_of(path)), f"{path.name} imports {name}, which only convbp.{home} may"


@pytest.mark.parametrize("module", ["options.py", "geometry.py", "regions.py", "windows.py"])
def test_geometry_knows_no_numpy(module):
    assert not any(name.split(".")[0] == "numpy" for name in imported(PACKAGE / module))


def test_importing_convbp_loads_nothing_heavy():
    code = f"import sys, convbp; print([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_everything_public_exists_and_is_documented_with_an_example():
    for name in convbp.__all__:
        thing = getattr(convbp, name)
        assert thing.__doc__, f"{name} has no docstring"
        if callable(thing) and not isinstance(thing, type):
            assert ">>> " in thing.__doc__, f"{name} has no example"
