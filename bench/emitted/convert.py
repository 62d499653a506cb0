"""The ONNX twin of a scikit-learn classifier: convert.py MODEL.joblib MODEL.onnx"""

import sys

import joblib
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

source, target = sys.argv[1:]
model = joblib.load(source)
table = [("X", FloatTensorType([None, model.n_features_in_]))]
graph = to_onnx(model, initial_types=table, target_opset=18, options={"zipmap": False})
with open(target, "wb") as file:
    file.write(graph.SerializeToString())
