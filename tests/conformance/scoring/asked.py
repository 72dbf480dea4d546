"""What MLflow's scoring server and ours are both asked."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
TYPED: Mapping[str, Any] = {
    "text": "x",
    "blob": "AAE=",
    "when": "2024-01-02T03:04:05",
    "flag": True,
    "whole": 1,
    "short": 1,
    "real": 1.5,
}


@dataclass(frozen=True, slots=True)
class Request:
    """One body for a model of tests/support/make_models.py; `name` is how it is told of."""

    model: str
    name: str
    body: bytes
    content_type: str = JSON


def written(model: str, document: object, name: str = "") -> Request:
    text = json.dumps(document)
    return Request(model, name or text, text.encode())


def all_of_them() -> list[Request]:
    groups = (_tables, _odd_documents, _files, _content_types, _whole_numbers, _types, _tensors, _hints)
    return [one for group in groups for one in group()]


def _split(data: Any, columns: Any = ("a", "b"), **more: Any) -> dict[str, Any]:
    return {"dataframe_split": {"columns": columns, "data": data, **more}}


def _tables() -> Iterator[Request]:
    document: Any
    for document in (
        _split([[1, 2], [3, 4]]),
        _split([[2, 1]], ["b", "a"]),
        _split([[1, 2, 3]], ["a", "b", "c"]),
        _split([[1]], ["a"]),
        _split([[1, 2]], index=[7]),
        _split([[1, 2], [3, 4]], index=[1]),
        _split([[1, None]]),
        _split([[1, "x"]]),
        _split([[1, "2"]]),
        _split([[1, True]]),
        _split([[1]]),
        _split([1, 2]),
        _split([[[1], 2]]),
        _split([[1, 2]], ["a", "a"]),
        _split([[1, 2]], more=1),
        {"dataframe_split": [1]},
        {"dataframe_split": {"data": [[1, 2]]}},
        {"dataframe_split": {"columns": ["a", "b"]}},
        {"dataframe_split": None},
        {"dataframe_records": [{"a": 1, "b": 2}]},
        {"dataframe_records": [{"a": 1, "b": 2}, {"a": 1}]},
        {"dataframe_records": [{"a": 1, "b": 2, "c": "x"}]},
        {"dataframe_records": []},
        {"dataframe_records": {"a": 1, "b": 2}},
        {"dataframe_records": [[1, 2]]},
        {"dataframe_records": "x"},
        {"instances": [{"a": 1, "b": 2}, {"b": 4, "a": 3}]},
        {"instances": [[1, 2]]},
        {"instances": []},
        {"instances": "x"},
        {"instances": None},
        {"instances": {"a": [1], "b": [2]}},
        {"inputs": {"a": [1, 3], "b": [2, 4]}},
        {"inputs": {"a": 1, "b": 2}},
        {"inputs": {"a": [1, 3], "b": [2]}},
        {"inputs": {"a": [1]}},
        {"inputs": {"a": [[1]], "b": [[2]]}},
        {"inputs": [{"a": 1, "b": 2}]},
        {"inputs": [[1, 2]]},
        {"inputs": []},
        {"inputs": None},
        {"inputs": 3},
    ):
        yield written("linear", document)


def _odd_documents() -> Iterator[Request]:
    rows = [{"a": 1, "b": 2}]
    document: Any
    for document in (
        {"dataframe_records": rows, "params": {"x": 1}},
        {"dataframe_records": rows, "params": None},
        {"dataframe_records": rows, "params": [1]},
        {"dataframe_records": rows, "more": 1},
        {"dataframe_records": rows, "instances": rows},
        {"columns": ["a", "b"], "data": [[1, 2]]},
        {"messages": []},
        {"params": {}},
        {},
        [],
        rows,
        1,
        "a",
        None,
    ):
        yield written("linear", document)
    yield written("echo", {"messages": [{"role": "user", "content": "x"}]})
    yield written("echo", {"input": [1, {"a": None}], "stream": True, "inputs": 1})
    yield written("linear", {"prompt": "x", "a": 1, "b": 2})
    for document in ({"prompt": "a b c"}, {"prompt": "a b c", "limit": 2, "more": 1}):
        yield written("talking", document)
    for document in ({"prompt": 1}, {"prompt": "a", "limit": "x"}, {"messages": []}):
        yield written("talking", document)
    for name, body in (
        ("nothing", b""),
        ("half a document", b'{"inputs": '),
        ("two documents", b'{"inputs": {"a": [1], "b": [2]}} {}'),
        ("NaN", b'{"dataframe_records": [{"a": NaN, "b": 1}]}'),
        ("Infinity", b'{"dataframe_records": [{"a": Infinity, "b": 1}]}'),
        ("a number over all", b'{"dataframe_records": [{"a": 1e400, "b": 1}]}'),
        ("a very long number", b'{"dataframe_records": [{"a": 123456789012345678901234567890, "b": 1}]}'),
        ("a byte order mark", b'\xef\xbb\xbf{"dataframe_records": [{"a": 1, "b": 2}]}'),
        ("Latin-1", b'{"dataframe_records": [{"a": 1, "b": 2, "\xe9": 1}]}'),
        ("a key twice", b'{"dataframe_records": [{"a": 9, "a": 1, "b": 2}]}'),
    ):
        yield Request("linear", name, body)


def _files() -> Iterator[Request]:
    for text in (
        "a,b\n1,2\n3,4\n",
        "c,b,a\nx,2,1\n",
        "a\n1\n",
        "a,b\nx,2\n",
        "a,b\n,2\n",
        "a,b\n",
        "",
        "1,2\n",
        "a,b\n1\n",
        "a,b\n1,2,3\n1,2,3,4\n",
        "a,b\r\n1,2\r\n\r\n3,4\r\n",
        "a, b\n1, 2\n",
        '"a","b"\n"1","2"\n',
    ):
        yield Request("linear", repr(text), text.encode(), CSV)
    yield Request("linear", "CSV that is not UTF-8", b"a,b\n1,\xff\n", CSV)
    yield Request("linear", "Parquet", _parquet(pd.DataFrame({"b": [2.0], "a": [1.0]})), PARQUET)
    yield Request("linear", "Parquet with texts", _parquet(pd.DataFrame({"a": ["x"], "b": [2.0]})), PARQUET)
    yield Request("linear", "no Parquet", b"a,b\n1,2\n", PARQUET)
    yield Request("linear", "broken Parquet", b"PAR1........PAR1", PARQUET)
    yield Request("mixed", "a narrower Parquet", _parquet(_mixed("int32", "float64")), PARQUET)
    yield Request("mixed", "whole numbers for floats in Parquet", _parquet(_mixed("int64", "int64")), PARQUET)
    for text in ("n,price,city\n3,2,Rome\n", "n,price,city\n3.0,2,Rome\n", "n,price,city\n,2,Rome\n"):
        yield Request("mixed", repr(text), text.encode(), CSV)


def _mixed(n: Any, price: Any) -> pd.DataFrame:
    return pd.DataFrame({"n": pd.Series([3], dtype=n), "price": pd.Series([2], dtype=price), "city": ["Rome"]})


def _parquet(frame: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.to_parquet(written)
    return written.getvalue()


def _content_types() -> Iterator[Request]:
    body = json.dumps(_split([[1, 2]])).encode()
    for content_type in (
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json; charset=latin1",
        "application/json; format=pandas-split",
        "application/json;",
        'application/json; charset="utf-8"',
        "Application/JSON",
        "text/plain",
        "",
    ):
        yield Request("linear", f"Content-Type: {content_type}", body, content_type)


def _whole_numbers() -> Iterator[Request]:
    for value in (3, 3.0, 1.5, None, True, "3", "x", -1, 2**53 + 1, 2**63, 10**30):
        row = {"n": value, "price": 2, "city": "Rome"}
        yield written("mixed", {"dataframe_records": [row]})
        yield written("mixed", {"inputs": {name: [one] for name, one in row.items()}})
    yield written("mixed", {"dataframe_records": [{"n": 1, "price": 2, "city": "Paris"}]})


def _types() -> Iterator[Request]:
    for change in (
        {},
        {"text": 1},
        {"text": True},
        {"text": ""},
        {"text": "\u00e9\u0000"},
        {"blob": "!!!"},
        {"blob": "abc"},
        {"blob": 1},
        {"when": "2024-01-02"},
        {"when": "2024-01-02T03:04:05Z"},
        {"when": "2024-01-02T03:04:05+02:00"},
        {"when": 1704164645000},
        {"when": None},
        {"when": "soon"},
        {"flag": 1},
        {"flag": 0.0},
        {"flag": 2},
        {"flag": "true"},
        {"flag": None},
        {"whole": 1.0},
        {"whole": True},
        {"short": 2**31},
        {"real": True},
        {"real": "1.5"},
    ):
        yield written("typed", {"dataframe_records": [{**TYPED, **change}]}, f"records with {change}")
    yield written("typed", _split([list(TYPED.values())], list(TYPED)), "a split")
    yield written("typed", {"inputs": {name: [one] for name, one in TYPED.items()}}, "columns")


def _tensors() -> Iterator[Request]:
    for values in ([[1, 2], [3, 4]], [[1, 2, 3]], [1, 2], [[1, None]], [["a", "b"]], [[1, 2], [3]], []):
        yield written("tensor", {"inputs": values})
        yield written("tensor", {"instances": values})
    yield written("tensor", _split([[1, 2]]))
    yield written("tensor", {"inputs": {"x": [[1, 2]]}})


def _hints() -> Iterator[Request]:
    for document in (
        {"inputs": ["a", "b"]},
        {"inputs": [1]},
        {"inputs": "a"},
        {"inputs": {"text": ["a"]}},
        {"instances": ["a"]},
    ):
        yield written("hinted", document)
