"""TypeScript types of the native API, from its OpenAPI document. `make reference` writes them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from modelyard.protocols.native import openapi

Json = Mapping[str, Any]
NOTICE = "// Written by `make reference` from the server's OpenAPI document. Edit the code it comes from.\n"
_PREFIX = "#/components/schemas/"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


def module() -> str:
    """All schemas as types, and what every operation takes and answers."""
    document: Json = msgspec.json.decode(openapi.document())
    schemas = document["components"]["schemas"]
    parts = [NOTICE, *(f"export type {name} = {_type(schema)};" for name, schema in sorted(schemas.items()))]
    rows = [row for path, verbs in document["paths"].items() for row in _operations(path, verbs)]
    return "\n".join([*parts, "", "export type Operations = {", *rows, "};", ""])


def _operations(path: str, verbs: Json) -> Iterator[str]:
    for verb, operation in verbs.items():
        query = [one for one in operation["parameters"] if one["in"] == "query"]
        places = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        asked = "; ".join(f"{one['name']}{'' if one['required'] else '?'}: {_type(one['schema'])}" for one in query)
        body = operation.get("requestBody")
        answers = operation["responses"].get("200", {})
        returns = _type(_schema(answers)) if "content" in answers else "undefined"
        fields = [
            f"path: {{ {'; '.join(f'{name}: string | number' for name in places)} }}" if places else "path?: undefined",
            f"query: {{ {asked} }}" if query else "query?: undefined",
            f"body: {_type(_schema(body))}" if body else "body?: undefined",
            f"returns: {returns}",
        ]
        yield f'  "{verb.upper()} {path}": {{ {"; ".join(fields)} }};'


def _schema(holder: Json) -> Json:
    found: Json = next(iter(holder["content"].values()))["schema"]
    return found


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_PREFIX)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(msgspec.json.encode(one).decode() for one in schema["enum"])
    return _shape(schema)


def _shape(schema: Json) -> str:
    match schema.get("type"):
        case "array":
            return f"Array<{_type(schema.get('items', {}))}>"
        case "object" if "properties" in schema:
            return _object(schema)
        case "object":
            values = schema.get("additionalProperties")
            return f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"
        case str(kind):
            return _PLAIN[kind]
        case _:
            return "unknown"


def _object(schema: Json) -> str:
    """What has a default may be left out when it is sent, and is there when it is answered: optional here."""
    required = set(schema.get("required", ()))
    fields = (
        f"{name if _IDENTIFIER.fullmatch(name) else msgspec.json.encode(name).decode()}"
        f"{'' if name in required else '?'}: {_type(one)}"
        for name, one in schema["properties"].items()
    )
    return f"{{ {'; '.join(fields)} }}"
