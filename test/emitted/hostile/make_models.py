"""Write models whose own names are hostile: make_models.py ONNX_MODEL FOLDER NAMES.json

NAMES.json: {"features": [4 names], "classes": [3 labels]}. Needs onnx; the models answer like iris-zipmap.onnx.
"""

import json
import sys
from pathlib import Path

import onnx
from onnx import helper

model_file, folder, names_file = map(Path, sys.argv[1:])
names = json.loads(names_file.read_text())


def renamed(model):
    """The model with other labels."""
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "classlabels_strings":
                del attribute.strings[:]
                attribute.strings.extend(label.encode() for label in names["classes"])
    return model


def with_metadata(model):
    """Feature names as a text in the file."""
    for entry in model.metadata_props:
        if entry.key == "feature_names":
            entry.value = json.dumps(names["features"])
    return model


def with_named_inputs(model):
    """One input of its own for each feature, joined to the table that the rest of the graph takes."""
    [table] = model.graph.input
    inputs = [helper.make_tensor_value_info(name, 1, [None, 1]) for name in names["features"]]
    joined = helper.make_node("Concat", names["features"], [table.name], axis=1)
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    model.graph.node.insert(0, joined)
    del model.metadata_props[:]
    return model


def tensors():
    """Tensors of several types, which come out as they went in; their dimensions have hostile names, too."""
    labels, inputs = names["classes"], names["features"][:3]
    types = [onnx.TensorProto.STRING, onnx.TensorProto.INT64, onnx.TensorProto.FLOAT]
    pairs = list(zip(inputs, labels, types))
    graph = helper.make_graph(
        [helper.make_node("Identity", [name], [label + "_"]) for name, label, _ in pairs],
        "tensors",
        [helper.make_tensor_value_info(name, kind, [None, labels[0], 2]) for name, _, kind in pairs],
        [helper.make_tensor_value_info(label + "_", kind, [None, labels[0], 2]) for _, label, kind in pairs],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


onnx.save(tensors(), folder / "tensors.onnx")
onnx.save(with_metadata(renamed(onnx.load(model_file))), folder / "metadata.onnx")
onnx.save(with_named_inputs(renamed(onnx.load(model_file))), folder / "named-inputs.onnx")
