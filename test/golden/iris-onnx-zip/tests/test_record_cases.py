"""Rows of one's own go into the events as those before them."""

import pytest

from scripts.record_cases import reformed
from scripts.recordings import changed, events_with_inputs
from tests.samples import ROWS, call, event


@pytest.mark.parametrize("name", events_with_inputs())
def test_other_rows_keep_the_form_of_their_event(name: str) -> None:
    other = changed(event(name), lambda document: reformed(document, ROWS))
    assert call(other) == call(event(name))
