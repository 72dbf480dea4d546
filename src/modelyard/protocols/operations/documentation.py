"""An OpenAPI document as a page that needs no script and loads nothing."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import msgspec

from modelyard.protocols.operations import style

Json = Mapping[str, Any]
_PREFIX = "#/components/schemas/"


def page(openapi: bytes) -> bytes:
    document: Json = msgspec.json.decode(openapi)
    parts = [
        f"<h1>{escape(document['info']['title'])} <small>{escape(document['info']['version'])}</small></h1>",
        f"<p>{escape(document['info']['description'])}</p>",
        '<p>The same as an <a href="/openapi.json">OpenAPI document</a>.</p>',
        *_operations(document["paths"]),
        "<h2>Schemas</h2>",
        *(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
    ]
    return style.document(document["info"]["title"], "\n".join(parts))


def _operations(paths: Json) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, verbs in paths.items():
        for verb, operation in verbs.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(verb, path, operation))
    for tag, operations in by_tag.items():
        yield f"<h2>{escape(tag.capitalize())}</h2>"
        yield from operations


def _operation(verb: str, path: str, operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{_kind(one['schema'])}</td></tr>"
        for one in operation.get("parameters", ())
    )
    parameters = f"<table><tr><th>Parameter</th><th>In</th><th>Type</th></tr>{rows}</table>" if rows else ""
    body = operation.get("requestBody")
    sent = f"<p>Body: {_kind(_json_schema(body))}</p>" if body else ""
    answers = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td>"
        f"<td>{_kind(_json_schema(answer)) if 'content' in answer else ''}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><span class="verb {verb}">{verb.upper()}</span>'
        f'<code>{escape(path)}</code> <span class="quiet">{escape(operation["summary"])}</span></summary><div>'
        f"{parameters}{sent}<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>{answers}</table></div></details>"
    )


def _schema(name: str, schema: Json) -> str:
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' <span class=quiet>optional</span>'}</td>"
        f"<td>{_kind(one)}</td></tr>"
        for field, one in schema.get("properties", {}).items()
    )
    about = escape(re.sub(r"\s+", " ", schema.get("description", "")))
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code> '
        f'<span class="quiet">{about}</span></summary>'
        f"<div><table><tr><th>Field</th><th>Type</th></tr>{rows}</table></div></details>"
    )


def _json_schema(holder: Json) -> Json:
    schema: Json = next(iter(holder["content"].values()))["schema"]
    return schema


def _kind(schema: Json) -> str:
    """A schema in a few words, with links to the named ones."""
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(_PREFIX))
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if schema.get("type") == "object":
        return f"map to {_kind(schema.get('additionalProperties') or {})}"
    kind = str(schema.get("type", "anything"))
    return escape(f"{kind} ({schema['format']})" if "format" in schema else kind)
