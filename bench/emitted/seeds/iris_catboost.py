"""The S1 tutorial's handler: a feature class that aggregates what comes in, an inference class with a feature-set JSON,
CatBoost; records out."""

import json
import os

import pandas as pd
from catboost import CatBoostClassifier

here = os.path.dirname(__file__)
with open(os.path.join(here, "feature_set.json")) as file:
    feature_set = json.load(file)


class Features:
    def process(self, raw):
        return pd.DataFrame(raw).groupby("flower", sort=False)[feature_set].mean() / 10


class Inference:
    def __init__(self):
        self.model = CatBoostClassifier()
        self.model.load_model(os.path.join(here, "iris-catboost.cbm"))

    def predict(self, features):
        table = features[feature_set]
        probabilities = self.model.predict_proba(table)
        result = pd.DataFrame(probabilities, columns=[str(name) for name in self.model.classes_])
        result.insert(0, "label", self.model.predict(table).ravel())
        return result.to_dict("records")


features = Features()
inference = Inference()


def handler(event, context):
    return json.loads(json.dumps(inference.predict(features.process(event)), default=str))
