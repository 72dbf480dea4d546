"""Reading tables that people bring along, with errors that name the file, the line and the column."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow.lib
import pyarrow.parquet

from modelyard.domain import errors

LINES_BEFORE_DATA = 1
TIME_FORMATS = ("ISO8601", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M")


def column_names(file: Path) -> list[str]:
    """The header of a CSV or Parquet file, without reading the rest."""
    if _is_parquet(file):
        try:
            return list(pyarrow.parquet.read_schema(file).names)
        except (pyarrow.lib.ArrowException, OSError) as failure:
            raise errors.InvalidInput(f"{file} is not a readable Parquet file: {failure}") from failure
    return list(_read_csv(file, rows=0).columns)


def read(file: Path, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of a CSV or Parquet file; a row of a CSV stays where it was, so that errors can name its line."""
    if _is_parquet(file):
        try:
            return pd.read_parquet(file, columns=list(columns))
        except (pyarrow.lib.ArrowException, OSError) as failure:
            raise errors.InvalidInput(f"{file} is not a readable Parquet file: {failure}") from failure
    return _read_csv(file)[list(columns)]


def as_numbers(values: "pd.Series[str]", file: Path, column: str) -> "pd.Series[float]":
    """Numbers, missing where nothing stands. Raises InvalidInput at the first value that is none."""
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    _refuse_the_unreadable(values, numbers, file, column, "a number")
    return numbers


def as_times(values: "pd.Series[str]", file: Path, column: str) -> "pd.Series[pd.Timestamp]":
    """Points in time, missing where nothing stands. Raises InvalidInput at the first value that is none."""
    times = pd.to_datetime(values, errors="coerce", format=TIME_FORMATS[0])
    for form in TIME_FORMATS[1:]:
        if times.isna().any():
            times = times.fillna(pd.to_datetime(values, errors="coerce", format=form))
    _refuse_the_unreadable(values, times, file, column, "a date with a time")
    return times


def place_of(file: Path, row: int) -> str:
    """Where a reader of the file finds the row at this position."""
    return f"row {row + 1}" if _is_parquet(file) else f"line {row + 1 + LINES_BEFORE_DATA}"


def _refuse_the_unreadable(
    values: "pd.Series[str]",
    understood: "pd.Series[float] | pd.Series[pd.Timestamp]",
    file: Path,
    column: str,
    kind: str,
) -> None:
    unreadable = values.notna() & understood.isna()
    if not unreadable.any():
        return
    row = int(unreadable.to_numpy().argmax())
    raise errors.InvalidInput(
        f"{file}, {place_of(file, row)}, column {column}: {str(values.iloc[row])[:80]!r} is not {kind}"
    )


def _read_csv(file: Path, *, rows: int | None = None) -> pd.DataFrame:
    """All columns even where few are wanted, since only then does the parser count the fields of every line."""
    try:
        frame = pd.read_csv(file, nrows=rows, skip_blank_lines=False, low_memory=False)
    except pd.errors.EmptyDataError as failure:
        raise errors.InvalidInput(f"{file} is empty: expected a header line and rows") from failure
    except pd.errors.ParserError as failure:
        line = re.search(r"line (\d+)", str(failure))
        place = f", line {line.group(1)}" if line else ""
        raise errors.InvalidInput(f"{file}{place} is not valid CSV: {failure}") from failure
    except UnicodeDecodeError as failure:
        raise errors.InvalidInput(f"{file} is not UTF-8 text (byte {failure.start}): is it a CSV file?") from failure
    except (OSError, EOFError, zlib.error) as failure:
        raise errors.InvalidInput(f"{file} cannot be read: {failure}") from failure
    if not isinstance(frame.index, pd.RangeIndex):
        # What pandas makes of surplus fields when the very first line has them: row labels.
        raise errors.InvalidInput(
            f"{file}, line {1 + LINES_BEFORE_DATA} is not valid CSV: it has more fields than the header"
        )
    return frame


def _is_parquet(file: Path) -> bool:
    return file.suffix.lower() == ".parquet"
