import json

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.formats import inference, table_rows


def told(body: bytes) -> str:
    return table_rows.body(inference.parse_json(body)).decode()


def rows(text: str) -> object:
    return json.loads(table_rows.body(inference.parse_csv(text.encode())))["instances"]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'{"dataframe_records":[{"a":1.50}]}', '{"instances":[{"a":1.50}]}'),
        (b'{"dataframe_split":{"columns":["a"],"index":[7],"data":[[1.50]]}}', '{"instances":[{"a":1.50}]}'),
        (b'{"dataframe_split":{"columns":[0,1],"data":[[1,"x"]]}}', '{"instances":[{"0":1,"1":"x"}]}'),
        (b'{"dataframe_split":{"data":[[1,[2,{}]]]}}', '{"instances":[[1,[2,{}]]]}'),
        (b'{"dataframe_split":{"columns":["a"],"data":[]}}', '{"instances":[]}'),
        (b'{"dataframe_split":{"columns":["a"],"data":[[NaN]]}}', '{"instances":[{"a":null}]}'),
        (b'{"dataframe_records":[],"params":{"k":1.0}}', '{"instances":[],"params":{"k":1.0}}'),
    ],
)
def test_a_table_of_json_keeps_the_text_of_its_values(body: bytes, rows: str) -> None:
    assert told(body) == rows


def test_a_column_of_csv_is_of_the_narrowest_type_that_all_its_values_have() -> None:
    table = "whole,number,truth,text,nothing\n1,1,true,1,\n-2,.5e1,FALSE,x,NaN\n,,NA,,null\n"
    assert rows(table) == [
        {"whole": 1, "number": 1.0, "truth": True, "text": "1", "nothing": None},
        {"whole": -2, "number": 5.0, "truth": False, "text": "x", "nothing": None},
        {"whole": None, "number": None, "truth": None, "text": None, "nothing": None},
    ]


@pytest.mark.parametrize(
    ("table", "read"),
    [
        ("a\n", []),
        ("\n\na\n\n1\n", [{"a": 1}]),
        ('a,b\r\n"x, ""y""\nz",2\r\n', [{"a": 'x, "y"\nz', "b": 2}]),
        ("a\n12345678901234567890\n", [{"a": 12345678901234567890.0}]),
        ("a\n1e999\n", [{"a": None}]),
        ("a\n1_000\n", [{"a": "1_000"}]),
        ("a\n\u0661\n", [{"a": "\u0661"}]),
    ],
)
def test_csv_is_read_as_it_is_written(table: str, read: object) -> None:
    assert rows(table) == read


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"dataframe_split":[]}', "'dataframe_split' is not a table: Expected `object`"),
        (b'{"dataframe_split":{"columns":["a"]}}', "missing required field `data`"),
        (b'{"dataframe_split":{"columns":["a","a"],"data":[[1,2]]}}', "two columns of the same name"),
        (b'{"dataframe_split":{"columns":["a","b"],"data":[[1,2],[1]]}}', "has 2 columns, but row 2 has 1 values"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        told(body)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("a,b\n1\n", "The CSV has 2 columns, but row 1 has 1 values"),
        ("a,a\n1,2\n", "two columns of the same name"),
        ('a\n"1\n', "The CSV cannot be read: unexpected end of data"),
    ],
)
def test_what_is_no_csv_is_refused(table: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        rows(table)
