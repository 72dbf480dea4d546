"""The OpenAPI 3.1 document, made from the route table: what is not in the table cannot be in the document."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

import modelyard
from modelyard.protocols.http.routing import PUBLIC, Route
from modelyard.protocols.native import routes, wire

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_REF = "#/components/schemas/{name}"
_OF_PATHS: Mapping[str, Mapping[str, Any]] = {
    "experiments/id": {"type": "string", "format": "int64"},
    "models/name": {"type": "string", "format": "model-name"},
    "models/version": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
    "endpoints/name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"},
}
_TEXT: Mapping[str, Any] = {"type": "string"}
_ABOUT = "Everything Modelyard keeps and serves, as JSON. Times are milliseconds since the epoch, UTC."


@cache
def document() -> bytes:
    named = (kind for route in routes.ROUTES for kind in (route.body, route.returns))
    kinds = [wire.ErrorBody, *(kind for kind in named if kind not in (None, bytes))]
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
    if route.returns is bytes:
        answer["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    elif route.returns is not None:
        answer["content"] = _json(schema_of[route.returns])
    error = _json(schema_of[wire.ErrorBody])
    operation: dict[str, Any] = {
        "operationId": f"{_tag(route)}_{route.handler.__name__}",
        "tags": [_tag(route)],
        "summary": route.summary,
        "parameters": list(_parameters(route)),
        "responses": {
            "200" if route.returns else "204": answer,
            **{status: {"description": why, "content": error} for status, why in _refusals(route)},
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(schema_of[route.body])}
    return operation


def _refusals(route: Route[Any]) -> Iterator[tuple[str, str]]:
    """Statuses of errors, and when they are given."""
    changes = route.method != "GET" and not route.action.endswith(".read")
    if "{" in route.path or route.query or route.body:
        yield "400", "A value cannot be accepted"
    if changes and route.action == PUBLIC:
        yield "401", "It is not signed as it must be"
    yield "403", "The Host or Origin is not one that may ask"
    if "{" in route.path or changes or _asks_for_one(route.query):
        yield "404", "There is no such thing"
    if route.body:
        yield "408", "The body did not arrive in time"
    if changes:
        yield "409", "Its state, or somebody else's change, is in the way"
    if route.body:
        yield "413", "The body is too large"
        yield "415", "The body is not JSON, or compressed"
    yield "503", "Not now; try again"
    if changes:
        yield "507", "The disk is full"


def _asks_for_one(query: Any) -> bool:
    """What must be said in a query names the thing."""
    return query is not None and any(one.required for one in msgspec.structs.fields(query))


def _tag(route: Route[Any]) -> str:
    return route.path.removeprefix(f"{routes.V1}/").partition("/")[0].partition(":")[0]


def _parameters(route: Route[Any]) -> Iterator[dict[str, Any]]:
    for name in _PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": _OF_PATHS.get(f"{_tag(route)}/{name}", _TEXT)}
    if route.query is None:
        return
    _, components = msgspec.json.schema_components([route.query], ref_template=_REF)
    described = components[route.query.__name__]
    for name, schema in described["properties"].items():
        required = name in described.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": schema}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
