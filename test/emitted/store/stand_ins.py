"""Cloud Storage with generations, and a proxy that spoils what passes through it."""

import http.client
import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, *_):
        """Whoever asked has gone: that is what is tried here."""


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class CloudStorage(Server):
    """What a function asks of the JSON API; every overwriting makes a new generation."""

    def __init__(self):
        super().__init__(Objects)
        self.objects = {}
        self.generation = 1_700_000_000_000_000

    def put(self, key, content, **metadata):
        self.generation += 1
        self.objects[key] = (content, self.generation, metadata)


class Objects(Quiet):
    def do_GET(self):
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        _, _storage, _v1, _b, _bucket, _o, key = url.path.split("/")
        content, generation, metadata = self.server.objects.get(unquote(key), (b"", 0, {}))
        if not generation:
            return self.answer(404, b'{"error": {"message": "No such object"}}')
        if asked.get("ifGenerationNotMatch") == str(generation):
            return self.answer(304)
        if asked.get("ifGenerationMatch", str(generation)) != str(generation):
            return self.answer(412, b'{"error": {"message": "conditionNotMet"}}')
        if "alt" not in asked:
            about = {"generation": str(generation), "size": str(len(content)), "metadata": metadata}
            return self.answer(200, json.dumps(about).encode())
        start = int((self.headers["range"] or "bytes=0-")[6:].removesuffix("-"))
        headers = {"x_goog_generation": str(generation)}
        if start:
            headers["content_range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.answer(206 if start else 200, content[start:], **headers)


class Proxy(Server):
    """Passes requests on as they are, so that a signature stays right, until `spoil` is set."""

    def __init__(self, target):
        super().__init__(Passing)
        self.target = urlsplit(target).netloc
        self.spoil = None  # (how, the end of the keys that it happens to)
        self.calls = []


class Passing(Quiet):
    def do_GET(self):
        key = unquote(urlsplit(self.path).path)
        self.server.calls.append([self.command, key])
        connection = http.client.HTTPConnection(self.server.target, timeout=10)
        headers = {name.lower(): value for name, value in self.headers.items()}
        connection.request(self.command, self.path, headers=headers)
        found = connection.getresponse()
        content = found.read()
        connection.close()
        self.found = found
        how, ending = self.server.spoil or (None, "")
        if how and key.endswith(ending):
            return SPOILING[how](self, content)
        return self.pass_on(found.status, content)

    do_HEAD = do_GET

    def pass_on(self, status, content, length=None):
        self.send_response(status)
        for name, value in self.found.getheaders():
            if name.lower() not in ("content-length", "date", "server", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def reset(request, _content):
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()
    request.close_connection = True


def hang(request, _content):
    time.sleep(2)
    request.close_connection = True


def slow(request, content):
    """A byte in 20 ms, which is never silence."""
    request.pass_on(request.found.status, b"", len(content))
    try:
        for at in range(min(len(content), 200)):
            request.wfile.write(content[at : at + 1])
            request.wfile.flush()
            time.sleep(0.02)
    except OSError:
        pass
    request.close_connection = True


def truncated(request, content):
    request.pass_on(request.found.status, content[: len(content) // 2], len(content))
    request.close_connection = True


def wrong_bytes(request, content):
    request.pass_on(request.found.status, bytes(byte ^ 1 for byte in content))


def another_region(request, _content):
    body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
    request.answer(301, body, x_amz_bucket_region="ap-south-1")


def status(code, **headers):
    body = f"<Error><Code>Injected{code}</Code></Error>".encode()
    return lambda request, _content: request.answer(code, body, **headers)


SPOILING = {
    "reset": reset,
    "hang": hang,
    "slow": slow,
    "truncated": truncated,
    "wrong bytes": wrong_bytes,
    "another region": another_region,
    "403": status(403),
    "404": status(404),
    "412": status(412),
    "500": status(500),
    "503": status(503, retry_after="1"),
}
