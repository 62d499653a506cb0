"""Every event in events/ gets the answer that stands beside it.

Where an event has no NAME.answer.json yet, its answer must at least be a good one. Run
`python -m scripts.record_cases` to record what the model answers now.
"""

import json
from typing import Any

import pytest

from tests.samples import EVENTS, call, event, is_same

NAMES = sorted(path.stem for path in EVENTS.glob("*.json") if not path.stem.endswith(".answer"))


def with_open_body(answer: Any) -> Any:
    """The body is a string: compare what it says, not how its numbers are spelt."""
    if isinstance(answer, dict) and isinstance(answer.get("body"), str):
        return answer | {"body": json.loads(answer["body"])}
    return answer


@pytest.mark.parametrize("name", NAMES)
def test_event(name: str) -> None:
    answer = call(event(name))
    if (EVENTS / f"{name}.answer.json").exists():
        assert is_same(with_open_body(answer), with_open_body(event(f"{name}.answer")))
    else:
        members = answer if isinstance(answer, dict) else {}
        assert members.get("statusCode", 200) == 200
        assert "status" not in members
