"""The ledger: which test proves which numbered equation of the book.

An equation is a label `eq-…` in a page of the book. A test is bound to it by the mark
`@pytest.mark.equation("eq-…", exact=True)` or `@pytest.mark.equation("eq-…", tolerance="1e-12 relative")`. Both sides
are read as text, so this module imports neither the book nor the tests; the Sphinx page and tests/test_ledger.py ask
the same functions.

    python tools/ledger.py    print the numbers, and every equation or test that stands alone
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
TESTS = ROOT / "tests" / "equations"

# A fence may be longer than three signs, and options may stand before the label.
DIRECTIVE = re.compile(
    r"^[ \t]*(?:`{3,}|:{3,})\{math\}[^\n]*\n(?:[ \t]*:(?!label:)[^\n]*\n)*[ \t]*:label:[ \t]*(eq-[\w-]+)", re.MULTILINE
)
DOLLARS = re.compile(r"\$\$\s*\((eq-[\w-]+)\)")


@dataclass(frozen=True)
class Equation:
    """A labelled equation and the page it stands on."""

    label: str
    page: str


@dataclass(frozen=True)
class Proof:
    """A test that names an equation, and how close it must come: "exact" or a tolerance in words."""

    label: str
    test: str
    closeness: str


def page_text(path: Path) -> str:
    """Return the Markdown of a page; of a notebook, its Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def equations(book: Path = BOOK) -> list[Equation]:
    """List the labelled equations of the book, page by page, in the order of the text."""
    pages = sorted(path for path in book.glob("*") if path.suffix in {".md", ".ipynb"})
    found = []
    for page in pages:
        text = page_text(page)
        matches = sorted([*DIRECTIVE.finditer(text), *DOLLARS.finditer(text)], key=lambda match: match.start())
        found += [Equation(match[1], page.stem) for match in matches]
    return found


def closeness(call: ast.Call) -> str:
    """Read `exact=True` or `tolerance="…"` from a mark; anything else is an error."""
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    match given:
        case {"exact": True, **rest} if not rest:
            return "exact"
        case {"tolerance": str(words), **rest} if words and not rest:
            return words
    raise ValueError(f"equation mark must have exact=True or tolerance='…'; got {ast.unparse(call)}")


def equation_marks(decorated: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield label and closeness of each equation mark on a function or class."""
    for decorator in getattr(decorated, "decorator_list", []):
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.equation":
            match decorator.args:
                case [ast.Constant(value=str(label))]:
                    yield label, closeness(decorator)
                case _:
                    raise ValueError(f"equation mark must name one label; got {ast.unparse(decorator)}")


def test_functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the test functions of a file, at its top level or in a class."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def proofs(tests: Path = TESTS) -> list[Proof]:
    """List every pair of a test and an equation that it names."""
    return [
        Proof(label, f"{path.name}::{function.name}", how)
        for path in sorted(tests.rglob("test_*.py"))
        for function in test_functions(path)
        for label, how in equation_marks(function)
    ]


def problems(book: Path = BOOK, tests: Path = TESTS) -> list[str]:
    """Say what breaks the rule "each equation has a test, each test an equation", one sentence each."""
    labels = Counter(equation.label for equation in equations(book))
    bound = proofs(tests)
    named = {proof.label for proof in bound}
    marked = {proof.test for proof in bound}
    files = sorted(tests.rglob("test_*.py"))
    functions = [f"{path.name}::{function.name}" for path in files for function in test_functions(path)]
    return (
        [f"{label} stands {count} times in the book" for label, count in labels.items() if count > 1]
        + [f"{label} has no test" for label in labels if label not in named]
        + [f"{proof.test} names {proof.label}, which is no equation" for proof in bound if proof.label not in labels]
        + [f"{function} names no equation" for function in functions if function not in marked]
    )


def main() -> int:
    bound = proofs()
    tests = {proof.test for proof in bound}
    exact = sum(proof.closeness == "exact" for proof in bound)
    print(f"{len(equations())} labelled equations, {len(tests)} tests, {len(bound)} bindings ({exact} exact)")
    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
