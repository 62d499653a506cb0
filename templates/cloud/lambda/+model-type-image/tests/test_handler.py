"""Events in every shape that Lambda delivers, and what their senders get."""

import base64
import json
from typing import Any

import pytest

from app import predictor
from app.handler import InvocationFailed, handler
from app.routes import PREDICT
from app.store import ModelUnavailable
from tests.samples import BODY, call, event, http_event, opened, post

DOCUMENT = json.loads(BODY)
EXPECTED = post(DOCUMENT)

PICTURE = DOCUMENT["image"]


@pytest.mark.parametrize("shape", ["http-api", "rest-api", "function-url"])
def test_http_events_are_answered_alike(shape: str) -> None:
    encoded = base64.b64encode(BODY).decode()
    forms = [(BODY.decode(), False, "application/json"), (encoded, True, "application/json")]
    for body, is_encoded, kind in [*forms, (PICTURE, True, "image/png"), (PICTURE, True, "")]:
        headers = {"Content-Type": kind}
        changes = {"body": body, "isBase64Encoded": is_encoded, "headers": headers}
        answer = call(event(shape) | changes)
        assert opened(answer) == EXPECTED
        assert answer.keys() == {"statusCode", "headers", "body"}


def test_the_same_picture_is_answered_alike_in_every_event() -> None:
    for name in ("http-api-picture", "http-api-form", "rest-api-picture"):
        assert opened(call(event(name))) == EXPECTED


def test_a_bare_event_gets_a_bare_document() -> None:
    assert call(DOCUMENT) == EXPECTED[1]


@pytest.mark.parametrize("body", [DOCUMENT, BODY.decode()])
def test_an_envelope_is_answered_in_one(body: Any) -> None:
    assert opened(call({"body": body})) == EXPECTED


def test_a_stage_in_front_of_the_path_is_not_part_of_it() -> None:
    v2 = http_event(DOCUMENT, rawPath=f"/prod{PREDICT}")
    v2["requestContext"]["stage"] = "prod"
    assert opened(call(v2)) == EXPECTED


def test_a_picture_that_came_as_text_is_422() -> None:
    mangled = base64.b64decode(PICTURE).decode(errors="replace")
    answer = call(http_event(body=mangled, headers={"content-type": "image/png"}))
    assert answer["statusCode"] == 422


@pytest.mark.parametrize("body", ["not base64!", "\ud800", None])
def test_a_body_that_is_no_base64_is_the_clients_fault(body: Any) -> None:
    for kind in ("", "image/png", "multipart/form-data; boundary=x"):
        headers = {"content-type": kind}
        answer = call(http_event(body=body, isBase64Encoded=True, headers=headers))
        assert answer["statusCode"] in (400, 422)


@pytest.mark.parametrize("event", [None, "text", 5, [], True, {}, {"image": 1}])
def test_a_direct_call_with_anything_else_is_answered(event: Any) -> None:
    assert call(event)["status"] == 422


def test_warm_up_is_exactly_one_event() -> None:
    assert call({"warmup": True}) == {"warm": True}
    assert call({"warmup": 1})["status"] == 422


def test_a_direct_call_fails_when_the_failure_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(_batch: Any) -> Any:
        raise ModelUnavailable("gone")

    monkeypatch.setattr(predictor, "predict", unavailable)
    with pytest.raises(InvocationFailed, match="503"):
        call(DOCUMENT)
    assert call(http_event(DOCUMENT))["statusCode"] == 503


def test_the_context_may_be_missing() -> None:
    assert handler(http_event(DOCUMENT), None)["statusCode"] == 200
