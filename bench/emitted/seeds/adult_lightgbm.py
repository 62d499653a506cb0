"""The S3 tutorial's handler: a LightGBM model on one row of twelve numbers; a number between 0 and 1 out."""

import json
import os

import lightgbm as lgb
import numpy as np

model = None


def get_model():
    global model
    if model is None:
        model = lgb.Booster(model_file=os.path.join(os.path.dirname(__file__), "seed3-lightgbm.txt"))
    return model


def predict(rows):
    return get_model().predict(np.array(rows))


def handler(event, context):
    body = event["body"]
    rows = json.loads(body) if isinstance(body, str) else body
    return {"statusCode": 200, "body": json.dumps(float(predict(rows)[0]))}
