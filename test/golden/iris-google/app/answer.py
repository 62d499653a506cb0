"""What clients get for their rows: {"predictions": [one per row], "model": {"name", "version"}}.

In: predictions as predictor.py gives them. prediction.py says what a client sees of each.
"""

from collections.abc import Mapping
from typing import Any

from app.prediction import PREDICTION, shown
from app.predictor import store


def document(predictions: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    return {"predictions": shown(predictions, query), "model": store.name()}


# What document() gives, as GET /schema shows it.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["predictions", "model"],
    "properties": {
        "predictions": {"type": "array", "items": PREDICTION},
        "model": {
            "type": "object",
            "required": ["name", "version"],
            "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
        },
    },
}
