"""From a request to rows of numbers, as a replica would read it; None for whatever takes a second look."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor, Verb
from modelyard.serving.acceleration.verdict import Verdict

Matrix = NDArray[np.float64]
_rows = msgspec.json.Decoder(list[list[float]]).decode
_row = msgspec.json.Decoder(list[float]).decode
_records = msgspec.json.Decoder(list[dict[str, float]]).decode
_RAW = {"FP64": "<f8", "FP32": "<f4", "INT64": "<i8", "INT32": "<i4"}
_BIGGEST_WHOLE = 2.0**53


class Split(msgspec.Struct, forbid_unknown_fields=True):
    columns: list[str]
    data: list[list[float]]


_split = msgspec.json.Decoder(Split).decode


def rows_of(request: InferenceRequest, verdict: Verdict) -> Matrix | None:
    """The rows in the order of the model's inputs.

    None when they are not plainly what the model takes: a replica knows how to say so, or how to read them.
    """
    if request.verb is not Verb.PREDICT or (request.params is not None and request.form is not Form.TENSORS):
        return None
    try:
        rows = _read(request, verdict)
    except (msgspec.MsgspecError, ValueError, KeyError, OverflowError):
        return None
    if rows is None or rows.ndim != 2 or rows.shape[1] != verdict.width or not 0 < len(rows) <= verdict.most_rows:
        return None
    return rows if _takes(rows, verdict) else None


def _read(request: InferenceRequest, verdict: Verdict) -> Matrix | None:
    match request.form:
        case Form.INSTANCES if request.positional or not verdict.columns:
            return np.array(_rows(request.payload), np.float64)
        case Form.INPUTS if not verdict.columns:
            return np.array(_rows(request.payload), np.float64)
        case Form.DATAFRAME_SPLIT if verdict.columns:
            split = _split(request.payload)
            return _in_order(np.array(split.data, np.float64), split.columns, verdict)
        case Form.DATAFRAME_RECORDS if verdict.columns:
            records = _records(request.payload)
            return np.array([[record[name] for name in verdict.columns] for record in records], np.float64)
        case Form.TENSORS:
            return _of_tensors(request.tensors, verdict)
    return None


def _in_order(rows: Matrix, names: list[str], verdict: Verdict) -> Matrix | None:
    if tuple(names) == verdict.columns:
        return rows
    if len(set(names)) < len(names) or not set(verdict.columns) <= set(names) or rows.shape[1:] != (len(names),):
        return None
    return rows[:, [names.index(name) for name in verdict.columns]]


def _of_tensors(tensors: tuple[Tensor, ...], verdict: Verdict) -> Matrix | None:
    if len(tensors) == 1 and len(tensors[0].shape) == 2 and (tensors[0].name,) != verdict.columns:
        return _elements(tensors[0]).reshape(tensors[0].shape)
    named = {tensor.name: tensor for tensor in tensors}
    if not verdict.columns or len(tensors) != len(named) or named.keys() != set(verdict.columns):
        return None
    if any(tensor.shape not in {(tensor.shape[0],), (tensor.shape[0], 1)} for tensor in tensors if tensor.shape):
        return None
    return np.column_stack([_elements(named[name]) for name in verdict.columns])


def _elements(tensor: Tensor) -> Matrix:
    """All of them, flat. Raises ValueError when they are not as many as the shape says."""
    if tensor.encoding is Encoding.RAW:
        values = np.frombuffer(tensor.data, np.dtype(_RAW[tensor.datatype])).astype(np.float64)
    elif tensor.datatype.startswith("FP"):
        values = _of_json(tensor.data)
    else:
        raise ValueError("whole numbers in JSON are a replica's to judge")
    if values.size != int(np.prod(tensor.shape)):
        raise ValueError("another number of elements than the shape says")
    return values


def _of_json(data: bytes) -> Matrix:
    try:
        return np.array(_row(data), np.float64)
    except msgspec.ValidationError:
        return np.array(_rows(data), np.float64).reshape(-1)


def _takes(rows: Matrix, verdict: Verdict) -> bool:
    """Missing and infinite values, and fractions where there must be none, are a replica's to judge."""
    if not np.isfinite(rows).all():
        return False
    if not verdict.whole:
        return True
    whole = rows[:, verdict.whole]
    return bool((whole == np.floor(whole)).all() and (np.abs(whole) < _BIGGEST_WHOLE).all())
