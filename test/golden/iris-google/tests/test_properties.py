"""Whatever arrives, the answer is never a 5xx, and what is wrong with it is said as RFC 9457 wants.

Hypothesis makes up the requests, the same ones each time. To look for more of them:
HYPOTHESIS_MAX_EXAMPLES=10000 with pytest.
"""

import json
import math
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api import respond
from app.request import Request
from app.routes import PREDICT, ROUTES
from tests.samples import BODY

short = settings(
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "60")),
    suppress_health_check=list(HealthCheck),
)
# Numbers at the end of what a float holds overflow inside some models.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# Halves of characters as well ("\ud800"), NaN and infinity: Python's JSON has words for them.
text = st.text(st.characters(), max_size=20)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda part: st.lists(part, max_size=5) | st.dictionaries(text, part, max_size=5),
    max_leaves=10,
)
POSTED = sorted(path for path, methods in ROUTES.items() if "POST" in methods)
KINDS = ["", "application/json", "text/plain", "multipart/form-data; boundary=x", "image/png"]


def check(body: bytes, kind: str = "application/json", path: str = PREDICT) -> None:
    response = respond(Request("POST", path, body, headers={"content-type": kind}))
    assert response.status < 500, response.body
    answer = json.loads(response.body, parse_constant=pytest.fail)
    if response.status != 200:
        assert response.status >= 400
        assert response.headers["content-type"] == "application/problem+json"
        assert answer["status"] == response.status
        assert answer["title"]
        assert all(error["detail"] for error in answer.get("errors", []))


def places(part: Any) -> Iterator[tuple[Any, Any]]:
    """Every list or object below, with each of its indices or names."""
    for at, below in part.items() if isinstance(part, dict) else enumerate(part):
        yield part, at
        if isinstance(below, dict | list):
            yield from places(below)


ODD: list[Any] = [None, True, [], {}, [[]], "", "a", "\ud800", "1e400", "nan", "-" * 5000]
ODD += [0, -1, 0.5, 10**6, 2**63, 2**64, 10**400, 3.5e38, 1e308, math.nan, math.inf, -math.inf]


def test_every_odd_value_in_every_place() -> None:
    for index in range(min(25, len(list(places(json.loads(BODY)))))):
        for value in ODD:
            document = json.loads(BODY)
            part, at = list(places(document))[index]
            part[at] = value
            check(json.dumps(document).encode())


@short
@given(documents, st.sampled_from(POSTED))
def test_any_document(document: Any, path: str) -> None:
    check(json.dumps(document).encode(), path=path)


@short
@given(st.data())
def test_any_document_that_is_nearly_right(data: st.DataObject) -> None:
    document = json.loads(BODY)
    for _change in range(data.draw(st.integers(1, 2))):
        found = list(places(document))
        if found:
            part, at = data.draw(st.sampled_from(found))
            change = data.draw(st.sampled_from(["replace", "remove", "repeat"]))
            if change == "replace":
                part[at] = data.draw(documents)
            elif change == "remove":
                del part[at]
            elif isinstance(part, list):
                part.append(part[at])
    check(json.dumps(document).encode(), path=data.draw(st.sampled_from(POSTED)))


@short
@given(st.data(), st.sampled_from(KINDS))
def test_any_bytes(data: st.DataObject, kind: str) -> None:
    content = data.draw(st.sampled_from([BODY, b""]))
    start, end = (data.draw(st.integers(0, len(content))) for _end in range(2))
    check(content[:start] + data.draw(st.binary(max_size=8)) + content[end:], kind)
