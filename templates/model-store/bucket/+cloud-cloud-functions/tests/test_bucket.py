"""Requests to Cloud Storage carry the service account's token, and refusals say what mends them."""

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app import bucket


class Metadata(ThreadingHTTPServer):
    """The metadata server of a function."""

    asked: int = 0


class Token(BaseHTTPRequestHandler):
    server: Metadata

    def do_GET(self) -> None:
        assert self.headers["metadata-flavor"] == "Google"
        assert self.path == "/computeMetadata/v1/instance/service-accounts/default/token"
        self.server.asked += 1
        answer = {"access_token": f"token-{self.server.asked}", "expires_in": 100}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture(autouse=True)
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[Metadata]:
    server = Metadata(("127.0.0.1", 0), Token)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("MODEL_BUCKET", "the-bucket")
    monkeypatch.setenv("GCE_METADATA_HOST", f"127.0.0.1:{server.server_port}")
    monkeypatch.setattr(bucket, "_expires", 0.0)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_object_is_asked_for_with_a_token() -> None:
    ask = bucket.to_read("models/a b/ü?#.onnx", start=7, only="12")
    assert (ask.method, ask.origin) == ("GET", "https://storage.googleapis.com")
    name = "models%2Fa%20b%2F%C3%BC%3F%23.onnx"
    assert ask.path == f"/storage/v1/b/the-bucket/o/{name}?alt=media&ifGenerationMatch=12"
    assert ask.headers == {"range": "bytes=7-", "authorization": "Bearer token-1"}
    assert bucket.to_read("x", unless="12").path.endswith("&ifGenerationNotMatch=12")
    assert "alt=media" not in bucket.to_describe("x", unless="12").path


def test_a_token_is_kept_until_a_minute_before_its_end(
    monkeypatch: pytest.MonkeyPatch, metadata: Metadata
) -> None:
    now = 1000.0
    monkeypatch.setattr("app.bucket.time.monotonic", lambda: now)
    assert bucket.token() == bucket.token() == "token-1"
    now += 41
    assert bucket.token() == "token-2"
    assert metadata.asked == 2


@pytest.mark.parametrize("host", ["http://127.0.0.1:4443", "127.0.0.1:4443"])
def test_an_emulator_gets_no_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
    ask = bucket.to_read("x")
    assert (ask.origin, ask.headers) == ("http://127.0.0.1:4443", {})


def explained(status: int, body: bytes = b"") -> str:
    return bucket.explained(status, http.client.HTTPMessage(), body, "models/x")


def test_a_refusal_says_what_mends_it() -> None:
    assert "roles/storage.objectViewer" in explained(403, b'{"error": {"message": "no"}}')
    assert "gs://the-bucket/models/x is not there" in explained(404, b"No such object")
    assert explained(503, b'["?"]') == 'gs://the-bucket/models/x: 503 ["?"]'


def test_the_stored_checksum_is_understood() -> None:
    about = {"generation": "12", "size": "7", "md5Hash": "AAEC", "metadata": {"sha256": "0a"}}
    headers = http.client.HTTPMessage()
    found = bucket.described(headers, json.dumps(about).encode())
    assert found == bucket.Described("12", 7, "0a", "000102")
    composed = json.dumps({"generation": "12", "size": "7"}).encode()
    assert bucket.described(headers, composed) == bucket.Described("12", 7, None, None)
