"""GET /schema describes what the service really takes and answers."""

import json

from app.api import respond
from app.request import Request
from app.routes import accepted
from tests.samples import BODY, post

SCHEMAS = json.loads(respond(Request("GET", "/schema", b"")).body)["components"]["schemas"]


def test_every_tensor_is_described_with_its_type() -> None:
    inputs = SCHEMAS["Request"]["properties"]["inputs"]["items"]["anyOf"]
    assert [one["properties"]["name"]["const"] for one in inputs] == list(accepted.inputs)
    sent = {one["name"]: one["datatype"] for one in json.loads(BODY)["inputs"]}
    for one in inputs:
        name, datatype = (one["properties"][part]["const"] for part in ("name", "datatype"))
        assert sent[name] == datatype
        assert one["properties"]["shape"].get("prefixItems") != []  # of a scalar: not allowed


def test_an_answer_is_what_is_described() -> None:
    _status, answer = post(json.loads(BODY))
    assert set(SCHEMAS["Answer"]["required"]) == answer.keys()
    outputs = SCHEMAS["Answer"]["properties"]["outputs"]["items"]["anyOf"]
    for tensor, one in zip(answer["outputs"], outputs, strict=True):
        assert tensor.keys() == set(one["required"])
        assert tensor["datatype"] == one["properties"]["datatype"]["const"]
