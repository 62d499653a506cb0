"""Cloud Functions' way in: a Flask request becomes a Request, a Response becomes what Flask sends.

Whatever is asked is answered by api.py, never by Flask's own pages: other paths and methods, paths
that Flask would redirect (//predict) or keep from a function (/robots.txt), forms that it refuses
to read. The body is taken as it came; request.form and request.files are never touched.

Several threads call predict() at a time. Nothing here is changed by a request.
"""

import os
import re
import uuid

import flask
from werkzeug.exceptions import HTTPException

import app.startup
from app import api
from app.request import Request

TRACE = re.compile(r"(?:00-)?([0-9a-f]{32})")


def predict(request: flask.Request) -> flask.Response:
    response = api.respond(request_from(request))
    return flask.Response(response.body, response.status, response.headers)


def request_from(request: flask.Request) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(
        request.method,
        request.path,
        request.get_data(),
        headers=headers,
        query=request.args.to_dict(),
        id=request_id(headers.get("traceparent", "")),
    )


def request_id(traceparent: str) -> str:
    """The id by which Google's log groups all lines of a request; one of our own elsewhere."""
    trace = TRACE.match(traceparent)
    return trace[1] if trace else uuid.uuid4().hex


def answer_everything(app: flask.Flask) -> None:
    """What Flask finds no route for is answered by us, too."""
    app.url_map.merge_slashes = False
    app.register_error_handler(HTTPException, lambda _error: predict(flask.request))


# functions-framework imports this module inside the app that it makes; other programs need not.
if flask.has_app_context():
    answer_everything(flask.current_app)

# gunicorn imports this module and then forks its worker, which has none of the threads that a
# framework may have started by then: the model is loaded in the worker, before its first request.
os.register_at_fork(after_in_child=app.startup.ready)
