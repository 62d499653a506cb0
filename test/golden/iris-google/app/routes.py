"""What can be asked for.

    POST /predict
        predictions for the rows in the body; POST / is the same
    POST /predict/validate
        the rows as the model would see them, or what is wrong with them
    GET /health
        200 when the model is loaded, else 503
    GET /schema
        an OpenAPI 3.1 description of all this

A route takes the request and the request's log line, to which it may add; what it gives is
answered as JSON.
"""

from app import MODEL, Row, answer, features, inputs, predictor
from app.request import Line, Request, Route, document_of

# What clients send, and what the model was trained on: two schemas when features.py says so.
accepted = inputs.Schema(features.RAW or MODEL["features"])
trained_on = inputs.Schema(MODEL["features"]) if features.RAW else None

# What a cloud's adapter must know: how to be ready, and which names may stand at the top of a body.
start = predictor.start
FIELDS = accepted.names


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
    return {"status": "ok", **predictor.store.state()}


def schema(_request: Request, _line: Line) -> object:
    from app import openapi  # asked for by people: no cold start pays for it

    return openapi.describe(accepted, ROUTES)


def read(request: Request, line: Line) -> list[Row]:
    """The rows in the body."""
    rows, ignored = accepted.rows(document_of(request))
    line["rows"] = len(rows)
    line["ignored_fields"] = ignored
    return rows


PREDICT = "/predict"
VALIDATE = "/predict/validate"
ROUTES: dict[str, dict[str, Route]] = {
    PREDICT: {"POST": predict},
    "/": {"POST": predict},
    VALIDATE: {"POST": validate},
    "/health": {"GET": health},
    "/schema": {"GET": schema},
}
