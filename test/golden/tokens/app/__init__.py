"""The service: a request comes in, goes down this list, and its answer comes back up.

    handler.py    the cloud's event -> Request; Response -> what the cloud expects
    api.py        finds the route; errors, the log line; knows no cloud
    routes.py     what can be asked for
    inputs.py     body -> what the model is asked about, every problem found
    features.py   what clients send -> what the model was trained on (yours)
    predictor.py  that -> the tensors that the model gives
    answer.py     these -> the document that clients get

    store.py      where the model comes from; keeps it loaded
    openapi.py    GET /schema
    problem.py    errors as documents
    log.py        one JSON object per line

What is known about the model stands in model/model.json, is read here once, and is called MODEL.
"""

import json
import os
from typing import Any, Final, NotRequired, TypedDict

type Label = str | int | float | bool
type Row = dict[str, Any]
"""One sample: {feature name: value}."""


class Feature(TypedDict):
    """What one field of a row may hold."""

    name: str
    dtype: str
    """number, string, boolean or category."""
    integer: NotRequired[str]
    """For a number that must be whole: numpy's name of its type, such as int64."""
    categories: NotRequired[list[Label]]
    open: NotRequired[bool]
    """Whether a category that training did not see is a value, too: the model says what of it."""
    nullable: NotRequired[bool]
    """Whether null is a value, too: the model knows what to do without one."""
    range: NotRequired[list[float]]
    """Smallest and largest value seen in training: makes samples, nothing is refused for it."""


class Framework(TypedDict):
    name: str
    version: str | None


class Model(TypedDict):
    """model/model.json."""

    name: str
    version: str
    file: str
    sha256: str
    format: str
    framework: Framework
    task: str
    features: list[Feature]
    classes: list[Label] | None
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    preprocess: dict[str, Any] | None


MODEL_FOLDER: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "model")

with open(os.path.join(MODEL_FOLDER, "model.json"), encoding="utf-8") as _file:
    MODEL: Final[Model] = json.load(_file)

MODEL_NAME: Final = {"name": MODEL["name"], "version": MODEL["version"]}
"""How answers name the model."""
