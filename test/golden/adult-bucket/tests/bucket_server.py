"""A bucket on this machine, as both clouds serve one, with every fault that a network has.

bucket.release(b"content", "v1") puts a version there and the pointer to it; bucket.faults says what
happens to the next request for a key with such an ending.
"""

import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from app import MODEL, released

PREFIX = f"models/test/{MODEL['name']}"
POINTER = f"{PREFIX}/current.json"

type Fault = Callable[["Objects", bytes], None]


class Bucket(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Objects)
        self.objects: dict[str, tuple[bytes, int, dict[str, str]]] = {}
        self.faults: list[tuple[str, Fault]] = []
        self.asked: list[tuple[str, str]] = []
        self.asked_from: list[int] = []
        self.ended = threading.Event()

    def put(self, key: str, content: bytes, **stored: str) -> None:
        """Each time an object has a new tag."""
        self.objects[key] = (content, len(self.asked) + len(self.objects) + 1, stored)

    def release(self, content: bytes, version: str, **changes: Any) -> dict[str, Any]:
        key = f"{PREFIX}/{version}/{MODEL['file']}"
        self.put(key, content)
        self.put(f"{PREFIX}/{version}/model.json", json.dumps(MODEL).encode())
        sha256 = hashlib.sha256(content).hexdigest()
        pointer = {"version": version, "key": key, "sha256": sha256, "size": len(content)}
        self.put(POINTER, json.dumps(pointer | changes).encode())
        return pointer | changes

    def reads(self, ending: str) -> int:
        return sum(key.endswith(ending) for _method, key in self.asked)


class Objects(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket
    wbufsize = -1  # head and body in one piece: else each answer takes 40 ms

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        is_google = url.path.startswith("/storage/")
        key = unquote(url.path.split("/", 6 if is_google else 2)[-1])
        self.server.asked.append((self.command, key))
        content, generation, stored = self.server.objects.get(key, (b"", 0, {}))
        fault = next((one for one in self.server.faults if key.endswith(one[0])), None)
        if fault:
            self.server.faults.remove(fault)
            return fault[1](self, content)
        if not generation:
            return self.answer(404, b"<Code>NoSuchKey</Code>")
        tag = f'"{generation}"'
        unless = self.headers["if-none-match"] or f'"{asked.get("ifGenerationNotMatch")}"'
        only = self.headers["if-match"] or f'"{asked.get("ifGenerationMatch", generation)}"'
        if unless == tag:
            return self.answer(304, b"")
        if only != tag:
            return self.answer(412, b"")
        headers = {"etag": tag, "x-goog-generation": str(generation)}
        headers |= {f"x-amz-meta-{name}": value for name, value in stored.items()}
        if is_google and "alt" not in asked:
            about = {"generation": generation, "size": len(content), "metadata": stored}
            return self.answer(200, json.dumps(about).encode(), headers)
        start = int((self.headers["range"] or "bytes=0-")[6:-1])
        self.server.asked_from.append(start)
        if start:
            headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.answer(206 if start else 200, content[start:], headers)

    do_HEAD = do_GET  # noqa: N815

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests look at what the service writes."""


def served(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Bucket]:
    """A bucket that the function believes to be its own; nobody waits long, and in vain."""
    server = Bucket()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    environment = {
        "MODEL_BUCKET": "test-bucket",
        "MODEL_PREFIX": "models/test",
        "MODEL_REFRESH_SECONDS": "60",
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "STORAGE_EMULATOR_HOST": url,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MODEL_KEY", raising=False)
    monkeypatch.setattr(released, "FOLDER", str(folder))
    monkeypatch.setattr("app.download.SILENCE_SECONDS", 0.2)
    monkeypatch.setattr("app.download.time.sleep", lambda _seconds: None)
    yield server
    server.ended.set()
    server.shutdown()
    server.server_close()


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, _content: request.answer(code, body, named)


def reset(request: Objects, _content: bytes) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()
    request.close_connection = True


def hang(request: Objects, _content: bytes) -> None:
    request.server.ended.wait(1)
    request.close_connection = True


def cut(request: Objects, content: bytes) -> None:
    """Half of it comes, and then no more."""
    request.send_response(200)
    request.send_header("content-length", str(len(content)))
    request.end_headers()
    request.wfile.write(content[: len(content) // 2])
    request.close_connection = True


def wrong_bytes(request: Objects, content: bytes) -> None:
    request.answer(200, bytes(len(content)))


def another_length(request: Objects, content: bytes) -> None:
    request.answer(200, content + b"more")
