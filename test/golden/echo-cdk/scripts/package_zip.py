#!/usr/bin/env python3
"""Build dist/function.zip: what Lambda unpacks to /var/task, for Lambda's platform, not this one.

Packages come as wheels for the target, in the versions of the lock; nothing is compiled from
source. Their tests are left out, everything is compiled to byte code, and the finished zip is
unpacked again and called once. The same input gives the same bytes.

Ends with 1, and says what to do, when the zip is larger than Lambda takes or does not work.
"""

import compileall
import importlib.util
import platform
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PYTHON = "3.13"
PLATFORM = "x86_64-manylinux_2_28"
MACHINE = "x86_64"

# Your own folders and modules that the function imports stand beside app.
OWN = ["app"]
NOT_SHIPPED = ["model/cases.json"]

# Never imported by a running function. Byte code is made anew below.
PRUNED = [
    ".lock",
    "bin",
    "**/__pycache__",
    "**/tests",
]

# AWS Lambda quotas, "Deployment package size". What is larger than the second one has to go through
# S3, as `make deploy` does it.
MIB = 1024 * 1024
UNPACKED_LIMIT = 250 * MIB
DIRECT_UPLOAD_LIMIT = 50 * MIB

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "build" / "function"
ZIP = ROOT / "dist" / "function.zip"

# A direct invocation raises when the service would answer 5xx.
SAMPLE_EVENT = "events/direct.json"
TRY_OUT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from app.handler import handler
handler(json.load(sys.stdin), None)
"""


class PackageError(Exception):
    """The package would not work on Lambda; the message says why and what to do."""


def main() -> int:
    try:
        check_python()
        start_afresh()
        install_packages()
        prune()
        copy_own_code()
        check_machine()
        compile_byte_code()
        print_sizes()
        check_size()
        write_zip()
        try_out()
    except PackageError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def check_python() -> None:
    """Byte code is for one minor version: the Python that compiles must be the one that runs."""
    if platform.python_version_tuple()[:2] != tuple(PYTHON.split(".")):
        raise PackageError(
            f"Lambda runs Python {PYTHON}, this is {platform.python_version()}.\n"
            "Run `make setup`, then `make package`."
        )


def start_afresh() -> None:
    """No earlier zip is left behind: what is refused now must not be deployed by mistake."""
    ZIP.unlink(missing_ok=True)
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)


def install_packages() -> None:
    requirements = str(TREE.parent / "requirements.txt")
    run("uv", "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "-o", requirements)
    install(TREE, "--requirements", requirements)


def install(folder: Path, *what: str) -> None:
    target = ["--target", str(folder), "--python-platform", PLATFORM, "--python-version", PYTHON]
    wheels_only = ["--only-binary", ":all:", "--link-mode", "copy"]
    run("uv", "pip", "install", "--quiet", *wheels_only, *target, *what)


def run(script: str, *arguments: str) -> None:
    command = [sys.executable, str(ROOT / "scripts" / f"{script}.py"), *arguments]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise PackageError(
            f"{script} failed, see above.\n"
            "  - No uv.lock yet: run `make setup`.\n"
            f"  - No wheel for {PLATFORM} and Python {PYTHON}: choose a version that has one."
        )


def prune() -> None:
    for pattern in PRUNED:
        for path in sorted(TREE.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def copy_own_code() -> None:
    for name in OWN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, TREE / name)
    for name in NOT_SHIPPED:
        (TREE / name).unlink(missing_ok=True)


def check_machine() -> None:
    """A library for another processor would be found out only by the first call."""
    elf_machine = {"x86_64": 62, "aarch64": 183}[MACHINE]
    for path in files():
        with path.open("rb") as file:
            head = file.read(20)
        if head[:4] == b"\x7fELF" and int.from_bytes(head[18:20], "little") != elf_machine:
            raise PackageError(
                f"{path.relative_to(TREE)} is not for {MACHINE}: build it for {PLATFORM}."
            )


def compile_byte_code() -> None:
    """Without byte code each cold start compiles, which makes imports two to four times slower.

    "Unchecked" means that Python does not compare it with its source's time stamp, which unpacking
    changes. So this has to be the last change to the tree.
    """
    compileall.compile_dir(
        TREE,
        quiet=2,
        workers=0,
        maxlevels=50,
        stripdir=str(TREE),
        prependdir="/var/task",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    sources = [path for path in files() if path.suffix == ".py"]
    missing = [str(path.relative_to(TREE)) for path in sources if not has_byte_code(path)]
    if missing:
        raise PackageError("These do not compile:\n  " + "\n  ".join(missing))


def has_byte_code(source: Path) -> bool:
    unchecked = (0b01).to_bytes(4, "little")
    of_source = importlib.util.source_hash(source.read_bytes())
    compiled = Path(importlib.util.cache_from_source(str(source)))
    header = importlib.util.MAGIC_NUMBER + unchecked + of_source
    return compiled.exists() and compiled.read_bytes().startswith(header)


def files() -> Iterator[Path]:
    return (path for path in sorted(TREE.rglob("*")) if path.is_file())


def sizes() -> dict[str, int]:
    """Bytes by top-level folder, the largest first; "numpy.libs" counts as numpy."""
    found: Counter[str] = Counter()
    for path in files():
        found[path.relative_to(TREE).parts[0].removesuffix(".libs")] += path.stat().st_size
    return dict(found.most_common())


def print_sizes() -> None:
    found = sizes()
    fattest = list(found.items())[:10]
    rest = sum(found.values()) - sum(size for _, size in fattest)
    print(f"Unpacked, for {PLATFORM} and Python {PYTHON}:")
    for name, size in [*fattest, ("everything else", rest), ("together", sum(found.values()))]:
        print(f"  {size / MIB:7.1f} MiB  {name}")


def check_size() -> None:
    total = sum(sizes().values())
    if total > UNPACKED_LIMIT:
        raise PackageError(
            f"{total / MIB:.0f} MiB unpacked: Lambda takes {UNPACKED_LIMIT // MIB} MiB in a zip.\n"
            "The largest are listed above. Either\n"
            "  - remove from pyproject.toml what app/ does not import: `make lock setup package`,\n"
            "  - ship an image, up to 10 GB:\n"
            "      npm create lambda-model@latest -- update --packaging image\n"
            "  - or export the model to ONNX: its runtime with numpy needs about 80 MiB."
        )


def write_zip() -> None:
    """Sorted names, one time stamp, plain modes: the same tree always gives the same bytes."""
    ZIP.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files():
            entry = zipfile.ZipInfo(path.relative_to(TREE).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Readable by the user that Lambda runs the function as, whatever the umask was here.
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, path.read_bytes())
    size = ZIP.stat().st_size
    print(f"{ZIP.relative_to(ROOT)}: {size / MIB:.1f} MiB")
    if size > DIRECT_UPLOAD_LIMIT:
        print("  Too large to be uploaded to Lambda directly: `make deploy` goes through S3.")


def try_out() -> None:
    """Call the handler once from the finished zip, with nothing else to import from."""
    if sys.platform != "linux" or platform.machine() != MACHINE:
        print(f"Not tried out: this is {sys.platform} {platform.machine()}, not linux {MACHINE}.")
        return
    event = (ROOT / SAMPLE_EVENT).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(ZIP) as archive:
            archive.extractall(folder)
        # -I and -S: neither the project's environment nor PYTHONPATH can lend a hand.
        command = [sys.executable, "-I", "-S", "-c", TRY_OUT, folder]
        tried = subprocess.run(command, input=event, cwd=folder)
    if tried.returncode != 0:
        ZIP.unlink()
        raise PackageError("The zip does not work, see above. It holds\n  " + "\n  ".join(tree()))
    print("Tried out: the zip alone answers.")


def tree() -> list[str]:
    """The packages by name, your own folders with what is in them: a missing one shows."""
    inside = (path.relative_to(TREE).parts for path in files())
    names = {"/".join(parts[:2]) if parts[0] in OWN else parts[0] for parts in inside}
    return sorted(name for name in names if not name.endswith((".dist-info", "__pycache__")))


if __name__ == "__main__":
    sys.exit(main())
