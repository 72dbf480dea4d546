from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `better` says which way is good."""

    workload: str
    unit: str
    value: float
    better: str = "higher"


def lower(workload: str, unit: str, value: float) -> Figure:
    return Figure(workload, unit, value, "lower")
