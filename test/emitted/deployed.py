"""What became of a stack, as JSON, and the code of its function, unpacked: deployed.py STACK FOLDER."""

import io
import json
import sys
import zipfile
from base64 import b64decode
from hashlib import sha256

import boto3

stack, folder = sys.argv[1:]
found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
outputs = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
function = boto3.client("lambda").get_function(FunctionName=outputs["FunctionName"])

objects = [one for bucket in boto3.resource("s3").buckets.all() for one in bucket.objects.all()]
files = {sha256(content).digest(): content for content in (one.get()["Body"].read() for one in objects)}
code = files[b64decode(function["Configuration"]["CodeSha256"])]
zipfile.ZipFile(io.BytesIO(code)).extractall(folder)

print(json.dumps({"outputs": outputs, "configuration": function["Configuration"]}, default=str))
