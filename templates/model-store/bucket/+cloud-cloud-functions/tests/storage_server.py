"""Cloud Storage on this machine, as much of it as the scripts ask for: conditions and all."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class Storage(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.buckets: dict[str, Any] = {}
        self.objects: dict[str, tuple[bytes, Any]] = {}
        self.sessions: list[tuple[str, str, Any, bytearray]] = []
        self.put_parts = 0
        self.break_at: int | None = None
        """The part of an upload that does not arrive."""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def store(self, key: str, condition: str, about: Any, content: bytes) -> Any:
        """None: the condition does not hold."""
        now = self.objects[key][1]["generation"] if key in self.objects else "0"
        if condition not in ("", now):
            return None
        md5 = hashlib.md5(content, usedforsecurity=False).digest()
        stored = about | {
            "name": key,
            "generation": str(int(now) + 1),
            "size": str(len(content)),
            "md5Hash": base64.b64encode(md5).decode(),
        }
        self.objects[key] = (content, stored)
        return stored


class Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Storage
    wbufsize = -1

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        _before, _, rest = url.path.partition("/b/")
        name, _, key = rest.partition("/o")
        key = unquote(key.removeprefix("/"))
        if name not in self.server.buckets:
            self.answer(404, {"error": {"message": "no such bucket"}})
        elif "/o" not in rest:
            self.answer(200, self.server.buckets[name])
        elif not key:
            found = sorted(self.server.objects)
            names = [{"name": one} for one in found if one.startswith(asked.get("prefix", ""))]
            self.answer(200, {"items": names})
        elif key not in self.server.objects:
            self.answer(404, {"error": {"message": "no such object"}})
        elif asked.get("alt") == "media":
            content, about = self.server.objects[key]
            self.answer(200, content, **{"x-goog-generation": about["generation"]})
        else:
            self.answer(200, self.server.objects[key][1])

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = self.rfile.read(int(self.headers["content-length"]))
        if not url.path.startswith("/upload/"):
            bucket = json.loads(body)
            self.server.buckets[bucket["name"]] = bucket
            return self.answer(200, bucket)
        condition = asked.get("ifGenerationMatch", "")
        if asked["uploadType"] == "resumable":
            about = json.loads(body)
            self.server.sessions.append((about["name"], condition, about, bytearray()))
            address = f"{self.server.url}/session/{len(self.server.sessions) - 1}"
            return self.answer(200, {}, location=address)
        boundary = re.search(r'boundary="?([^";]+)', self.headers["content-type"])
        parts = body.split(b"--" + (boundary[1] if boundary else "").encode())
        about, content = (part.partition(b"\r\n\r\n")[2][:-2] for part in parts[1:3])
        described = json.loads(about)
        stored = self.server.store(described["name"], condition, described, content)
        return self.answer(200 if stored else 412, stored or {})

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        key, condition, about, content = self.server.sessions[int(self.path.rpartition("/")[2])]
        size = int(self.headers["content-range"].rpartition("/")[2])
        if body:
            self.server.put_parts += 1
            if self.server.put_parts == self.server.break_at:
                self.close_connection = True
                return None
            content += body
        if len(content) < size:
            got = {"range": f"bytes=0-{len(content) - 1}"} if content else {}
            return self.answer(308, {}, **got)
        stored = self.server.store(key, condition, about, bytes(content))
        return self.answer(200 if stored else 412, stored or {})

    def answer(self, status: int, content: Any, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests print enough."""
