"""Tables of MLflow's scoring protocol as rows of KServe's V1, for programs that read nothing else.

Numbers of JSON stay the text that they arrived as. CSV has no types: a column is of whole numbers, numbers or truths
where all of its values are, else of texts; what is missing is null.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import Form, InferenceRequest

FORMS = (Form.DATAFRAME_SPLIT, Form.DATAFRAME_RECORDS, Form.CSV)
_MISSING = frozenset({"", "NA", "NULL", "NaN", "nan", "null"})
_KINDS: Sequence[tuple[re.Pattern[str], Callable[[str], object]]] = (
    (re.compile(r"[+-]?[0-9]{1,18}"), int),
    (re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"), float),
    (re.compile("true|false", re.IGNORECASE), lambda said: said.lower() == "true"),
)


class _Split(msgspec.Struct):
    data: list[list[msgspec.Raw]]
    columns: list[str | int] | None = None


def body(request: InferenceRequest) -> bytes:
    """The body of V1 that says what a request with a table says. Raises InvalidInput."""
    rows = _READERS[request.form](request.payload)
    params = b"" if request.params is None else b',"params":%s' % request.params
    return b'{"instances":%s%s}' % (rows, params)


def _split(payload: bytes) -> bytes:
    try:
        table = msgspec.json.decode(payload, type=_Split)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"'dataframe_split' is not a table: {error}") from None
    except (msgspec.DecodeError, RecursionError):  # NaN, which JSON does not have
        return _split(msgspec.json.encode(json.loads(payload)))
    if table.columns is None:
        return msgspec.json.encode(table.data)
    return _objects(list(map(str, table.columns)), table.data, "'dataframe_split'")


def _csv(payload: bytes) -> bytes:
    try:
        names, *lines = (line for line in csv.reader(io.StringIO(payload.decode(), newline=""), strict=True) if line)
    except csv.Error as error:
        raise InvalidInput(f"The CSV cannot be read: {error}") from None
    _check(names, lines, "The CSV")
    columns = [_typed(column) for column in zip(*lines, strict=True)]
    return _objects(names, list(zip(*columns, strict=True)), "The CSV")


def _typed(column: Sequence[str]) -> Sequence[object]:
    said = [None if value in _MISSING else value for value in column]
    for kind, read in _KINDS:
        if all(value is None or kind.fullmatch(value) for value in said):
            return [None if value is None else read(value) for value in said]
    return said


def _objects(names: Sequence[str], rows: Sequence[Sequence[object]], what: str) -> bytes:
    _check(names, rows, what)
    return msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows])


def _check(names: Sequence[str], rows: Sequence[Sequence[object]], what: str) -> None:
    if len(set(names)) < len(names):
        raise InvalidInput(f"{what} has two columns of the same name")
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise InvalidInput(f"{what} has {len(names)} columns, but row {number} has {len(row)} values")


_READERS: dict[Form, Callable[[bytes], bytes]] = {
    Form.DATAFRAME_SPLIT: _split,
    Form.DATAFRAME_RECORDS: bytes,
    Form.CSV: _csv,
}
