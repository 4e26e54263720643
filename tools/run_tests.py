"""Everything that must hold, stage by stage, with one verdict at the end. `make test` calls this.

Every stage runs, even after one has failed. What could not be checked on this machine is named before the verdict; on a
build server (CI=true) it is a failure.

    python tools/run_tests.py [stage …]    without names: all of them
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from environment import ROOT, environment

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PYTHON = sys.executable
PYTEST = (PYTHON, "-m", "pytest", "-q")
TOOLS = (
    "tests/test_glossary.py",
    "tests/test_ledger.py",
    "tests/test_print.py",
    "tests/test_rows.py",
    "tests/test_tools.py",
)
# The tests of the library: all but those of the book's tools and of the built pages.
LIBRARY = ("tests", "--ignore=tests/browser", *(f"--ignore={name}" for name in TOOLS))
TWO_AT_A_TIME = ("--numprocesses=2", "--dist=loadfile")
NBVAL = (
    "--nbval",
    "--nbval-current-env",
    "--nbval-sanitize-with=tests/nbval_sanitize.cfg",
    "--nbval-cell-timeout=240",
)


@dataclass(frozen=True)
class Stage:
    """One command, and whether it is a run of pytest that can be counted."""

    name: str
    command: tuple[str, ...]
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        return self.command[: len(PYTEST)] == PYTEST


STAGES = [
    Stage("ruff", (PYTHON, "-m", "ruff", "check", ".")),
    Stage("mypy", (PYTHON, "-m", "mypy", "--no-error-summary")),
    Stage("vendored files", (PYTHON, "tools/vendor.py", "--check")),
    Stage("stored outputs", (PYTHON, "tools/check_outputs.py")),
    Stage("ledger and tools", (*PYTEST, *TOOLS)),
    Stage("library, compiled", (*PYTEST, *LIBRARY)),
    Stage("library, not compiled", (*PYTEST, *LIBRARY), {"NUMBA_DISABLE_JIT": "1"}),
    Stage("examples", (*PYTEST, "--doctest-modules", "convbp")),
    Stage("chapters", (*PYTEST, *NBVAL, *TWO_AT_A_TIME, "book")),
    Stage("book", ("jupyter-book", "build", "-W", "--keep-going", "--all", "--quiet", "book/")),
    Stage("offline", (PYTHON, "tools/check_offline.py")),
    Stage("browser", (*PYTEST, *TWO_AT_A_TIME, "tests/browser")),
]


def unchecked() -> Iterator[str]:
    """Name what was not checked; that PyTorch is missing without a word of it fails tests of its own."""
    if os.environ.get("CONVBP_NO_JUDGE") == "1":
        yield "the outside judge was left out (JUDGE=0): no result was compared with PyTorch's"
    if not any(map(shutil.which, BROWSERS)):
        yield "no Chromium was found: the built pages were not opened (Debian: apt-get install chromium)"


def counted(report: Path) -> Counter[str]:
    """Add up the results that pytest wrote."""
    counts: Counter[str] = Counter()
    if report.is_file():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            counts += Counter(passed=tests - failed - skipped, failed=failed, skipped=skipped)
    return counts


def run(stage: Stage, folder: Path) -> tuple[bool, Counter[str]]:
    """Run one stage; print what it said if it failed, and one line with its time."""
    report = folder / f"{stage.name.replace(' ', '-')}.xml"
    command = [*stage.command, f"--junitxml={report}"] if stage.counts else [*stage.command]
    command[0] = shutil.which(command[0], path=f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}") or command[0]
    start = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(**stage.extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    seconds = time.monotonic() - start
    counts = counted(report)
    if done.returncode:
        print(f"\n----- {stage.name} -----\n{done.stdout.rstrip()}\n", flush=True)
    numbers = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {stage.name:<22} {seconds:6.1f} s  {numbers}", flush=True)
    return done.returncode == 0, counts


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check everything that must hold.")
    names = [stage.name for stage in STAGES]
    parser.add_argument("stages", nargs="*", help=f"some of: {', '.join(names)}")
    wanted = parser.parse_args(arguments).stages or names
    if unknown := set(wanted) - set(names):
        parser.error(f"stage must be one of {', '.join(names)}; got {', '.join(sorted(unknown))}")
    start = time.monotonic()
    total: Counter[str] = Counter()
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        for stage in STAGES:
            if stage.name in wanted:
                passed, counts = run(stage, Path(scratch))
                total += counts
                failed += [] if passed else [stage.name]
    missing = list(unchecked())
    for sentence in missing:
        print(f"\n*** NOT CHECKED: {sentence}")
    if missing and os.environ.get("CI") == "true":
        failed.append("something was not checked")
    if failed:
        print(f"\nFAILED: {', '.join(failed)}")
    seconds = time.monotonic() - start
    shown = [word for word in ("failed", "passed", "skipped") if total[word] or word == "passed"]
    summary = ", ".join(f"{total[word]} {word}" for word in shown)
    print(f"\n{f' {summary} in {seconds:.2f}s ':=^100}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
