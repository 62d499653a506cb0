"""What the tests share: the events, a body and a way to compare numbers.

BODY is what events/http-api.json sends; ROWS are the rows in it: real ones that fit the schema.
"""

import json
import math
from pathlib import Path
from typing import Any

from app import features
from app.handler import handler

ROOT = Path(__file__).parent.parent
EVENTS = ROOT / "events"
CASES_FILE = ROOT / "model" / "cases.json"


class Context:
    """What the tests need of Lambda's context."""

    aws_request_id = "8e0f0b5c-test"


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def http_event(document: Any = None, **changes: Any) -> Any:
    """The HTTP API's event with this document as its body; `body` for one that is not JSON."""
    body = changes.pop("body", json.dumps(document))
    return event("http-api") | {"body": body} | changes


def call(event: Any) -> Any:
    return handler(event, Context())


def post(document: Any) -> Any:
    """The status and the document that are answered over HTTP."""
    return opened(call(http_event(document)))


def opened(answer: Any) -> tuple[int, Any]:
    return answer["statusCode"], json.loads(answer["body"])


def details(document: Any) -> list[str]:
    """The text of each fault in a problem document."""
    return [error["detail"] for error in document["errors"]]


def is_same(got: Any, expected: Any) -> bool:
    """Equal, up to TOLERANCE in every number."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return got.keys() == expected.keys() and all(is_same(got[k], expected[k]) for k in expected)
    if isinstance(expected, list) and isinstance(got, list):
        return len(got) == len(expected) and all(map(is_same, got, expected))
    if isinstance(expected, float) or isinstance(got, float):
        return math.isclose(got, expected, rel_tol=0, abs_tol=TOLERANCE)
    return type(got) is type(expected) and bool(got == expected)


def _rows() -> list[Any]:
    document = json.loads(BODY)
    return list(document["instances"] if isinstance(document, dict) else document)


BODY: bytes = event("http-api")["body"].encode()
ROWS = _rows()
if _unknown := [one["name"] for one in features.RAW or [] if one["name"] not in ROWS[0]]:
    _how = "python -m scripts.record_cases rows.json, with rows as clients send them"
    raise LookupError(f"no sample has {_unknown}, which app/features.py names in RAW: {_how}")
CASES: Any = json.loads(CASES_FILE.read_text(encoding="utf-8")) if CASES_FILE.exists() else None
TOLERANCE: float = CASES["tolerance"] if CASES else 1e-5
