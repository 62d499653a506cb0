#!/usr/bin/env python3
"""Run uv: the one on this machine, or else the project's own, put into .tools/ the first time.

    python3 scripts/uv.py sync

Runs with any Python from 3.8 on; uv then finds or fetches the one that .python-version names.
"""

import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "0.13.8"
TOOLS = Path(__file__).resolve().parent.parent / ".tools"


def main() -> int:
    try:
        uv = uv_on_this_machine() or own_uv()
    except subprocess.CalledProcessError as error:
        print(
            f"uv could not be installed ({' '.join(error.cmd)} failed).\n"
            "Install it by hand, then try again: https://docs.astral.sh/uv/getting-started/installation/",
            file=sys.stderr,
        )
        return 1
    return subprocess.run([uv, *sys.argv[1:]]).returncode


def uv_on_this_machine() -> "str | None":
    """Only if it runs: pyenv leaves a `uv` on the path that refuses some folders."""
    uv = shutil.which("uv")
    works = uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0
    return uv if works else None


def own_uv() -> str:
    uv = TOOLS / "bin" / "uv"
    if not uv.exists():
        pip = [sys.executable, "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True).returncode != 0:
            # A Python without pip may still know how to make an environment that has it.
            subprocess.run([sys.executable, "-m", "venv", str(TOOLS / "python")], check=True)
            pip = [str(TOOLS / "python" / "bin" / "python"), "-m", "pip"]
        print(f"No uv on this machine: uv {VERSION} goes into .tools/", file=sys.stderr)
        install = [*pip, "install", "--quiet", "--target", str(TOOLS), f"uv=={VERSION}"]
        subprocess.run(install, check=True)
    return str(uv)


if __name__ == "__main__":
    sys.exit(main())
