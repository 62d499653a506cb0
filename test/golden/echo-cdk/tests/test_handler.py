"""Events in every shape that Lambda delivers, and what their senders get."""

import base64
import json
from typing import Any

import pytest

from app.handler import InvocationFailed, handler
from app.routes import PREDICT, ROUTES
from tests.samples import call, event, http_event, opened

DOCUMENT = {"msg": "日本"}
EXPECTED = (200, {"response": "日本", "success": True})
TEXT = json.dumps(DOCUMENT)
IN_BASE64 = base64.b64encode(TEXT.encode()).decode()
SHAPES = ["http-api", "rest-api", "function-url"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("encoded", [False, True])
def test_http_events_are_answered_alike(shape: str, encoded: bool) -> None:
    body = IN_BASE64 if encoded else TEXT
    answer = call(event(shape) | {"body": body, "isBase64Encoded": encoded})
    assert opened(answer) == EXPECTED
    assert answer.keys() == {"statusCode", "headers", "body"}


def test_a_bare_event_gets_a_bare_document() -> None:
    assert call(DOCUMENT) == EXPECTED[1]


@pytest.mark.parametrize("body", [DOCUMENT, TEXT])
def test_an_envelope_is_answered_in_one(body: Any) -> None:
    assert opened(call({"body": body})) == EXPECTED


@pytest.mark.parametrize("path", [PREDICT, ""])
def test_a_stage_in_front_of_the_path_is_not_part_of_it(path: str) -> None:
    v2 = http_event(DOCUMENT, rawPath=f"/prod{path}")
    v2["requestContext"]["stage"] = "prod"
    assert opened(call(v2)) == EXPECTED
    v2["rawPath"] = f"/production{path}"
    assert call(v2)["statusCode"] == 404


@pytest.mark.parametrize("absent", ["headers", "queryStringParameters", "isBase64Encoded"])
def test_a_gateway_may_send_null_or_nothing(absent: str) -> None:
    assert opened(call(http_event(DOCUMENT, **{absent: None}))) == EXPECTED
    sparse = http_event(DOCUMENT)
    sparse.pop(absent, None)
    assert opened(call(sparse)) == EXPECTED


@pytest.mark.parametrize("gateway", [{"stage": "prod"}, {"http": {}}, {"http": None}])
def test_an_event_written_by_hand_may_be_short(gateway: Any) -> None:
    assert opened(call({"requestContext": gateway, "body": TEXT})) == EXPECTED


@pytest.mark.parametrize(("encoded", "body"), [("false", TEXT), ("true", IN_BASE64)])
def test_a_flag_written_by_hand_may_be_a_string(encoded: str, body: str) -> None:
    assert opened(call(http_event(body=body, isBase64Encoded=encoded))) == EXPECTED


def test_a_body_that_is_not_there_is_400() -> None:
    sparse = http_event(DOCUMENT)
    del sparse["body"]
    assert call(sparse)["statusCode"] == 400


@pytest.mark.parametrize("body", ["not base64!", "bm90IEpTT04=", "\ud800", None])
def test_a_body_that_is_no_base64_of_json_is_400(body: Any) -> None:
    assert call(http_event(body=body, isBase64Encoded=True))["statusCode"] == 400


def test_header_names_may_be_in_any_case() -> None:
    answer = call(http_event(DOCUMENT, headers={"CONTENT-type": "image/png"}))
    assert answer["statusCode"] == 415


def test_warm_up_is_exactly_one_event() -> None:
    assert call({"warmup": True}) == {"warm": True}
    assert call({"warmup": True, "msg": 1}) == {"response": 1, "success": True}


@pytest.mark.parametrize("event", [None, "text", 5, [], True, {}])
def test_a_direct_call_with_anything_else_has_no_success(event: Any) -> None:
    assert call(event) == {"success": False}


def test_a_direct_call_fails_when_the_failure_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise KeyError("secret")

    monkeypatch.setitem(ROUTES[PREDICT], "POST", broken)
    with pytest.raises(InvocationFailed, match="500"):
        call(DOCUMENT)
    assert call(http_event(DOCUMENT))["statusCode"] == 500


def test_the_context_may_be_missing() -> None:
    assert handler(http_event(DOCUMENT), None)["statusCode"] == 200
