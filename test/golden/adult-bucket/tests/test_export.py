"""scripts/export_onnx.py without the converters: what it draws and what it finds."""

import math
from typing import Any

import pytest

from app import MODEL, inputs, predictor
from scripts.export_onnx import LIMIT, ROWS, compared, drawn, made, tolerance_for
from scripts.record_cases import rows_in_events

DRAWN = drawn(MODEL["features"], made(rows_in_events()))


def test_drawn_rows_fit_the_model_and_are_always_the_same() -> None:
    assert inputs.Schema(MODEL["features"]).rows(DRAWN)[0] == DRAWN
    assert len(DRAWN) == ROWS
    assert drawn(MODEL["features"], made(rows_in_events())) == DRAWN


@pytest.mark.parametrize("apart", [LIMIT * 1e6, math.nan])
def test_one_row_that_differs_is_found(apart: float) -> None:
    expected = predictor.predict(DRAWN[:9])
    assert compared(expected, expected) == (0, [])
    _worst, faults = compared(expected, [*expected[:-1], changed(expected[-1], apart)])
    assert [fault.partition(":")[0] for fault in faults] == ["row 8"]


def changed(prediction: dict[str, Any], apart: float) -> dict[str, Any]:
    return prediction | {"probabilities": [one + apart for one in prediction["probabilities"]]}


def test_the_golden_cases_of_the_result_have_room_for_what_was_found() -> None:
    exact = {"label": "a", "probabilities": [0.25, 0.75]}
    assert tolerance_for([exact], [exact | {"probabilities": [0.253, 0.747]}]) == 0.01
