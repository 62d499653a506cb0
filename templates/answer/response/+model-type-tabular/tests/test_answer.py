"""The document that clients get for their rows."""

import json
from typing import Any

import pytest

from app import answer
from app.problem import Problem
from tests.samples import post


@pytest.fixture(autouse=True)
def given_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """document() is given what prediction.py would show."""
    monkeypatch.setattr(answer, "shown", lambda predictions, _query: predictions)


@pytest.mark.parametrize(
    ("value", "text"), [(0.25, "0.25"), ("setosa", "setosa"), (True, "true"), (-1, "-1")]
)
def test_one_row_gets_a_text_and_several_a_list(value: Any, text: str) -> None:
    assert answer.document([value], {}) == {"success": True, "response": text}
    assert answer.document([value, value], {})["response"] == [text, text]


def test_a_number_keeps_all_its_digits() -> None:
    assert json.loads(answer.document([0.1 + 0.2], {})["response"]) == 0.1 + 0.2  # type: ignore[list-item]


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_what_is_not_a_number_is_no_answer(value: Any) -> None:
    with pytest.raises(Problem, match="finite"):
        answer.document([value], {})


def test_what_cannot_be_answered_says_so() -> None:
    status, problem = post({})
    assert status == 422
    assert problem["success"] is False
    assert problem["errors"]
