"""Runs in an emitted project: slow.py MOTO-URL EMULATOR RUNTIME-PYTHON PORT PORT; prints one line of JSON.

On Lambda's runtime client, a function with a time-out of 5 s starts while its model takes longer than that: every call
is answered, by 503 until the model is there. The emulator counts the init in, as Lambda does after one that failed.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))
import boto3
from stand_ins import Proxy

moto, emulator, python, port, runtime_port = sys.argv[1:]
about = json.loads(Path("model/model.json").read_text())
content = Path("model", about["file"]).read_bytes()
keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
s3 = boto3.client("s3", endpoint_url=moto, region_name="us-east-1", **keys)
s3.create_bucket(Bucket="slow-models")
folder = f"models/production/{about['name']}"
key = f"{folder}/1/{about['file']}"
sha256 = hashlib.sha256(content).hexdigest()
pointer = {"version": "1", "key": key, "sha256": sha256, "size": len(content)}
s3.put_object(Bucket="slow-models", Key=key, Body=content)
s3.put_object(Bucket="slow-models", Key=f"{folder}/1/model.json", Body=json.dumps(about))
s3.put_object(Bucket="slow-models", Key=f"{folder}/current.json", Body=json.dumps(pointer))
shutil.rmtree(f"/tmp/model/{sha256[:16]}", ignore_errors=True)
proxy = Proxy(moto)
proxy.spoil = ("slow", about["file"])
environment = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONPATH": next(path for path in sys.path if path.endswith("site-packages")),
    "LAMBDA_TASK_ROOT": os.getcwd(),
    "AWS_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "predict",
    "AWS_LAMBDA_FUNCTION_TIMEOUT": "5",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_ENDPOINT_URL_S3": proxy.url,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "MODEL_BUCKET": "slow-models",
    "MODEL_PREFIX": "models/production",
}
command = [
    *(emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
    *("--runtime-api-address", f"127.0.0.1:{runtime_port}"),
    *(python, "-m", "awslambdaric", "app.handler.handler"),
]
url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
event = Path("events/http-api.json").read_bytes()
answers = []
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
child = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)
try:
    time.sleep(1)
    while len(answers) < 15 and (not answers or answers[-1][0] != 200):
        started = time.monotonic()
        text = urllib.request.urlopen(urllib.request.Request(url, event), timeout=30).read()
        # A time-out is answered by a text that is no JSON.
        answer = json.loads(text) if text.startswith(b"{") else {"statusCode": text.decode()}
        retry = answer.get("headers", {}).get("retry-after")
        answers.append([answer.get("statusCode"), retry, time.monotonic() - started])
finally:
    os.killpg(child.pid, signal.SIGKILL)
print(json.dumps(answers))
