"""The model itself, without a request: what it answers, and that threads do not disturb it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app import answer, features, predictor, routes
from app.problem import Problem
from scripts.record_cases import by_name, request_of
from tests.samples import BODY, CASES, is_same

SAMPLES = list(map(request_of, CASES["inputs"])) if CASES else [json.loads(BODY)]


def predict(request: Any) -> Any:
    asked = routes.accepted.read(request)
    arrays = predictor.predict(features.make(asked.tensors), asked.outputs)
    return by_name(answer.document(arrays, None)["outputs"])


@pytest.mark.skipif(CASES is None, reason="no golden cases: see scripts/record_cases.py")
def test_golden_cases_are_answered_as_recorded() -> None:
    for request, expected in zip(SAMPLES, CASES["outputs"], strict=True):
        assert is_same(predict(request), expected)


def test_every_output_is_as_large_as_it_says() -> None:
    found = predict(SAMPLES[0])
    assert list(found) == routes.accepted.outputs
    for tensor in found.values():
        size = 1
        for dimension in tensor["shape"]:
            size *= dimension
        assert len(tensor["data"]) == size


def test_what_the_model_cannot_compute_is_said_without_a_trace_of_its_source() -> None:
    for said, told in [
        ("[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Invalid rank", "Invalid rank"),
        ("… Status Message: index 9 out of bounds", "index 9 out of bounds"),
        ("… Status Message: /a/b.h:1 void f() x was false. 2 by 3", "2 by 3"),
        ("… Status Message: /a/b.h:1 void f()", "its lengths or values do not match"),
    ]:
        assert predictor.reason(said) == told


def test_tensors_that_the_model_refuses_are_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    tensors = features.make(routes.accepted.read(SAMPLES[0]).tensors)
    with pytest.raises(Problem) as raised:
        predictor.predict(tensors, ["no such output"])
    assert raised.value.status == 422
    assert "no such output" in json.loads(capsys.readouterr().out)["error"]


def test_threads_do_not_disturb_one_another() -> None:
    expected = [predict(sample) for sample in SAMPLES]
    turns = [turn % len(SAMPLES) for turn in range(40)]
    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = list(threads.map(lambda at: predict(SAMPLES[at]), turns))
    assert all(is_same(got, expected[at]) for at, got in zip(turns, answers, strict=True))
