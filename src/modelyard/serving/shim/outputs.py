"""From what the model answers to JSON and to tensors."""
# ruff: noqa: PLC0415 - what the environment may lack is imported where a failure can be told

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from typing import Any


def plain(value: Any) -> Any:
    """A prediction in the words of JSON: NaN and infinities become null, as JSON has none."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(entry) for entry in value]
    return plain_scalar(value)


def plain_scalar(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat() if value == value else None  # noqa: PLR0124 - NaT is not itself
    return plain_of_library(value)


def plain_of_library(value: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        columns = [plain(value.iloc[:, place]) for place in range(value.shape[1])]
        names = [str(name) for name in value.columns]
        return [dict(zip(names, row)) for row in zip(*columns)]  # noqa: B905 - a frame's columns are equally long
    if isinstance(value, (np.ndarray, np.generic)):
        return plain_of_array(value)
    converted = as_numpy(value)
    if converted is not value:
        return plain(converted)
    if value is pd.NA:
        return None
    if hasattr(value, "__array__"):
        return plain(np.asarray(value))
    if hasattr(value, "__float__"):
        return plain(float(value))
    raise TypeError(f"the model answered with {type(value).__name__}, which has no form in JSON")


def plain_of_array(value: Any) -> Any:
    import numpy as np

    if value.dtype.kind == "M":
        return plain(value.astype("datetime64[us]").tolist())
    clean = value.dtype.kind in "biuU" or (value.dtype.kind == "f" and bool(np.isfinite(value).all()))
    return value.tolist() if clean else plain(value.tolist())


def as_numpy(value: Any) -> Any:
    """Sparse matrices, torch and tensorflow tensors, pandas series; anything else as it is."""
    if hasattr(value, "toarray"):
        return value.toarray()
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    for method in ("to_numpy", "numpy"):
        if hasattr(value, method):
            return getattr(value, method)()
    return value


def output_tensors(prediction: Any, names: list[Any]) -> list[tuple[dict[str, Any], bytes]]:
    """The prediction as named tensors, each a header and its elements: one per column or key, else one in all."""
    import pandas as pd

    if isinstance(prediction, pd.DataFrame):
        parts = {str(name): prediction.iloc[:, place] for place, name in enumerate(prediction.columns)}
    elif isinstance(prediction, dict):
        parts = {str(name): value for name, value in prediction.items()}
    else:
        parts = {names[0] if len(names) == 1 and names[0] else "output-0": prediction}
    return [output_tensor(name, value) for name, value in parts.items()]


def output_tensor(name: str, value: Any) -> tuple[dict[str, Any], bytes]:
    import numpy as np

    elements = np.atleast_1d(np.asarray(as_numpy(value)))
    kind, bits = elements.dtype.kind, elements.dtype.itemsize * 8
    datatype = {"b": "BOOL", "i": f"INT{bits}", "u": f"UINT{bits}", "f": f"FP{min(max(bits, 32), 64)}"}.get(
        kind, "BYTES"
    )
    flat = plain(elements.reshape(-1))
    if datatype == "BYTES":
        flat = [entry if isinstance(entry, str) else json.dumps(entry) for entry in flat]
    data = json.dumps(flat, allow_nan=False).encode()
    return {"name": name, "datatype": datatype, "shape": list(elements.shape), "size": len(data)}, data
