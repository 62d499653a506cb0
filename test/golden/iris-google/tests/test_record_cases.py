"""Rows of one's own go into the events as those before them."""

import pytest

from scripts.record_cases import events_with_rows, with_rows
from tests.samples import ROWS, call, event


@pytest.mark.parametrize("name", events_with_rows())
def test_other_rows_keep_the_form_of_their_event(name: str) -> None:
    assert call(with_rows(event(name), ROWS)) == call(event(name))
