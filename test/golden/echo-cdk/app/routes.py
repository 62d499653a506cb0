"""What can be asked for.

    POST /predict
        {"msg": x} is answered {"response": x, "success": true}; without msg: {"success": false}.
        POST / is the same
    GET /health
        200
    GET /schema
        an OpenAPI 3.1 description of all this

A route takes the request and the request's log line, to which it may add; what it gives is
answered as JSON.
"""

from app.request import Line, Request, Route, document_of

# Names that stand at the top of a body: what has one of them is no envelope around a body.
FIELDS = ["msg"]


def echo(request: Request, _line: Line) -> object:
    document = document_of(request)
    if not isinstance(document, dict) or "msg" not in document:
        return {"success": False}
    return {"response": document["msg"], "success": True}


def health(_request: Request, _line: Line) -> object:
    return {"status": "ok"}


def schema(_request: Request, _line: Line) -> object:
    from app import openapi  # asked for by people: no cold start pays for it

    return openapi.describe(ROUTES)


PREDICT = "/predict"
ROUTES: dict[str, dict[str, Route]] = {
    PREDICT: {"POST": echo},
    "/": {"POST": echo},
    "/health": {"GET": health},
    "/schema": {"GET": schema},
}
