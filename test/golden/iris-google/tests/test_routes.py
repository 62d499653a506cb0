"""What the routes give for rows, and what they add to the log line."""

import json

import pytest

from app import routes
from app.api import Response, respond
from app.request import Request
from app.routes import PREDICT, VALIDATE
from tests.samples import BODY, ROWS


def post(path: str = PREDICT, body: bytes = BODY) -> Response:
    return respond(Request("POST", path, body))


def test_validate_answers_the_rows_as_they_were_understood() -> None:
    rows, _ignored = routes.accepted.rows(ROWS)
    assert post(VALIDATE).document == {"instances": rows}


def test_the_log_line_counts_rows_and_problems(capsys: pytest.CaptureFixture[str]) -> None:
    post()
    post(body=b"{}")
    answered, refused = map(json.loads, capsys.readouterr().out.splitlines())
    assert answered["rows"] == len(ROWS)
    assert (refused["status"], refused["problems"]) == (422, len(routes.FIELDS))
