"""Put a model into the bucket, as a version that is never overwritten; none is in service by it.

    python -m scripts.upload_model                         the model in model/
    python -m scripts.upload_model NEW --cases NEW.json    another file, and its known answers
    python -m scripts.upload_model --create-bucket         make the bucket as well, if there is none
    python -m scripts.upload_model --dry-run               say what would be done

A version is the day (UTC) and the first 8 digits of the SHA-256: what is there already is not sent
again, and an upload that was cut off goes on. Beside the model go its model.json and, where there
are any, its golden cases; model.json comes last, so a version with one is whole.
"""

import argparse
import datetime
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from scripts.bucket import PART, Bucket, BucketError, Conflict

ROOT = Path(__file__).resolve().parent.parent
MODEL: dict[str, Any] = json.loads((ROOT / "model" / "model.json").read_text(encoding="utf-8"))
MODEL_FILE = ROOT / "model" / MODEL["file"]
CASES_FILE = ROOT / "model" / "cases.json"
BUCKET = "adult-bucket-models-1128c30a"
MIB = 1024 * 1024


class Version(NamedTuple):
    """A model in the bucket."""

    name: str
    key: str
    sha256: str
    size: int


def main() -> int:
    parser = argparse.ArgumentParser(description="Put a model into the bucket.")
    add_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    options = parser.parse_args()
    try:
        bucket = open_bucket(options, options.dry_run)
        version = upload(bucket, options.stage, options.model, options.cases, options.dry_run)
    except BucketError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{version.name} {'would be' if options.dry_run else 'is'} {bucket.url(version.key)}")
    return 0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", type=Path, default=MODEL_FILE)
    parser.add_argument("--cases", type=Path, help="the model's golden cases")
    parser.add_argument("--create-bucket", action="store_true", help="make it if there is none")
    add_place(parser)


def add_place(parser: argparse.ArgumentParser) -> None:
    stage = os.environ.get("STAGE") or "production"
    parser.add_argument("--stage", default=stage, help=f"default: {stage}")
    parser.add_argument("--bucket", default=BUCKET, help=f"default: {BUCKET}")


def open_bucket(options: argparse.Namespace, dry_run: bool = False) -> Bucket:
    bucket = Bucket(options.bucket)
    if options.create_bucket and not bucket.exists():
        if dry_run:
            print(f"would make bucket {bucket.name}")
            return bucket
        bucket.create()
        print(f"made bucket {bucket.name}: private, encrypted, versioned")
    bucket.check()
    return bucket


def folder(stage: str) -> str:
    return f"models/{stage}/{MODEL['name']}"


def upload(
    bucket: Bucket, stage: str, path: Path, cases: Path | None = None, dry_run: bool = False
) -> Version:
    """Raises Conflict when the version is there with another content."""
    if cases and not cases.is_file():
        raise BucketError(f"There are no golden cases {cases}.")
    version = planned(bucket, stage, path)
    parts = -(-version.size // PART)
    if dry_run:
        print(f"would upload {path} ({version.size / MIB:.1f} MiB in {parts} part(s))")
        return version
    if is_stored(bucket, version):
        print(f"{version.name} is there already")
    else:
        try:
            bucket.upload(path, version.key, version.sha256, Progress(version.size))
        except Conflict:
            # Another upload of the same file may have been faster: then it is stored now.
            if not is_stored(bucket, version):
                raise
        if sha256_of(path) != version.sha256:
            url = bucket.url(version.key)
            raise BucketError(f"{path} changed while it was uploaded: delete {url}, upload again.")
    if cases is None and path == MODEL_FILE and CASES_FILE.exists():
        cases = CASES_FILE
    if cases:
        write_beside(bucket, version, "cases.json", cases.read_bytes())
    about = MODEL | {"version": version.name, "sha256": version.sha256}
    write_beside(bucket, version, "model.json", f"{json.dumps(about, indent=2)}\n".encode())
    return version


def planned(bucket: Bucket, stage: str, path: Path) -> Version:
    """Under its name of an earlier day, if it was uploaded, or begun, then."""
    if not path.is_file():
        raise BucketError(f"There is no model {path}.")
    sha256 = sha256_of(path)
    ending = f"-{sha256[:8]}/{MODEL['file']}"
    there = [key for key in known_keys(bucket, f"{folder(stage)}/") if key.endswith(ending)]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    key = there[0] if there else f"{folder(stage)}/{today}{ending}"
    return Version(key.split("/")[-2], key, sha256, path.stat().st_size)


def known_keys(bucket: Bucket, prefix: str) -> list[str]:
    if not bucket.exists():
        return []
    return [*bucket.keys(prefix), *(key for key, _upload in bucket.unfinished(prefix))]


def is_stored(bucket: Bucket, version: Version) -> bool:
    found = bucket.stored(version.key)
    if found is None or found == (version.size, version.sha256):
        return found is not None
    url = bucket.url(version.key)
    raise Conflict(f"{url} holds another content, and a version is never overwritten.")


def write_beside(bucket: Bucket, version: Version, name: str, content: bytes) -> None:
    key = f"{version.key.rpartition('/')[0]}/{name}"
    try:
        bucket.write(key, content, None)
    except Conflict:
        found = bucket.read(key)
        if found is None or found[0] != content:
            print(f"{bucket.url(key)} stays as it was uploaded first")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Progress:
    """A bar on a terminal; elsewhere a line for each tenth of a large file."""

    def __init__(self, size: int, show: Callable[[str], object] = sys.stderr.write) -> None:
        self._size, self._show = size, show
        self._done = self._told = 0
        self._lock = threading.Lock()

    def __call__(self, count: int) -> None:
        with self._lock:
            self._done += count
            share = self._done / max(1, self._size)
            said = f"{share:4.0%} of {self._size / MIB:.1f} MiB"
            if sys.stderr.isatty():
                end = "\n" if self._done >= self._size else ""
                self._show(f"\r[{'#' * int(share * 40):<40}] {said}{end}")
            elif int(share * 10) > self._told and self._size > PART:
                self._told = int(share * 10)
                self._show(f"{said}\n")


if __name__ == "__main__":
    sys.exit(main())
