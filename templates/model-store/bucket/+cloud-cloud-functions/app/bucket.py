"""The bucket is Google Cloud Storage's: how an object is asked for, and what an answer says.

The function's service account is known to the metadata server, which gives a token for it.
STORAGE_EMULATOR_HOST puts another server in the place of Cloud Storage, which gets no token.
An object's tag is its generation: every overwriting makes a new one.
"""

import binascii
import http.client
import json
import os
import time
from http.client import HTTPMessage
from typing import NamedTuple
from urllib.parse import quote

TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105  a path


class Ask(NamedTuple):
    """A request for an object."""

    method: str
    origin: str
    path: str
    headers: dict[str, str]


class Described(NamedTuple):
    """What is stored beside an object."""

    tag: str
    size: int
    sha256: str | None
    md5: str | None


def to_read(key: str, *, start: int = 0, only: str = "", unless: str = "") -> Ask:
    """Ask for a content from a byte on: `only` the one with this tag; any `unless` it has that."""
    conditions = {"ifGenerationMatch": only, "ifGenerationNotMatch": unless}
    query = "".join(f"&{name}={tag}" for name, tag in conditions.items() if tag)
    return ask(key, f"?alt=media{query}", {"range": f"bytes={start}-"} if start else {})


def to_describe(key: str, *, unless: str = "") -> Ask:
    return ask(key, f"?ifGenerationNotMatch={unless}" if unless else "", {})


def tag_of(headers: HTTPMessage) -> str:
    return headers.get("x-goog-generation", "")


def described(_headers: HTTPMessage, body: bytes) -> Described:
    stored = json.loads(body)
    sha256 = stored.get("metadata", {}).get("sha256")
    md5 = stored.get("md5Hash")  # not there for an object that was composed of several
    md5 = binascii.a2b_base64(md5).hex() if md5 else None
    return Described(str(stored["generation"]), int(stored["size"]), sha256, md5)


def place(key: str) -> str:
    return f"gs://{os.environ['MODEL_BUCKET']}/{key}"


def explained(status: int, _headers: HTTPMessage, body: bytes, key: str) -> str:
    """What a refusal means, and what mends it."""
    try:
        message = json.loads(body)["error"]["message"]
    except (ValueError, LookupError, TypeError):
        message = body[:200].decode(errors="replace")
    said = f"{status} {message}".strip()
    if status in (401, 403):
        hint = "the function's service account needs roles/storage.objectViewer on the bucket"
        return f"{place(key)} may not be read: {hint} ({said})"
    if status == 404:
        return f"{place(key)} is not there ({said})"
    return f"{place(key)}: {said}"


def ask(key: str, query: str, headers: dict[str, str]) -> Ask:
    path = f"/storage/v1/b/{os.environ['MODEL_BUCKET']}/o/{quote(key, safe='')}{query}"
    emulator = os.environ.get("STORAGE_EMULATOR_HOST")
    if emulator:
        origin = emulator if "://" in emulator else f"http://{emulator}"
        return Ask("GET", origin.rstrip("/"), path, headers)
    headers = headers | {"authorization": f"Bearer {token()}"}
    return Ask("GET", "https://storage.googleapis.com", path, headers)


_token, _expires = "", 0.0


def token() -> str:
    """Of the service account; asked for again a minute before it expires."""
    global _token, _expires
    if time.monotonic() >= _expires:
        host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
        connection = http.client.HTTPConnection(host, timeout=5)
        try:
            connection.request("GET", TOKEN, headers={"Metadata-Flavor": "Google"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        _token, _expires = answer["access_token"], time.monotonic() + answer["expires_in"] - 60
    return _token
