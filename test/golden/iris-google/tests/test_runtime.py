"""ONNX Runtime itself: it computes, and does nothing else."""

import os
import subprocess
import sys
from pathlib import Path

from tests.samples import ROOT


def test_it_keeps_and_reports_nothing(tmp_path: Path) -> None:
    # CI is one of the variables that keep it quiet, which a function does not have.
    told = {"CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY"}
    variables = {name: value for name, value in os.environ.items() if name not in told}
    done = subprocess.run(
        [sys.executable, "-c", "import main; main.app.startup.ready()"],
        cwd=ROOT,
        env=variables | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert done.returncode == 0
    assert not list(tmp_path.iterdir())
