"""Call the service with an event from events/, here or where it is deployed.

    python -m scripts.invoke events/http.json             the function, on this machine
    python -m scripts.invoke events/http.json --url URL   the deployed service

Several events may be given. Prints each answer as JSON; exits 1 when one of them is an error.

The service is closed: --url sends your identity token, the environment variable ID_TOKEN or else
what `gcloud auth print-identity-token` prints.
"""

import argparse
import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from scripts.local import body_of, call

PREDICT = "/predict"

type Event = Any
type Answer = Any


def service(url: str) -> Callable[[Event], Answer]:
    """The event's request, sent to the service."""
    address = urlsplit(url.rstrip("/").removesuffix(PREDICT))  # the path is the event's
    secure = address.scheme == "https"
    # A token is for one service and for https; a server on this machine asks for none.
    token = {"authorization": f"Bearer {identity_token()}"} if secure else {}

    def send(event: Event) -> Answer:
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(address.netloc, timeout=60)
        query = f"?{urlencode(event['query'])}" if event.get("query") else ""
        headers = event.get("headers", {}) | token
        target = f"{address.path}{event['path']}{query}"
        connection.request(event["method"], target, body_of(event), headers)
        with contextlib.closing(connection):
            response = connection.getresponse()
            return {"statusCode": response.status, "body": response.read().decode()}

    return send


def identity_token() -> str:
    given = os.environ.get("ID_TOKEN")
    if given:
        return given
    command = ["gcloud", "auth", "print-identity-token"]
    try:
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit("No identity token: run `gcloud auth login`, or set ID_TOKEN.") from error


def readable(answer: Answer) -> str:
    """The answer with its body opened, where that is a string of JSON."""
    with contextlib.suppress(ValueError):
        answer = answer | {"body": json.loads(answer["body"])}
    return json.dumps(answer, indent=2, ensure_ascii=False)


def main() -> int:
    parser = argparse.ArgumentParser(description="Call the service with events.")
    parser.add_argument("events", nargs="+", type=Path, metavar="EVENT")
    parser.add_argument("--url", help="the deployed service")
    given = parser.parse_args()
    send = service(given.url) if given.url else call

    failed = False
    for path in given.events:
        answer = send(json.loads(path.read_text(encoding="utf-8")))
        print(readable(answer))
        failed = failed or answer["statusCode"] >= 400
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
