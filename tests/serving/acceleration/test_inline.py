"""Converted models beside the originals: the same answers, or none."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.domain.errors import Corrupt, NotSupported
from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor, Verb, Wanted, parse_csv, parse_json
from modelyard.serving.acceleration import verdict
from modelyard.serving.acceleration.inline import InlineModel
from tests.support.convertible_models import NAMES, ROWS, WHOLE_ROWS

Converted = Callable[[str], Path]
TABULAR = ["logistic", "words", "odds", "forest", "forest-values", "scaled"]


def original(models: Path, name: str) -> Any:
    return np.asarray(json.loads((models / name / "answers.json").read_bytes()))


def positional(rows: Any) -> InferenceRequest:
    return parse_json(json.dumps({"instances": np.asarray(rows).tolist()}).encode(), positional=True)


def split(columns: list[str], rows: Any) -> InferenceRequest:
    return parse_json(json.dumps({"dataframe_split": {"columns": columns, "data": rows}}).encode())


def tensor(rows: Any, name: str = "input-0") -> InferenceRequest:
    data = json.dumps(np.asarray(rows).reshape(-1).tolist()).encode()
    return InferenceRequest(Form.TENSORS, tensors=(Tensor(name, "FP64", np.shape(rows), data),))


def answers(model: InlineModel, request: InferenceRequest) -> Any:
    found = model(request)
    assert found is not None
    return json.loads(found.predictions or found.outputs[0].data)


def agree(got: Any, wanted: Any) -> bool:
    if wanted.dtype.kind == "f":
        return bool(np.allclose(got, wanted, rtol=1e-5, atol=1e-5))
    return bool((np.asarray(got) == wanted).all())


@pytest.mark.parametrize("name", TABULAR)
def test_a_converted_model_answers_as_the_original_does(models: Path, converted: Converted, name: str) -> None:
    model = InlineModel(converted(name))
    wanted = original(models, name)
    assert agree(answers(model, positional(ROWS)), wanted)
    assert agree(answers(model, split(list(NAMES), ROWS.tolist())), wanted)
    assert agree(np.reshape(answers(model, tensor(ROWS)), wanted.shape), wanted)


@pytest.mark.parametrize("name", ["xgb-labels", "xgb-kinds", "xgb-values"])
def test_boosted_trees_of_xgboost_answer_as_they_did(models: Path, converted: Converted, name: str) -> None:
    """With the very type: what XGBoost answers in 32 bits is told in 32 bits."""
    model, wanted = InlineModel(converted(name)), original(models, name)
    assert agree(answers(model, positional(WHOLE_ROWS)), wanted)
    assert agree(answers(model, split(list(NAMES), WHOLE_ROWS.tolist())), wanted)
    assert model.verdict.datatype == ("FP32" if name == "xgb-values" else "INT64")
    assert model.verdict.checked > 1500, "on and beside the thresholds, too"
    assert model(positional([[1.0, 2.0, None]])) is None, "what is missing is the replica's to judge"


def test_whole_numbers_stay_whole(converted: Converted) -> None:
    model = InlineModel(converted("boosted"))
    assert len(answers(model, positional([[0.5, 1.25, 3], [-2.0, 0.0, 8]]))) == 2
    assert model(positional([[0.5, 1.25, 3.5]])) is None


def test_a_model_of_arrays_takes_rows_without_names(models: Path, converted: Converted) -> None:
    model = InlineModel(converted("array"))
    assert agree(answers(model, tensor(ROWS)), original(models, "array"))
    assert agree(answers(model, parse_json(json.dumps({"inputs": ROWS.tolist()}).encode())), original(models, "array"))


def test_columns_may_come_in_any_order_and_with_others(models: Path, converted: Converted) -> None:
    model = InlineModel(converted("scaled"))
    turned = split(["c", "extra", "a", "b"], [[c, 9.0, a, b] for a, b, c in ROWS.tolist()])
    assert agree(answers(model, turned), original(models, "scaled"))
    records = [{"b": b, "a": a, "c": c, "extra": 1} for a, b, c in ROWS.tolist()]
    request = parse_json(json.dumps({"dataframe_records": records}).encode())
    assert agree(answers(model, request), original(models, "scaled"))


@pytest.mark.parametrize("shape", [(100,), (100, 1)])
def test_a_tensor_a_column_is_a_table(models: Path, converted: Converted, shape: tuple[int, ...]) -> None:
    parts = [
        Tensor(name, "FP32", shape, ROWS[:, at].astype("<f4").tobytes(), Encoding.RAW) for at, name in enumerate(NAMES)
    ]
    request = InferenceRequest(Form.TENSORS, tensors=tuple(reversed(parts)))
    assert agree(answers(InlineModel(converted("forest")), request), original(models, "forest"))


def test_raw_answers_are_the_bytes_of_their_type(converted: Converted) -> None:
    rows = Tensor("x", "FP64", (2, 3), ROWS[:2].astype("<f8").tobytes(), Encoding.RAW)
    request = InferenceRequest(Form.TENSORS, tensors=(rows,), encoding=Encoding.RAW)
    labels = InlineModel(converted("logistic"))(request)
    assert labels is not None
    (told,) = labels.outputs
    assert (told.name, told.datatype, told.shape, told.encoding) == ("output-0", "INT64", (2,), Encoding.RAW)
    as_json = InlineModel(converted("logistic"))(tensor(ROWS[:2]))
    assert as_json is not None
    assert list(struct.unpack("<2q", told.data)) == json.loads(as_json.outputs[0].data)
    words = InlineModel(converted("words"))(request)
    assert words is not None
    assert words.outputs[0].datatype == "BYTES"
    assert {b"yes", "nö".encode()} >= set(_texts(words.outputs[0].data))


def _texts(data: bytes) -> list[bytes]:
    found = []
    while data:
        size = int.from_bytes(data[:4], "little")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found


NOT_PLAIN = {
    "a missing value": parse_json(b'{"instances": [[1, 2, null]]}', positional=True),
    "a NaN": tensor([[1.0, 2.0, float("nan")]]),
    "a text": parse_json(b'{"instances": [["1", 2, 3]]}', positional=True),
    "a bool": parse_json(b'{"instances": [[true, 2, 3]]}', positional=True),
    "too few columns": parse_json(b'{"instances": [[1, 2]]}', positional=True),
    "rows of different lengths": parse_json(b'{"instances": [[1, 2, 3], [1]]}', positional=True),
    "no rows": parse_json(b'{"instances": []}', positional=True),
    "rows without names from a client of MLflow": parse_json(b'{"instances": [[1, 2, 3]]}'),
    "a column twice": split(["a", "b", "b"], [[1, 2, 3]]),
    "a column missing": split(["a", "b", "x"], [[1, 2, 3]]),
    "an index": parse_json(b'{"dataframe_split": {"columns": ["a","b","c"], "index": [0], "data": [[1,2,3]]}}'),
    "parameters": parse_json(b'{"instances": [[1, 2, 3]], "params": {"k": 1}}', positional=True),
    "a file": parse_csv(b"a,b,c\n1,2,3\n"),
    "a question why": InferenceRequest(Form.INSTANCES, b"[[1, 2, 3]]", positional=True, verb=Verb.EXPLAIN),
    "an unknown output": InferenceRequest(Form.TENSORS, tensors=tensor(ROWS).tensors, wanted=(Wanted("nothing"),)),
    "a wrong shape": InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "FP64", (2, 3), b"[1,2,3]"),)),
    "a torn raw tensor": InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "FP64", (1, 3), b"1234", Encoding.RAW),)),
    "no JSON": parse_json(b'{"instances": [[1, 2, 1e999]]}', positional=True),
}


@pytest.mark.parametrize("what", NOT_PLAIN)
def test_what_is_not_plainly_a_table_of_numbers_is_left_to_the_replica(converted: Converted, what: str) -> None:
    assert InlineModel(converted("logistic"))(NOT_PLAIN[what]) is None


def test_a_request_that_would_hold_up_others_is_left_to_the_replica(converted: Converted) -> None:
    model = InlineModel(converted("forest"))
    rows = np.zeros((model.verdict.most_rows + 1, 3))
    assert model(positional(rows)) is None
    assert model(positional(rows[1:])) is not None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("neighbours", "would hold up others"),
        ("unsigned", "no signature"),
        ("texts", "column 'd' is not plainly a number"),
        ("xgb-odds", "in float32 it does not answer as the original does"),
        ("xgb-lines", "gblinear"),
        ("lightgbm", "LightGBM compares numbers in 64 bits"),
    ],
)
def test_a_model_that_is_better_left_alone_says_why(converted: Converted, name: str, why: str) -> None:
    told = verdict.read(converted(name))
    assert not told.accepted
    assert why in str(told)
    with pytest.raises(NotSupported, match=why):
        InlineModel(converted(name))


def test_a_conversion_that_left_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match="left no verdict"):
        InlineModel(tmp_path)
