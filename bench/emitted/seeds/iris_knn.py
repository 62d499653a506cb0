"""The S2 tutorial's handler: a scikit-learn pipeline on four numbers behind a REST API."""

import json
import os

import joblib
import numpy as np

model = joblib.load(os.path.join(os.path.dirname(__file__), "iris-knn.joblib"))


def handler(event, context):
    try:
        body = json.loads(event["body"])
        features = np.array(body["features"]).reshape(1, -1)
        prediction = model.predict(features)[0]
        probability = model.predict_proba(features)[0].max()
        answer = {"message": "Success", "prediction": str(prediction), "probability": float(probability)}
        return {"statusCode": 200, "body": json.dumps(answer)}
    except Exception as error:
        return {"statusCode": 400, "body": json.dumps({"message": str(error)})}
