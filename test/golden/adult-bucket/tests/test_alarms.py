"""The pattern that counts failed calls in the log, held against lines that the service writes."""

import json
import re
from pathlib import Path

import pytest

from app.api import respond
from app.request import Request
from app.routes import PREDICT, ROUTES

DEPLOYED = Path(__file__).resolve().parent.parent / "template.yaml"


def is_counted(line: str) -> bool:
    """As CloudWatch matches a line of JSON."""
    files = sorted(DEPLOYED.glob("*")) or sorted(DEPLOYED.parent.glob(f"*{DEPLOYED.suffix}"))
    deployed = "".join(file.read_text("utf-8") for file in files)
    pattern = re.search(r"\{ \$\.(\w+) >= (\d+) \}", deployed)
    assert pattern, "no metric filter"
    value = json.loads(line).get(pattern[1])
    return value is not None and value >= int(pattern[2])


def test_a_failure_is_counted_once_and_a_refusal_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("a bug")

    respond(Request("GET", "/nothing", b""))
    monkeypatch.setitem(ROUTES[PREDICT], "POST", broken)
    respond(Request("POST", PREDICT, b"{}"))
    refused, failed = capsys.readouterr().out.splitlines()
    assert not is_counted(refused)
    assert is_counted(failed)
