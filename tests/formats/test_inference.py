import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import Form, parse_csv, parse_json


@pytest.mark.parametrize(
    ("body", "form", "payload"),
    [
        (b'{"dataframe_split": {"data": [[1]]}}', Form.DATAFRAME_SPLIT, b'{"data": [[1]]}'),
        (b'{"dataframe_records": [{"a": 1}]}', Form.DATAFRAME_RECORDS, b'[{"a": 1}]'),
        (b'{"instances": [1, 2]}', Form.INSTANCES, b"[1, 2]"),
        (b'{"inputs": {"a": [1]}, "unknown": 7}', Form.INPUTS, b'{"a": [1]}'),
    ],
)
def test_the_value_of_the_form_stays_as_it_was_written(body: bytes, form: Form, payload: bytes) -> None:
    request = parse_json(body)
    assert (request.form, request.payload, request.params) == (form, payload, None)


def test_params_are_kept_beside_the_rows() -> None:
    assert parse_json(b'{"inputs": [1], "params": {"k": 2}}').params == b'{"k": 2}'
    assert parse_json(b'{"inputs": [1], "params": null}').params is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b'{"inputs": [1', "not valid JSON"),
        (b"[1, 2]", "must be a JSON object"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"a": 1}', "it holds 'a'"),
        (b"{}", "it holds nothing"),
        (b'{"inputs": [1], "instances": [1]}', "exactly one of"),
        (b'{"inputs": NaN', "not valid JSON"),
        (b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON"),
        (b'{"inputs": NaN, "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON"),
    ],
)
def test_a_body_without_one_form_is_refused_with_the_reason(body: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_json(body)


def test_the_nan_of_python_clients_is_read() -> None:
    assert parse_json(b'{"inputs": [NaN, 1]}').payload == b"[NaN, 1]"


def test_csv_loses_its_byte_order_mark() -> None:
    assert parse_csv(b"\xef\xbb\xbfa,b\n1,2\n").payload == b"a,b\n1,2\n"


@pytest.mark.parametrize("body", [b"", b" \n", b"a,b\n\xff\xfe"])
def test_csv_that_is_empty_or_no_text_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="CSV"):
        parse_csv(body)
