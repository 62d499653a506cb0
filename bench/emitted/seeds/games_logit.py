"""The S5 tutorial's handler: a scikit-learn model on a pandas table, from the console's event or API Gateway's."""

import json
import os

import joblib
import pandas as pd

model = joblib.load(os.path.join(os.path.dirname(__file__), "games-logit.joblib"))


def handler(event, context):
    data = {"success": False}
    params = json.loads(event["body"]) if "body" in event else event
    if "G1" in params:
        new_row = {f"G{number}": [int(params[f"G{number}"])] for number in range(1, 11)}
        new_x = pd.DataFrame.from_dict(new_row)
        data["response"] = str(model.predict_proba(new_x)[0][1])
        data["success"] = True
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(data)}
