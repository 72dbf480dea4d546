import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from modelyard.protocols.native import openapi
from modelyard.protocols.native.routes import ROUTES

DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi.document())
OPERATIONS = [(path, verb, one) for path, verbs in DOCUMENT["paths"].items() for verb, one in verbs.items()]


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_route_is_described() -> None:
    described = {(verb.upper(), path) for path, verb, _ in OPERATIONS}
    assert described == {(route.method, re.sub(r":\w+}", "}", route.path)) for route in ROUTES}


def test_every_reference_leads_to_a_schema() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    names = {reference.removeprefix("#/components/schemas/") for reference in references(DOCUMENT)}
    assert names
    assert names <= schemas.keys()


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("path", "verb", "operation"), OPERATIONS)
def test_every_parameter_of_a_path_is_described(path: str, verb: str, operation: dict[str, Any]) -> None:
    described = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert described == set(re.findall(r"{(\w+)}", path)), verb


def test_query_parameters_have_types_and_bounds() -> None:
    [limit] = [one for one in DOCUMENT["paths"]["/api/v1/events"]["get"]["parameters"] if one["name"] == "limit"]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    assert limit["required"] is False


def test_what_is_sent_back_is_said() -> None:
    deploy = DOCUMENT["paths"]["/api/v1/endpoints/{name}"]["put"]
    schema = deploy["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Endpoint"}
    assert "content" not in DOCUMENT["paths"]["/api/v1/endpoints/{name}"]["delete"]["responses"]["204"]
