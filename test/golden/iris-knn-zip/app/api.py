"""Routes and errors. Knows no cloud: a Request comes in, a Response goes out.

    POST /predict
        predictions for the rows in the body; POST / is the same
    POST /predict/validate
        the rows as the model would see them, or what is wrong with them
    GET /health
        200 when the model is loaded, else 503
    GET /schema
        an OpenAPI 3.1 description of all this

Whatever goes wrong is answered as application/problem+json: 400, 404, 405, 413, 415 and 422 are the
client's to mend, 503 means that the model is not there (yet), 500 is a bug and carries a request id
to find its traceback in the log. respond() never raises.

Nothing here is changed by a request: safe to call from several threads.
"""

import json
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app import MODEL, Row, answer, features, inputs, log, predictor
from app.problem import Problem
from app.store import ModelUnavailable

# Lambda takes no more than 6 MB, so nothing larger is worth reading elsewhere either.
LARGEST_BODY = 6 * 1024 * 1024

type Line = dict[str, object]
"""What a route adds to the request's log line."""


class Request(NamedTuple):
    method: str
    path: str
    body: bytes | None
    """The body as it came; None when `document` holds it."""
    document: Any = None
    """The body, where the caller has parsed it already."""
    headers: Mapping[str, str] = {}
    """By lower-case name."""
    query: Mapping[str, str] = {}
    id: str = "-"


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str
    document: Any
    """What `body` is the text of."""


# What clients send, and what the model was trained on: two schemas when features.py says so.
accepted = inputs.Schema(features.RAW or MODEL["features"])
trained_on = inputs.Schema(MODEL["features"]) if features.RAW else None


def predict(request: Request, line: Line) -> object:
    rows = read(request, line)
    samples = features.make(rows)
    if trained_on:
        samples = trained_on.fitted(samples)
    predictions = predictor.predict(samples)
    return answer.document(predictions, request.query)


def validate(request: Request, line: Line) -> object:
    return {"instances": read(request, line)}


def health(_request: Request, _line: Line) -> object:
    predictor.start()
    return {"status": "ok", "model": answer.MODEL_NAME}


def schema(_request: Request, _line: Line) -> object:
    from app import openapi  # asked for by people: no cold start pays for it

    return openapi.describe(accepted, ROUTES)


def read(request: Request, line: Line) -> list[Row]:
    """The rows in the body."""
    document = request.document
    if request.body is not None:
        if len(request.body) > LARGEST_BODY:
            raise Problem(
                413, "The body is too large", f"{len(request.body)} bytes, at most {LARGEST_BODY}"
            )
        document = inputs.parse(request.body, request.headers.get("content-type", ""))
    rows, ignored = accepted.rows(document)
    line["rows"] = len(rows)
    line["ignored_fields"] = ignored
    return rows


type Route = Callable[[Request, Line], object]

PREDICT = "/predict"
VALIDATE = "/predict/validate"
ROUTES: dict[str, dict[str, Route]] = {
    PREDICT: {"POST": predict},
    "/": {"POST": predict},
    VALIDATE: {"POST": validate},
    "/health": {"GET": health},
    "/schema": {"GET": schema},
}


def respond(request: Request) -> Response:
    """Answer a request and write its log line."""
    started = time.perf_counter()
    line: Line = {}
    try:
        response = as_json(200, route_of(request)(request, line))
    except Exception as error:
        response = refusal(error, request, line)
    log.write(
        "ERROR" if response.status >= 500 else "INFO",
        "request",
        request_id=request.id,
        route=f"{request.method} {request.path}",
        status=response.status,
        outcome=OUTCOMES.get(response.status, "refused"),
        latency_ms=round((time.perf_counter() - started) * 1000, 3),
        model_version=MODEL["version"],
        **line,
    )
    return response


OUTCOMES = {200: "ok", 500: "failed", 503: "unavailable"}


def route_of(request: Request) -> Route:
    path = request.path.rstrip("/") or "/"
    methods = ROUTES.get(path)
    if methods is None:
        routes = [f"{method} {path}" for path, methods in ROUTES.items() for method in methods]
        raise Problem(404, "There is nothing here", f"no route {request.path}", routes=routes)
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Problem(
            405,
            "The method does not go with this route",
            f"{request.path} answers {allowed}, not {request.method}",
            headers={"allow": allowed},
        )
    return methods[request.method]


def is_route(path: str) -> bool:
    return (path.rstrip("/") or "/") in ROUTES


def as_json(status: int, document: object, content_type: str = "application/json") -> Response:
    try:
        body = json.dumps(document, allow_nan=False)
    except ValueError as error:
        # JSON has no word for NaN or infinity, and a client could do nothing with either.
        raise Problem(
            422, "The model has no answer", "its prediction is not a finite number"
        ) from error
    return Response(status, {"content-type": content_type}, body, document)


def refusal(error: Exception, request: Request, line: Line) -> Response:
    """The problem document for whatever was raised."""
    if isinstance(error, Problem):
        problem = error
        line["problems"] = len(problem.errors) or 1
    elif isinstance(error, ModelUnavailable):
        problem = Problem(503, "The model is not available", "try again in a few seconds")
    else:
        problem = Problem(500, "Something went wrong here", request_id=request.id)
        line["traceback"] = "".join(traceback.format_exception(error))
    response = as_json(problem.status, problem.document(), "application/problem+json")
    response.headers.update(problem.headers)
    return response
