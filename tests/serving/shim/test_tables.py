"""What JSON cannot say and signatures can: the columns of a table in their types."""

import json
from typing import Any

import pandas as pd
import pytest

from modelyard.serving.shim.failures import BadInput
from modelyard.serving.shim.signature import Signature
from modelyard.serving.shim.tables import conform


def column(kind: str, values: list[Any]) -> list[Any]:
    """A column of one type, as the model gets what came as JSON."""
    signature = Signature({"signature": {"inputs": json.dumps([{"name": "x", "type": kind}])}})
    found: list[Any] = conform({"x": values}, signature, positional=False)["x"].tolist()
    return found


@pytest.mark.parametrize(
    ("kind", "sent", "got"),
    [
        ("datetime", ["2024-01-02T03:04:05"], pd.Timestamp("2024-01-02 03:04:05")),
        ("datetime", ["2024-01-02T03:04:05Z"], pd.Timestamp("2024-01-02 03:04:05")),
        ("datetime", ["2024-01-02T03:04:05+02:00"], pd.Timestamp("2024-01-02 01:04:05")),
        ("datetime", ["02 Jan 2024"], pd.Timestamp("2024-01-02")),
        ("binary", ["AAE="], b"\x00\x01"),
        ("binary", [{"b64": "AAE="}], b"\x00\x01"),
        ("string", [4], "4"),
        ("string", [True], "True"),
        ("long", [True], 1),
        ("boolean", [1], True),
        ("boolean", [0.0], False),
    ],
)
def test_a_value_becomes_what_the_signature_means(kind: str, sent: list[Any], got: object) -> None:
    (found,) = column(kind, sent)
    assert found == got
    assert type(found) is type(got)


def test_a_value_means_the_same_beside_one_that_is_written_otherwise() -> None:
    assert column("string", ["a", 4, True, None])[:3] == ["a", "4", "True"]
    times = ["2024-01-02T03:04:05.5", "2024-01-02T03:04:05", "2024-01-02"]
    assert column("datetime", times) == list(map(pd.Timestamp, times))
    assert column("boolean", [True, 0, 1.0, None]) == [True, False, True, None]


@pytest.mark.parametrize(("kind", "sent"), [("boolean", [2]), ("boolean", [0.5]), ("string", [4.5])])
def test_what_could_mean_several_things_is_left_to_mlflow_to_refuse(kind: str, sent: list[Any]) -> None:
    assert column(kind, sent) == sent


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        ("datetime", ["soon"], "'x' must be datetime"),
        ("datetime", ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05+02:00"], "'x' must be datetime"),
        ("binary", ["a"], "'x' must be binary"),
        ("binary", [{"b64": "a"}], "'x' must be binary"),
        ("long", [1.5], "must be int64: 1.5 in row 0"),
        ("string", ["a", {"b": 1}], "'x' must be string: {'b': 1} is no text"),
        ("string", [["a"]], "'x' must be string"),
        ("boolean", [True, "yes"], "'x' must be boolean: 'yes' is neither true nor false"),
        ("boolean", [True, 2], "'x' must be boolean: 2 is neither"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_column(kind: str, sent: list[Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        column(kind, sent)
