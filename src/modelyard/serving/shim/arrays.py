"""Values as numpy arrays, without losing anything on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from .failures import BadInput

EXACT_FLOATS = 1 << 53  # from here on a float64 does not hold every whole number


def array(value: Any, dtype: str | None, name: str | None) -> Any:
    """`value` as an array of `dtype`. Raises BadInput where numpy would cut numbers, or cannot."""
    where = f"Input '{name}'" if name else "The input"
    try:
        natural = np.asarray(value)
        if dtype is None:
            return natural
        target = np.dtype(dtype)
        if target.kind == "u" and natural.dtype.kind == "f" and all_whole(value):
            return np.asarray(value, target)  # numpy makes floats of whole numbers over and under 2**63
        if target.kind in "iu" and natural.dtype.kind in "fiu" and not fits(natural, target):
            raise BadInput(f"{where} is no array of {dtype}: it holds numbers that are not whole, or out of its range")
        return natural.astype(target, copy=False)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(f"{where} is no array of {dtype or 'one type'}: {error}") from None


def all_whole(value: Any) -> bool:
    """Whether they all came as whole numbers."""
    return all(type(one) is int for one in np.asarray(value, object).flat)


def fits(numbers: Any, target: Any) -> bool:
    """Whether all are whole numbers of the integer type `target`."""
    if numbers.dtype == target or not numbers.size:
        return True
    lowest, highest = numbers.min(), numbers.max()
    if numbers.dtype.kind == "f":
        whole = bool((numbers == np.floor(numbers)).all())
        if not whole or lowest <= -EXACT_FLOATS or highest >= EXACT_FLOATS:
            return False
    bounds = np.iinfo(target)
    return bool(bounds.min <= int(lowest) and int(highest) <= bounds.max)
