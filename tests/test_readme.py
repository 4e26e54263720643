"""The README's eight lines run, and print what stands beside them."""

import re
from ast import literal_eval
from pathlib import Path

import numpy as np

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_lines_compute_what_their_comments_say():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, np.ndarray] = {}
    exec(code, names)
    checked = 0
    for line in code.splitlines():
        statement, _, comment = line.partition("#")
        values = re.findall(r"\[+[-\d., ]+\]+", comment)
        assigned = [name.strip() for name in statement.split("=")[0].split(",")]
        if values:
            for name, value in zip(assigned, values, strict=True):
                np.testing.assert_array_equal(names[name], literal_eval(value))
                checked += 1
    assert checked == 4


def test_the_pictures_it_shows_exist():
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert shown
    assert all((Path(__file__).parents[1] / path).is_file() for path in shown)
