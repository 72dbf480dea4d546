from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`type` is in the words of the file's format; `numeric` columns are aligned to the right."""

    name: str
    type: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class TablePage:
    """Some rows as texts, long ones cut; None where there is no value.

    `columns` are the first of `total_columns`, and each row has a value for each of them.
    """

    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str | None]]
    total_rows: int
    total_columns: int


ReadTable = Callable[[int, int, int], Awaitable[TablePage]]
"""Some rows of the Parquet file at a descriptor: how many to pass over, and how many to read.

Raises InvalidInput for what is no such file or needs more than a preview may, NotSupported without what reads them.
"""
