"""The elements of tensors as raw bytes, as JSON text and as Python values, each made from the others.

Raw bytes are little-endian and row-major. Whole arrays are converted at once; nothing here looks at single numbers.
"""

import base64
import math
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import Encoding, Tensor, Wanted
from modelyard.formats.tensor_checks import check_raw

_LENGTH = struct.Struct("<I")
_CODES = {
    "BOOL": "B",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "FP32": "f",
    "FP64": "d",
}


def chosen(outputs: Sequence[Tensor], wanted: Sequence[Wanted], encoding: Encoding) -> list[Tensor]:
    """The outputs that are wanted, each as it is wanted; all of them in `encoding` when none is named.

    Raises InvalidInput for one that there is not.
    """
    if not wanted:
        return [written(tensor, encoding) for tensor in outputs]
    by_name = {tensor.name: tensor for tensor in outputs}
    for one in wanted:
        if one.name not in by_name:
            raise InvalidInput(f"The model has no output '{one.name}'; it has {', '.join(by_name)}")
    return [written(by_name[one.name], one.encoding) for one in wanted]


def written(tensor: Tensor, encoding: Encoding) -> Tensor:
    """The same tensor in another encoding. Bytes that are no text become base64 in JSON, and say so."""
    if tensor.encoding is encoding:
        return tensor
    elements = values(tensor)
    if encoding is Encoding.RAW:
        return replace(tensor, data=raw(tensor.datatype, elements), encoding=encoding)
    content_type = tensor.content_type
    if tensor.datatype == "BYTES":
        elements, is_text = _readable(elements)
        content_type = content_type if is_text else "base64"
    return replace(tensor, data=msgspec.json.encode(elements), encoding=encoding, content_type=content_type)


def values(tensor: Tensor) -> Sequence[Any]:
    """All elements in order: numbers, booleans, or bytes. Raises InvalidInput when the bytes do not hold them."""
    if tensor.encoding is Encoding.JSON:
        return _flat(tensor)
    check_raw(tensor)
    if tensor.datatype == "BYTES":
        return _unframed(tensor.data)
    if tensor.datatype == "FP16":
        return struct.unpack(f"<{len(tensor.data) // 2}e", tensor.data)
    if tensor.datatype == "BF16":
        return _native("f", _widened(tensor.data)).tolist()
    numbers = _native(_CODES[tensor.datatype], tensor.data).tolist()
    return list(map(bool, numbers)) if tensor.datatype == "BOOL" else numbers


def raw(datatype: str, elements: Iterable[Any]) -> bytes:
    """Elements as bytes. Raises InvalidInput for one that the datatype cannot hold."""
    try:
        if datatype == "BYTES":
            return b"".join(_framed(element) for element in elements)
        if datatype == "FP16":
            numbers = list(elements)
            return struct.pack(f"<{len(numbers)}e", *numbers)
        if datatype == "BF16":
            return _narrowed(_little(array("f", elements)))
        return _little(array(_CODES[datatype], elements))
    except (OverflowError, TypeError, ValueError, struct.error) as error:
        raise InvalidInput(f"Not every element is {datatype}: {error}") from None


def _flat(tensor: Tensor) -> Sequence[Any]:
    """What JSON holds, nested or not; null is not a number, where numbers have one."""
    try:
        elements = msgspec.json.decode(tensor.data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"The data of tensor '{tensor.name}' is not valid JSON: {error}") from None
    if not isinstance(elements, list):
        elements = [elements]
    while elements and isinstance(elements[0], list):
        elements = list(chain.from_iterable(elements))
    if tensor.datatype.startswith("FP") or tensor.datatype == "BF16":
        return [math.nan if element is None else element for element in elements]
    if tensor.datatype == "BYTES":
        return [element.encode() if isinstance(element, str) else msgspec.json.encode(element) for element in elements]
    return elements


def _framed(element: bytes | str) -> bytes:
    data = element.encode() if isinstance(element, str) else element
    return _LENGTH.pack(len(data)) + data


def _unframed(data: bytes) -> list[bytes]:
    elements = []
    place = 0
    while place < len(data):
        start = place + 4
        place = start + _LENGTH.unpack_from(data, place)[0]
        elements.append(data[start:place])
    return elements


def _readable(elements: Sequence[bytes]) -> tuple[list[str], bool]:
    try:
        return [element.decode() for element in elements], True
    except UnicodeDecodeError:
        return [base64.b64encode(element).decode() for element in elements], False


def _native(code: str, data: bytes) -> "array[Any]":
    numbers = array(code, data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _little(numbers: "array[Any]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _widened(halves: bytes) -> bytes:
    """BF16 is the upper half of an FP32."""
    whole = bytearray(2 * len(halves))
    whole[2::4], whole[3::4] = halves[0::2], halves[1::2]
    return bytes(whole)


def _narrowed(whole: bytes) -> bytes:
    halves = bytearray(len(whole) // 2)
    halves[0::2], halves[1::2] = whole[2::4], whole[3::4]
    return bytes(halves)
