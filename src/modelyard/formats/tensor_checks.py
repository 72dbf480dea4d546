"""What can be said of a tensor without looking at its numbers. All raise InvalidInput naming the tensor."""

import math
import struct
from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import CONTENT_TYPES, DATATYPES, Tensor

_LENGTH = struct.Struct("<I")
_KNOWN = frozenset(DATATYPES)
WIDTHS = {
    "BOOL": 1,
    "BF16": 2,
    **{name: int(name.lstrip("UINTFP")) // 8 for name in DATATYPES if name.startswith(("INT", "UINT", "FP"))},
}
"""Bytes of one element; BYTES, whose elements differ in length, is missing."""


def check_declared(name: str, datatype: str, shape: Sequence[int]) -> None:
    """The datatype is known, and no dimension is negative."""
    if datatype not in _KNOWN:
        raise InvalidInput(f"Input '{name}' has datatype '{datatype[:50]}', which is not one of {', '.join(DATATYPES)}")
    if shape and min(shape) < 0:
        raise InvalidInput(f"Input '{name}' has shape {list(shape)}; a dimension cannot be negative")


def checked_content_type(given: str | None, what: str) -> str:
    """The content type, empty when there is none."""
    if given and given not in CONTENT_TYPES:
        known = ", ".join(CONTENT_TYPES)
        raise InvalidInput(f"{what} has the content_type '{given[:50]}', which is not one of {known}")
    return given or ""


def check_names(tensors: Sequence[Tensor]) -> None:
    """There are some, and no two have the same name."""
    if not tensors:
        raise InvalidInput("The request has no inputs")
    if len(tensors) > 1 and len({tensor.name for tensor in tensors}) < len(tensors):
        raise InvalidInput("Two inputs of the request have the same name")


def check_raw(tensor: Tensor) -> None:
    """Raises InvalidInput unless the raw bytes are as many as the shape and the datatype say."""
    count = math.prod(tensor.shape)
    if tensor.datatype == "BYTES":
        found = _count_framed(tensor.name, tensor.data)
        if found != count:
            raise InvalidInput(f"Tensor '{tensor.name}' says shape {list(tensor.shape)} but holds {found} elements")
        return
    wanted = count * WIDTHS[tensor.datatype]
    if len(tensor.data) != wanted:
        raise InvalidInput(
            f"Tensor '{tensor.name}' of {tensor.datatype} and shape {list(tensor.shape)} takes {wanted} bytes; "
            f"it has {len(tensor.data)}"
        )


def _count_framed(name: str, data: bytes) -> int:
    place = found = 0
    size = len(data)
    while place < size:
        if place + 4 > size:
            raise InvalidInput(f"Tensor '{name}' ends within the length of element {found}")
        place += 4 + _LENGTH.unpack_from(data, place)[0]
        found += 1
    if place > size:
        raise InvalidInput(f"Tensor '{name}' ends within element {found - 1}")
    return found
