"""Tensors of the Open Inference Protocol to arrays and back; content types as MLServer means them."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import struct
from typing import Any

import numpy as np

from .arrays import array
from .asked import Asked, Tensor
from .failures import BadInput
from .signature import Signature
from .texts import loads

NUMPY_TYPES = {"BOOL": "bool", "FP16": "float16", "FP32": "float32", "FP64": "float64", "BYTES": "object"}
NUMPY_TYPES.update({f"{sign}INT{bits}": f"{sign.lower()}int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)})
DATATYPES = {numpy: ours for ours, numpy in NUMPY_TYPES.items() if ours != "BYTES"}
CONTENT_TYPES = ("np", "pd", "dict", "str", "base64", "datetime")
LENGTH = struct.Struct("<I")


def read(asked: Asked, body: bytes, signature: Signature) -> dict[str, Any]:
    """All tensors of a request by name. Raises BadInput naming the one that is wrong."""
    arrays = {}
    start = 0
    for tensor in asked.tensors:
        found = _raw(tensor, body[start : start + tensor.size]) if tensor.encoding == "raw" else None
        if found is None:
            found = _json(tensor, body[start : start + tensor.size])
        start += tensor.size
        kind = _checked(tensor.content_type or asked.content_type)
        if tensor.datatype == "BYTES":
            found = _elements(tensor, found, kind, keep=signature.type_of(tensor.name) == "binary")
        arrays[tensor.name] = found
    return arrays


def _checked(content_type: str) -> str:
    if content_type and content_type not in CONTENT_TYPES:
        raise BadInput(f"Content type '{content_type}' is not one of {', '.join(CONTENT_TYPES)}")
    return content_type


def _json(tensor: Tensor, data: bytes) -> Any:
    dtype = "float32" if tensor.datatype == "BF16" else NUMPY_TYPES[tensor.datatype]
    elements = array(loads(data), dtype, tensor.name)
    if elements.size != math.prod(tensor.shape):
        raise BadInput(
            f"Input '{tensor.name}' says shape {list(tensor.shape)} but has {elements.size} elements, "
            f"not {math.prod(tensor.shape)}"
        )
    return elements.reshape(tensor.shape)


def _raw(tensor: Tensor, data: bytes) -> Any:
    if tensor.datatype == "BYTES":
        return _texts(tensor, data)
    brief = tensor.datatype == "BF16"
    dtype = np.dtype("uint16" if brief else NUMPY_TYPES[tensor.datatype]).newbyteorder("<")
    if len(data) != math.prod(tensor.shape) * dtype.itemsize:
        raise BadInput(
            f"Input '{tensor.name}' says {tensor.datatype} of shape {list(tensor.shape)}, which are "
            f"{math.prod(tensor.shape) * dtype.itemsize} bytes, but has {len(data)}"
        )
    found = np.frombuffer(data, dtype)
    if brief:  # the upper half of a float32
        found = (found.astype(np.uint32) << 16).view(np.float32)
    return found.reshape(tensor.shape).copy()  # what frombuffer gives cannot be written to


def _texts(tensor: Tensor, data: bytes) -> Any:
    found: list[bytes] = []
    start = 0
    while start < len(data):
        end = start + LENGTH.size + (LENGTH.unpack_from(data, start)[0] if start + LENGTH.size <= len(data) else 0)
        if start + LENGTH.size > len(data) or end > len(data):
            raise BadInput(f"Input '{tensor.name}' ends within an element: each has its length before it")
        found.append(data[start + LENGTH.size : end])
        start = end
    if len(found) != math.prod(tensor.shape):
        raise BadInput(f"Input '{tensor.name}' says shape {list(tensor.shape)} but has {len(found)} elements")
    return _objects(found).reshape(tensor.shape)


def _objects(values: list[Any]) -> Any:
    """An array of Python objects; numpy left to itself would make bytes that lose trailing zeros."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _elements(tensor: Tensor, found: Any, content_type: str, *, keep: bool) -> Any:
    """What the elements of a BYTES tensor stand for."""
    try:
        values: list[Any]
        if content_type == "base64":
            values = [base64.b64decode(one, validate=True) for one in found.reshape(-1)]
        elif content_type == "datetime":
            values = [_moment(one) for one in found.reshape(-1)]
        elif keep:
            return found
        else:
            values = [_text(one, strict=content_type == "str") for one in found.reshape(-1)]
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadInput(f"Input '{tensor.name}' is not {content_type}: {error}") from None
    return _objects(values).reshape(tensor.shape)


def _text(value: Any, *, strict: bool) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        if strict:
            raise
        return value


def _moment(value: Any) -> dt.datetime:
    text = value.decode() if isinstance(value, bytes) else value
    return dt.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)


def raw(datatype: str, values: Any) -> bytes:
    """The elements of an array, little-endian and row-major; those of BYTES are bytes already."""
    if datatype == "BYTES":
        return b"".join(LENGTH.pack(len(one)) + one for one in values)
    return np.ascontiguousarray(values, dtype=np.dtype(NUMPY_TYPES[datatype]).newbyteorder("<")).tobytes()


def datatype_of(values: Any) -> str:
    """Raises TypeError for what has no datatype, such as complex numbers."""
    if values.dtype.kind in "OUSMmT":
        return "BYTES"
    if values.dtype.kind == "f" and values.dtype.itemsize > 8:
        return "FP64"
    try:
        return DATATYPES[values.dtype.newbyteorder("=").name]
    except KeyError:
        raise TypeError(f"an array of {values.dtype} has no datatype in the protocol") from None
