"""Yours: tensors as clients send them -> tensors as the model takes them.

In:  numpy arrays by name, as inputs.py checked them: {"ids": array, …}.
Out: arrays for the model's own inputs (model/model.json), of their dtypes and shapes.

As it stands clients send the model's own inputs. Where they should send something else, say in RAW
what that is, and make the model's inputs from it; validation, GET /schema, the model's metadata and
samples follow RAW. For example, for a model that takes "ids" and "mask" of the same shape:

    RAW: list[dict[str, Any]] | None = [
        {"name": "ids", "dtype": "int64", "shape": ["batch", "length"]},
    ]

    def make(tensors: dict[str, Any]) -> dict[str, Any]:
        return tensors | {"mask": (tensors["ids"] != 0).astype(np.float32)}

To refuse a tensor for a reason of your own, raise app.problem.Problem(422, "…", "…"). Called by
several threads at once: keep no state between calls. Afterwards run
`python -m scripts.record_cases tensors.json`, with a few as clients send them, or without
tensors.json where they send the same as before.
"""

from typing import Any

RAW: list[dict[str, Any]] | None = None


def make(tensors: dict[str, Any]) -> dict[str, Any]:
    return tensors
