"""One prediction as clients see it, whatever the document around it.

In:  predictions as predictor.py gives them, one per row.
Out: a number for each, the probability of the second class.
"""

from collections.abc import Mapping
from typing import Any


def shown(predictions: list[dict[str, Any]], _query: Mapping[str, str]) -> list[Any]:
    return [one["probabilities"][1] for one in predictions]


PREDICTION: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}

# What may stand in the query, as GET /schema shows it.
PARAMETERS: list[dict[str, Any]] = []
