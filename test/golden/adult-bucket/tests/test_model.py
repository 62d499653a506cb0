"""The model itself, without a request: what it answers, and that threads do not disturb it."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app import MODEL, Row, features, predictor, routes
from tests.samples import CASES, ROWS, is_same


def samples_in(document: Any) -> list[Row]:
    """What the model is given for a document."""
    rows, _ignored = routes.accepted.rows(document)
    return features.make(rows)


def predict(document: Any) -> list[dict[str, Any]]:
    return predictor.predict(samples_in(document))


@pytest.mark.skipif(CASES is None, reason="no golden cases: see scripts/record_cases.py")
def test_golden_cases_are_answered_as_recorded() -> None:
    answers = predict(CASES["inputs"])
    for answer, expected in zip(answers, CASES["outputs"], strict=True):
        assert is_same({key: answer[key] for key in expected}, expected)


def test_predictions_are_what_the_signature_promises() -> None:
    for prediction in predict(ROWS):
        assert prediction["label"] in (MODEL["classes"] or [])
        assert len(prediction["probabilities"]) == len(MODEL["classes"] or [])
        assert math.isclose(sum(prediction["probabilities"]), 1, abs_tol=1e-3)


def test_null_is_answered_where_the_model_takes_it() -> None:
    nullable = [feature["name"] for feature in routes.accepted.features if feature.get("nullable")]
    for name in nullable[:100]:
        assert predict([ROWS[0] | {name: None}])


def test_a_batch_is_answered_like_its_rows_one_by_one() -> None:
    samples = samples_in(ROWS)
    one_by_one = [predictor.predict([sample])[0] for sample in samples]
    assert is_same(predictor.predict(samples), one_by_one)


def test_threads_do_not_disturb_one_another() -> None:
    expected = [predict([row]) for row in ROWS]
    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = list(threads.map(lambda turn: predict([ROWS[turn % len(ROWS)]]), range(80)))
    assert all(is_same(got, expected[turn % len(ROWS)]) for turn, got in enumerate(answers))
