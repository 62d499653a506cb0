"""AWS Signature Version 4 for a request without a body or a query.

Forty lines in the place of boto3, which takes five times as long to start. Tests hold them against
botocore, bit by bit.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple

EMPTY = hashlib.sha256(b"").hexdigest()


class Keys(NamedTuple):
    access: str
    secret: str
    token: str | None = None
    """Of a role's session."""


def signed(
    method: str,
    host: str,
    path: str,
    headers: Mapping[str, str],
    *,
    region: str,
    keys: Keys,
    time: str,
) -> dict[str, str]:
    """The headers to send. Names are lower-case, `path` is escaped, `time` is 20261121T161905Z."""
    sent = {**headers, "host": host, "x-amz-content-sha256": EMPTY, "x-amz-date": time}
    if keys.token:
        sent["x-amz-security-token"] = keys.token
    names = ";".join(sorted(sent))
    lines = [f"{name}:{sent[name]}" for name in sorted(sent)]
    request = "\n".join([method, path, "", *lines, "", names, EMPTY])

    scope = f"{time[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", time, scope, digest])
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope}"
    sent["authorization"] = f"{credential}, SignedHeaders={names}, Signature={signature}"
    return sent
