"""Load the ONNX model once and run it.

In:  an array for each of the model's inputs, and the names of the outputs that are wanted.
Out: an array for each of these, by its name.

Raises ModelUnavailable (answered as 503) as store.py says, and Problem (422) for tensors that fit
the model's signature and yet cannot be computed: an index out of range, lengths that do not match.
Safe to call from several threads.
"""

import os
import re
from typing import Any

from app import log
from app.problem import Problem
from app.store import Store

# Read when it is imported: without it the runtime reports what it runs to Microsoft, and keeps a
# database for that in HOME.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    NotImplemented,
    RuntimeException,
)

REFUSALS = (Fail, InvalidArgument, NotImplemented, RuntimeException)


def load(path: str) -> Any:
    options = onnxruntime.SessionOptions()
    # The work is shared among the whole cores that the function has: one each 1769 MB.
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
    options.intra_op_num_threads = max(1, memory // 1769)
    options.inter_op_num_threads = 1
    # What the runtime raises is logged below, in one line of JSON.
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


store = Store(load)


def start() -> None:
    """Load the model now; raises ModelUnavailable."""
    store.model()


def predict(tensors: dict[str, Any], outputs: list[str]) -> dict[str, Any]:
    session = store.model()
    try:
        return dict(zip(outputs, session.run(outputs, tensors), strict=True))
    except REFUSALS as error:
        log.write("WARNING", "the model cannot compute these tensors", error=str(error))
        raise Problem(422, "The model cannot compute this", reason(str(error))) from None


def reason(message: str) -> str:
    """What the runtime says, without the places in its own source."""
    said = message.rpartition("Status Message: ")[2].rpartition(" was false. ")[2].strip()
    said = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", said)
    return "its lengths or values do not match" if said.startswith("/") else said[:300]
