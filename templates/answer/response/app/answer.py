"""What clients get: {"success": true, "response": "0.067"}, for several rows a list of such texts.

In: predictions as predictor.py gives them. prediction.py says which part of each is its value;
    here it becomes text, a word as it is and all else as JSON has it.

What cannot be answered is a problem document with `"success": false`: see problem.py.
Raises Problem (422) for NaN and infinity, which as text would pass for an answer.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.prediction import shown
from app.problem import Problem

# json.dumps would make an encoder for every value.
encode = json.JSONEncoder(allow_nan=False).encode


def document(predictions: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    texts = [text_of(value) for value in shown(predictions, query)]
    return {"success": True, "response": texts[0] if len(texts) == 1 else texts}


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return encode(value)
    except ValueError as error:
        detail = "its prediction is not a finite number"
        raise Problem(422, "The model has no answer", detail) from error


# What document() gives, as GET /schema shows it.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["success", "response"],
    "properties": {
        "success": {"enum": [True]},
        "response": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    },
}
