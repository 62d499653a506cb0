"""What clients get for their rows: records, a bare list with an object per row.

In: predictions as predictor.py gives them. prediction.py says what a client sees of each.
"""

from collections.abc import Mapping
from typing import Any

from app.prediction import PREDICTION, shown


def document(predictions: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    return shown(predictions, query)


# What document() gives, as GET /schema shows it.
SCHEMA: dict[str, Any] = {"type": "array", "items": PREDICTION}
