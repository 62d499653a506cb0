"""The deployed function, found by its tags: what a release asks of it.

Raises FunctionError, whose message says what went wrong.
"""

import json
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

REGION = "us-east-1"
EVENT = Path(__file__).resolve().parent.parent / "events" / "direct.json"

# Changed, it makes Lambda start every instance anew.
MARK = "MODEL_RELOADED"


class FunctionError(Exception):
    """The function could not be asked, or answered with an error."""


def find(project: str, stage: str) -> str | None:
    """Whatever deployed it has tagged it so; None: it is not deployed."""
    tags = [{"Key": "project", "Values": [project]}, {"Key": "stage", "Values": [stage]}]
    try:
        tagged = boto3.client("resourcegroupstaggingapi", region_name=REGION)
        pages = tagged.get_paginator("get_resources").paginate(
            TagFilters=tags, ResourceTypeFilters=["lambda:function"]
        )
        found = [one for page in pages for one in page["ResourceTagMappingList"]]
    except (BotoCoreError, ClientError) as error:
        raise FunctionError(f"{error}\n--function NAME says which one is meant.") from None
    names = [one["ResourceARN"].split(":")[6] for one in found]
    if len(names) > 1:
        raise FunctionError(f"Which function is meant? --function {' | '.join(names)}")
    return names[0] if names else None


def looks_for_models(name: str) -> bool:
    return float(variables(name).get("MODEL_REFRESH_SECONDS", "0")) > 0


def variables(name: str) -> dict[str, str]:
    try:
        found = boto3.client("lambda", region_name=REGION).get_function_configuration(
            FunctionName=name
        )
    except (BotoCoreError, ClientError) as error:
        raise FunctionError(str(error)) from None
    return dict(found.get("Environment", {}).get("Variables", {}))


def reload(name: str) -> None:
    """Changes the configuration, waits until Lambda has taken it."""
    functions = boto3.client("lambda", region_name=REGION)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables(name) | {MARK: now}}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    except (BotoCoreError, ClientError) as error:
        raise FunctionError(f"{name} was not reloaded: {error}") from None


def answer(name: str) -> Any:
    """The answer to a sample; one that is an error raises."""
    payload = EVENT.read_bytes()
    try:
        answered = boto3.client("lambda", region_name=REGION).invoke(
            FunctionName=name, Payload=payload
        )
    except (BotoCoreError, ClientError) as error:
        raise FunctionError(f"{name} could not be called: {error}") from None
    document = json.loads(answered["Payload"].read())
    if "FunctionError" in answered:
        raise FunctionError(f"{name} fails: {json.dumps(document)}")
    return document
