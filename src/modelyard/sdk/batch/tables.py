"""Rows of a file in chunks, and chunks as the bodies of requests."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from modelyard.domain.errors import InvalidInput, NotSupported

PARQUET = ".parquet"
_READERS: Mapping[str, str] = {PARQUET: "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def arrow() -> Any:
    """Pyarrow. Raises NotSupported where it is not installed."""
    try:
        import pyarrow.csv  # noqa: PLC0415 - an extra that most commands do without
        import pyarrow.json  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415
    except ModuleNotFoundError:
        raise NotSupported("Batch predictions need pyarrow: pip install 'modelyard[export]'") from None
    return pyarrow


def chunks(source: Path, rows: int) -> Iterator[Any]:
    """Tables of `rows` rows, the last one shorter; memory holds a few of them at a time.

    Reads Parquet, CSV with a header, and JSON lines, by the file's ending. Raises InvalidInput naming the file.
    """
    pyarrow = arrow()
    kind = _READERS.get(source.suffix.lower())
    if kind is None:
        raise InvalidInput(f"{source} must end in {', '.join(_READERS)}")
    try:
        left = None
        for batch in _batches(pyarrow, kind, source, rows):
            left = batch if left is None else pyarrow.concat_tables([left, batch])
            while left.num_rows >= rows:
                yield left.slice(0, rows)
                left = left.slice(rows)
        if left is not None and left.num_rows:
            yield left
    except FileNotFoundError:
        raise InvalidInput(f"{source} does not exist") from None
    except (OSError, pyarrow.ArrowException) as error:
        raise InvalidInput(f"{source} cannot be read: {error}") from None


def count(source: Path) -> int | None:
    """How many rows there are, where the file says so. Raises InvalidInput naming the file."""
    if source.suffix.lower() != PARQUET:
        return None
    pyarrow = arrow()
    try:
        return int(pyarrow.parquet.ParquetFile(source).metadata.num_rows)
    except (OSError, pyarrow.ArrowException) as error:
        raise InvalidInput(f"{source} cannot be read: {error}") from None


def body(table: Any) -> bytes:
    """The rows as a document of the scoring protocol; NaN becomes null, times are ISO 8601."""
    columns = [column.to_pylist() for column in table.columns]
    data = list(zip(*columns, strict=True))
    return msgspec.json.encode({"dataframe_split": {"columns": table.column_names, "data": data}})


def answered(table: Any, predictions: object) -> Any:
    """The rows with their predictions: a column `prediction`, or one for each field of it.

    Raises InvalidInput when there are not as many predictions as rows.
    """
    pyarrow = arrow()
    if not isinstance(predictions, list) or len(predictions) != table.num_rows:
        got = len(predictions) if isinstance(predictions, list) else 1
        raise InvalidInput(
            f"The model answered {table.num_rows} rows with {got} predictions; it does not go row by row"
        )
    if predictions and all(isinstance(one, dict) for one in predictions):
        fields = list(dict.fromkeys(name for one in predictions for name in one))
        named = {f"prediction.{name}": [one.get(name) for one in predictions] for name in fields}
    else:
        named = {"prediction": predictions}
    for name, values in named.items():
        table = table.append_column(name, pyarrow.array(values))
    return table


def _batches(pyarrow: Any, kind: str, source: Path, rows: int) -> Iterator[Any]:
    if kind == "jsonl":
        yield pyarrow.json.read_json(source)
        return
    if kind == "csv":
        with pyarrow.csv.open_csv(source) as reader:
            for batch in reader:
                yield pyarrow.Table.from_batches([batch])
        return
    with pyarrow.parquet.ParquetFile(source) as file:
        for batch in file.iter_batches(rows):
            yield pyarrow.Table.from_batches([batch])
