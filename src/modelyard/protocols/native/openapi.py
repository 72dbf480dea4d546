"""The OpenAPI 3.1 document, made from the route table: what is not in the table cannot be in the document."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

import modelyard
from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import routes, wire

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_REF = "#/components/schemas/{name}"
_ABOUT = "Everything Modelyard keeps and serves, as JSON. Times are milliseconds since the epoch, UTC."


@cache
def document() -> bytes:
    kinds = [wire.ErrorBody, *(kind for route in routes.ROUTES for kind in (route.body, route.returns) if kind)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schema_of = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes.ROUTES:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schema_of)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Modelyard API", "version": modelyard.__version__, "description": _ABOUT},
            "paths": paths,
            "components": {"schemas": components},
        }
    )


def _operation(route: Route[Any], schema_of: dict[type, dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "Done"}
    if route.returns is not None:
        answer["content"] = _json(schema_of[route.returns])
    operation: dict[str, Any] = {
        "operationId": f"{_tag(route)}_{route.handler.__name__}",
        "tags": [_tag(route)],
        "summary": route.summary,
        "parameters": list(_parameters(route)),
        "responses": {
            "200" if route.returns else "204": answer,
            "default": {"description": "What went wrong", "content": _json(schema_of[wire.ErrorBody])},
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(schema_of[route.body])}
    return operation


def _tag(route: Route[Any]) -> str:
    return route.path.removeprefix(f"{routes.V1}/").partition("/")[0].partition(":")[0]


def _parameters(route: Route[Any]) -> Iterator[dict[str, Any]]:
    for name in _PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if route.query is None:
        return
    _, components = msgspec.json.schema_components([route.query], ref_template=_REF)
    described = components[route.query.__name__]
    for name, schema in described["properties"].items():
        required = name in described.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": schema}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
