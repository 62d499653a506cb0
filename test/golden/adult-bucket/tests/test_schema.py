"""GET /schema describes what the service really takes and answers."""

import json
from typing import Any

from app.api import respond
from app.request import Request
from app.routes import accepted
from tests.samples import ROWS, post

SCHEMAS = json.loads(respond(Request("GET", "/schema", b"")).body)["components"]["schemas"]


def test_a_row_has_the_features_that_are_checked() -> None:
    row = SCHEMAS["Row"]
    assert row["required"] == list(row["properties"]) == accepted.names


def test_an_answer_is_what_is_described() -> None:
    for rows in (ROWS, ROWS[0]):
        status, answer = post(rows)
        assert status == 200
        assert fits(answer, SCHEMAS["Answer"])
    assert not fits(post({})[1], SCHEMAS["Answer"])


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
