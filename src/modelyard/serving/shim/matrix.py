"""The short way in: a request that is plainly a table of numbers, read without pandas.

Whatever is not plain is left to the long way, which either makes sense of it or says what is wrong with it.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import numpy as np

from .arrays import fits
from .asked import Asked
from .failures import BadInput
from .signature import Signature

NUMBERS = {"double": "float64", "float": "float32", "long": "int64", "integer": "int32"}


class Matrix:
    """The one array that a model takes whose columns are all numbers, or which takes one tensor of numbers."""

    def __init__(self, signature: Signature) -> None:
        self._names = signature.names
        self._types = [np.dtype(NUMBERS[column["type"]]) for column in signature.columns]
        self._shape = (-1, len(self._types))
        if signature.tensors:
            spec = signature.tensors[None]
            self._shape, self.dtype = tuple(spec["shape"]), np.dtype(spec["dtype"])
        else:
            self.dtype = np.result_type(*self._types)
        self._mixed = [place for place, one in enumerate(self._types) if one != self.dtype]
        self._integers = [place for place, one in enumerate(self._types) if one.kind == "i"]

    def rows(self, asked: Asked, payload: Any) -> Any:
        """The array, or None where the request is not plainly one."""
        try:
            table = self._table(asked, payload)
            if not table or (self._integers and self._holds_bools(table)):
                return None
            return self.typed(np.array(table))
        except (ValueError, TypeError, KeyError, IndexError):
            return None

    def columns(self, arrays: dict[str, Any]) -> Any:
        """The same of tensors: one of the whole shape, or one for each column."""
        if len(arrays) == 1 and next(iter(arrays)) not in self._names:
            return self.typed(next(iter(arrays.values())))
        if arrays.keys() != set(self._names):
            return None
        flat = [arrays[name].reshape(-1) for name in self._names]
        if any(one.dtype.kind not in "fiu" or one.shape != flat[0].shape for one in flat):
            return None
        return self.typed(np.stack(flat, axis=1))

    def of_conformed(self, value: Any) -> Any:
        """The array of what went the long way. Raises BadInput."""
        if not hasattr(value, "columns"):
            if self._fits_shape(value.shape):
                return value
            raise BadInput(f"The model takes an array of shape {self._shape}; the request has shape {value.shape}")
        named = value[self._names] if self._names else value.iloc[:, : len(self._types)]
        for place, column in enumerate(named.columns):
            if named.iloc[:, place].dtype.kind not in "fiu":
                raise BadInput(f"Column '{column}' must be {self._types[place]}, not {named.iloc[:, place].dtype}")
        return np.ascontiguousarray(named.to_numpy(dtype=self.dtype))

    def typed(self, found: Any) -> Any:
        """`found` in the model's type, or None when it has another shape or something would be lost."""
        if found.dtype.kind not in "fiu" or not self._fits_shape(found.shape):
            return None
        if found.dtype == self.dtype and not self._mixed:
            return found
        if not self._types:
            return None if self.dtype.kind in "iu" and not fits(found, self.dtype) else found.astype(self.dtype)
        for place in self._integers:
            if not fits(found[:, place], self._types[place]):
                return None
        made = found.astype(self.dtype)
        for place in self._mixed:
            made[:, place] = made[:, place].astype(self._types[place])
        return made

    def _fits_shape(self, shape: tuple[int, ...]) -> bool:
        return len(shape) == len(self._shape) and all(wanted in (-1, size) for wanted, size in zip(self._shape, shape))

    def _holds_bools(self, table: Any) -> bool:
        return any(type(row[place]) is bool for row in table for place in self._integers)

    def _table(self, asked: Asked, payload: Any) -> Any:
        """A list of rows in the model's order, or None."""
        if isinstance(payload, dict):
            if asked.form == "dataframe_split":
                plain = payload.keys() == {"columns", "data"} and payload["columns"] == self._names
                return payload["data"] if plain else None
            return self._transposed(payload) if asked.form == "inputs" and self._names else None
        if not isinstance(payload, list) or asked.form == "dataframe_split":
            return None
        if isinstance(payload[0], dict):
            return self._records(payload) if asked.form != "inputs" else None
        plain = asked.form in {"inputs", "instances"}
        return payload if plain and (asked.positional or not self._names) else None

    def _records(self, payload: Any) -> Any:
        if len(self._names) > 1:
            return list(map(itemgetter(*self._names), payload))
        return [[row[self._names[0]]] for row in payload]

    def _transposed(self, payload: Any) -> Any:
        columns = [payload[name] for name in self._names]
        alike = all(isinstance(one, list) for one in columns) and len({len(one) for one in columns}) == 1
        return list(zip(*columns)) if alike else None


def matrix_of(signature: Signature) -> Matrix | None:
    """None when the model takes anything but numbers."""
    if signature.tensors:
        spec = signature.tensors.get(None)
        plain = spec is not None and len(signature.tensors) == 1 and np.dtype(spec["dtype"]).kind in "fiu"
    else:
        plain = bool(signature.columns) and all(
            column["type"] in NUMBERS and signature.required(column) for column in signature.columns
        )
    return Matrix(signature) if plain else None
