"""The document that clients get for their rows."""

from typing import Any

import pytest

from app import answer


@pytest.mark.parametrize("value", [0.25, "setosa", [1.5, 2.5]])
def test_one_row_gets_the_value_itself(monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    monkeypatch.setattr(answer, "shown", lambda predictions, _query: predictions)
    assert answer.document([value], {}) == value
    assert answer.document([value, value], {}) == [value, value]
