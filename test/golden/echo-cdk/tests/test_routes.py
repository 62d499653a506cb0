"""What is sent comes back."""

import json
from typing import Any

import pytest

from app.api import respond
from app.request import Request
from app.routes import PREDICT


def post(document: Any) -> Any:
    response = respond(Request("POST", PREDICT, json.dumps(document).encode()))
    assert response.status == 200
    return response.document


@pytest.mark.parametrize(
    "message", ["hello", "", "日本 \u0000'\"", 0, 1.5, True, None, [1, {}], {}]
)
def test_a_message_comes_back_as_it_is(message: Any) -> None:
    assert post({"msg": message}) == {"response": message, "success": True}
    assert post({"msg": message, "more": 1}) == {"response": message, "success": True}


@pytest.mark.parametrize("document", [{}, {"message": "hello"}, [], ["msg"], "msg", 5, None])
def test_without_a_message_there_is_no_success(document: Any) -> None:
    assert post(document) == {"success": False}
