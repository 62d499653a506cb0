"""GET /schema: an OpenAPI 3.1 description of this service."""

from collections.abc import Iterable, Mapping
from typing import Any

from app import NAME


def describe(routes: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": NAME, "version": "1"},
        "paths": {
            path: {method.lower(): operation(path) for method in methods}
            for path, methods in routes.items()
        },
    }


def operation(path: str) -> dict[str, Any]:
    if path == "/health":
        return {"summary": "Is it there?", "responses": {"200": {"description": "It is"}}}
    if path == "/schema":
        return {"summary": "This document", "responses": {"200": {"description": "This document"}}}
    return {
        "summary": "The message comes back",
        "requestBody": {"required": True, "content": {"application/json": {"schema": MESSAGE}}},
        "responses": {
            "200": {
                "description": "The message, or success: false where there was none",
                "content": {"application/json": {"schema": ANSWER}},
            },
            "4XX": {"description": "What is wrong (RFC 9457)"},
        },
    }


MESSAGE = {"type": "object", "properties": {"msg": {}}}
ANSWER = {
    "type": "object",
    "required": ["success"],
    "properties": {"response": {}, "success": {"type": "boolean"}},
}
