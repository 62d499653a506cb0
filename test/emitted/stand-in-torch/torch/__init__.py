"""Stands in for PyTorch, whose wheels for processors alone lie in an index of their own.

It reads no TorchScript. With STAND_IN_MODEL it answers what that ONNX file answers, which holds the
same network; without it a file is a layer that adds up what it is given, twice. So a project's code
around PyTorch is run for real, and what PyTorch computes is not. What it exports is that ONNX file, or
such a layer.
"""

import os
import threading
import warnings
from contextlib import contextmanager

import numpy as np

__version__ = "2.15.0+stand-in"


class Tensor:
    def __init__(self, values):
        self.values = values

    def numpy(self):
        if not inference.on:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.values


class Inference(threading.local):
    on = False


inference = Inference()


@contextmanager
def inference_mode():
    inference.on = True
    yield
    # Tensors that were made in it stay what they are.


float32 = "float32"


def zeros(*shape, dtype):
    return Tensor(np.zeros(shape, dtype))


def from_numpy(array):
    if not array.flags.writeable:
        raise UserWarning("The given NumPy array is not writable")
    if any(stride < 0 for stride in array.strides):
        raise ValueError("At least one stride in the given numpy array is negative")
    return Tensor(array)


def set_num_threads(number):
    if not (isinstance(number, int) and number > 0):
        raise RuntimeError("set_num_threads expects a positive integer")


class Module:
    def __init__(self, answer):
        self.answer = answer

    def eval(self):
        return self

    def __call__(self, tensor):
        return Tensor(self.answer(tensor.values))


class jit:
    @staticmethod
    def load(path, map_location=None):
        warnings.warn("`torch.jit.load` is deprecated. Please switch to `torch.export`.", DeprecationWarning, stacklevel=2)
        with open(path, "rb") as file:
            if file.read(2) != b"PK":
                raise RuntimeError("PytorchStreamReader failed reading zip archive")
        onnx = os.environ.get("STAND_IN_MODEL")
        if onnx is None:
            return Module(lambda values: np.repeat(values.sum(axis=1, keepdims=True), 2, axis=1).astype(np.float32))
        import onnxruntime

        session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return Module(lambda values: np.concatenate([session.run(None, {name: one[None]})[0] for one in values]))


class onnx:
    @staticmethod
    def export(model, args, file, *, dynamo, input_names, output_names, dynamic_axes=None):
        if dynamo or not isinstance(model, Module):
            raise RuntimeError("torch.export takes no ScriptModule")
        (example,) = args
        from onnx import TensorProto, helper

        if "STAND_IN_MODEL" in os.environ:
            if dynamic_axes is not None:
                raise RuntimeError("the same network as ONNX takes one picture")
            with open(os.environ["STAND_IN_MODEL"], "rb") as same:
                file.write(same.read())
            return
        rows, width = example.values.shape
        if dynamic_axes is not None:
            rows = dynamic_axes[input_names[0]][0]
        nodes = [
            helper.make_node("ReduceSum", [input_names[0], "axes"], ["sum"], keepdims=1),
            helper.make_node("Concat", ["sum", "sum"], output_names, axis=1),
        ]
        given = helper.make_tensor_value_info(input_names[0], TensorProto.FLOAT, [rows, width])
        made = helper.make_tensor_value_info(output_names[0], TensorProto.FLOAT, [rows, 2])
        axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
        graph = helper.make_graph(nodes, "sums", [given], [made], [axes])
        file.write(helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 20)]).SerializeToString())
