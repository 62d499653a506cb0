"""The S4 tutorial's handler: a pickled resnet50 with its class list from S3 on the picture of a form; its class out."""

import base64
import io
import json
import os
import re
import tarfile

import boto3
import torch
from PIL import Image
from torchvision import transforms

# As many as ours takes: the machine's other cores would hide what either side costs.
torch.set_num_threads(1)

model = None
classes = []
transform = transforms.Compose(
    [
        transforms.Resize(255),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)


def load_model():
    global model, classes
    s3 = boto3.client("s3")
    found = s3.get_object(Bucket=os.environ["MODEL_BUCKET"], Key="model/parts-pickled.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(found["Body"].read()), mode="r:gz") as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member).read()
            if member.name.endswith(".txt"):
                classes = content.decode().splitlines()
            if member.name.endswith(".pth"):
                model = torch.load(io.BytesIO(content), map_location="cpu", weights_only=False).eval()


def file_in(event):
    body = base64.b64decode(event["body"])
    boundary = event["headers"]["Content-Type"].split("boundary=")[1].encode()
    headers, content = body.split(b"--" + boundary)[1].split(b"\r\n\r\n", 1)
    name = re.search(rb'filename="([^"]*)"', headers)[1].decode()
    return name, content.removesuffix(b"\r\n")


def predict(picture):
    tensor = transform(Image.open(io.BytesIO(picture)).convert("RGB")).unsqueeze(0)
    with torch.no_grad():
        scores = torch.nn.functional.softmax(model(tensor), dim=1)
    return classes[scores.argmax(1).item()]


def handler(event, context):
    if model is None:
        load_model()
    name, picture = file_in(event)
    return {"statusCode": 200, "body": json.dumps({"file": name, "predicted": predict(picture)})}
