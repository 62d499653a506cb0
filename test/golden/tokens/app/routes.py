"""What can be asked for: the Open Inference Protocol, version 2, for one model.

    POST /v2/models/tokens/infer
        what the model makes of the tensors in the body; POST /predict and POST /: the same
    GET /v2/models/tokens, GET /v2
        the model's tensors; the service
    GET /v2/health/live, /v2/health/ready, /v2/models/tokens/ready
        200; the last two 503 while the model is not loaded
    POST /predict/validate
        what the tensors were understood as, or what is wrong with them
    GET /health
        200 when the model is loaded, else 503
    GET /schema
        an OpenAPI 3.1 description of all this

A route takes the request and the request's log line, to which it may add; what it gives is
answered as JSON.
"""

from typing import Any

from app import MODEL, answer, features, inputs, predictor
from app.request import Line, Request, Route

# What clients send, and what comes out.
accepted = inputs.Schema(features.RAW or MODEL["inputs"], MODEL["outputs"])

# What a cloud's adapter must know: how to be ready, and which names may stand at the top of a body.
start = predictor.start
FIELDS = ["inputs"]


def infer(request: Request, line: Line) -> object:
    asked = read(request, line)
    outputs = predictor.predict(features.make(asked.tensors), asked.outputs)
    document = answer.document(outputs, asked.id)
    return document


def validate(request: Request, line: Line) -> object:
    tensors = read(request, line).tensors
    types = {name: inputs.DATATYPES[one["dtype"]] for name, one in accepted.inputs.items()}
    return {
        "instances": [
            {
                name: {"datatype": types[name], "shape": list(array.shape)}
                for name, array in tensors.items()
            }
        ]
    }


def server(_request: Request, _line: Line) -> object:
    return {**predictor.store.name(), "extensions": []}


def model(_request: Request, _line: Line) -> object:
    return {
        "name": MODEL["name"],
        "versions": [predictor.store.name()["version"]],
        "platform": "onnx_onnxv1",
        "inputs": [metadata(one) for one in accepted.inputs.values()],
        "outputs": [metadata(one) for one in MODEL["outputs"]],
    }


def metadata(tensor: dict[str, Any]) -> dict[str, Any]:
    """A free dimension is -1, and so is a shape that may have any number of them."""
    shape = tensor["shape"] or ([-1] if tensor["shape"] is None else [])
    return {
        "name": tensor["name"],
        "datatype": inputs.DATATYPES[tensor["dtype"]],
        "shape": [size if type(size) is int else -1 for size in shape],
    }


def live(_request: Request, _line: Line) -> object:
    return {"live": True}


def ready(_request: Request, _line: Line) -> object:
    predictor.start()
    return {"ready": True}


def model_ready(_request: Request, _line: Line) -> object:
    predictor.start()
    return {"name": MODEL["name"], "ready": True}


def health(_request: Request, _line: Line) -> object:
    predictor.start()
    return {"status": "ok", **predictor.store.state()}


def schema(_request: Request, _line: Line) -> object:
    from app import openapi  # asked for by people: no cold start pays for it

    return openapi.describe(accepted, ROUTES)


def read(request: Request, line: Line) -> inputs.Asked:
    """The tensors in the body."""
    asked = accepted.asked(request)
    shape = next(iter(asked.tensors.values())).shape
    line["rows"] = shape[0] if len(shape) > 1 else 1
    line["ignored_fields"] = asked.ignored
    return asked


PREDICT = "/predict"
VALIDATE = "/predict/validate"
THE_MODEL = f"/v2/models/{MODEL['name']}"
ROUTES: dict[str, dict[str, Route]] = {
    PREDICT: {"POST": infer},
    "/": {"POST": infer},
    VALIDATE: {"POST": validate},
    "/health": {"GET": health},
    "/schema": {"GET": schema},
    "/v2": {"GET": server},
    "/v2/health/live": {"GET": live},
    "/v2/health/ready": {"GET": ready},
    THE_MODEL: {"GET": model},
    f"{THE_MODEL}/ready": {"GET": model_ready},
    f"{THE_MODEL}/infer": {"POST": infer},
}
