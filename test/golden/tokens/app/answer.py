"""What clients get for their tensors: the protocol's infer response, with flat data.

In: the arrays that the model gives, by name, in the order in which they were asked for.
"""

from typing import Any

from app.inputs import DATATYPES
from app.predictor import store


def document(outputs: dict[str, Any], request_id: str | None) -> dict[str, Any]:
    model = store.name()
    answered: dict[str, Any] = {"model_name": model["name"], "model_version": model["version"]}
    if request_id is not None:
        answered["id"] = request_id
    answered["outputs"] = [tensor(name, array) for name, array in outputs.items()]
    return answered


def tensor(name: str, array: Any) -> dict[str, Any]:
    return {
        "name": name,
        # numpy keeps text as objects.
        "datatype": DATATYPES.get(array.dtype.name, "BYTES"),
        "shape": list(array.shape),
        "data": array.ravel().tolist(),
    }
