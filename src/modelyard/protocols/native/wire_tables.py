"""Tables among artifacts, a page of rows at a time."""

from typing import Annotated

from msgspec import Meta, Struct


class ReadTable(Struct, frozen=True, forbid_unknown_fields=True):
    """`path` is that of a Parquet file, relative to the run's artifacts."""

    path: str
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class TableColumn(Struct, frozen=True):
    """`type` is Arrow's word."""

    name: str
    type: str
    numeric: bool


class Table(Struct, frozen=True):
    """Rows as texts, long ones cut, null where there is no value; `columns` are the first 100 of `total_columns`."""

    columns: list[TableColumn]
    rows: list[list[str | None]]
    total_rows: int
    total_columns: int
