"""The third-party scripts that the built book serves itself: make them again, or check that they are intact.

The book must work without a network, and its build must work without Node, so the files are committed. This script is
the record of where they come from: npm packages at exact versions, and one wheel that the book installs anyway.

    python tools/vendor.py           make book/static/vendor again (needs npm and a network)
    python tools/vendor.py --check   compare every file with its SHA-256 sum in manifest.json
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "book" / "static" / "vendor"
MANIFEST = "manifest.json"

# npm package, version, where its files go, and which of them: a path in the package, or a folder and a suffix.
NPM = [
    ("mathjax", "3.2.2", "mathjax", "package/es5", ["tex-chtml.js"]),
    ("mathjax", "3.2.2", "mathjax", "package/es5", ["input/tex/extensions/*.js"]),
    ("mathjax", "3.2.2", "mathjax", "package/es5", ["output/chtml/fonts/woff-v2/*.woff"]),
    ("mathjax", "3.2.2", "mathjax", "package", ["LICENSE"]),
    ("requirejs", "2.3.7", "requirejs", "package", ["require.js"]),
    ("@jupyter-widgets/html-manager", "1.0.15", "html-manager", "package/dist", ["embed-amd.js", "*.woff2"]),
]
# A bundle of every TeX extension, each of which is present on its own.
UNUSED = {"mathjax/input/tex/extensions/all-packages.js"}


def sha256(path: Path) -> str:
    """Return the SHA-256 sum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def vendored(folder: Path) -> Iterator[Path]:
    """Yield every file below `folder` but the manifest."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST)


def problems(folder: Path) -> list[str]:
    """Compare the files below `folder` with its manifest, one sentence for each difference."""
    manifest_path = folder / MANIFEST
    if not manifest_path.is_file():
        return [f"{MANIFEST} is missing"]
    sums: dict[str, str] = json.loads(manifest_path.read_text())["files"]
    found = {path.relative_to(folder).as_posix(): sha256(path) for path in vendored(folder)}
    missing = [f"{name} is missing" for name in sums.keys() - found.keys()]
    extra = [f"{name} is not in the manifest" for name in found.keys() - sums.keys()]
    changed = [f"{name} has changed" for name in sums.keys() & found.keys() if sums[name] != found[name]]
    return sorted(missing + extra + changed)


def fetch(package: str, version: str, folder: Path) -> Path:
    """Unpack an npm package into a folder of its own and return that folder."""
    target = folder / f"{package.replace('/', '-')}-{version}"
    if not target.exists():
        command = ["npm", "pack", "--silent", f"{package}@{version}"]
        name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
        with tarfile.open(folder / name) as archive:
            archive.extractall(target, filter="data")
    return target


def copy(source: Path, patterns: Iterable[str], target: Path) -> None:
    """Copy the files that match, keeping their folders."""
    for pattern in patterns:
        matched = sorted(source.glob(pattern))
        if not matched:
            raise SystemExit(f"no file matches {pattern} in {source.name}")
        for path in matched:
            copied = target / path.relative_to(source)
            if copied.relative_to(target.parent).as_posix() not in UNUSED:
                copied.parent.mkdir(parents=True, exist_ok=True)
                copied.write_bytes(path.read_bytes())


def anywidget_folder() -> Path:
    """Return the folder of the installed anywidget package, without importing it."""
    spec = importlib.util.find_spec("anywidget")
    if spec is None or spec.origin is None:
        raise SystemExit("anywidget must be installed to vendor its browser module")
    return Path(spec.origin).parent


def make(folder: Path) -> None:
    """Fill `folder` from the packages named above and write its manifest."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        for package, version, name, root, patterns in NPM:
            copy(fetch(package, version, Path(scratch)) / root, patterns, folder / name)
    copy(anywidget_folder() / "nbextension", ["index.js"], folder / "anywidget")
    versions = {f"npm:{package}": version for package, version, *_ in NPM}
    versions["pypi:anywidget"] = importlib.metadata.version("anywidget")
    sums = {path.relative_to(folder).as_posix(): sha256(path) for path in vendored(folder)}
    size = sum(path.stat().st_size for path in vendored(folder))
    manifest = {"packages": versions, "bytes": size, "files": sums}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    print(f"{len(sums)} files, {size / 1e6:.1f} MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare the files with the manifest, write nothing")
    arguments = parser.parse_args()
    if not arguments.check:
        make(VENDOR)
    found = problems(VENDOR)
    for problem in found:
        print(f"book/static/vendor: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
