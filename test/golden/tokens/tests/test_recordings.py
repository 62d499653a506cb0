"""What scripts/record_cases.py writes, and what it leaves alone."""

import json
from pathlib import Path

import pytest

from scripts import recordings


def test_what_differs_by_rounding_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(value: float) -> str:
        answer = {"statusCode": 200, "body": json.dumps({"value": value})}
        recordings.write(path, answer)
        return path.read_text(encoding="utf-8")

    monkeypatch.setattr(recordings, "ROOT", tmp_path)
    path = tmp_path / "http.answer.json"
    first = '{"statusCode": 200, "body": "{\\"value\\":0.3}"}'
    path.write_text(first, encoding="utf-8")
    assert written(0.1 + 0.2) == first
    assert written(0.4) != first
