"""Lambda's way in: an event becomes a Request, a Response becomes what its sender expects.

    sender                                       answered with
    API Gateway (REST v1, HTTP v2), Function URL {"statusCode", "headers", "body": "<JSON>"}
    direct, {"body": <object, list or string>}   the same
    direct, anything else: it is the body        the bare document
    {"warmup": true}                             {"warm": true}

A direct call gets what is wrong with it (4xx) as a document with its `status`. For a failure of
ours (5xx) InvocationFailed is raised, so that Lambda's retries and its error metric work.

The model is loaded when this module is imported: that time is Lambda's init, and every later call
finds it ready. If it cannot be loaded, the calls are answered 503 until it can.
"""

import binascii
from typing import Any

import app.startup
from app import api, routes
from app.request import Request

type Event = Any
type Answer = Any

app.startup.ready()


class InvocationFailed(Exception):
    """What a direct call gets for a 5xx."""


def handler(event: Event, context: Any) -> Answer:
    if is_warm_up(event):
        return {"warm": True}
    request_id = getattr(context, "aws_request_id", "-")
    if is_http(event):
        return as_http(api.respond(http_request(event, request_id)))
    response = api.respond(direct_request(event, request_id))
    if response.status >= 500:
        raise InvocationFailed(response.body)
    return as_http(response) if is_envelope(event) else response.document


def is_warm_up(event: Event) -> bool:
    return isinstance(event, dict) and len(event) == 1 and event.get("warmup") is True


def is_http(event: Event) -> bool:
    gateway = event.get("requestContext") if isinstance(event, dict) else None
    return isinstance(gateway, dict) and ("http" in gateway or "stage" in gateway)


def is_envelope(event: Event) -> bool:
    return (
        isinstance(event, dict)
        and isinstance(event.get("body"), dict | list | str)
        and "body" not in routes.FIELDS
    )


def http_request(event: Event, request_id: str) -> Request:
    gateway = event["requestContext"]
    if "http" in gateway:  # HTTP API v2, Function URL
        method, path = (gateway["http"] or {}).get("method"), event.get("rawPath")
    else:  # REST API v1
        method, path = event.get("httpMethod"), event.get("path")
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    query = event.get("queryStringParameters") or {}
    body, document = body_of(event)
    # Events that were written by hand may leave out what a gateway always sends.
    path = without_stage(path or "/", gateway.get("stage"))
    return Request(method or "POST", path, body, document, headers, query, request_id)


def direct_request(event: Event, request_id: str) -> Request:
    body, document = body_of(event) if is_envelope(event) else (None, event)
    return Request("POST", routes.PREDICT, body, document, id=request_id)


def body_of(event: Event) -> tuple[bytes | None, Any]:
    """The body as bytes, or as a document where the sender has not made a string of it."""
    body = event.get("body")
    if body is None:
        return b"", None
    if not isinstance(body, str):
        return None, body
    # Half a character ("\ud800") has no bytes; like this the reader of the JSON refuses it.
    content = body.encode(errors="surrogatepass")
    if event.get("isBase64Encoded") in (True, "true"):  # "false" stands in events made by hand
        try:
            content = binascii.a2b_base64(content)
        except binascii.Error:
            content = b""  # not base64, so it cannot be JSON either
    return content, None


def without_stage(path: str, stage: str | None) -> str:
    """An HTTP API with a named stage puts the stage in front of the path."""
    if stage and not api.is_route(path) and f"{path}/".startswith(f"/{stage}/"):
        return path[len(stage) + 1 :] or "/"
    return path


def as_http(response: api.Response) -> Answer:
    return {"statusCode": response.status, "headers": response.headers, "body": response.body}
