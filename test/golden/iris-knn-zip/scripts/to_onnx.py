"""The scikit-learn model as ONNX, by skl2onnx."""

from typing import Any

import skl2onnx
from skl2onnx.common.data_types import FloatTensorType

from app import MODEL
from app.predictor import parts_of


def convert(estimator: Any) -> Any:
    for part in parts_of(estimator):
        if hasattr(part, "flatten_transform"):
            part.flatten_transform = False  # how a vote is converted
    columns = [("input", FloatTensorType([None, len(MODEL["features"])]))]
    return skl2onnx.to_onnx(
        estimator,
        initial_types=columns,
        options={"zipmap": False},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
