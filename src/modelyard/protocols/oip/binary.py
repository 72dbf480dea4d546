"""The binary tensor extension: raw tensors behind the JSON, or instead of it."""

import math
from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import Encoding, Tensor, TensorSpec
from modelyard.formats.tensor_checks import WIDTHS

HEADER = "inference-header-content-length"
CONTENT_TYPE = "application/octet-stream"


class Tail:
    """What stands behind the JSON, handed out from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, name: str, size: int) -> bytes:
        """The next `size` bytes, for the input `name`. Raises InvalidInput when there are fewer."""
        left = len(self._data) - self._place
        if not 0 <= size <= left:
            hint = "" if self._data else f"; is {HEADER} missing?"
            raise InvalidInput(
                f"Input '{name}' says binary_data_size {size}, but {left} bytes are left of the body{hint}"
            )
        start, self._place = self._place, self._place + size
        return self._data[start : self._place]

    def check_used(self) -> None:
        """Raises InvalidInput when something is left."""
        left = len(self._data) - self._place
        if left:
            raise InvalidInput(f"The body has {left} bytes more than its JSON and the binary_data_size of its inputs")


def only_input(inputs: Sequence[TensorSpec], body: bytes) -> Tensor:
    """The whole body as the one input of a model. Raises InvalidInput for a model or a size that this cannot be."""
    if len(inputs) != 1:
        takes = f"takes {len(inputs)}" if inputs else "does not say what it takes"
        raise InvalidInput(f"A body without JSON ({HEADER}: 0) is for models with one input; this model {takes}")
    (spec,) = inputs
    if spec.datatype == "BYTES":
        element = len(body).to_bytes(4, "little") + body
        return Tensor(spec.name, spec.datatype, (1,) * max(1, len(spec.shape)), element, Encoding.RAW)
    count, rest = divmod(len(body), WIDTHS[spec.datatype])
    shape = _filled(spec.shape, count)
    if rest or shape is None:
        raise InvalidInput(f"{len(body)} bytes of {spec.datatype} do not fill the model's shape {list(spec.shape)}")
    return Tensor(spec.name, spec.datatype, shape, body, Encoding.RAW)


def _filled(shape: Sequence[int], count: int) -> tuple[int, ...] | None:
    """The shape with its open dimension such that it has `count` elements; None if there is no one such."""
    fixed = math.prod(size for size in shape if size >= 0)
    open_places = [place for place, size in enumerate(shape) if size < 0]
    if not open_places:
        return tuple(shape) if fixed == count else None
    if len(open_places) > 1 or not fixed or count % fixed:
        return None
    return tuple(count // fixed if size < 0 else size for size in shape)
