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


def test_an_answer_is_what_is_described() -> None:
    document = described()
    assert PREDICT in document["paths"]
    for rows in (ROWS, ROWS[0]):
        status, answer = post(rows)
        assert status == 200
        assert fits(answer, document["components"]["schemas"]["Answer"])
    assert not fits(post({})[1], document["components"]["schemas"]["Answer"])


def fits(part: Any, schema: dict[str, Any]) -> bool:
    """As much of JSON Schema as answers are described with."""
    if "anyOf" in schema:
        return any(fits(part, one) for one in schema["anyOf"])
    if "enum" in schema:
        return part in schema["enum"]
    if schema["type"] == "array":
        return isinstance(part, list) and all(fits(one, schema["items"]) for one in part)
    if schema["type"] == "object":
        members = schema.get("properties", {})
        others = schema.get("additionalProperties", {})
        return (
            isinstance(part, dict)
            and set(schema.get("required", [])) <= part.keys()
            and all(fits(part[name], members.get(name, others)) for name in part)
        )
    return isinstance(part, {"number": int | float, "string": str}[schema["type"]])
