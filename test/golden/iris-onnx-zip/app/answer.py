"""What clients get for their rows: {"predictions": [one per row], "model": {"name", "version"}}.

In: predictions as predictor.py gives them. prediction.py says what a client sees of each.
"""

from collections.abc import Mapping
from typing import Any

from app import MODEL_NAME
from app.prediction import PREDICTION, shown


def document(predictions: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    return {"predictions": shown(predictions, query), "model": MODEL_NAME}


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
