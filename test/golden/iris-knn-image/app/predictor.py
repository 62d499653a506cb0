"""Load the scikit-learn model once and predict a batch.

In:  rows with the features of model.json; they become a float64 array (n, 4), columns in the
     order of model.json.
Out: n predictions {"label", "probabilities": [in the order of the classes, their sum is 1]}.

Raises ModelUnavailable (answered as 503) as store.py says; also when the model was saved by another
version of scikit-learn than the installed one: that can load, and predict something else.
Rows were checked by inputs.py: nothing here fails because of what a client sent.
Safe to call from several threads.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from app import MODEL, Row
from app.store import Store

FEATURES = [feature["name"] for feature in MODEL["features"]]
CLASSES = MODEL["classes"] or []


def load(path: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        estimator = joblib.load(path)
    for part in parts_of(estimator):
        # It was trained on a table with column names and is given arrays, which have none: with
        # the names still there, scikit-learn would warn about that in every call.
        vars(part).pop("feature_names_in_", None)
    found = len(estimator.classes_)
    if found != len(CLASSES):
        raise ValueError(f"the model has {found} classes, model.json {len(CLASSES)}")
    return estimator


def parts_of(thing: Any) -> Iterator[Any]:
    """An estimator and all that it is made of."""
    is_own = hasattr(thing, "get_params") or type(thing).__module__.startswith("sklearn.")
    inside = getattr(thing, "__dict__", None) if is_own else thing
    if isinstance(inside, dict):
        if is_own:
            yield thing
        inside = list(inside.values())
    if isinstance(inside, list | tuple):
        for one in inside:
            yield from parts_of(one)


store = Store(load)


def start() -> None:
    """Load the model now; raises ModelUnavailable."""
    store.model()


def predict(rows: list[Row]) -> list[dict[str, Any]]:
    estimator = store.model()
    table = np.array([[row[name] for name in FEATURES] for row in rows], dtype=np.float64)
    probabilities = estimator.predict_proba(table)
    best = probabilities.argmax(axis=1)  # what predict() does, without doing all the work again
    return [
        {"label": CLASSES[index], "probabilities": row}
        for index, row in zip(best.tolist(), probabilities.tolist(), strict=True)
    ]
