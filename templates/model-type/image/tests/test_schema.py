"""GET /schema describes what the service really takes and answers."""

import json

from app.api import respond
from app.request import Request
from app.routes import VALIDATE
from tests.samples import BODY, post

SCHEMAS = json.loads(respond(Request("GET", "/schema", b"")).body)["components"]["schemas"]


def test_what_a_picture_was_understood_as_is_described() -> None:
    status, _answer = post(json.loads(BODY))
    assert status == 200
    understood = respond(Request("POST", VALIDATE, BODY)).document
    item = SCHEMAS["Understood"]["properties"]["instances"]["items"]
    assert understood["instances"][0].keys() == item["properties"].keys()
