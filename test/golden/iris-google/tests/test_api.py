"""Routes, errors and the log line, without any cloud."""

import json

import pytest

from app import api, log, predictor
from app.api import Response, respond
from app.request import Request
from app.routes import PREDICT, ROUTES
from app.store import ModelUnavailable
from tests.samples import BODY


def post(path: str = PREDICT, body: bytes = BODY, kind: str = "application/json") -> Response:
    return respond(Request("POST", path, body, headers={"content-type": kind}))


def test_the_root_and_a_trailing_slash_are_the_same_route() -> None:
    assert post("/").document == post(f"{PREDICT}/").document == post(PREDICT).document


def test_an_unknown_route_is_404_and_lists_the_routes() -> None:
    response = post("/nothing")
    assert response.status == 404
    assert f"POST {PREDICT}" in response.document["routes"]
    assert "GET /health" in response.document["routes"]


@pytest.mark.parametrize(
    ("method", "path", "right"), [("GET", PREDICT, "POST"), ("PUT", "/health", "GET")]
)
def test_a_wrong_method_is_405_and_names_the_right_one(method: str, path: str, right: str) -> None:
    response = respond(Request(method, path, b""))
    assert response.status == 405
    assert response.headers["allow"] == right


def test_a_body_that_is_too_large_is_413(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LARGEST_BODY", len(BODY))
    assert post().status == 200
    assert post(body=BODY + b" ").status == 413


def test_an_answer_that_is_too_large_is_422(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LARGEST_ANSWER", len(post().body) - 1)
    assert post().status == 422


@pytest.mark.parametrize(
    "kind",
    ["", "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"],
)
def test_whatever_may_be_json_is_tried(kind: str) -> None:
    assert post(kind=kind).status == 200


@pytest.mark.parametrize(
    "body", [b"\n " + BODY + b"\n", b"\xef\xbb\xbf" + BODY, BODY.decode().encode("utf-16-be")]
)
def test_spaces_and_other_encodings_change_nothing(body: bytes) -> None:
    assert post(body=body).document == post().document


@pytest.mark.parametrize("body", [b"", BODY + b"}", BODY + b"\xff", BODY[:-1]])
def test_more_or_less_than_json_is_400(body: bytes) -> None:
    assert post(body=body).status == 400


@pytest.mark.parametrize(
    "kind", ["image/png", "multipart/form-data; boundary=x", "application/pdf", "text/html"]
)
def test_what_cannot_be_json_is_415(kind: str) -> None:
    assert post(kind=kind).status == 415


def test_a_bug_is_500_with_a_request_id_and_no_internals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> object:
        raise KeyError("secret")

    monkeypatch.setitem(ROUTES[PREDICT], "POST", broken)
    response = respond(Request("POST", PREDICT, BODY, id="the-id"))
    assert response.status == 500
    assert response.document["request_id"] == "the-id"
    assert "secret" not in response.body
    assert "secret" in json.loads(capsys.readouterr().out)["traceback"]


def test_without_a_model_health_and_predictions_are_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_rows: object) -> list[dict[str, object]]:
        raise ModelUnavailable("gone")

    monkeypatch.setattr(predictor, "start", unavailable)
    monkeypatch.setattr(predictor, "predict", unavailable)
    health = respond(Request("GET", "/health", b""))
    assert (health.status, post().status) == (503, 503)
    assert health.headers["content-type"] == "application/problem+json"
    assert health.headers["retry-after"] == "5"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_answer_that_json_cannot_hold_is_422(
    monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    monkeypatch.setitem(ROUTES[PREDICT], "POST", lambda *_: {"predictions": [value]})
    assert post().status == 422


def test_each_request_writes_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    post()
    post("/nothing")
    answered, refused = map(json.loads, capsys.readouterr().out.splitlines())
    assert (answered["outcome"], answered["status"]) == ("ok", 200)
    assert answered["latency_ms"] > 0
    assert (refused["outcome"], refused["status"]) == ("refused", 404)


def test_nothing_breaks_out_of_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.write("INFO", "two\nlines", value="\u2028\x1b[31m")
    assert len(capsys.readouterr().out.splitlines()) == 1
