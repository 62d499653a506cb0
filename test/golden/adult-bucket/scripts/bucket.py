"""The bucket of models on S3: what the other scripts ask of it, and nothing that would overwrite.

Whatever is written is written on a condition: that nothing is there yet, or that it is still what
was read. A large file goes up in parts, several at once; when that is cut off, the next try sends
only the parts that are missing. Memory stays the same whatever the size.

Raises BucketError, whose message says what to do; Conflict where somebody else was faster.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

REGION = "us-east-1"
PART = 16 * 1024 * 1024
AT_ONCE = 4

ERRORS = (Boto3Error, BotoCoreError, ClientError)


class BucketError(Exception):
    """What went wrong, and what to do about it."""


class Conflict(BucketError):
    """Something else is there than what was expected."""


class Stored(NamedTuple):
    size: int
    sha256: str | None


class Bucket:
    """Names are those of objects; a tag stands for one content of an object."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._s3 = boto3.client("s3", region_name=REGION)

    def url(self, key: str = "") -> str:
        return f"s3://{self.name}/{key}"

    def check(self) -> None:
        """It is there, may be used, and is where the function runs."""
        try:
            found = self._s3.head_bucket(Bucket=self.name)
        except ClientError as error:
            if status(error) == 404:
                raise BucketError(
                    f"There is no bucket {self.name}. --create-bucket makes it in {REGION}:"
                    " private, encrypted, versioned (make release ARGS=--create-bucket)."
                ) from None
            raise BucketError(
                f"Bucket {self.name} may not be used with these credentials ({status(error)}):"
                " `aws sts get-caller-identity` shows whose they are. A bucket of somebody else's"
                " by this name? `… update --bucket NAME` takes another one."
            ) from None
        except ERRORS as error:
            raise BucketError(f"S3 cannot be asked for bucket {self.name}: {error}") from None
        region = found.get("BucketRegion") or REGION
        if region != REGION:
            raise BucketError(
                f"Bucket {self.name} is in {region}, the function in {REGION}: each start would"
                f" fetch the model from far away, and pay for it. Use a bucket in {REGION}"
                f" (`… update --bucket NAME`), or move the function (`… update --region {region}`)."
            )

    def create(self) -> None:
        """Makes it private, encrypted and versioned; one that is there stays as it is."""
        place = {"LocationConstraint": REGION}
        where = {} if REGION == "us-east-1" else {"CreateBucketConfiguration": place}
        try:
            self._s3.create_bucket(Bucket=self.name, **where)
            self._s3.put_public_access_block(
                Bucket=self.name,
                PublicAccessBlockConfiguration={
                    "BlockPublicAcls": True,
                    "IgnorePublicAcls": True,
                    "BlockPublicPolicy": True,
                    "RestrictPublicBuckets": True,
                },
            )
            encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            self._s3.put_bucket_encryption(
                Bucket=self.name, ServerSideEncryptionConfiguration={"Rules": [encryption]}
            )
            self._s3.put_bucket_versioning(
                Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
            )
            # Parts of an upload that nobody went on with would be paid for ever.
            forgotten = {
                "ID": "forget-unfinished-uploads",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
            self._s3.put_bucket_lifecycle_configuration(
                Bucket=self.name, LifecycleConfiguration={"Rules": [forgotten]}
            )
        except ERRORS as error:
            raise BucketError(f"Bucket {self.name} could not be made: {error}") from None

    def exists(self) -> bool:
        try:
            self._s3.head_bucket(Bucket=self.name)
        except ClientError as error:
            return status(error) != 404
        except ERRORS as error:
            raise BucketError(f"S3 cannot be asked for bucket {self.name}: {error}") from None
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        for page in self._pages("list_objects_v2", Prefix=prefix):
            yield from (one["Key"] for one in page.get("Contents", []))

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Content and tag; None when there is nothing."""
        try:
            found = self._s3.get_object(Bucket=self.name, Key=key)
            return found["Body"].read(), found["ETag"]
        except ERRORS as error:
            if status(error) == 404:
                return None
            raise BucketError(f"{self.url(key)} cannot be read: {error}") from None

    def write(self, key: str, content: bytes, tag: str | None) -> str:
        """Where `tag` still is; None: where nothing is yet. Returns the new tag."""
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        try:
            written = self._s3.put_object(Bucket=self.name, Key=key, Body=content, **condition)
            return str(written["ETag"])
        except ClientError as error:
            raise self._refused(key, error) from None
        except ERRORS as error:
            raise BucketError(f"{self.url(key)} cannot be written: {error}") from None

    def stored(self, key: str) -> Stored | None:
        try:
            found = self._s3.head_object(Bucket=self.name, Key=key)
        except ERRORS as error:
            if status(error) == 404:
                return None
            raise BucketError(f"{self.url(key)} cannot be read: {error}") from None
        return Stored(found["ContentLength"], found["Metadata"].get("sha256"))

    def fetch(self, key: str, path: Path, show: Callable[[int], None]) -> None:
        try:
            self._s3.download_file(self.name, key, str(path), Callback=show)
        except ERRORS as error:
            raise BucketError(f"{self.url(key)} cannot be read: {error}") from None

    # ---- a large file

    def upload(self, path: Path, key: str, sha256: str, show: Callable[[int], None]) -> None:
        """`show` is told of each part's bytes. Raises Conflict when something is there already."""
        about = {"Bucket": self.name, "Key": key}
        metadata = {"Metadata": {"sha256": sha256}}
        try:
            if path.stat().st_size <= PART:
                content = path.read_bytes()
                self._s3.put_object(
                    **about, **metadata, Body=content, IfNoneMatch="*", ChecksumSHA256=text(sha256)
                )
                show(len(content))
            else:
                self._upload_parts(path, about, metadata, show)
        except ClientError as error:
            raise self._refused(key, error) from None
        except ERRORS as error:
            raise BucketError(f"{error}\nWhat is uploaded stays: the next try goes on.") from None

    def unfinished(self, prefix: str) -> list[tuple[str, str]]:
        """Name and id of the uploads that were cut off."""
        pages = self._pages("list_multipart_uploads", Prefix=prefix)
        return [(one["Key"], one["UploadId"]) for page in pages for one in page.get("Uploads", [])]

    def _upload_parts(self, path: Path, about: Any, metadata: Any, show: Any) -> None:
        begun = [upload for key, upload in self.unfinished(about["Key"]) if key == about["Key"]]
        if begun:
            about = about | {"UploadId": begun[-1]}
        else:
            new = self._s3.create_multipart_upload(**about, **metadata, ChecksumAlgorithm="SHA256")
            about = about | {"UploadId": new["UploadId"]}
        there = self._parts(about)
        numbers = range(1, -(-path.stat().st_size // PART) + 1)

        def send(number: int) -> dict[str, Any]:
            with path.open("rb") as file:
                file.seek((number - 1) * PART)
                content = file.read(PART)
            digest = hashlib.sha256(content).hexdigest()
            part = {"PartNumber": number, "ChecksumSHA256": text(digest)}
            etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
            if there.get(number) != etag:
                etag = self._s3.upload_part(**about, **part, Body=content)["ETag"]
            show(len(content))
            return part | {"ETag": etag}

        with ThreadPoolExecutor(AT_ONCE) as threads:
            parts = list(threads.map(send, numbers))
        self._s3.complete_multipart_upload(
            **about, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
        )
        self._check_parts(about["Key"], [part["ChecksumSHA256"] for part in parts])

    def _parts(self, about: Any) -> dict[int, str]:
        pages = self._s3.get_paginator("list_parts").paginate(**about)
        return {one["PartNumber"]: one["ETag"] for page in pages for one in page.get("Parts", [])}

    def _check_parts(self, key: str, parts: list[str]) -> None:
        """S3 keeps the SHA-256 of the parts' SHA-256."""
        found = self._s3.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
        together = hashlib.sha256(b"".join(map(base64.b64decode, parts))).hexdigest()
        if found.get("ChecksumSHA256", "").split("-")[0] != text(together):
            raise BucketError(f"{self.url(key)} is not what was sent: delete it and upload again.")

    def _pages(self, operation: str, **what: Any) -> Iterator[Any]:
        try:
            yield from self._s3.get_paginator(operation).paginate(Bucket=self.name, **what)
        except ERRORS as error:
            raise BucketError(f"{self.url(what['Prefix'])} cannot be listed: {error}") from None

    def _refused(self, key: str, error: ClientError) -> BucketError:
        # 409: another conditional write of the same object was under way. NoSuchUpload: it won.
        if status(error) in (409, 412) or error.response["Error"]["Code"] == "NoSuchUpload":
            return Conflict(f"{self.url(key)} was written by somebody else meanwhile.")
        return BucketError(f"{self.url(key)} cannot be written: {error}")


def status(error: Any) -> int:
    """0 where S3 did not answer."""
    answered = isinstance(error, ClientError)
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) if answered else 0


def text(sha256: str) -> str:
    """As S3 writes it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()
