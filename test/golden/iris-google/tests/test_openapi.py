"""GET /schema is an OpenAPI document of every route."""

import json
from typing import Any

from app.api import respond
from app.request import Request
from app.routes import PREDICT, ROUTES


def described() -> dict[str, Any]:
    response = respond(Request("GET", "/schema", b""))
    assert response.status == 200
    document: dict[str, Any] = json.loads(response.body)
    return document


def test_it_is_openapi_with_every_route() -> None:
    document = described()
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= document["info"].keys()
    assert PREDICT in document["paths"]
    assert document["paths"].keys() == ROUTES.keys()
    assert all(
        method["responses"] for path in document["paths"].values() for method in path.values()
    )


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in references(value)]
    if isinstance(part, list):
        return [one for value in part for one in references(value)]
    return []


def test_every_reference_leads_somewhere() -> None:
    document = described()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) == known


def test_a_problem_is_what_is_described() -> None:
    schema = described()["components"]["schemas"]["Problem"]
    problem = respond(Request("POST", PREDICT, b"{")).document
    assert set(schema["required"]) <= problem.keys() <= schema["properties"].keys()
