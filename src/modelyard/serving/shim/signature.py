"""What a model says about its inputs and outputs in its MLmodel document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class Signature:
    """Named or positional columns, tensors, or nothing."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        sides = document.get("signature") or {}
        entries = json.loads(sides.get("inputs") or "[]")
        self.known = bool(sides.get("inputs"))
        self.tensors: dict[str | None, Any] = {e.get("name"): e["tensor-spec"] for e in entries if is_tensor(e)}
        self.columns: list[dict[str, Any]] = [e for e in entries if not is_tensor(e)]
        self.names: list[str] = [e["name"] for e in self.columns if e.get("name") is not None]
        self.outputs: list[dict[str, Any]] = json.loads(sides.get("outputs") or "[]")
        self.params: set[str] = {param["name"] for param in json.loads(sides.get("params") or "[]")}
        self.from_type_hint = bool(document.get("is_signature_from_type_hint"))

    def required(self, column: Mapping[str, Any]) -> bool:
        return bool(column.get("required", not column.get("optional", False)))

    def type_of(self, name: str) -> str:
        """Of a named column; empty when there is none of the name."""
        return next((str(column["type"]) for column in self.columns if column.get("name") == name), "")


def is_tensor(entry: Mapping[str, Any]) -> bool:
    return bool(entry["type"] == "tensor")
