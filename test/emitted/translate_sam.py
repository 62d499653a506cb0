"""Write what CloudFormation gets for each SAM template, as JSON: translate_sam.py FOLDER TEMPLATE..."""

import json
import sys
from pathlib import Path

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
}


def translated(text, given={}):
    template = yaml_parse(text)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        # `sam package` and `sam deploy` replace the path by where they have put the file.
        if not properties.get("CodeUri", "s3://").startswith("s3://"):
            properties["CodeUri"] = "s3://bucket/key"
    parameters = {name: one.get("Default", "x") for name, one in template.get("Parameters", {}).items()}
    return Translator(MANAGED_POLICIES, Parser()).translate(
        sam_template=template, parameter_values=parameters | given
    )


if __name__ == "__main__":
    folder, *paths = map(Path, sys.argv[1:])
    for path in paths:
        (folder / f"{path.parent.name}.json").write_text(json.dumps(translated(path.read_text()), indent=1))
