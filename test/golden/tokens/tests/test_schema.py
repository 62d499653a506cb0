"""GET /schema describes what the service really takes and answers."""

import json
from typing import Any

from app.api import respond
from app.request import Request
from app.routes import ROUTES, accepted
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


def test_every_tensor_is_described_with_its_type() -> None:
    schemas = described()["components"]["schemas"]
    inputs = schemas["Request"]["properties"]["inputs"]["items"]["anyOf"]
    assert [one["properties"]["name"]["const"] for one in inputs] == list(accepted.inputs)
    sent = {one["name"]: one["datatype"] for one in json.loads(BODY)["inputs"]}
    for one in inputs:
        name, datatype = (one["properties"][part]["const"] for part in ("name", "datatype"))
        assert sent[name] == datatype
        assert one["properties"]["shape"].get("prefixItems") != []  # of a scalar: not allowed


def test_an_answer_is_what_is_described() -> None:
    schemas = described()["components"]["schemas"]
    _status, answer = post(json.loads(BODY))
    assert set(schemas["Answer"]["required"]) == answer.keys()
    outputs = schemas["Answer"]["properties"]["outputs"]["items"]["anyOf"]
    for tensor, one in zip(answer["outputs"], outputs, strict=True):
        assert tensor.keys() == set(one["required"])
        assert tensor["datatype"] == one["properties"]["datatype"]["const"]
