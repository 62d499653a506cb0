"""Events in every shape that Lambda delivers, and what their senders get."""

import base64
import json
from typing import Any

import pytest

from app.handler import InvocationFailed, handler
from app.routes import PREDICT, ROUTES
from tests.samples import call, event, http_event, opened, post

MESSAGE = {"msg": "日本"}
EXPECTED = {"response": "日本", "success": True}


@pytest.mark.parametrize("shape", ["http-api", "rest-api", "function-url"])
@pytest.mark.parametrize("encoded", [False, True])
def test_http_events_are_answered_alike(shape: str, encoded: bool) -> None:
    body = json.dumps(MESSAGE)
    if encoded:
        body = base64.b64encode(body.encode()).decode()
    answer = call(event(shape) | {"body": body, "isBase64Encoded": encoded})
    assert opened(answer) == (200, EXPECTED)
    assert answer.keys() == {"statusCode", "headers", "body"}


def test_a_bare_event_gets_a_bare_document() -> None:
    assert call(MESSAGE) == EXPECTED


@pytest.mark.parametrize("body", [MESSAGE, json.dumps(MESSAGE)])
def test_an_envelope_is_answered_in_one(body: Any) -> None:
    assert opened(call({"body": body})) == (200, EXPECTED)


@pytest.mark.parametrize("event", [None, "text", 5, [], True, {}])
def test_a_direct_call_with_anything_else_has_no_success(event: Any) -> None:
    assert call(event) == {"success": False}


def test_a_stage_in_front_of_the_path_is_not_part_of_it() -> None:
    v2 = http_event(MESSAGE, rawPath=f"/prod{PREDICT}")
    v2["requestContext"]["stage"] = "prod"
    assert opened(call(v2)) == (200, EXPECTED)
    v2["rawPath"] = f"/production{PREDICT}"
    assert call(v2)["statusCode"] == 404


def test_a_gateway_may_send_null_or_nothing() -> None:
    for absent in ("headers", "queryStringParameters", "isBase64Encoded"):
        assert opened(call(http_event(MESSAGE, **{absent: None}))) == (200, EXPECTED)


def test_a_body_that_is_not_there_is_400() -> None:
    sparse = http_event()
    del sparse["body"]
    assert call(sparse)["statusCode"] == 400


def test_a_direct_call_fails_when_the_failure_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise KeyError("secret")

    monkeypatch.setitem(ROUTES[PREDICT], "POST", broken)
    with pytest.raises(InvocationFailed, match="500"):
        call(MESSAGE)
    assert call(http_event(MESSAGE))["statusCode"] == 500


def test_warm_up_is_exactly_one_event() -> None:
    assert call({"warmup": True}) == {"warm": True}
    assert call({"warmup": True, "msg": 1}) == {"response": 1, "success": True}


def test_the_context_may_be_missing() -> None:
    assert handler(http_event(MESSAGE), None)["statusCode"] == post(MESSAGE)[0] == 200
