"""From the forms of a request to what the model takes."""
# ruff: noqa: PLC0415 - what the environment may lack is imported where a failure can be told

from __future__ import annotations

import base64
import io
import json
import math
from typing import Any

NUMPY_TYPES = {"BOOL": "bool", "FP16": "float16", "FP32": "float32", "FP64": "float64", "BYTES": "object"}
NUMPY_TYPES.update({f"{sign}INT{bits}": f"{sign.lower()}int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)})
INTEGER_RANGES = {"integer": "int32", "long": "int64"}


class BadInput(Exception):
    """The request cannot be what this model takes."""


class Signature:
    """What the model says about its inputs: named or positional columns, tensors, or nothing."""

    def __init__(self, metadata: Any) -> None:
        schema, outputs = metadata.get_input_schema(), metadata.get_output_schema()
        entries = schema.to_dict() if schema is not None else []
        self.known = schema is not None
        self.tensors = {e.get("name"): e["tensor-spec"] for e in entries if e["type"] == "tensor"}
        self.columns = [e for e in entries if e["type"] != "tensor"]
        self.names = [e["name"] for e in self.columns if e.get("name") is not None]
        self.outputs = [e.get("name") for e in outputs.to_dict()] if outputs is not None else []
        self.from_type_hint = bool(metadata.to_dict().get("is_signature_from_type_hint"))

    def conform(self, value: Any, *, positional: bool) -> Any:
        """The value in the shape and types the signature asks for. Raises BadInput."""
        if self.columns:
            return self._frame(value, positional=positional)
        if self.tensors:
            return self._tensors(value)
        if isinstance(value, dict):
            return {name: array(column, None, name) for name, column in value.items()}
        return array(value, None, None) if isinstance(value, list) else value

    def _frame(self, value: Any, *, positional: bool) -> Any:
        frame = as_frame(value, self.names)
        unnamed = not any(isinstance(name, str) for name in frame.columns)
        if self.names and unnamed and positional and len(frame.columns) == len(self.names):
            frame.columns = self.names
        self._check_names([str(name) for name in frame.columns], unnamed=unnamed)
        for place, column in enumerate(self.columns):
            name = column.get("name") if self.names else (frame.columns[place] if place < frame.shape[1] else None)
            if name in frame.columns:
                frame[name] = cast(frame[name], name, column["type"])
        return frame

    def _check_names(self, got: list[str], *, unnamed: bool) -> None:
        if len(set(got)) < len(got):
            raise BadInput(f"Column '{max(got, key=got.count)}' appears more than once")
        if not self.names:
            if len(got) < len(self.columns):
                raise BadInput(f"The model takes {len(self.columns)} columns; the request has {len(got)}")
            return
        for column in self.columns:
            if column.get("required", True) and column["name"] not in got:
                wanted = ", ".join(f"'{name}'" for name in self.names)
                has = "no column names" if unnamed else ", ".join(f"'{name}'" for name in got[:50])
                raise BadInput(f"Column '{column['name']}' is missing: the model takes {wanted}; the request has {has}")

    def _tensors(self, value: Any) -> Any:
        name, spec = next(iter(self.tensors.items()))
        if name is None:
            return array(only_tensor(value), spec["dtype"], None)
        if len(self.tensors) == 1 and isinstance(value, list):
            return {name: array(value, spec["dtype"], name)}
        if hasattr(value, "to_dict"):
            value = value.to_dict("list")
        for name in self.tensors:
            if not isinstance(value, dict) or name not in value:
                raise BadInput(f"Input '{name}' is missing: the model takes {', '.join(map(repr, self.tensors))}")
        return {name: array(value[name], spec["dtype"], name) for name, spec in self.tensors.items()}


def only_tensor(value: Any) -> Any:
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise BadInput(f"The model takes one tensor without a name; the request has {len(value)}")
    return next(iter(value.values()))


def array(value: Any, dtype: str | None, name: str | None) -> Any:
    import numpy as np

    try:
        return np.asarray(value, dtype=np.dtype(dtype) if dtype else None)
    except (ValueError, TypeError, OverflowError) as error:
        where = f"Input '{name}'" if name else "The input"
        raise BadInput(f"{where} is no array of {dtype or 'one type'}: {error}") from None


def as_frame(value: Any, names: list[str]) -> Any:
    import pandas as pd

    try:
        if isinstance(value, dict):
            scalar = not any(isinstance(column, list) or hasattr(column, "shape") for column in value.values())
            return pd.DataFrame([value] if scalar else {k: flat_column(column) for k, column in value.items()})
        if isinstance(value, list) and len(names) == 1 and not any(isinstance(row, (list, dict)) for row in value):
            return pd.DataFrame({names[0]: value})
        return pd.DataFrame(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"The rows do not make a table: {error}") from None


def flat_column(column: Any) -> Any:
    """V2 clients send a column as a tensor of shape [rows, 1]."""
    if hasattr(column, "ndim") and column.ndim > 1:
        return column.reshape(-1) if column.size == len(column) else list(column)
    return column


def cast(series: Any, name: Any, kind: str) -> Any:
    """JSON knows one kind of number and no dates; the signature knows better. Raises BadInput naming the column."""
    import pandas as pd

    try:
        if kind in {"double", "float"}:
            return series.astype("float64" if kind == "double" else "float32")
        if kind in INTEGER_RANGES:
            return cast_integers(series, name, INTEGER_RANGES[kind])
        if kind == "datetime":
            return pd.to_datetime(series)
        if kind == "binary":
            return series.map(lambda text: base64.b64decode(text) if isinstance(text, str) else text)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(f"Column '{name}' must be {kind}: {error}") from None
    return series


def cast_integers(series: Any, name: Any, dtype: str) -> Any:
    import numpy as np
    import pandas as pd

    if series.dtype.kind == "b":
        return series  # mlflow says what it thinks of it
    numbers = series if series.dtype.kind in "iu" else pd.to_numeric(series)
    if numbers.isna().any():
        raise BadInput(f"Column '{name}' must be whole numbers, and holds a null in row {int(numbers.isna().argmax())}")
    bounds = np.iinfo(dtype)
    wrong = (numbers < bounds.min) | (numbers > bounds.max)
    if numbers.dtype.kind == "f":
        wrong |= numbers != np.floor(numbers)
    if wrong.any():
        place = int(np.asarray(wrong).argmax())
        raise BadInput(f"Column '{name}' must be {dtype}: {numbers.iloc[place]} in row {place} is not")
    return numbers.astype(dtype)


def read_input(header: dict[str, Any], body: bytes, signature: Signature) -> Any:
    """What to give to the model. Raises BadInput."""
    form = header.get("form")
    if form == "tensors":
        value = read_tensors(header["tensors"], body, signature)
        return signature.conform(value, positional=True)
    if form == "csv":
        return signature.conform(read_csv(body, signature), positional=False)
    payload = loads(body)
    if signature.from_type_hint and form in {"inputs", "instances"}:
        return payload
    readers = {"dataframe_split": read_split, "dataframe_records": read_records, "instances": read_instances}
    value = readers[form](payload) if form in readers else payload
    return signature.conform(value, positional=bool(header.get("positional")))


def loads(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"The request is not valid JSON: {error}") from None


def read_split(payload: Any) -> Any:
    import pandas as pd

    if not isinstance(payload, dict) or "data" not in payload or not payload.keys() <= {"columns", "data", "index"}:
        raise BadInput("'dataframe_split' must be an object with 'columns', 'data' and at most 'index'")
    try:
        return pd.DataFrame(payload["data"], index=payload.get("index"), columns=payload.get("columns"))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"'dataframe_split' does not make a table: {error}") from None


def read_records(payload: Any) -> Any:
    if not isinstance(payload, list) or not all(isinstance(row, dict) for row in payload):
        raise BadInput("'dataframe_records' must be a list of objects, one for each row")
    return as_frame(payload, [])


def read_instances(payload: Any) -> Any:
    if not isinstance(payload, list):
        raise BadInput("'instances' must be a list with one entry for each row")
    return as_frame(payload, []) if payload and all(isinstance(row, dict) for row in payload) else payload


def read_csv(body: bytes, signature: Signature) -> Any:
    import pandas as pd

    texts = {column["name"]: str for column in signature.columns if column["type"] == "string" and column.get("name")}
    try:
        return pd.read_csv(io.BytesIO(body), dtype=texts)
    except ValueError as error:
        raise BadInput(f"The CSV cannot be read: {error}") from None


def read_tensors(tensors: list[dict[str, Any]], body: bytes, signature: Signature) -> Any:
    arrays = {}
    start = 0
    for tensor in tensors:
        arrays[tensor["name"]] = read_tensor(tensor, body[start : start + tensor["size"]])
        start += tensor["size"]
    only = next(iter(arrays.values())) if len(arrays) == 1 else None
    if only is not None and only.ndim > 1 and next(iter(arrays)) not in signature.names and not signature.tensors:
        return only
    if len(arrays) == 1 and not signature.known:
        return only
    return arrays if signature.known else as_frame(arrays, [])


def read_tensor(tensor: dict[str, Any], data: bytes) -> Any:
    name, datatype, shape = tensor["name"], tensor["datatype"], tensor["shape"]
    if datatype not in NUMPY_TYPES:
        raise BadInput(f"Input '{name}' has datatype '{datatype}', which is not one of {', '.join(NUMPY_TYPES)}")
    values = loads(data)
    elements = array(values, NUMPY_TYPES[datatype], name)
    if elements.dtype.kind in "iu" and (elements != array(values, None, name)).any():
        raise BadInput(f"Input '{name}' is {datatype} but holds numbers that are not whole")
    if elements.size != math.prod(shape):
        raise BadInput(f"Input '{name}' says shape {shape} but has {elements.size} elements")
    return elements.reshape(shape)
