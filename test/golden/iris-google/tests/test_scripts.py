"""The programs in scripts/ that people use while they work on the service."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.routes import PREDICT
from scripts import invoke
from tests.samples import BODY, EVENTS, ROOT, call, event, opened

_STATUS, EXPECTED = opened(call(event("http")))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """What `make serve` starts: the server that is deployed, with its worker and threads."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "scripts.serve", "--port", str(free)]
    variables = os.environ | {"THREADS": "4"}
    server = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(server, free)
        yield free
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    for _try in range(600):
        assert server.poll() is None
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60).close()
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not listen")


def ask(port: int, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, {"content-type": kind} if kind else {})
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/health", b"", 200),
        ("POST", f"{PREDICT}?unknown=1", BODY, 200),
        ("POST", PREDICT, b"{\xff\xfe", 400),
        ("DELETE", PREDICT, b"", 405),
        ("BREW", "/coffee", b"", 404),
        ("GET", "/nothing", b"", 404),
        ("GET", "//health", b"", 200),
        ("GET", "/nothing//here", b"", 404),
        ("GET", "/robots.txt", b"", 404),
    ],
)
def test_serve_answers_as_the_function_does(
    port: int, method: str, path: str, body: bytes, status: int
) -> None:
    answered, text = ask(port, method, path, body)
    document = json.loads(text)
    assert answered == status
    if status == 200 and method == "POST":
        assert document == EXPECTED


def test_serve_takes_a_body_in_chunks(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _turn in range(2):  # the second finds the connection where the first should leave it
        connection.request("POST", PREDICT, iter([BODY[:9], BODY[9:]]), encode_chunked=True)
        assert json.loads(connection.getresponse().read()) == EXPECTED
    connection.close()


def test_several_calls_at_a_time_are_answered_alike(port: int) -> None:
    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = list(threads.map(lambda _turn: ask(port, "POST", PREDICT, BODY), range(40)))
    assert {status for status, _text in answers} == {200}
    assert [json.loads(text) for _status, text in answers] == [EXPECTED] * 40


def test_a_field_of_a_form_that_flask_would_refuse_is_answered_by_us(port: int) -> None:
    field = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"1" * 600_000
    kind = "multipart/form-data; boundary=x"
    status, text = ask(port, "POST", PREDICT, field + b"\r\n--x--\r\n", kind)
    assert status in (415, 422)
    assert json.loads(text)["status"] == status


@pytest.mark.parametrize(("name", "code"), [("http", 0), ("error-404-no-route", 1)])
def test_invoke_prints_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["invoke", str(EVENTS / f"{name}.json")])
    assert invoke.main() == code
    _log_line, _newline, printed = capsys.readouterr().out.partition("\n")
    assert printed == f"{invoke.readable(call(event(name)))}\n"


@pytest.mark.parametrize("name", ["http", "http-health", "error-405-method"])
def test_invoke_sends_the_request_to_a_service(port: int, name: str) -> None:
    sent = invoke.service(f"http://127.0.0.1:{port}{PREDICT}")(event(name))
    assert opened(sent) == opened(call(event(name)))
