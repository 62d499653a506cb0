"""Events in every shape that Lambda delivers, and what their senders get."""

import base64
import json
from typing import Any

import pytest

from app import predictor, routes
from app.handler import InvocationFailed, handler
from app.routes import PREDICT
from app.store import ModelUnavailable
from tests.samples import ROWS, call, details, event, http_event, opened, post

NAMES = routes.accepted.names
DOCUMENT = [[row[name] for name in NAMES] for row in ROWS]
EXPECTED = post(ROWS)
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
    assert call(ROWS) == EXPECTED[1]
    assert call(ROWS[0]) == post(ROWS[0])[1]


@pytest.mark.skipif("body" in NAMES, reason="a feature of that name comes first")
@pytest.mark.parametrize("body", [DOCUMENT, TEXT, ROWS])
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


def test_numbers_may_come_as_strings() -> None:
    texts = [
        [v if v is None or isinstance(v, str) else json.dumps(v) for v in row] for row in DOCUMENT
    ]
    assert post(texts) == EXPECTED


def test_a_direct_call_gets_its_own_mistakes_as_a_document() -> None:
    document = call({})
    assert document["status"] == 422
    assert len(details(document)) == len(NAMES)


def test_warm_up_is_exactly_one_event() -> None:
    assert call({"warmup": True}) == {"warm": True}
    assert call({"warmup": 1})["status"] == 422
    assert call({"warmup": True, "more": 1})["status"] == 422


@pytest.mark.parametrize("event", [None, "text", 5, [], True, {}])
def test_a_direct_call_with_anything_else_is_answered(event: Any) -> None:
    assert call(event)["status"] == 422


def test_a_direct_call_fails_when_the_failure_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: Any) -> Any:
        raise ModelUnavailable("gone")

    monkeypatch.setattr(predictor, "predict", unavailable)
    with pytest.raises(InvocationFailed, match="503"):
        call(DOCUMENT)
    assert call(http_event(DOCUMENT))["statusCode"] == 503


def test_the_context_may_be_missing() -> None:
    assert handler(http_event(DOCUMENT), None)["statusCode"] == 200
