"""The LightGBM model as ONNX, by onnxmltools."""

from typing import Any

import onnxmltools
from onnxmltools.convert.common.data_types import FloatTensorType

from app import MODEL


def convert(model: Any) -> Any:
    columns = [("input", FloatTensorType([None, len(MODEL["features"])]))]
    return onnxmltools.convert_lightgbm(model.booster, None, columns, target_opset=15, zipmap=False)
