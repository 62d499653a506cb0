"""Runs in an emitted project: drive.py s3|gcs MOTO-URL FLIPS; prints one line of JSON.

Two models that answer differently are released in turn, while the network does its worst and while
readers in four threads ask: every answer must be that of the version which it names.
"""

import contextlib
import hashlib
import json
import os
import re
import sys
import threading
import time
import urllib.request
from pathlib import Path

sys.path[:0] = [".", os.path.dirname(__file__)]
from stand_ins import SPOILING, CloudStorage, Proxy

kind, moto, flips = sys.argv[1], sys.argv[2], int(sys.argv[3])
description = json.loads(Path("model/model.json").read_text())
cases = json.loads(Path("model/cases.json").read_text())
PREFIX = f"models/production/{description['name']}"
BUCKET = json.loads(Path(".lambda-model/answers.json").read_text())["answers"]["bucket"]
REGION = "us-east-1"
out = sys.stdout


def emitted_policy():
    """What the emitted role may do with the bucket, with the template's references filled in."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, _tag, node: getattr(node, "value", None))
    resources = yaml.load(Path("template.yaml").read_text(), Loader)["Resources"]
    inline = [one["PolicyDocument"] for one in resources["PredictRole"]["Properties"]["Policies"]]
    statements = [
        statement
        for policy in inline
        for statement in policy["Statement"]
        if str(statement["Action"]).startswith("s3:")
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return text.replace("${AWS::Partition}", "aws").replace("${Stage}", "production")


if kind == "s3":
    import boto3

    def client(name, **keys):
        keys = keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(name, endpoint_url=moto, region_name=REGION, **keys)

    # Another name for the owner's keys: moto checks every signature and every right from here on.
    iam = client("iam")
    iam.create_user(UserName="owner")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    owners = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_user_policy(UserName="owner", PolicyName="all", PolicyDocument=owners)
    key = iam.create_access_key(UserName="owner")["AccessKey"]
    owner = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    trusted = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    policy = emitted_policy()
    iam.create_role(RoleName="function", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="function", PolicyName="emitted", PolicyDocument=policy)
    role = "arn:aws:iam::123456789012:role/function"
    keys = client("sts", **owner).assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    plain = {"content-type": "text/plain"}
    urllib.request.urlopen(urllib.request.Request(f"{moto}/moto-api/reset-auth", b"0", plain))
    s3 = client("s3", **owner)
    s3.create_bucket(Bucket=BUCKET)

    def put(key, content):
        s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    proxy = Proxy(moto)
    os.environ |= {
        "AWS_ENDPOINT_URL_S3": proxy.url,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_REGION": REGION,
    }
else:
    storage = CloudStorage()
    put = storage.put
    proxy = Proxy(storage.url)
    os.environ["STORAGE_EMULATOR_HOST"] = proxy.url

os.environ |= {
    "MODEL_BUCKET": BUCKET,
    "MODEL_PREFIX": "models/production",
    "MODEL_REFRESH_SECONDS": "0.0001",
    "MODEL_REFRESH_TIMEOUT_MS": "100",
}

original = Path("model", description["file"]).read_bytes()
# Other leaves at the same length: another model, that loads.
another = re.sub(
    rb"(?m)^leaf_value=.*$", lambda line: line[0].replace(b"1", b"7").replace(b"3", b"9"), original
)
assert another != original
contents = {"a": original, "b": another}


def upload(version):
    """Everything of a version but the pointer; its first letter says which of the two it is."""
    content = contents[version[0]]
    key = f"{PREFIX}/{version}/{description['file']}"
    put(key, content)
    sha256 = hashlib.sha256(content).hexdigest()
    about = description | {"version": version, "sha256": sha256}
    put(f"{PREFIX}/{version}/model.json", json.dumps(about).encode())
    pointer = {"version": version, "key": key, "sha256": sha256, "size": len(content)}
    return json.dumps(pointer | {"previous": None}).encode()


def point(pointer):
    put(f"{PREFIX}/current.json", pointer)


pointers = {"a": upload("a-1"), "b": upload("b-1")}
point(pointers["a"])

log = Path(sys.argv[4]).open("w")
sys.stdout = log
from app import download, predictor, routes  # noqa: E402
from app.api import respond  # noqa: E402
from app.request import Request  # noqa: E402
from app.store import ModelUnavailable, Store  # noqa: E402

download.ATTEMPTS = 3
download.SILENCE_SECONDS = 0.3
download.PATIENCE_SECONDS = 0.5
CASE = cases["inputs"][0]


def ask():
    response = respond(Request("POST", routes.PREDICT, None, CASE))
    document = response.document
    if response.status != 200:
        return response.status, None, None
    return response.status, document["model"]["version"], json.dumps(document["predictions"])


def warm_up():
    predictor.store.refresh(at_once=True)


def health():
    return respond(Request("GET", "/health", None)).document


expected = {}
for letter in "ab":
    point(pointers[letter])
    warm_up()
    status, version, expected[letter] = ask()
    assert (status, version) == (200, f"{letter}-1"), (status, version)
assert expected["a"] != expected["b"]
recorded = cases["outputs"][0]["probabilities"][1]
first = json.loads(expected["a"])[0]["probabilities"]
assert abs(list(first.values())[1] - recorded) < cases["tolerance"]


def is_right(found):
    status, version, predictions = found
    return status == 200 and predictions == expected[version[0]]


def spoilt(how, target, number):
    """A new version whose object cannot be had; then it can."""
    old = "ab"[number % 2]
    new = "ba"[number % 2]
    point(pointers[old])
    proxy.spoil = None
    warm_up()
    before = ask()
    version = f"{new}-{number + 2}"
    pointer = upload(version)
    ending = {"pointer": "current.json", "model": description["file"]}.get(target, "model.json")
    proxy.spoil = (how, ending)
    point(pointer)
    started = time.perf_counter()
    answers, slowest, told = [], 0.0, None
    while len(answers) < 5 or (told is None and time.perf_counter() - started < 0.8):
        asked = time.perf_counter()
        answers.append(ask())
        slowest = max(slowest, time.perf_counter() - asked)
        told = health().get("refresh")
    proxy.spoil = None
    for _turn in range(20):
        warm_up()
        if ask()[1] == version:
            break
    last = ask()
    pointers[new] = pointer
    return {
        "how": how,
        "target": target,
        "answered": len(answers),
        "old": all(found == before for found in answers) and is_right(before),
        "slowest": slowest,
        "told": told,
        "recovered": last[1] == version and is_right(last) and "refresh" not in health(),
    }


def cold(how):
    """A function that starts while the bucket is like that: unavailable, then there."""
    store = Store(predictor.load, lambda: None)
    proxy.spoil = (how, "current.json")
    store._here.answering = True
    with contextlib.suppress(ModelUnavailable):
        store.model()
        return f"{how}: there was a model"
    proxy.spoil = None
    store._next_try = 0.0
    store.model()
    return None


faults = [(how, target) for how in SPOILING for target in ("pointer", "model")]
faults += [("wrong bytes", "description"), ("404", "description")]
found = [spoilt(how, target, number) for number, (how, target) in enumerate(faults)]
colds = [said for how in ("reset", "403", "404", "500", "truncated") if (said := cold(how))]

proxy.spoil = None
denied = []
if kind == "s3":
    reader = client("s3", **{f"aws_{name}": value for name, value in {
        "access_key_id": keys["AccessKeyId"],
        "secret_access_key": keys["SecretAccessKey"],
        "session_token": keys["SessionToken"],
    }.items()})
    put("models/production/another/model", b"")
    put("models/staging/x", b"")
    mine = {"Bucket": BUCKET, "Key": f"{PREFIX}/current.json"}
    tries = {
        "GetObject": lambda: reader.get_object(**mine),
        "another model": lambda: reader.get_object(Bucket=BUCKET, Key="models/production/another/model"),
        "another stage": lambda: reader.get_object(Bucket=BUCKET, Key="models/staging/x"),
        "PutObject": lambda: reader.put_object(**mine, Body=b""),
        "DeleteObject": lambda: reader.delete_object(**mine),
        "ListBucket": lambda: reader.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX),
    }
    for what, attempt in tries.items():
        try:
            attempt()
        except reader.exceptions.ClientError as error:
            denied.append([what, error.response["Error"]["Code"]])

wrong, served = [], {"a": 0, "b": 0}
ended = threading.Event()


def read():
    while not ended.is_set():
        answer = ask()
        if is_right(answer):
            served[answer[1][0]] += 1
        else:
            wrong.append(answer)


readers = [threading.Thread(target=read) for _ in range(4)]
for reader in readers:
    reader.start()
started = time.perf_counter()
for turn in range(flips):
    point(pointers["ab"[turn % 2]])
    time.sleep(0.002)  # a server in this process would take them all between two answers
seconds = time.perf_counter() - started
ended.set()
for reader in readers:
    reader.join()
calls = sorted({(method, key.rpartition("/")[2]) for method, key in proxy.calls})

sys.stdout = out
print(
    json.dumps(
        {
            "faults": found,
            "cold": colds,
            "flips": {"wrong": wrong[:5], "served": served, "seconds": seconds},
            "calls": calls,
            "denied": denied,
        }
    )
)
