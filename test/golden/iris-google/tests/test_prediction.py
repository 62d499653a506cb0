"""What clients see of one prediction."""

import json

import pytest

from app import MODEL
from app.prediction import SHOWN, TOP, shown
from app.problem import Problem
from tests.samples import call, event

CLASSES = MODEL["classes"] or []
SUM = sum(range(len(CLASSES) + 1))
SHARES = [(at + 1) / SUM for at in range(len(CLASSES))]
ONE = {"label": CLASSES[-1], "probabilities": SHARES}


def probabilities(query: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = shown([ONE], query)[0]["probabilities"]
    return found


def test_all_classes_are_shown_unless_they_are_many() -> None:
    assert len(probabilities({})) == (len(CLASSES) if len(CLASSES) <= SHOWN else TOP)


def test_labels_become_text_as_json_has_it() -> None:
    texts = {label if isinstance(label, str) else json.dumps(label) for label in CLASSES}
    assert probabilities({"top": "1000"}).keys() == texts


def test_top_shows_the_most_probable_ones_best_first() -> None:
    best = probabilities({"top": "2"})
    assert list(best.values()) == sorted(SHARES, reverse=True)[:2]


@pytest.mark.parametrize("top", ["0", "-1", "two", "", "1.5"])
def test_top_is_a_number_from_1(top: str) -> None:
    with pytest.raises(Problem, match="top"):
        shown([ONE], {"top": top})


def test_the_query_of_a_request_is_heeded() -> None:
    assert call(event("http") | {"query": {"top": "0"}})["statusCode"] == 422
