"""Values of each datatype of the Open Inference Protocol, at the ends of what it holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

FLOAT16, FLOAT32 = np.finfo(np.float16), np.finfo(np.float32)


def _whole(kind: Any) -> list[Any]:
    bounds = np.iinfo(kind)
    return [bounds.min, bounds.max, 0, 1, 2, 3]


WHOLE = {f"{sign}INT{bits}": getattr(np, f"{sign.lower()}int{bits}") for sign in ("", "U") for bits in (8, 16, 32, 64)}
VALUES: Mapping[str, tuple[Any, list[Any]]] = {
    "BOOL": (np.bool_, [True, False, False, True, True, False]),
    **{datatype: (kind, _whole(kind)) for datatype, kind in WHOLE.items()},
    "FP16": (np.float16, [float(FLOAT16.max), -2.5, 0.0, float(FLOAT16.smallest_subnormal), 1.0, -0.5]),
    "FP32": (np.float32, [float(FLOAT32.max), -2.5, 0.0, float(FLOAT32.smallest_subnormal), 0.5, -0.5]),
    "FP64": (np.float64, [1e308, -2.5, 0.1, 5e-324, 0.5, -0.5]),
    # A float32 whose lower half is empty.
    "BF16": (np.float32, [2.0**127, -2.5, 0.0, 1.0, 0.5, -0.5]),
    "BYTES": (np.object_, [b"", b"\x00", b"R\xc3\xb6m", b"\xff\xfe", b"long" * 5000, b"\x00end\x00"]),
}
SHAPE = [2, 3]


def array(datatype: str) -> Any:
    kind, values = VALUES[datatype]
    return np.array(values, dtype=kind).reshape(SHAPE)


def brief(values: Any) -> bytes:
    """BF16 as it is sent: the upper half of each float32. The clients want a package for it that numpy is not."""
    return bytes(values.astype("<f4").view("<u2")[..., 1::2].tobytes())


def told(values: Any) -> dict[str, Any]:
    """An array as JSON holds it; bytes as hexadecimal digits."""
    flat = values.reshape(-1).tolist()
    written = [one.hex() if isinstance(one, bytes) else one for one in flat]
    return {"dtype": values.dtype.name, "shape": list(values.shape), "values": written}
