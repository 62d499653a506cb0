"""GET /schema describes what the service really takes and answers."""

import json
from typing import Any

from app import routes
from app.api import respond
from app.request import Request
from app.routes import PREDICT
from tests.samples import ROWS, post


def described() -> dict[str, Any]:
    response = respond(Request("GET", "/schema", b""))
    assert response.status == 200
    document: dict[str, Any] = json.loads(response.body)
    return document


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in references(value)]
    if isinstance(part, list):
        return [one for value in part for one in references(value)]
    return []


def test_it_is_openapi_with_every_route() -> None:
    document = described()
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= document["info"].keys()
    assert document["paths"].keys() == routes.ROUTES.keys()
    assert all(
        method["responses"] for path in document["paths"].values() for method in path.values()
    )


def test_every_reference_leads_somewhere() -> None:
    document = described()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) == known


def test_a_row_has_the_features_that_are_checked() -> None:
    row = described()["components"]["schemas"]["Row"]
    assert row["required"] == list(row["properties"]) == routes.accepted.names


def test_an_answer_has_the_members_that_are_described() -> None:
    described_answer = described()["components"]["schemas"]["Answer"]
    status, answer = post(ROWS)
    assert status == 200
    assert set(described_answer["required"]) <= answer.keys()
    prediction = described_answer["properties"]["predictions"]["items"]
    assert all(set(prediction["required"]) <= one.keys() for one in answer["predictions"])
    assert PREDICT in described()["paths"]
