"""The bucket is Amazon S3's: how an object is asked for, and what an answer says.

Lambda sets AWS_REGION and the credentials of the function's role; with SnapStart it sets an address
to get them from. AWS_ENDPOINT_URL_S3 puts another server in the place of S3.
"""

import http.client
import json
import os
import re
import time
from http.client import HTTPMessage
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from app.signed import Keys, signed


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
    headers = {"if-match": only, "if-none-match": unless}
    headers |= {"range": f"bytes={start}-" if start else ""}
    return ask("GET", key, {name: value for name, value in headers.items() if value})


def to_describe(key: str, *, unless: str = "") -> Ask:
    condition = {"if-none-match": unless} if unless else {}
    return ask("HEAD", key, {"x-amz-checksum-mode": "ENABLED"} | condition)


def tag_of(headers: HTTPMessage) -> str:
    return headers.get("etag", "")


def described(headers: HTTPMessage, _body: bytes) -> Described:
    stored = headers.get("x-amz-checksum-sha256", "")
    # "…-3": a checksum of the checksums of three parts.
    sha256 = b64_as_hex(stored) if stored and "-" not in stored else None
    sha256 = headers.get("x-amz-meta-sha256", sha256)
    return Described(tag_of(headers), int(headers.get("content-length", "0")), sha256, None)


def b64_as_hex(text: str) -> str:
    import binascii

    return binascii.a2b_base64(text).hex()


def place(key: str) -> str:
    return f"s3://{os.environ['MODEL_BUCKET']}/{key}"


def explained(status: int, headers: HTTPMessage, body: bytes, key: str) -> str:
    """What a refusal means, and what mends it."""
    text = body.decode(errors="replace")
    code, message = (in_xml(text, name) for name in ("Code", "Message"))
    said = f"{status} {code} {message}".strip()
    own = region()
    found = headers.get("x-amz-bucket-region") or in_xml(text, "Region")
    if found and found != own:
        mend = f"deploy the function to {found}, or keep the models in a bucket in {own}"
        return f"{place(key)} is in {found}, and is asked for in {own}: {mend} ({said})"
    if status == 403:
        hint = "S3 says that of what is not there, too: is it there, and may the role s3:GetObject?"
        return f"{place(key)} may not be read. {hint} ({said})"
    if status == 404:
        return f"{place(key)} is not there ({said})"
    return f"{place(key)}: {said}"


def ask(method: str, key: str, headers: dict[str, str]) -> Ask:
    origin, path = address(key)
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    host = urlsplit(origin).netloc
    sent = signed(method, host, path, headers, region=region(), keys=credentials(), time=now)
    return Ask(method, origin, path, sent)


def address(key: str) -> tuple[str, str]:
    bucket, path = os.environ["MODEL_BUCKET"], quote(key, safe="/-_.~")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return endpoint.rstrip("/"), f"/{bucket}/{path}"
    domain = f"s3.{region()}.amazonaws.com{'.cn' if region().startswith('cn-') else ''}"
    # A certificate covers one name below the domain: a bucket with dots goes into the path.
    if "." in bucket:
        return f"https://{domain}", f"/{bucket}/{path}"
    return f"https://{bucket}.{domain}", f"/{path}"


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def credentials() -> Keys:
    found = os.environ.get
    if secret := found("AWS_SECRET_ACCESS_KEY"):
        return Keys(os.environ["AWS_ACCESS_KEY_ID"], secret, found("AWS_SESSION_TOKEN"))
    if url := found("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        return of_container(url, found("AWS_CONTAINER_AUTHORIZATION_TOKEN", ""))
    mend = 'eval "$(aws configure export-credentials --format env)"'
    raise RuntimeError(f"there are no AWS credentials in the environment: {mend}")


def of_container(url: str, token: str) -> Keys:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers={"authorization": token})
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return Keys(answer["AccessKeyId"], answer["SecretAccessKey"], answer.get("Token"))


def in_xml(text: str, name: str) -> str:
    found = re.search(f"<{name}>([^<]*)</{name}>", text)
    return found[1] if found else ""
