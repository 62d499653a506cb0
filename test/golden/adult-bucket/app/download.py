"""Objects of the bucket over HTTP, with what a cloud's own client gives for free.

What may pass (a broken or silent connection, 408, 429, 5xx) is tried again, ATTEMPTS times without
progress, later each time and not before Retry-After. A content that was cut goes on where it broke.
What will not pass is Failed at once, and says what mends it.
"""

import hashlib
import http.client
import os
import time
from collections.abc import Callable, Iterator
from typing import Self
from urllib.parse import urlsplit

from app import bucket

ATTEMPTS = 5
SILENCE_SECONDS = 5.0
# A connection below this many bytes a second for PATIENCE_SECONDS is given up, and made anew.
SLOWEST = 20_000
PATIENCE_SECONDS = 20.0
LONGEST_PAUSE = 20.0
PASSING = (408, 429, 500, 502, 503, 504)
SMALL = 1024 * 1024
CHUNK = 1024 * 1024


class Failed(Exception):
    """The bucket has not given what it was asked for."""

    def __init__(self, reason: str, detail: str, *, passes: bool = False, pause: float = 0) -> None:
        super().__init__(detail)
        self.reason = reason
        """In few words and without names: anybody may read it in GET /health."""
        self.passes = passes
        self.pause = pause


class Session:
    """One connection, which several requests share."""

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def read(self, key: str, *, unless: str = "") -> tuple[bytes, str] | None:
        """A small object and its tag; None when it is the one with the tag `unless`."""

        def once() -> tuple[bytes, str] | None:
            response = self._answer(bucket.to_read(key, unless=unless), key)
            content = body_of(response)
            tag = bucket.tag_of(response.headers)
            return None if response.status == 304 else (content, tag)

        return self._patiently(once)

    def describe(self, key: str, *, unless: str = "") -> bucket.Described | None:
        """What is stored beside an object; None when it is the one with the tag `unless`."""

        def once() -> bucket.Described | None:
            asked = bucket.to_describe(key, unless=unless)
            response = self._answer(asked, key)
            content = b"" if asked.method == "HEAD" else body_of(response)
            response.read()
            return None if response.status == 304 else bucket.described(response.headers, content)

        return self._patiently(once)

    def save(self, key: str, path: str, *, size: int, only: str = "") -> str:
        """Write an object of this size to a file, behind what is there of it; gives its SHA-256."""
        attempt = 0
        with open(path, "ab+") as file:
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256")
            got = file.tell()
            needs_room(path, size - got)
            while got < size:
                before = got
                try:
                    response = self._answer(bucket.to_read(key, start=got, only=only), key)
                    if from_the_beginning(response, got, size):
                        digest = hashlib.sha256()
                        got = before = file.truncate(0)
                    only = only or bucket.tag_of(response.headers)
                    for chunk in chunks(response):
                        file.write(chunk)
                        digest.update(chunk)
                        got += len(chunk)
                    if got < size:
                        raise ConnectionError(f"cut at {got} of {size} bytes")
                except (OSError, http.client.HTTPException, Failed) as error:
                    self.close()
                    # A megabyte is progress; a byte at a time would go on for ever.
                    attempt = 1 if got - before >= min(CHUNK, size // 8 + 1) else attempt + 1
                    pause_after(error, attempt, key)
        return digest.hexdigest()

    def _patiently[Answer](self, once: Callable[[], Answer]) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return once()
            except (OSError, http.client.HTTPException, Failed) as error:
                self.close()
                pause_after(error, attempt)
        raise AssertionError("pause_after raises after the last attempt")

    def _answer(self, ask: bucket.Ask, key: str) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = connection_to(ask.origin)
        self._connection.request(ask.method, ask.path, headers=ask.headers)
        response = self._connection.getresponse()
        if response.status in (200, 206, 304):
            return response
        body = response.read(SMALL)
        self.close()
        passes = response.status in PASSING
        told = response.headers.get("retry-after", "")
        pause = min(float(told), LONGEST_PAUSE) if told.isdecimal() else 0
        detail = bucket.explained(response.status, response.headers, body, key)
        raise Failed(f"the bucket answered {response.status}", detail, passes=passes, pause=pause)


def connection_to(origin: str) -> http.client.HTTPConnection:
    url = urlsplit(origin)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return kind(url.hostname or "", url.port, timeout=SILENCE_SECONDS)


def body_of(response: http.client.HTTPResponse) -> bytes:
    content = response.read(SMALL)
    expected = response.headers.get("content-length", len(content))
    if response.status != 304 and len(content) != int(expected):
        raise ConnectionError(f"{len(content)} of {expected} bytes came")
    return content


def chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    began, got = time.monotonic(), 0
    while chunk := response.read1(CHUNK):
        yield chunk
        got += len(chunk)
        seconds = time.monotonic() - began
        if seconds > PATIENCE_SECONDS and got < SLOWEST * seconds:
            raise TimeoutError(f"{got} bytes came in {seconds:.0f} s")


def from_the_beginning(response: http.client.HTTPResponse, start: int, size: int) -> bool:
    """Whether the content begins with its first byte; raises Failed for one of another length."""
    length = response.headers.get("content-length", "")
    partial = response.status == 206
    if not partial:
        start = 0
    told = response.headers.get("content-range", "") if partial else length
    expected = f"bytes {start}-{size - 1}/{size}" if partial else str(size)
    if told != expected or length != str(size - start):
        told = told or "no length"
        raise Failed("the model has another length", f"{told} came, {expected} was expected")
    return not partial


def needs_room(path: str, size: int) -> None:
    disk = os.statvfs(os.path.dirname(path))
    free = disk.f_bavail * disk.f_frsize
    if size > free:
        detail = f"{size} bytes, {free} are free at {path}: give the function a larger --tmp-size"
        raise Failed("there is no room for the model", detail)


def pause_after(error: Exception, attempt: int, key: str = "") -> None:
    """Wait before the next attempt; raises when there is none."""
    told = error.pause if isinstance(error, Failed) else 0
    if isinstance(error, Failed) and not error.passes:
        raise error
    if attempt >= ATTEMPTS:
        if isinstance(error, Failed):
            raise error
        detail = f"{bucket.place(key)}: {type(error).__name__}: {error}"
        raise Failed("the bucket cannot be reached", detail) from error
    chance = int.from_bytes(os.urandom(2)) / 65536
    time.sleep(max(told, 0.1 * 2**attempt * (0.5 + chance / 2)))
