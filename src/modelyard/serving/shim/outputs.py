"""From what the model answers to JSON and to tensors."""

from __future__ import annotations

import base64
import datetime as dt
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import tensors
from .asked import Asked
from .failures import BadInput
from .signature import Signature
from .texts import encode

TYPES = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


class Columns(dict):  # type: ignore[type-arg] # names to arrays
    """A table by columns, where a pandas frame would be a detour."""


def write(prediction: Any, asked: Asked, signature: Signature) -> tuple[bytes, bytes]:
    """Header and body of an answer. Raises BadInput for outputs the model does not have, TypeError, ValueError."""
    if asked.form != "tensors":
        return b"", encode(plain(prediction)).encode()
    found = named(prediction, signature.outputs)
    encodings = dict(asked.wanted) or dict.fromkeys(found, asked.encoding)
    heads, parts = [], []
    for name, encoding in encodings.items():
        if name not in found:
            raise BadInput(f"The model has no output '{name}'; it has {', '.join(map(repr, found))}")
        datatype = tensors.datatype_of(found[name])
        data = _elements(datatype, found[name].reshape(-1), encoding)
        head = {"name": name, "datatype": datatype, "shape": list(found[name].shape)}
        heads.append({**head, "size": len(data), "encoding": encoding})
        parts.append(data)
    return encode(heads).encode(), b"".join(parts)


def plain(value: Any) -> Any:
    """A prediction in the words of JSON: NaN and infinities become null, as JSON has none."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Columns):
        columns = [plain(column) for column in value.values()]
        return [dict(zip(value, row)) for row in zip(*columns)]
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(entry) for entry in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat() if value == value else None  # noqa: PLR0124 - NaT is not itself
    return _of_library(value)


def _of_library(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return _of_array(value)
    if is_frame(value):
        return plain(Columns(_columns(value)))
    converted = as_numpy(value)
    if converted is not value:
        return plain(converted)
    if value is getattr(sys.modules.get("pandas"), "NA", value) and type(value).__name__ == "NAType":
        return None
    if hasattr(value, "__array__"):
        return plain(np.asarray(value))
    if hasattr(value, "__float__"):
        return plain(float(value))
    raise TypeError(f"the model answered with {type(value).__name__}, which has no form in JSON")


def _of_array(value: Any) -> Any:
    if value.dtype.kind == "M":
        return plain(value.astype("datetime64[us]").tolist())
    clean = value.dtype.kind in "biuU" or (value.dtype.kind == "f" and bool(np.isfinite(value).all()))
    return value.tolist() if clean else plain(value.tolist())


def is_frame(value: Any) -> bool:
    """Whether it is a pandas frame; who has one has imported pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _columns(frame: Any) -> dict[str, Any]:
    return {str(name): frame.iloc[:, place] for place, name in enumerate(frame.columns)}


def as_numpy(value: Any) -> Any:
    """Sparse matrices, torch and tensorflow tensors, pandas series; anything else as it is."""
    if hasattr(value, "toarray"):
        return value.toarray()
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    for method in ("to_numpy", "numpy"):
        if hasattr(value, method):
            return getattr(value, method)()
    return value


def named(prediction: Any, outputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The prediction as arrays by name, in the names, types and shapes that the signature promises where it can.

    One for each column or key; else one for each column of the signature, or one in all.
    """
    if is_frame(prediction):
        parts = _columns(prediction)
    elif isinstance(prediction, dict):
        parts = {str(name): value for name, value in prediction.items()}
    else:
        parts = _spread(np.atleast_1d(np.asarray(as_numpy(prediction))), [name_of(*one) for one in enumerate(outputs)])
    promised = {name_of(place, entry): entry for place, entry in enumerate(outputs)}
    return {name: _promised(value, promised.get(name)) for name, value in parts.items()}


def name_of(place: int, output: Mapping[str, Any]) -> str:
    """What an output without a name is called; `serving/metadata.py` says the same."""
    return output.get("name") or f"output-{place}"


def _spread(values: Any, names: list[str]) -> dict[str, Any]:
    if len(names) > 1 and values.ndim == 2 and values.shape[1] == len(names):
        return {name: values[:, place] for place, name in enumerate(names)}
    return {names[0] if len(names) == 1 else "output-0": values}


def _promised(value: Any, output: Mapping[str, Any] | None) -> Any:
    values = np.atleast_1d(np.asarray(as_numpy(value)))
    if output is None:
        return values
    dtype = TYPES.get(str(output["type"])) or (output.get("tensor-spec") or {}).get("dtype")
    column = output["type"] != "tensor"
    if column and values.ndim == 2 and values.shape[1] == 1:
        values = values.reshape(-1)
    if dtype is None or values.dtype.kind not in "fiub" or np.dtype(dtype).kind not in "fiub":
        return values
    return values.astype(dtype) if np.can_cast(values.dtype, dtype, "safe") else values


def _elements(datatype: str, values: Any, encoding: str) -> bytes:
    if datatype != "BYTES":
        return tensors.raw(datatype, values) if encoding == "raw" else encode(plain(values)).encode()
    elements = values.astype("datetime64[us]").tolist() if values.dtype.kind == "M" else values.tolist()
    if encoding == "raw":
        return tensors.raw(datatype, [one if isinstance(one, bytes) else _word(one).encode() for one in elements])
    return encode([_word(one) for one in elements]).encode()


def _word(value: Any) -> str:
    """An element of BYTES that is no text is told as JSON."""
    said = plain(value)
    return said if isinstance(said, str) else encode(said)
