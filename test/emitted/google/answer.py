"""Answer requests through a project's own adapter, whichever cloud it is for.

    cd PROJECT && python answer.py REQUESTS.json

REQUESTS.json holds [{"method", "path", "query", "headers", "body", "isBase64Encoded"}, ...]. Prints a list of their answers on
the last line.
"""

import base64
import json
import os
import sys

sys.path.insert(0, "")


def through_lambda(requests):
    from app.handler import handler

    for request in requests:
        body = request.get("body")
        event = {
            "version": "2.0",
            "rawPath": request["path"],
            "queryStringParameters": request.get("query") or None,
            "headers": request.get("headers") or {},
            "requestContext": {"stage": "$default", "http": {"method": request["method"], "path": request["path"]}},
            "body": body if body is None or request.get("isBase64Encoded") else base64.b64encode(body.encode()).decode(),
            "isBase64Encoded": True,
        }
        yield handler(event, None)


def through_flask(requests):
    from scripts.local import call

    yield from map(call, requests)


with open(sys.argv[1]) as file:
    asked = json.load(file)
answers = list((through_flask if os.path.exists("main.py") else through_lambda)(asked))
print("\n" + json.dumps(answers))
