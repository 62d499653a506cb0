"""Requests as Flask delivers them, and what their senders get."""

import base64
import json
import re
from typing import Any

import pytest

from app import api, predictor
from app.routes import PREDICT, ROUTES
from app.store import ModelUnavailable
from tests.samples import BODY, call, event, http_event, opened, post

EXPECTED = post(json.loads(BODY))


def is_problem(answer: Any, status: int) -> bool:
    said = answer["headers"]["content-type"] == "application/problem+json"
    return bool(said and opened(answer)[1]["status"] == answer["statusCode"] == status)


def test_a_body_is_taken_as_it_came() -> None:
    encoded = base64.b64encode(BODY).decode()
    assert opened(call(http_event(body=encoded, isBase64Encoded=True))) == EXPECTED


@pytest.mark.parametrize("path", ["/", PREDICT, f"{PREDICT.rstrip('/')}/"])
def test_the_root_and_a_trailing_slash_are_the_same_route(path: str) -> None:
    assert opened(call(event("http") | {"path": path})) == EXPECTED


@pytest.mark.parametrize(
    "path", ["/nothing", "/a//b", "/robots.txt", "/favicon.ico", "/a/../b", "/%00", "/日本"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "BREW"])
def test_no_other_path_is_answered_by_flask(method: str, path: str) -> None:
    assert is_problem(call(event("http") | {"method": method, "path": path}), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_no_other_method_is_answered_by_flask(method: str) -> None:
    answer = call(event("http") | {"method": method, "path": PREDICT})
    assert is_problem(answer, 405)
    assert answer["headers"]["allow"] == "POST"


def test_header_names_may_be_in_any_case() -> None:
    assert is_problem(call(http_event(headers={"CONTENT-type": "text/html"})), 415)


@pytest.mark.parametrize("headers", [{}, None])
def test_a_body_without_a_type_is_tried_as_json(headers: Any) -> None:
    assert opened(call(event("http") | {"headers": headers})) == EXPECTED


def test_a_body_that_is_not_there_is_400() -> None:
    sparse = event("http")
    del sparse["body"]
    assert is_problem(call(sparse), 400)


def test_a_body_that_is_too_large_is_413(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LARGEST_BODY", len(BODY) - 1)
    assert is_problem(call(event("http")), 413)


def test_a_field_of_a_form_that_flask_would_refuse_is_answered_by_us() -> None:
    field = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + "1" * 600_000
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = call(http_event(body=f"{field}\r\n--x--\r\n", headers=headers))
    assert is_problem(answer, 415)


@pytest.mark.parametrize("body", ["--x\r\n", "", "\x00" * 9])
def test_a_broken_form_is_answered_by_us(body: str) -> None:
    headers = {"content-type": "multipart/form-data"}
    answer = call(http_event(body=body, headers=headers))
    assert is_problem(answer, answer["statusCode"])
    assert answer["statusCode"] in (400, 415, 422)


def test_a_bug_is_our_500_and_carries_the_id_of_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise KeyError("secret")

    monkeypatch.setitem(ROUTES[PREDICT], "POST", broken)
    answer = call(event("http"))
    assert is_problem(answer, 500)
    assert opened(answer)[1]["request_id"] == "0123456789abcdef0123456789abcdef"
    assert "secret" not in answer["body"]


def test_a_request_without_a_trace_gets_an_id_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(event("http") | {"headers": {}})
    line = json.loads(capsys.readouterr().out)
    assert re.fullmatch("[0-9a-f]{32}", line["request_id"])
    assert line["severity"] == "INFO"


def test_without_a_model_it_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: object) -> object:
        raise ModelUnavailable("gone")

    monkeypatch.setattr(predictor, "predict", unavailable)
    assert is_problem(call(event("http")), 503)
