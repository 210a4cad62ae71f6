"""The control API's description in OpenAPI 3.1, made from the operations themselves."""

import re
from collections.abc import Sequence
from inspect import cleandoc
from typing import Any

from pydantic import TypeAdapter

from mpesa_simulator.control.operation import PREFIX, Operation


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """An OpenAPI document of these operations."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _describe(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "M-PESA simulator: control API",
            "version": "1",
            "description": "Arrange the network, act for its people, and read its books.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _describe(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    words = cleandoc(operation.handle.__doc__ or "")
    described: dict[str, Any] = {
        "operationId": operation.handle.__name__,
        "summary": words.splitlines()[0],
        "description": words,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", operation.path)
        ]
        + [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
            for name in re.findall(r"`\?(\w+)=", words)
        ],
        "responses": {str(operation.status): {"description": "Done"}},
    }
    if operation.body is not None:
        schema = TypeAdapter(operation.body).json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        described["responses"]["422"] = {"description": "A field is wrong; `detail` says which"}
    if "{" in operation.path:
        described["responses"]["404"] = {"description": "There is no such thing; `detail` says what is missing"}
    return described
