"""What clients get: the value itself for one row, a list of values for several rows.

In: predictions as predictor.py gives them. prediction.py says which part of each is its value.
"""

from collections.abc import Mapping
from typing import Any

from app.prediction import PREDICTION, shown


def document(predictions: list[dict[str, Any]], query: Mapping[str, str]) -> Any:
    values = shown(predictions, query)
    return values[0] if len(values) == 1 else values


# What document() gives, as GET /schema shows it.
SCHEMA: dict[str, Any] = {"anyOf": [PREDICTION, {"type": "array", "items": PREDICTION}]}
