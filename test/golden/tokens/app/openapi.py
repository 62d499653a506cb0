"""GET /schema: an OpenAPI 3.1 description of this service and its model.

In:  the schema of the tensors that clients send, and the routes of routes.py.
Out: the document. That data has as many values as its shape says is more than it can express.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app import MODEL
from app.inputs import DATATYPES, MOST_ROWS, Schema


def describe(schema: Schema, routes: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    outputs = [one["name"] for one in MODEL["outputs"]]
    inputs = [tensor_of(one) for one in schema.inputs.values()]
    answered = [answered_of(one) for one in MODEL["outputs"]]
    return {
        "openapi": "3.1.0",
        "info": {"title": MODEL["name"], "version": MODEL["version"]},
        "paths": {
            path: {method.lower(): operation(path, method) for method in methods}
            for path, methods in routes.items()
        },
        "components": {
            "schemas": {
                "Request": {
                    "type": "object",
                    "required": ["inputs"],
                    "properties": {
                        "id": TEXT,
                        "parameters": {"type": "object"},
                        "inputs": list_of({"anyOf": inputs}, len(inputs), len(inputs)),
                        "outputs": list_of(
                            {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"name": {"enum": outputs}},
                            },
                            0,
                            len(outputs),
                        ),
                    },
                },
                "Answer": {
                    "type": "object",
                    "required": ["model_name", "model_version", "outputs"],
                    "properties": {
                        "model_name": TEXT,
                        "model_version": TEXT,
                        "id": TEXT,
                        "outputs": list_of({"anyOf": answered}, 1, len(answered)),
                    },
                },
                "Understood": UNDERSTOOD,
                "Problem": PROBLEM,
            }
        },
    }


def operation(path: str, method: str) -> dict[str, Any]:
    refused = {
        "description": "What is wrong, every fault listed",
        "content": {"application/problem+json": {"schema": reference("Problem")}},
    }
    if method == "GET":
        summary = SUMMARIES.get(path, "The model's tensors")
        if path.endswith("/ready"):
            summary = "Is the model loaded?"
        answered: dict[str, Any] = {"type": "object"}
        responses = {"503": refused} if path.endswith(("/ready", "/health")) else {}
    else:
        summary = "What the model makes of these tensors"
        answered = reference("Answer")
        if path.endswith("/validate"):
            summary, answered = "What the tensors were understood as", reference("Understood")
        responses = {"4XX": refused, "5XX": refused}
    described = {
        "summary": summary,
        "responses": {
            "200": {
                "description": summary,
                "content": {"application/json": {"schema": answered}},
            },
            **responses,
        },
    }
    if method == "POST":
        body = {"application/json": {"schema": reference("Request")}}
        described["requestBody"] = {"required": True, "content": body}
    return described


SUMMARIES = {
    "/health": "Is the model loaded?",
    "/schema": "This document",
    "/v2": "This service",
    "/v2/health/live": "Is the service there?",
}


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(item: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


def tensor_of(tensor: dict[str, Any]) -> dict[str, Any]:
    """A tensor that goes in; nested data is taken as well."""
    value = value_of(tensor["dtype"])
    data = {"anyOf": [{"type": "array", "items": value}, {"type": "array", "items": NESTED}]}
    return described(tensor, shape_of(tensor["shape"]), data)


def answered_of(tensor: dict[str, Any]) -> dict[str, Any]:
    """One that comes out. Converters declare shapes that their models do not keep."""
    shape = {"type": "array", "items": {"type": "integer", "minimum": 0}}
    return described(tensor, shape, {"type": "array", "items": value_of(tensor["dtype"])})


def described(tensor: dict[str, Any], shape: Any, data: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["name", "datatype", "shape", "data"],
        "properties": {
            "name": {"const": tensor["name"]},
            "datatype": {"const": DATATYPES[tensor["dtype"]]},
            "shape": shape,
            "data": data,
        },
    }


def shape_of(shape: list[int | str | None] | None) -> dict[str, Any]:
    size: dict[str, Any] = {"type": "integer", "minimum": 0}
    if shape is None:
        return {"type": "array", "items": size}
    sizes = [{"const": one} if type(one) is int else size for one in shape]
    if len(shape) > 1 and type(shape[0]) is not int:
        sizes[0] = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}
    if not sizes:  # prefixItems may not be empty
        return {"type": "array", "maxItems": 0}
    named = ", ".join("?" if one is None else str(one) for one in shape)
    return {
        "type": "array",
        "description": f"[{named}]",
        "prefixItems": sizes,
        "minItems": len(sizes),
        "maxItems": len(sizes),
    }


def value_of(dtype: str) -> dict[str, Any]:
    if dtype in ("bool", "str"):
        return {"type": "boolean" if dtype == "bool" else "string"}
    if dtype.startswith("float"):
        return {"type": "number"}
    bits = int(dtype.lstrip("uint"))
    lowest = 0 if dtype.startswith("u") else -(2 ** (bits - 1))
    return {"type": "integer", "minimum": lowest, "maximum": lowest + 2**bits - 1}


TEXT = {"type": "string"}
NESTED = {"type": "array"}
UNDERSTOOD: dict[str, Any] = {
    "type": "object",
    "required": ["instances"],
    "properties": {
        "instances": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["datatype", "shape"],
                    "properties": {
                        "datatype": {"enum": list(DATATYPES.values())},
                        "shape": {"type": "array", "items": {"type": "integer"}},
                    },
                },
            },
        }
    },
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["status", "title", "error"],
    "properties": {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "error": {"type": "string", "description": "the protocol's word for what is wrong"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail", "field"],
                "properties": {"detail": {"type": "string"}, "field": {"type": "string"}},
            },
        },
    },
}
