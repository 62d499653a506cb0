"""Answer HTTP on this machine, through the handler that is deployed.

    python -m scripts.serve [--port 8000]

A request becomes the event that a gateway would make of it, and the handler's answer becomes the
response. Listens on 127.0.0.1 only; a thread per connection. Stop it with Ctrl-C.
"""

import argparse
import base64
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.handler import handler


class Context:
    def __init__(self) -> None:
        self.aws_request_id = str(uuid.uuid4())


class Gateway(BaseHTTPRequestHandler):
    """HTTP request -> event -> handler -> HTTP response."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        answer = handler(self.event(self.body()), Context())
        body = answer["body"].encode()
        self.send_response(answer["statusCode"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name: str) -> Any:
        # http.server looks for do_GET, do_POST and so on: what is allowed, the service itself says.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def body(self) -> bytes:
        """All of it, also from a client that does not know its length beforehand."""
        if "transfer-encoding" not in self.headers:
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def event(self, body: bytes) -> dict[str, Any]:
        """API Gateway's payload format 2.0; a body that is not text is in base64."""
        url = urlsplit(self.path)
        try:
            text, encoded = body.decode(), False
        except UnicodeDecodeError:
            text, encoded = base64.b64encode(body).decode(), True
        return {
            "version": "2.0",
            "rawPath": url.path,
            "rawQueryString": url.query,
            "queryStringParameters": dict(parse_qsl(url.query, keep_blank_values=True)),
            "headers": dict(self.headers.items()),
            "requestContext": {"http": {"method": self.command, "path": url.path}},
            "body": text,
            "isBase64Encoded": encoded,
        }

    def log_message(self, *_args: object) -> None:
        """The service writes its own line for each request."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer HTTP on 127.0.0.1 through the handler.")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Gateway)
    except OSError as error:
        reason = f"Port {port} cannot be used: {error.strerror}."
        raise SystemExit(f"{reason} Give another one: --port 8001") from None
    print(f"Listening on http://127.0.0.1:{server.server_port}; what it answers: GET /schema")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("Stopped.")


if __name__ == "__main__":
    main()
