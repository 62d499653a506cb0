"""Routes and errors. Knows no cloud: a Request comes in, a Response goes out.

What may be asked for is the list ROUTES in routes.py.

Whatever goes wrong is answered as application/problem+json: 400, 404, 405, 413, 415 and 422 are the
client's to mend, 503 means that the model is not there (yet), 500 is a bug and carries a request id
to find its traceback in the log. respond() never raises.

Nothing here is changed by a request: safe to call from several threads.
"""

import json
import time
import traceback
from typing import Any, NamedTuple

from app import log
from app.predictor import store
from app.problem import Problem
from app.request import Line, Request, Route
from app.routes import ROUTES
from app.store import RETRY_SECONDS, ModelUnavailable

# Google takes no more in one request, so nothing larger is worth reading elsewhere either.
LARGEST_BODY = 32 * 1024 * 1024
# Nor does it hand on more; status and headers need a little of that.
LARGEST_ANSWER = LARGEST_BODY - 1024

# json.dumps would make an encoder for every answer. A document of ours does not hold itself.
encode = json.JSONEncoder(allow_nan=False, check_circular=False).encode


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str
    document: Any
    """What `body` is the text of."""


def respond(request: Request) -> Response:
    """Answer a request and write its log line."""
    started = time.perf_counter()
    line: Line = {}
    try:
        response = as_json(200, answered(request, line))
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
        model_version=store.name()["version"],
        **line,
    )
    return response


OUTCOMES = {200: "ok", 500: "failed", 503: "unavailable"}


def answered(request: Request, line: Line) -> object:
    route = route_of(request)
    if request.body is not None and len(request.body) > LARGEST_BODY:
        raise Problem(
            413, "The body is too large", f"{len(request.body)} bytes, at most {LARGEST_BODY}"
        )
    return route(request, line)


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
        body = encode(document)
    except ValueError as error:
        # JSON has no word for NaN or infinity, and a client could do nothing with either.
        raise Problem(
            422, "The model has no answer", "its prediction is not a finite number"
        ) from error
    size = len(body)
    if status == 200 and size > LARGEST_ANSWER:
        detail = f"{size} bytes, at most {LARGEST_ANSWER}: ask for less at once"
        raise Problem(422, "The answer is too large", detail)
    return Response(status, {"content-type": content_type}, body, document)


def refusal(error: Exception, request: Request, line: Line) -> Response:
    """The problem document for whatever was raised."""
    if isinstance(error, Problem):
        problem = error
        line["problems"] = len(problem.errors) or 1
    elif isinstance(error, ModelUnavailable):
        problem = Problem(
            503,
            "The model is not available",
            "try again in a few seconds",
            headers={"retry-after": f"{RETRY_SECONDS:.0f}"},
        )
    else:
        problem = Problem(500, "Something went wrong here", request_id=request.id)
        line["traceback"] = "".join(traceback.format_exception(error))
    response = as_json(problem.status, problem.document(), "application/problem+json")
    response.headers.update(problem.headers)
    return response
