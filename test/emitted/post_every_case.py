"""Post every golden case through every event shape to a project's handler, and print what was answered wrongly.

    cd PROJECT && python post_every_case.py CASES.json FEATURES.json CLASSES.json PATH ANSWER

ANSWER is that of --answer, or "tensors" for a model that takes and gives these.

Knows nothing of the project but what its README promises. Prints {"answered": n, "wrong": [...]} on the last line.
"""

import base64
import importlib
import json
import sys

CASES, FEATURES, CLASSES, PATH, ANSWER = sys.argv[1:6]
with open(CASES) as file:
    cases = json.load(file)
features = json.loads(FEATURES)
classes = json.loads(CLASSES)
tolerance = cases.get("tolerance", 1e-5)
sys.path.insert(0, "")
# Where infer requests may be sent as well.
OWN_PATHS = ["/v2/models/score/infer"] if ANSWER == "tensors" else []
handler = importlib.import_module("app.handler").handler


class Context:
    aws_request_id = "b0e2e8a3-0000-4000-8000-000000000000"


def bodies(row):
    """Everything that a client may mean the same row by."""
    values = [row[name] for name in features]
    texts = {name: text_of(value) for name, value in row.items()}
    yield "instances, an object", {"instances": [row]}
    yield "instances, a list", {"instances": [values]}
    yield "features", {"features": values}
    yield "an object", row
    yield "an object of strings", texts
    yield "an object in another order", dict(reversed(row.items()))
    yield "a list of objects", [row]
    yield "a list of rows", [values]
    yield "a row", values
    yield "a row of strings", list(texts.values())


def requests(tensors):
    """Everything that a client may mean the same tensors by, as the Open Inference Protocol has it."""
    inputs = [{"name": name, **tensor} for name, tensor in tensors.items()]
    yield "flat", {"inputs": inputs}
    yield "nested", {"inputs": [one | {"data": nested(one["data"], one["shape"])} for one in inputs]}
    yield "in another order", {"inputs": inputs[::-1]}
    yield "with a name", {"id": "42", "inputs": inputs}
    more = [one | {"parameters": {"binary_data": False}} for one in inputs]
    yield "with parameters", {"inputs": more, "parameters": {"priority": 1}, "outputs": []}


def nested(data, shape):
    if len(shape) < 2:
        return data
    size = len(data) // shape[0] if shape[0] else 0
    return [nested(data[at * size : (at + 1) * size], shape[1:]) for at in range(shape[0])]


def text_of(value):
    return value if value is None or isinstance(value, str) else json.dumps(value)


def events(body):
    """What Lambda gets when it is called with this body: {"requestContext": ...} and everything else."""
    text = json.dumps(body)
    unicode_text = json.dumps(body, ensure_ascii=False)
    own = [(path, "$default") for path in OWN_PATHS]
    for path, stage in [(PATH, "$default"), ("/", "$default"), (f"/live{PATH}", "live"), *own]:
        yield f"HTTP API {path}", http(text, path, stage)
    for path, stage in [(PATH, "prod"), (f"/prod{PATH}", "prod")]:
        yield f"REST API {path}", rest(text, path, stage)
    for kind in ["application/json; charset=utf-8", "application/x-www-form-urlencoded", "text/plain", None]:
        yield f"HTTP API, {kind}", http(unicode_text, PATH, "$default", kind)
        yield f"REST API, {kind}", rest(unicode_text, PATH, "prod", kind)
    yield "HTTP API, base64", encoded(http(text, PATH, "$default"))
    yield "REST API, base64", encoded(rest(unicode_text, PATH, "prod"))
    url = http(text, PATH, "$default")
    url["requestContext"] |= {"domainName": "abc.lambda-url.us-east-1.on.aws", "domainPrefix": "abc"}
    yield "Function URL", url
    yield "Function URL, base64", encoded(url)
    yield "body, text", {"body": text}
    yield "body, document", {"body": body}
    yield "bare", body


def http(text, path, stage, kind="application/json"):
    headers = {"accept": "*/*", "user-agent": "curl/8", "content-length": str(len(text))}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers | ({"content-type": kind} if kind else {}),
        "requestContext": {
            "apiId": "abc",
            "requestId": "x",
            "routeKey": "$default",
            "stage": stage,
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        },
        "body": text,
        "isBase64Encoded": False,
    }


def rest(text, path, stage, kind="application/json"):
    headers = {"Accept": "*/*"} | ({"Content-Type": kind} if kind else {})
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path[1:]},
        "stageVariables": None,
        "requestContext": {"stage": stage, "resourcePath": "/{proxy+}", "httpMethod": "POST", "requestId": "x"},
        "body": text,
        "isBase64Encoded": False,
    }


def encoded(event):
    return event | {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}


def document_of(answer):
    """The document in an answer, out of its HTTP envelope when it has one."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return answer
    assert answer["statusCode"] == 200, answer
    assert answer["headers"]["content-type"] == "application/json", answer
    assert isinstance(answer["body"], str), answer
    return json.loads(answer["body"])


def predictions_in(document):
    """The document's predictions, one per row, whatever --answer made of them."""
    if ANSWER == "predictions":
        assert document.keys() == {"predictions", "model"}, document
        return document["predictions"]
    if ANSWER == "response":
        assert document.keys() == {"success", "response"} and document["success"] is True, document
        document = document["response"]
    return document


def value_of(output):
    """What --answer value and response make of a golden output."""
    if "label" not in output:
        return output.get("value", output.get("values"))
    if "probabilities" in output and len(classes) == 2:
        return output["probabilities"][1]
    return output["label"]


def is_value(answered, expected):
    if ANSWER == "response":
        assert isinstance(answered, str), answered
        answered = answered if isinstance(expected, str) else json.loads(answered)
    if isinstance(expected, list):
        return len(answered) == len(expected) and all(map(close, answered, expected))
    if isinstance(expected, float):
        return isinstance(answered, float) and close(answered, expected)
    return type(answered) is type(expected) and answered == expected


def tensor_fault(answer, expected, body):
    """What is wrong with the answer to an infer request; None when it is right."""
    try:
        document = document_of(json.loads(json.dumps(answer)))
        assert document.get("id") == body.get("id"), "id"
        outputs = {one["name"]: one for one in document["outputs"]}
        assert outputs.keys() == expected.keys(), "names"
        for name, tensor in expected.items():
            found = outputs[name]
            assert (found["datatype"], found["shape"]) == (tensor["datatype"], tensor["shape"]), name
            assert len(found["data"]) == len(tensor["data"]), name
            assert all(map(alike, found["data"], tensor["data"])), name
    except (AssertionError, KeyError, TypeError) as error:
        return f"{type(error).__name__} {error}"
    return None


def alike(one, other):
    return one == other if isinstance(one, (bool, str)) else close(one, other)


def post_tensors():
    answered, wrong = 0, []
    for tensors, expected in zip(cases["inputs"], cases["outputs"]):
        for form, body in requests(tensors):
            for shape, event in events(body):
                answered += 1
                found = tensor_fault(handler(event, Context()), expected, body)
                if found:
                    wrong.append(f"{form}, {shape}: {found}")
    print(json.dumps({"answered": answered, "wrong": wrong[:10]}))


def fault(answer, expected):
    """What is wrong with the answer; None when it is right."""
    try:
        predictions = predictions_in(document_of(json.loads(json.dumps(answer))))
        if ANSWER in ("value", "response"):
            values = predictions if len(expected) > 1 else [predictions]
            assert len(values) == len(expected), f"{len(values)} values"
            right = all(map(is_value, values, map(value_of, expected)))
            return None if right else f"{values} instead of {expected}"
    except (AssertionError, KeyError, TypeError) as error:
        return f"{type(error).__name__} {error}"
    if len(predictions) != len(expected):
        return f"{len(predictions)} predictions"
    for prediction, output in zip(predictions, expected):
        wrong = differs(prediction, output)
        if wrong:
            return f"{wrong}: {prediction} instead of {output}"
    return None


def differs(prediction, output):
    if "value" in output:
        return None if close(prediction["value"], output["value"]) else "value"
    if "values" in output:
        same = all(map(close, prediction["values"], output["values"]))
        return None if same and len(prediction["values"]) == len(output["values"]) else "values"
    if (type(prediction["label"]), prediction["label"]) != (type(output["label"]), output["label"]):
        return "label"
    if "probabilities" not in output:
        return "probabilities" if "probabilities" in prediction else None
    keys = [one if isinstance(one, str) else json.dumps(one) for one in classes]
    if list(prediction["probabilities"]) != keys:
        return "classes"
    same = all(map(close, prediction["probabilities"].values(), output["probabilities"]))
    return None if same else "probabilities"


def close(one, other):
    return abs(one - other) <= tolerance


def main():
    rows = [row if isinstance(row, dict) else dict(zip(features, row)) for row in cases["inputs"]]
    batches = [([row], [output]) for row, output in zip(rows, cases["outputs"])]
    answered, wrong = 0, []
    for row, expected in batches:
        for form, body in bodies(row[0]):
            for shape, event in events(body):
                answered += 1
                found = fault(handler(event, Context()), expected)
                if found:
                    wrong.append(f"{form}, {shape}: {found}")
    for shape, event in events({"instances": rows}):
        answered += 1
        found = fault(handler(event, Context()), cases["outputs"])
        if found:
            wrong.append(f"all rows, {shape}: {found}")
    print(json.dumps({"answered": answered, "wrong": wrong[:10]}))


post_tensors() if ANSWER == "tensors" else main()
