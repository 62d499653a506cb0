"""The document that clients get for their rows."""

from app import MODEL
from tests.samples import ROWS, post


def test_predictions_come_with_the_model_that_made_them() -> None:
    status, answer = post(ROWS)
    assert status == 200
    assert answer.keys() == {"predictions", "model"}
    assert answer["model"] == {"name": MODEL["name"], "version": MODEL["version"]}
