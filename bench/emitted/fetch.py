"""What the fetching of a model costs at a cold start: app/store.py beside the clouds' own clients.

    python bench/emitted/fetch.py PROJECT MOTO-URL [ROUNDS]

PROJECT is an emitted one with --model-store bucket for Lambda, its environment the Python that runs this (boto3 is among
its development packages). Each round is a fresh process of either side, in turn: importing what asks the bucket, reading
the pointer, and the model to /tmp with its SHA-256. The interpreter and what Lambda's runtime client brings along
(json, logging, threading, traceback; no http.client and no ssl) were imported before, on both sides.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

BEFORE = """
import json, logging, os, sys, threading, time, traceback
sys.path.insert(0, os.getcwd())
started = time.perf_counter()
"""
OURS = """
from app import released
from app.download import Session
with Session() as session:
    released.fetched(session, released.announced(session, unless=""))
"""
BOTO3 = """
import boto3, hashlib
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"])
bucket = os.environ["MODEL_BUCKET"]
pointer = json.loads(s3.get_object(Bucket=bucket, Key=os.environ["POINTER"])["Body"].read())
s3.download_file(bucket, pointer["key"], "/tmp/bench-model")
with open("/tmp/bench-model", "rb") as file:
    assert hashlib.file_digest(file, "sha256").hexdigest() == pointer["sha256"]
"""
AFTER = """
seconds = time.perf_counter() - started
with open("/proc/self/status") as status:
    resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
print(json.dumps([seconds * 1e3, resident / 1024]))
"""


def run(code: str, project: Path, environment: dict[str, str]) -> list[float]:
    subprocess.run(["rm", "-rf", "/tmp/model"], check=True)
    command = [sys.executable, "-c", BEFORE + code + AFTER]
    done = subprocess.run(command, capture_output=True, check=True, cwd=project, env=environment)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    import boto3

    project, moto = Path(sys.argv[1]).resolve(), sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 9
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL_S3": moto,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "MODEL_BUCKET": "bench-fetch",
        "MODEL_PREFIX": "models/bench",
    }
    about = json.loads((project / "model/model.json").read_text())
    content = (project / "model" / about["file"]).read_bytes()
    folder = f"models/bench/{about['name']}"
    environment["POINTER"] = f"{folder}/current.json"
    sha256 = hashlib.sha256(content).hexdigest()
    pointer = {
        "version": "1",
        "key": f"{folder}/1/{about['file']}",
        "sha256": sha256,
        "size": len(content),
    }
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    s3 = boto3.client("s3", endpoint_url=moto, region_name="us-east-1", **keys)
    s3.create_bucket(Bucket="bench-fetch")
    for key, body in {
        pointer["key"]: content,
        f"{folder}/1/model.json": json.dumps(about).encode(),
        environment["POINTER"]: json.dumps(pointer).encode(),
    }.items():
        s3.put_object(Bucket="bench-fetch", Key=key, Body=body)

    sides = {"app/store.py": OURS, "boto3": BOTO3}
    found: dict[str, list[list[float]]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, code in sides.items():
            numbers = run(code, project, environment)
            if turn:  # the first round compiles byte code and fills the disk cache
                found[name].append(numbers)
    medians = {name: list(map(statistics.median, zip(*rows))) for name, rows in found.items()}
    (ours_ms, ours_mb), (theirs_ms, theirs_mb) = medians.values()
    for name, (milliseconds, megabytes) in medians.items():
        print(f"{name:14}{milliseconds:8.0f} ms {megabytes:8.0f} MiB")
    print(f"{'ratio':14}{theirs_ms / ours_ms:8.1f} x  {theirs_mb / ours_mb:8.1f} x")


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"{time.perf_counter() - started:.0f} s")
