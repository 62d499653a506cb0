#!/usr/bin/env python3
"""Build dist/function.zip: the source from which Google's buildpack builds the service.

Holds your own code, the model and requirements.txt: the lock's versions and hashes in the form that
the buildpack takes. Google installs the packages, for its own platform. gcloud uploads the same
files from this folder (.gcloudignore); the zip is for other tools. The same input gives the same
bytes.

Ends with 1, and says what to do, when requirements.txt does not hold what pyproject.toml asks for.
"""

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

# Your own folders and modules that the service imports stand here, and in .gcloudignore.
OWN = ["main.py", "app", "model"]
NOT_SHIPPED = ["model/cases.json"]

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"
ZIP = ROOT / "dist" / "function.zip"


class PackageError(Exception):
    """Google could not build from this; the message says why and what to do."""


def main() -> int:
    ZIP.unlink(missing_ok=True)
    try:
        export_lock()
        check(ROOT / "pyproject.toml", REQUIREMENTS)
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    write_zip(ZIP)
    print(f"wrote {ZIP.relative_to(ROOT)}: {ZIP.stat().st_size / 1024 / 1024:.1f} MiB")
    return 0


def export_lock() -> None:
    how = ["scripts/uv.py", "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project"]
    command = [sys.executable, *how, "--no-annotate", "--output-file", REQUIREMENTS.name]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode != 0:
        raise PackageError("The lock cannot be read: run `make lock setup`, then `make package`.")


def check(pyproject: Path, requirements: Path) -> None:
    """What is deployed is what pyproject.toml asks for: nothing missing, no other version."""
    if not requirements.exists():
        raise PackageError(f"There is no {requirements.name}: run `make setup`.")
    locked = set(pinned(requirements.read_text(encoding="utf-8").splitlines()))
    names = {name for name, _version in locked}
    asked = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["dependencies"]
    pins = [pin for pin in pinned(asked) if pin not in locked]
    wrong = [f"{name}=={version}" for name, version in pins]
    wrong += [line for line in asked if name_of(line) not in names | linked(requirements)]
    if wrong:
        raise PackageError(
            f"{requirements.name} does not hold what pyproject.toml asks for: {', '.join(wrong)}.\n"
            "Run `make lock setup`, then `make package`."
        )


def pinned(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;,\\]+)", line)
        if found:
            yield name_of(line), found[2]


def linked(requirements: Path) -> set[str]:
    """Names of packages that come from an address: NAME @ https://…"""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return {name_of(line) for line in lines if re.match(r"[A-Za-z0-9._-]+(\[.*\])? ?@", line)}


def name_of(line: str) -> str:
    """As the package index spells it."""
    found = re.match(r"[A-Za-z0-9._-]+", line)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def files() -> Iterator[Path]:
    for name in [*OWN, REQUIREMENTS.name]:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            is_own = "__pycache__" not in file.parts
            if is_own and file.is_file() and str(file.relative_to(ROOT)) not in NOT_SHIPPED:
                yield file


def write_zip(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files():
            entry = zipfile.ZipInfo(str(file.relative_to(ROOT)), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
