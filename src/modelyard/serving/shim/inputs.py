"""From the form of a request to the value that the model takes."""

from __future__ import annotations

import json
from typing import Any

from . import tables, tensors
from .arrays import array
from .asked import Asked
from .failures import NotSupported
from .matrix import Matrix
from .signature import Signature
from .texts import loads

PAYLOADS = {
    "dataframe_split": tables.read_split,
    "dataframe_records": tables.read_records,
    "instances": tables.read_instances,
    "inputs": tables.read_inputs,
}
LISTS = ("str", "base64", "datetime")


class Inputs:
    """Reads requests for one model: the short way where `matrix` says that all it takes are numbers."""

    def __init__(self, signature: Signature, matrix: Matrix | None = None) -> None:
        self.signature = signature
        self._matrix = matrix

    def read(self, asked: Asked, body: bytes) -> Any:
        """Raises BadInput, NotSupported."""
        if asked.form == "tensors":
            return self._tensors(asked, body)
        if asked.form == "csv":
            return self._numbers(self._conform(tables.read_csv(body, self.signature), positional=False))
        if asked.form == "parquet":
            return self._numbers(self._conform(tables.read_parquet(body), positional=False))
        if asked.form not in PAYLOADS:
            raise NotSupported(f"This endpoint does not answer requests of the form '{asked.form}'")
        payload = loads(body)
        if self.signature.from_type_hint and asked.form in {"inputs", "instances"}:
            return payload
        if self._matrix is not None:
            found = self._matrix.rows(asked, payload)
            if found is not None:
                return found
        return self._numbers(self._conform(PAYLOADS[asked.form](payload), positional=asked.positional))

    def own_params(self, asked: Asked) -> Asked:
        """Without those of V2's parameters that the signature does not call params; they are for others to read."""
        own = {name: value for name, value in asked.parameters().items() if name in self.signature.params}
        return asked._replace(params=json.dumps(own, sort_keys=True) if own else "")

    def document(self, asked: Asked, body: bytes) -> tuple[Asked, Any]:
        """An object of MLflow's unified interface for language models, and the params among its entries.

        As its scoring server takes it: whatever the signature does not call a param is input. Raises BadInput.
        """
        said = loads(body)
        params = {name: value for name, value in said.items() if name in self.signature.params}
        value = {name: value for name, value in said.items() if name not in params}
        if self._matrix is not None:
            value = self._numbers(self._conform(value, positional=False))
        return asked._replace(params=json.dumps(params, sort_keys=True) if params else ""), value

    def _tensors(self, asked: Asked, body: bytes) -> Any:
        arrays = tensors.read(asked, body, self.signature)
        if self._matrix is not None and not asked.content_type:
            found = self._matrix.columns(arrays)
            if found is not None:
                return found
        return self._numbers(self._conform(self._meant(asked, arrays), positional=True))

    def _meant(self, asked: Asked, arrays: dict[str, Any]) -> Any:
        """What the tensors are together: a table, one array, or several."""
        name, first = next(iter(arrays.items()))
        if asked.content_type == "np":
            return first.reshape(-1, 1) if first.ndim == 1 else first
        if asked.content_type in LISTS and not self.signature.known:
            return first.reshape(-1).tolist()
        if asked.content_type in {"dict", "pd"} or not self._is_all(name, arrays):
            return arrays if self.signature.known or asked.content_type == "dict" else tables.as_frame(arrays, [])
        return first

    def _is_all(self, name: str, arrays: dict[str, Any]) -> bool:
        """Whether one tensor is the whole input, and not one column of it."""
        if len(arrays) > 1:
            return False
        of_columns = not self.signature.tensors and name not in self.signature.names and arrays[name].ndim > 1
        return not self.signature.known or of_columns

    def _conform(self, value: Any, *, positional: bool) -> Any:
        """The value in the shape and types that the signature asks for."""
        if self.signature.columns:
            return tables.conform(value, self.signature, positional=positional)
        if self.signature.tensors:
            return tables.tensors(value, self.signature)
        if isinstance(value, dict):
            return {name: array(column, None, name) for name, column in value.items()}
        return array(value, None, None) if isinstance(value, list) else value

    def _numbers(self, value: Any) -> Any:
        return value if self._matrix is None else self._matrix.of_conformed(value)
