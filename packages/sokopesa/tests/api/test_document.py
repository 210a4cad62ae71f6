"""The OpenAPI document: whole, and true of what is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sokopesa.faces.api.urls import api

pytestmark = pytest.mark.django_db

METHODS = {"get", "post", "put", "delete"}


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["$ref"]] if "$ref" in part else [])
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from references(each)


def test_it_is_served_without_a_token(client: Any) -> None:
    served = client.get("/api/v1/openapi.json")
    assert served.status_code == 200
    assert served.json()["openapi"].startswith("3.")


def test_everything_that_it_refers_to_is_there() -> None:
    document = api.get_openapi_schema()
    found = list(references(document))
    assert found
    for reference in found:
        part: Any = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def test_every_operation_says_what_it_answers_and_needs_a_token() -> None:
    document = api.get_openapi_schema()
    operations = [(path, method, ways[method]) for path, ways in document["paths"].items() for method in ways]
    names = [operation["operationId"] for _, _, operation in operations]
    assert len(operations) == len(set(names)) == 13
    for path, method, operation in operations:
        assert method in METHODS
        assert operation["security"] == [{"Token": []}], path
        assert {401, 404, 422} <= set(operation["responses"])
        named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert all(f"{{{name}}}" in path for name in named)
    assert document["components"]["securitySchemes"]["Token"] == {"type": "http", "scheme": "bearer"}


def test_answers_have_the_shape_that_it_promises(market: Any, program: Any) -> None:
    schemas = api.get_openapi_schema()["components"]["schemas"]
    begun = program.ready(market.offer(), address=market.address(program.buyer).pk)
    placed = program.place(begun).json()
    missing = program.get("checkouts/00000000-0000-0000-0000-000000000000").json()
    for answer, shape in ((begun, "CheckoutOut"), (placed, "PurchaseOut"), (missing, "Problem")):
        assert answer.keys() <= schemas[shape]["properties"].keys()
        assert set(schemas[shape]["required"]) <= answer.keys()
