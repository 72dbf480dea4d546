import re

from modelyard.domain.errors import InvalidInput

_QUANTITY = re.compile(r"([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,2})?)\s*([a-zA-Z]*)")
_UNITS = {
    "": 1.0, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip


def amount(text: str) -> float:
    """A quantity as Kubernetes writes it, `500m`, `2G` or `1.5Gi`, in units of one; 0 for none. Raises InvalidInput."""
    shown = text.strip()
    if not shown:
        return 0.0
    match = _QUANTITY.fullmatch(shown)
    if match is None or match[2] not in _UNITS:
        raise InvalidInput(f"'{shown[:50]}' is no quantity such as 0.5, 500m, 2G or 512Mi")
    return float(match[1]) * _UNITS[match[2]]
