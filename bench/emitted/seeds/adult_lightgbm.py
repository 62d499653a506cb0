"""The S3 tutorial's handler: a LightGBM model from S3 on one row of twelve numbers; a number between 0 and 1 out."""

import json
import os

import boto3
import lightgbm as lgb
import numpy as np

model = None


def get_model():
    global model
    if model is None:
        file = "/tmp/bench-seed3-lightgbm.txt"
        boto3.client("s3").download_file(os.environ["MODEL_BUCKET"], "model/seed3-lightgbm.txt", file)
        model = lgb.Booster(model_file=file)
    return model


def predict(rows):
    return get_model().predict(np.array(rows))


def handler(event, context):
    body = event["body"]
    rows = json.loads(body) if isinstance(body, str) else body
    return {"statusCode": 200, "body": json.dumps(float(predict(rows)[0]))}
