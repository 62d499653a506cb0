"""Call the service with an event from events/, here or where it is deployed.

    python -m scripts.invoke events/http-api.json                    the handler, on this machine
    python -m scripts.invoke events/http-api.json --url URL          the deployed endpoint
    python -m scripts.invoke events/direct.json --function NAME      the deployed function

Several events may be given. Prints each answer as JSON; exits 1 when one of them is an error.

The endpoint is closed: --url signs the request (SigV4) with your AWS credentials, the ones that
the AWS CLI would use.
"""

import argparse
import base64
import contextlib
import http.client
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REGION = "us-east-1"
PREDICT = "/predict"

type Event = Any
type Answer = Any


def locally(event: Event) -> Answer:
    from app.handler import handler

    return handler(event, None)


def function(name: str) -> Callable[[Event], Answer]:
    import boto3

    client = boto3.client("lambda", region_name=REGION)

    def invoke(event: Event) -> Answer:
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())

    return invoke


def endpoint(url: str) -> Callable[[Event], Answer]:
    """The event's request, sent to the endpoint; a bare event is sent as the body."""
    address = urlsplit(url.rstrip("/").removesuffix(PREDICT))  # the path is the event's
    secure = address.scheme == "https"

    def send(event: Event) -> Answer:
        method, path, kind, body = request_in(event)
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(address.netloc, timeout=60)
        target = f"{address.path}{path}"
        headers = signed(method, f"{address.scheme}://{address.netloc}{target}", kind, body)
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return {"statusCode": response.status, "body": response.read().decode()}

    return send


def request_in(event: Event) -> tuple[str, str, str, bytes]:
    """Method, path, content type and body of what an event was made from."""
    gateway = event.get("requestContext", {}) if isinstance(event, dict) else {}
    if "stage" not in gateway:
        return "POST", PREDICT, "application/json", json.dumps(event).encode()
    body = (event.get("body") or "").encode()
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    method = gateway["http"]["method"] if "http" in gateway else event["httpMethod"]
    path = event.get("rawPath") or event["path"]
    headers = {name.lower(): value for name, value in event["headers"].items()}
    return method, path, headers.get("content-type", "application/json"), body


def signed(method: str, url: str, kind: str, body: bytes) -> dict[str, str]:
    """The headers of a request that carries the signature of your credentials."""
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise SystemExit("No AWS credentials: run `aws configure` or `aws sso login`.")
    request = AWSRequest(method, url, {"content-type": kind}, body)
    SigV4Auth(credentials, "execute-api", region_in(url)).add_auth(request)
    return dict(request.headers.items())


def region_in(url: str) -> str:
    """AWS's own host names say it: ID.execute-api.REGION.amazonaws.com."""
    parts = (urlsplit(url).hostname or "").split(".")
    said = len(parts) > 3 and parts[1] in ("execute-api", "lambda-url")
    return parts[2] if said else REGION


def is_error(answer: Answer) -> bool:
    if not isinstance(answer, dict):
        return False
    status = answer.get("statusCode") or answer.get("status")
    return "errorMessage" in answer or (isinstance(status, int) and status >= 400)


def readable(answer: Answer) -> str:
    """The answer with its body opened, where that is a string of JSON."""
    if isinstance(answer, dict) and isinstance(answer.get("body"), str):
        with contextlib.suppress(ValueError):
            answer = answer | {"body": json.loads(answer["body"])}
    return json.dumps(answer, indent=2, ensure_ascii=False)


def main() -> int:
    parser = argparse.ArgumentParser(description="Call the service with events.")
    parser.add_argument("events", nargs="+", type=Path, metavar="EVENT")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", help="the deployed endpoint")
    where.add_argument("--function", metavar="NAME", help="the deployed function")
    given = parser.parse_args()
    if given.url:
        call = endpoint(given.url)
    elif given.function:
        call = function(given.function)
    else:
        call = locally

    failed = False
    for path in given.events:
        answer = call(json.loads(path.read_text(encoding="utf-8")))
        print(readable(answer))
        failed = failed or is_error(answer)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
