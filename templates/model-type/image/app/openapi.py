"""GET /schema: an OpenAPI 3.1 description of this service and its model.

In:  the routes of routes.py.
Out: the document.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app import MODEL, answer, prediction


def describe(routes: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": MODEL["name"], "version": MODEL["version"]},
        "paths": {
            path: {method.lower(): operation(path) for method in methods}
            for path, methods in routes.items()
        },
        "components": {
            "schemas": {
                "Body": BODY,
                "Form": FORM,
                "Understood": UNDERSTOOD,
                "Answer": answer.SCHEMA,
                "Problem": PROBLEM,
            }
        },
    }


def operation(path: str) -> dict[str, Any]:
    refused = {
        "description": "What is wrong",
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
        summary, answered = "What the picture was understood as", reference("Understood")
    else:
        summary, answered = "The prediction for a picture", reference("Answer")
    return {
        "summary": summary,
        "parameters": [] if path.endswith("/validate") else prediction.PARAMETERS,
        "requestBody": {
            "required": True,
            "content": {
                "image/jpeg": {},
                "image/png": {},
                "image/webp": {},
                "multipart/form-data": {"schema": reference("Form")},
                "application/json": {"schema": reference("Body")},
            },
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


BODY: dict[str, Any] = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": {"type": "string", "contentEncoding": "base64"}},
}
FORM: dict[str, Any] = {
    "type": "object",
    "description": "one file, under any name",
    "minProperties": 1,
    "additionalProperties": {"type": "string", "contentMediaType": "application/octet-stream"},
}
UNDERSTOOD: dict[str, Any] = {
    "type": "object",
    "required": ["instances"],
    "properties": {
        "instances": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["format", "mode", "width", "height"],
                "properties": {
                    "format": {"enum": ["JPEG", "PNG", "WEBP"]},
                    "mode": {"type": "string"},
                    "width": {"type": "integer"},
                    "height": {"type": "integer"},
                },
            },
        }
    },
}
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
                "properties": {"detail": {"type": "string"}, "field": {"type": "string"}},
            },
        },
    },
}
