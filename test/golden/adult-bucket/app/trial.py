"""A new model answers one golden case before it answers anybody else.

Not the recorded answer: another model may say something else, and whether that is right is found
out on all cases before it is released. Here it must compute at all, and give what JSON can hold.
"""

import json
import os

from app import MODEL_FOLDER, log
from app.problem import Problem
from app.request import Request


def answer_a_case() -> None:
    """Raises whatever a prediction raises. Without model/cases.json nothing is tried."""
    path = os.path.join(MODEL_FOLDER, "cases.json")
    if not os.path.exists(path):
        return
    from app import api, routes  # they have the store, and so this module, themselves

    with open(path, encoding="utf-8") as file:
        case = json.load(file)["inputs"][0]
    try:
        document = routes.ROUTES[routes.PREDICT]["POST"](
            Request("POST", routes.PREDICT, None, case), {}
        )
    except Problem as problem:
        # features.py or the schema has changed since: not the model's fault.
        log.write("WARNING", "model not tried: its golden case does not fit", detail=str(problem))
        return
    api.encode(document)
