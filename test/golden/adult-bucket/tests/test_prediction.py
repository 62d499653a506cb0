"""What clients see of one prediction."""

from app.prediction import shown


def test_each_row_gets_one() -> None:
    likely = {"label": "no", "probabilities": [0.75, 0.25]}
    assert shown([likely, likely], {}) == [0.25, 0.25]
