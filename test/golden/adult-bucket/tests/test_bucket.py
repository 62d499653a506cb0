"""Requests to S3 are signed as botocore signs them, and its refusals say what mends them."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app import bucket
from app.signed import Keys, signed

KEYS = ["model.onnx", "models/a b/ü+&=?#%/x.json", "a//b/../c", "(1)*'!~-_."]


@pytest.fixture(autouse=True)
def function(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MODEL_BUCKET", "the-bucket")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of//the==role")


def botocores(ask: bucket.Ask, monkeypatch: pytest.MonkeyPatch, **own: Any) -> str:
    """botocore's signature of the same request at the same time."""
    request = AWSRequest(ask.method, ask.origin + ask.path, headers=own)
    request.context["timestamp"] = ask.headers["x-amz-date"]
    keys = bucket.credentials()
    signer = S3SigV4Auth(Credentials(keys.access, keys.secret, keys.token), "s3", "eu-central-1")
    monkeypatch.setattr(signer, "_modify_request_before_signing", lambda _request: None)
    for name in ("x-amz-date", "x-amz-content-sha256", "x-amz-security-token"):
        if name in ask.headers:
            request.headers[name] = ask.headers[name]
    canonical = signer.canonical_request(request)
    text = signer.string_to_sign(request, canonical)
    return str(signer.signature(text, request))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", ["the-bucket", "the.dotted.bucket"])
@pytest.mark.parametrize("token", [True, False])
def test_the_signature_is_botocores(
    monkeypatch: pytest.MonkeyPatch, key: str, name: str, token: bool
) -> None:
    monkeypatch.setenv("MODEL_BUCKET", name)
    if not token:
        monkeypatch.delenv("AWS_SESSION_TOKEN")
    asks: list[tuple[bucket.Ask, dict[str, str]]] = [
        (bucket.to_read(key), {}),
        (bucket.to_read(key, start=7, only='"a"'), {"range": "bytes=7-", "if-match": '"a"'}),
        (bucket.to_read(key, unless='"b"'), {"if-none-match": '"b"'}),
        (bucket.to_describe(key), {"x-amz-checksum-mode": "ENABLED"}),
    ]
    for ask, own in asks:
        expected = botocores(ask, monkeypatch, **own)
        assert ask.headers["authorization"].endswith(f"Signature={expected}")
        assert ask.headers.keys() >= own.keys()


def test_it_is_awss_own_example() -> None:
    """GET Object, in "Signature Calculations for the Authorization Header" of S3's manual."""
    keys = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    sent = signed(
        "GET",
        "examplebucket.s3.amazonaws.com",
        "/test.txt",
        {"range": "bytes=0-9"},
        region="us-east-1",
        keys=keys,
        time="20130524T000000Z",
    )
    signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert sent["authorization"].endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("region", "name", "host"),
    [
        ("eu-central-1", "the-bucket", "https://the-bucket.s3.eu-central-1.amazonaws.com"),
        ("eu-central-1", "the.bucket", "https://s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", "the-bucket", "https://the-bucket.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_every_region_has_its_own_name(
    monkeypatch: pytest.MonkeyPatch, region: str, name: str, host: str
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.setenv("MODEL_BUCKET", name)
    assert bucket.to_read("x").origin == host


def explained(status: int, body: str = "", **headers: str) -> str:
    message = http.client.HTTPMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return bucket.explained(status, message, body.encode(), "models/x")


def test_a_refusal_says_what_mends_it() -> None:
    assert "deploy the function to us-west-2" in explained(301, x_amz_bucket_region="us-west-2")
    assert "deploy the function to us-west-2" in explained(400, "<Region>us-west-2</Region>")
    assert "s3:GetObject" in explained(403, "<Code>AccessDenied</Code>", x_amz_bucket_region="")
    assert "s3://the-bucket/models/x is not there" in explained(404, "<Code>NoSuchKey</Code>")
    assert "503 SlowDown" in explained(503, "<Code>SlowDown</Code>")


@pytest.mark.parametrize(
    ("stored", "sha256"),
    [
        ({}, None),
        ({"x-amz-checksum-sha256": "AAEC"}, "000102"),
        ({"x-amz-checksum-sha256": "AAEC-3"}, None),
        ({"x-amz-checksum-sha256": "AAEC-3", "x-amz-meta-sha256": "0a"}, "0a"),
    ],
)
def test_the_stored_checksum_is_understood(stored: dict[str, str], sha256: str | None) -> None:
    headers = http.client.HTTPMessage()
    for name, value in ({"content-length": "7", "etag": '"t"'} | stored).items():
        headers[name] = value
    assert bucket.described(headers, b"") == bucket.Described('"t"', 7, sha256, None)


def test_without_credentials_the_error_says_how_to_get_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", raising=False)
    with pytest.raises(RuntimeError, match="export-credentials"):
        bucket.to_read("x")


def test_with_snapstart_credentials_come_from_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    class Container(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.headers["authorization"] == "the token"
            keys = {"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T"}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(keys).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Container)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/v1/credentials"
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the token")
    assert bucket.credentials() == Keys("A", "S", "T")
    thread.join()
    server.server_close()
