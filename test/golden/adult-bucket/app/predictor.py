"""Load the LightGBM model once and predict a batch.

In:  rows with the features of model.json; they become a float64 array (n, 12), columns in the
     order of model.json. None becomes NaN, for which every tree knows a way.
Out: n predictions {"label", "probabilities": [in the order of the classes, their sum is 1]}.

Raises ModelUnavailable (answered as 503) as store.py says; also when the model is not the one that
model.json describes.
Rows were checked by inputs.py: nothing here fails because of what a client sent.
Safe to call from several threads.
"""

from typing import Any

import lightgbm
import numpy as np

from app import MODEL, Row
from app.booster import FastBooster
from app.store import Store

FEATURES = [feature["name"] for feature in MODEL["features"]]
CLASSES = MODEL["classes"] or []


def load(path: str) -> FastBooster:
    booster = lightgbm.Booster(model_file=path)
    if booster.num_feature() != len(FEATURES):
        expected = f"model.json {len(FEATURES)}"
        raise ValueError(f"the model has {booster.num_feature()} features, {expected}")
    # Two classes are told apart by one score.
    found = max(2, booster.num_model_per_iteration())
    if found != len(CLASSES):
        raise ValueError(f"the model has {found} classes, model.json {len(CLASSES)}")
    return FastBooster(booster)


store = Store(load)


def start() -> None:
    """Load the model now; raises ModelUnavailable."""
    store.model()


def predict(rows: list[Row]) -> list[dict[str, Any]]:
    table = np.array([[row[name] for name in FEATURES] for row in rows], dtype=np.float64)
    scores = store.model().predict(table)
    # The model gives the probability of the second class.
    return [
        {"label": CLASSES[second > 0.5], "probabilities": [1 - second, second]}
        for second in scores.tolist()
    ]
