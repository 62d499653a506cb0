"""What a service is asked: the same for every cloud and every way to call it.

document_of() raises Problem: 400 not JSON, 415 a media type that cannot be JSON.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.problem import Problem

# curl -d says x-www-form-urlencoded, many clients say nothing, a console says text/plain.
MAYBE_JSON = ("", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded")

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


type Route = Callable[[Request, Line], object]


def document_of(request: Request) -> Any:
    """The JSON document in the body."""
    if request.body is None:
        return request.document
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MAYBE_JSON and not media_type.endswith(("/json", "+json")):
        raise Problem(
            415, "The media type cannot be answered", f"{media_type} is not application/json"
        )
    try:
        return parse(request.body)
    except RecursionError:
        raise Problem(400, "The body is not JSON", "it is nested too deeply") from None
    except ValueError as error:
        raise Problem(400, "The body is not JSON", str(error)) from None


def parse(body: bytes) -> Any:
    """What json.loads gives, in half the time for UTF-8 without spaces around it."""
    try:
        text = body.decode()
        document, end = DECODER.raw_decode(text)
    except ValueError:
        return json.loads(body)
    return document if end == len(text) else json.loads(body)


DECODER = json.JSONDecoder()
