"""GET /schema describes what the service really takes and answers."""

import json
from typing import Any

from app.api import respond
from app.request import Request
from app.routes import PREDICT, ROUTES, VALIDATE
from tests.samples import BODY, post


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
    assert document["paths"].keys() == ROUTES.keys()


def test_every_reference_leads_somewhere() -> None:
    document = described()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) == known


def test_what_a_picture_was_understood_as_is_described() -> None:
    schemas = described()["components"]["schemas"]
    status, _answer = post(json.loads(BODY))
    assert status == 200
    understood = respond(Request("POST", VALIDATE, BODY)).document
    item = schemas["Understood"]["properties"]["instances"]["items"]
    assert understood["instances"][0].keys() == item["properties"].keys()
    assert PREDICT in described()["paths"]
