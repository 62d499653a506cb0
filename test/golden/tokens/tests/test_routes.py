"""The Open Inference Protocol: its routes, its metadata, its errors."""

import json
from typing import Any

import pytest

from app import MODEL, predictor
from app.api import respond
from app.inputs import DATATYPES
from app.request import Request
from app.routes import PREDICT, ROUTES, THE_MODEL, VALIDATE
from app.store import ModelUnavailable
from tests.samples import BODY, post


def get(path: str) -> tuple[int, Any]:
    response = respond(Request("GET", path, b""))
    return response.status, response.document


def send(path: str, body: bytes = BODY, headers: Any = None) -> tuple[int, Any]:
    response = respond(Request("POST", path, body, headers=headers or {}))
    return response.status, response.document


def test_the_service_and_its_model_describe_themselves() -> None:
    assert get("/v2") == (200, {**{k: MODEL[k] for k in ("name", "version")}, "extensions": []})
    status, model = get(THE_MODEL)
    assert status == 200
    assert (model["name"], model["versions"]) == (MODEL["name"], [MODEL["version"]])
    sent = {one["name"]: one for one in json.loads(BODY)["inputs"]}
    for tensor in model["inputs"]:
        assert tensor["datatype"] == sent[tensor["name"]]["datatype"]
        pairs = zip(tensor["shape"], sent[tensor["name"]]["shape"], strict=False)
        assert all(declared in (-1, size) for declared, size in pairs)
    assert {tensor["datatype"] for tensor in model["outputs"]} <= set(DATATYPES.values())


def test_health_is_told_in_the_protocols_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get("/v2/health/live") == (200, {"live": True})
    assert get("/v2/health/ready") == (200, {"ready": True})
    assert get(f"{THE_MODEL}/ready") == (200, {"name": MODEL["name"], "ready": True})

    def unavailable() -> None:
        raise ModelUnavailable("gone")

    monkeypatch.setattr(predictor, "start", unavailable)
    assert get("/v2/health/live")[0] == 200
    for path in ("/v2/health/ready", f"{THE_MODEL}/ready", "/health"):
        status, document = get(path)
        assert status == 503
        assert document["error"] == document["detail"]


def test_infer_and_predict_are_the_same() -> None:
    assert send(f"{THE_MODEL}/infer") == send(PREDICT) == send("/") == post(json.loads(BODY))


def test_validate_tells_what_the_tensors_were_understood_as() -> None:
    status, document = send(VALIDATE)
    assert status == 200
    assert document["instances"][0] == {
        one["name"]: {"datatype": one["datatype"], "shape": one["shape"]}
        for one in json.loads(BODY)["inputs"]
    }


def test_the_extension_for_binary_tensors_is_not_offered() -> None:
    headers = {"inference-header-content-length": "9", "content-type": "application/octet-stream"}
    status, document = send(f"{THE_MODEL}/infer", headers=headers)
    assert status == 415
    assert "binary" in document["error"]


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_whatever_is_refused_says_so_in_error(path: str) -> None:
    for body in (b"{", b"[]", b'{"inputs": 5}'):
        status, document = send(path, body)
        assert 400 <= status < 500
        assert document["error"] == document["detail"]
