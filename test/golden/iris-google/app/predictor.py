"""Load the ONNX model once and predict a batch.

In:  rows with the features of model.json; they become an array (n, 4), columns in the order of
     model.json.
Out: n predictions {"label", "probabilities": [in the order of the classes, their sum is 1]}.

Raises ModelUnavailable (answered as 503) as store.py says.
Rows were checked by inputs.py: nothing here fails because of what a client sent.
Safe to call from several threads.
"""

import os
from typing import Any

import numpy as np

from app import MODEL, Row
from app.store import Store

# Read when it is imported: without it the runtime reports what it runs to Microsoft, and keeps a
# database for that in HOME.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

FEATURES = [feature["name"] for feature in MODEL["features"]]
CLASSES = MODEL["classes"] or []
INPUT = MODEL["inputs"][0]["name"]
LABEL = "label"
SCORES = "probabilities"


def load(path: str) -> Any:
    options = onnxruntime.SessionOptions()
    # One row is too little work to share; threads that wait for it only cost.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Converters declare shapes that their models do not have: no warning about it in every call.
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


store = Store(load)


def start() -> None:
    """Load the model now; raises ModelUnavailable."""
    store.model()


def predict(rows: list[Row]) -> list[dict[str, Any]]:
    session = store.model()
    table = np.array([[row[name] for name in FEATURES] for row in rows], dtype=np.float32)
    columns = {INPUT: table}
    labels, scores = session.run([LABEL, SCORES], columns)
    probabilities = scores.tolist()
    return [
        {"label": label, "probabilities": row}
        for label, row in zip(labels.ravel().tolist(), probabilities, strict=True)
    ]
