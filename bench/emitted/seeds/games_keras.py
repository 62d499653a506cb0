"""The S5 tutorial's Keras function: TensorFlow, a custom metric at load, a pandas table, `predict`."""

import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import pandas as pd
import tensorflow as tf

model = None


@keras.saving.register_keras_serializable(package="games")
def bought_rate(y_true, y_pred):
    return tf.reduce_mean(tf.cast(y_pred > 0.5, tf.float32))


def handler(event, context):
    global model
    data = {"success": False}
    params = json.loads(event["body"]) if "body" in event else event
    if model is None:
        model = keras.models.load_model(os.path.join(os.path.dirname(__file__), "games.keras"))
    if "G1" in params:
        new_row = {f"G{number}": [float(params[f"G{number}"])] for number in range(1, 11)}
        new_x = pd.DataFrame.from_dict(new_row)
        data["response"] = str(model.predict(new_x, verbose=0)[0][0])
        data["success"] = True
    return {"statusCode": 200, "body": json.dumps(data)}
