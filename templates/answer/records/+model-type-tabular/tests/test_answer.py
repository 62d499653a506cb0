"""The document that clients get for their rows."""

from tests.samples import ROWS, post


def test_every_answer_is_a_bare_list_of_objects() -> None:
    for rows in (ROWS, ROWS[:1]):
        status, answer = post(rows)
        assert status == 200
        assert isinstance(answer, list)
        assert all(isinstance(record, dict) for record in answer)
