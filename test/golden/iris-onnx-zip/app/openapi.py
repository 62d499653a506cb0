"""GET /schema: an OpenAPI 3.1 description of this service and its model.

In:  the schema of the rows that clients send, and the routes of routes.py.
Out: the document. Ranges seen in training become examples, not limits: nothing is refused for them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app import MODEL, Feature, answer, prediction
from app.inputs import MOST_ROWS, Schema


def describe(schema: Schema, routes: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": MODEL["name"], "version": MODEL["version"]},
        "paths": {
            path: {method.lower(): operation(path) for method in methods}
            for path, methods in routes.items()
        },
        "components": {
            "schemas": {
                "Row": row_of(schema.features),
                "Body": body_of(schema.features),
                "Answer": answer.SCHEMA,
                "Problem": PROBLEM,
            }
        },
    }


def operation(path: str) -> dict[str, Any]:
    refused = {
        "description": "What is wrong, every fault listed",
        "content": {"application/problem+json": {"schema": reference("Problem")}},
    }
    if path == "/health":
        return {
            "summary": "Is the model loaded?",
            "responses": {"200": {"description": "It is"}, "503": refused},
        }
    if path == "/schema":
        return {"summary": "This document", "responses": {"200": {"description": "This document"}}}
    if path.endswith("/validate"):
        summary, answered = "The rows as the model would see them", instances_of(reference("Row"))
    else:
        summary, answered = "Predictions, one per row", reference("Answer")
    return {
        "summary": summary,
        "parameters": [] if path.endswith("/validate") else prediction.PARAMETERS,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference("Body")}},
        },
        "responses": {
            "200": {
                "description": summary,
                "content": {"application/json": {"schema": answered}},
            },
            "4XX": refused,
            "5XX": refused,
        },
    }


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def instances_of(row: dict[str, Any]) -> dict[str, Any]:
    rows = {"type": "array", "items": row, "minItems": 1, "maxItems": MOST_ROWS}
    return {"type": "object", "required": ["instances"], "properties": {"instances": rows}}


def body_of(features: Iterable[Feature]) -> dict[str, Any]:
    """One row, or many of them, with names or in the order of the schema."""
    features = list(features)
    values = {
        "type": "array",
        "prefixItems": [value_of(feature) for feature in features],
        "minItems": len(features),
        "maxItems": len(features),
    }
    row = {"anyOf": [reference("Row"), values]}
    many = instances_of(row)
    return {"anyOf": [many, {"type": "array", "items": row, "minItems": 1}, *row["anyOf"]]}


def row_of(features: Iterable[Feature]) -> dict[str, Any]:
    properties = {feature["name"]: value_of(feature) for feature in features}
    return {"type": "object", "required": list(properties), "properties": properties}


def value_of(feature: Feature) -> dict[str, Any]:
    nullable = feature.get("nullable", False)
    if feature.get("open"):
        known = feature["categories"]
        kinds = ["string", "integer"] if all(type(one) is str for one in known) else ["number"]
        return {"type": [*kinds, "null"] if nullable else kinds, "examples": known}
    if feature.get("categories"):
        return {"enum": [*feature["categories"], None] if nullable else feature["categories"]}
    if feature["dtype"] == "category":
        return {"type": ["string", "integer", "null"] if nullable else ["string", "integer"]}
    if "integer" in feature:
        kind = "integer"
    else:
        kind = {"number": "number", "boolean": "boolean"}.get(feature["dtype"], "string")
    value: dict[str, Any] = {"type": [kind, "null"] if nullable else kind}
    if "range" in feature:
        value["examples"] = feature["range"]
    return value


PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["status", "title"],
    "properties": {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "row": {"type": "integer"},
                    "field": {"type": "string"},
                },
            },
        },
    },
}
