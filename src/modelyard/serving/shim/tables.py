"""Rows as pandas frames, in the columns and types of the signature."""

from __future__ import annotations

import base64
import contextlib
import io
import math
from typing import Any

from .arrays import array
from .failures import BadInput, missing
from .signature import Signature

INTEGERS = {"integer": "int32", "long": "int64"}


def pandas() -> Any:
    try:
        import pandas as pd
    except ImportError:
        raise missing("pandas", "A request of this form") from None
    return pd


def conform(value: Any, signature: Signature, *, positional: bool) -> Any:
    """A frame of the signature's columns. Raises BadInput naming the column."""
    frame = as_frame(value, signature.names)
    unnamed = not any(isinstance(name, str) for name in frame.columns)
    if signature.names and unnamed and positional and len(frame.columns) == len(signature.names):
        frame.columns = signature.names
    _check_names(signature, [str(name) for name in frame.columns], unnamed=unnamed)
    for place, column in enumerate(signature.columns):
        name = column.get("name") if signature.names else (frame.columns[place] if place < frame.shape[1] else None)
        if name in frame.columns:
            frame[name] = cast(frame[name], name, column["type"])
    return frame


def _check_names(signature: Signature, got: list[str], *, unnamed: bool) -> None:
    if len(set(got)) < len(got):
        raise BadInput(f"Column '{max(got, key=got.count)}' appears more than once")
    if not signature.names:
        if len(got) < len(signature.columns):
            raise BadInput(f"The model takes {len(signature.columns)} columns; the request has {len(got)}")
        return
    for column in signature.columns:
        if signature.required(column) and column["name"] not in got:
            wanted = ", ".join(f"'{name}'" for name in signature.names)
            has = "no column names" if unnamed else ", ".join(f"'{name}'" for name in got[:50])
            raise BadInput(f"Column '{column['name']}' is missing: the model takes {wanted}; the request has {has}")


def as_frame(value: Any, names: list[str]) -> Any:
    pd = pandas()
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


def cast(series: Any, name: Any, kind: Any) -> Any:
    """JSON knows one kind of number and no dates; the signature knows better. Raises BadInput naming the column."""
    try:
        if kind in ("double", "float"):
            return series.astype("float64" if kind == "double" else "float32")
        if kind in ("integer", "long"):
            return _integers(series, name, INTEGERS[kind])
        if kind in READERS:
            return READERS[kind](series)
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        raise BadInput(f"Column '{name}' must be {kind}: {error}") from None
    return series


def _integers(series: Any, name: Any, dtype: str) -> Any:
    import numpy as np

    if series.dtype.kind == "b":
        return series.astype(dtype)
    numbers = series if series.dtype.kind in "iu" else pandas().to_numeric(series)
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


def _moments(series: Any) -> Any:
    """Times as signatures mean them, which know no zones: those with one are told in UTC."""
    moments = _read_moments(series)
    return moments if moments.dt.tz is None else moments.dt.tz_convert("UTC").dt.tz_localize(None)


def _read_moments(series: Any) -> Any:
    """All texts in the form of the first, or ISO 8601: its writers leave out a time or a fraction that is zero."""
    if series.dtype.kind == "O":
        with contextlib.suppress(ValueError, TypeError):
            return pandas().to_datetime(series, format="ISO8601")
    return pandas().to_datetime(series)


def _texts(series: Any) -> Any:
    """Whole numbers and truths have one text; other numbers have several, so mlflow says what it thinks of them."""
    if series.dtype.kind in "biu":
        return series.map(str)
    return series.map(_text) if series.dtype == object else series


def _text(value: Any) -> Any:
    """An element of a column of objects, which mlflow does not look into."""
    if isinstance(value, (dict, list)):
        raise TypeError(f"{value!r} is no text")
    return str(value) if isinstance(value, int) else value


def _blobs(series: Any) -> Any:
    return series.map(_bytes)


def _bytes(value: Any) -> Any:
    """Base64, or the object that TensorFlow's clients put around it."""
    if isinstance(value, dict) and value.keys() == {"b64"}:
        value = value["b64"]
    return base64.b64decode(value) if isinstance(value, str) else value


def _truths(series: Any) -> Any:
    """0 and 1 are what some writers have for false and true; nothing else is."""
    if series.dtype == object:
        return series.map(_truth)
    if series.dtype.kind not in "iuf" or not series.isin((0, 1)).all():
        return series  # mlflow says what it thinks of it
    return series.astype(bool)


def _truth(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return value
    if value not in (0, 1):
        raise ValueError(f"{value!r} is neither true nor false")
    return bool(value)


READERS = {"datetime": _moments, "string": _texts, "binary": _blobs, "boolean": _truths}


def read_split(payload: Any) -> Any:
    if not isinstance(payload, dict) or "data" not in payload or not payload.keys() <= {"columns", "data", "index"}:
        raise BadInput("'dataframe_split' must be an object with 'columns', 'data' and at most 'index'")
    try:
        return pandas().DataFrame(payload["data"], index=payload.get("index"), columns=payload.get("columns"))
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


def read_inputs(payload: Any) -> Any:
    return payload


def read_csv(body: bytes, signature: Signature) -> Any:
    texts = {column["name"]: str for column in signature.columns if column["type"] == "string" and column.get("name")}
    try:
        return pandas().read_csv(io.BytesIO(body), dtype=texts)
    except ValueError as error:
        raise BadInput(f"The CSV cannot be read: {error}") from None


def read_parquet(body: bytes) -> Any:
    pd = pandas()
    try:
        return pd.read_parquet(io.BytesIO(body))
    except ImportError:
        raise missing("pyarrow", "Parquet") from None
    except Exception as error:  # noqa: BLE001 - each reader has errors of its own
        raise BadInput(f"The Parquet file cannot be read: {error}") from None


def tensors(value: Any, signature: Signature) -> Any:
    """What a model with a tensor signature takes: one array, or a dict of them. Raises BadInput."""
    name, spec = next(iter(signature.tensors.items()))
    if name is None:
        return array(_only(value), spec["dtype"], None)
    if len(signature.tensors) == 1 and (isinstance(value, list) or hasattr(value, "dtype")):
        return {name: array(value, spec["dtype"], name)}
    if hasattr(value, "to_dict"):
        value = value.to_dict("list")
    for name in signature.tensors:
        if not isinstance(value, dict) or name not in value:
            raise BadInput(f"Input '{name}' is missing: the model takes {', '.join(map(repr, signature.tensors))}")
    return {name: array(value[name], spec["dtype"], name) for name, spec in signature.tensors.items()}


def _only(value: Any) -> Any:
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise BadInput(f"The model takes one tensor without a name; the request has {len(value)}")
    return next(iter(value.values()))
