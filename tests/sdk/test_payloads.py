from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.sdk import payloads


@pytest.mark.parametrize(
    ("rows", "sent"),
    [
        ({"a": 1}, {"dataframe_records": [{"a": 1}]}),
        ([{"a": 1}, {"a": 2}], {"dataframe_records": [{"a": 1}, {"a": 2}]}),
        ([[1, 2], [3, 4]], {"inputs": [[1, 2], [3, 4]]}),
        ({"dataframe_split": {"columns": [], "data": []}}, {"dataframe_split": {"columns": [], "data": []}}),
        ({"instances": [1]}, {"instances": [1]}),
        ({"inputs": {"x": [1]}}, {"inputs": {"x": [1]}}),
    ],
)
def test_rows_become_a_document_of_the_scoring_protocol(rows: object, sent: object) -> None:
    assert payloads.document(rows) == sent


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("rows.csv", "a,b\n1,2\n", payloads.CSV),
        ("rows.JSON", '[{"a": 1}]', payloads.JSON),
        ("rows.txt", ' {"a": 1}', payloads.JSON),
        ("rows.txt", "a,b\n1,2\n", payloads.CSV),
    ],
)
def test_a_file_is_what_its_name_or_its_beginning_says(tmp_path: Path, name: str, content: str, media: str) -> None:
    (tmp_path / name).write_text(content)
    assert payloads.read(tmp_path / name).content_type == media


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.json", '{"a": ', "not valid JSON"),
        ("rows.json", "a,b\n1,2", "byte 0"),
        ("rows.csv", " \n", "is empty"),
        ("missing.csv", None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=said) as raised:
        payloads.read(tmp_path / name)
    assert str(tmp_path / name) in raised.value.message
