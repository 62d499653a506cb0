"""The service on this machine, through functions-framework as Google runs it.

An event is a request as JSON; what call() gives is its answer:

    {"method", "path", "query", "headers", "body": "<text>", "isBase64Encoded"}
    {"statusCode", "headers", "body": "<text>"}
"""

import base64
from pathlib import Path
from typing import Any

import functions_framework

MAIN = Path(__file__).parent.parent / "main.py"

app: Any = functions_framework.create_app("predict", str(MAIN))  # type: ignore[no-untyped-call]


def call(event: Any) -> Any:
    response = app.test_client().open(
        event["path"],
        method=event["method"],
        query_string=event.get("query"),
        headers=event.get("headers"),
        data=body_of(event),
    )
    headers = {name.lower(): value for name, value in response.headers if name != "Content-Length"}
    body = response.get_data(as_text=True)
    return {"statusCode": response.status_code, "headers": headers, "body": body}


def body_of(event: Any) -> bytes:
    # Half a character ("\ud800") has no bytes; like this the reader of the JSON refuses it.
    body: bytes = (event.get("body") or "").encode(errors="surrogatepass")
    return base64.b64decode(body) if event.get("isBase64Encoded") else body
