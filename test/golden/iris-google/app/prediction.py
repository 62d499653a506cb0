"""One prediction as clients see it, whatever the document around it.

In:  predictions as predictor.py gives them, one per row.
Out: {"label", "probabilities": {label: p}} for each.
     A label has the type that it had in training; as a key of `probabilities` it is text: "0".
     Up to SHOWN classes all are listed, in the order of training; of more the TOP most probable
     ones, best first. ?top=N asks for the N most probable.

Raises Problem (422) when ?top= is not a number from 1.
"""

import json
from collections.abc import Mapping
from typing import Any

from app import MODEL
from app.problem import Problem

SHOWN = 20
TOP = 5
KEYS = [label if isinstance(label, str) else json.dumps(label) for label in MODEL["classes"] or []]


def shown(predictions: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    top = top_of(query)
    return [
        {"label": one["label"], "probabilities": named(one["probabilities"], top)}
        for one in predictions
    ]


def named(probabilities: list[float], top: int | None) -> dict[str, float]:
    pairs = zip(KEYS, probabilities, strict=True)
    return dict(pairs if top is None else sorted(pairs, key=lambda pair: -pair[1])[:top])


def top_of(query: Mapping[str, str]) -> int | None:
    """How many classes are wanted; None for all."""
    wanted = query.get("top")
    if wanted is None:
        return None if len(KEYS) <= SHOWN else TOP
    if not (wanted.isdecimal() and int(wanted[:9]) > 0):
        raise Problem(422, "The query does not fit", f"top: {wanted!r} is not a number from 1")
    return int(wanted[:9])


PREDICTION: dict[str, Any] = {
    "type": "object",
    "required": ["label", "probabilities"],
    "properties": {
        "label": {"enum": MODEL["classes"]},
        "probabilities": {
            "type": "object",
            "propertyNames": {"enum": KEYS},
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
        },
    },
}

# What may stand in the query, as GET /schema shows it.
PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "top",
        "in": "query",
        "description": "only the most probable classes, so many of them",
        "schema": {"type": "integer", "minimum": 1},
    },
]
