"""How probabilities are named and how many of them are shown."""

import json

import pytest

from app import MODEL
from app.answer import SHOWN, TOP
from app.api import respond
from app.request import Request
from app.routes import PREDICT
from tests.samples import ROWS

CLASSES = MODEL["classes"] or []


def shown(query: dict[str, str]) -> dict[str, float]:
    response = respond(Request("POST", PREDICT, json.dumps(ROWS[:1]).encode(), query=query))
    assert response.status == 200
    probabilities: dict[str, float] = response.document["predictions"][0]["probabilities"]
    return probabilities


def test_all_classes_are_shown_unless_they_are_many() -> None:
    assert len(shown({})) == (len(CLASSES) if len(CLASSES) <= SHOWN else TOP)


def test_labels_become_text_as_json_has_it() -> None:
    texts = {label if isinstance(label, str) else json.dumps(label) for label in CLASSES}
    assert shown({"top": "1000"}).keys() == texts


def test_top_shows_the_most_probable_ones_best_first() -> None:
    everything = shown({"top": "1000"})
    best = shown({"top": "2"})
    assert list(best.values()) == sorted(everything.values(), reverse=True)[:2]


@pytest.mark.parametrize("top", ["0", "-1", "two", "", "1.5"])
def test_top_is_a_number_from_1(top: str) -> None:
    body = json.dumps(ROWS).encode()
    assert respond(Request("POST", PREDICT, body, query={"top": top})).status == 422
