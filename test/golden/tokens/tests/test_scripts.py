"""The programs in scripts/ that people use while they work on the service."""

import http.client
import json
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from app.routes import PREDICT
from scripts import invoke
from scripts.serve import Gateway
from tests.samples import BODY, EVENTS, call, event, opened

_STATUS, EXPECTED = opened(call(event("http-api")))


@pytest.fixture
def served() -> Iterator[http.client.HTTPConnection]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/health", b"", 200),
        ("POST", f"{PREDICT}?unknown=1", BODY, 200),
        ("POST", PREDICT, b"{\xff\xfe", 400),
        ("DELETE", PREDICT, b"", 405),
        ("QUERY", PREDICT, b"", 405),
        ("GET", "/nothing", b"", 404),
    ],
)
def test_serve_answers_as_the_handler_does(
    served: http.client.HTTPConnection, method: str, path: str, body: bytes, status: int
) -> None:
    served.request(method, path, body)
    response = served.getresponse()
    document = json.loads(response.read())
    assert response.status == status
    if status == 200 and method == "POST":
        assert document == EXPECTED


def test_serve_takes_a_body_in_chunks(served: http.client.HTTPConnection) -> None:
    for _turn in range(2):  # the second finds the connection where the first should leave it
        served.request("POST", PREDICT, iter([BODY[:9], BODY[9:]]), encode_chunked=True)
        assert json.loads(served.getresponse().read()) == EXPECTED


@pytest.mark.parametrize(("name", "code"), [("direct", 0), ("error-404-no-route", 1)])
def test_invoke_prints_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["invoke", str(EVENTS / f"{name}.json")])
    assert invoke.main() == code
    _log_line, _newline, printed = capsys.readouterr().out.partition("\n")
    assert printed == f"{invoke.readable(call(event(name)))}\n"
