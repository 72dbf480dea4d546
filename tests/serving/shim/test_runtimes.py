"""Models of many flavours: which runtime they get, and that it answers as mlflow does."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.serving_options import Batching, ServingOptions, Switch
from modelyard.formats import inference
from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor
from tests.support.replicas import running
from tests.support.saved_models import flavored

SECONDS = 180.0
NAMES = ["a", "b", "c"]
TOGETHER = "up to 1024 rows together"
COLUMNS = [
    ("odds", f"sklearn; {TOGETHER}"),
    ("forest", f"sklearn; {TOGETHER}"),
    ("kinds", f"sklearn; {TOGETHER}"),
    ("picky", f"pyfunc (sklearn); sklearn and mlflow answer differently; {TOGETHER}"),
    ("xgboost", f"xgboost; {TOGETHER}"),
    ("xgboost-booster", f"xgboost; {TOGETHER}"),
    ("lightgbm", f"lightgbm; {TOGETHER}"),
    ("lightgbm-early", f"lightgbm; {TOGETHER}"),
    ("lightgbm-labels", f"lightgbm; {TOGETHER}"),
    ("lightgbm-kinds", f"lightgbm; {TOGETHER}"),
    ("lightgbm-booster", f"lightgbm; {TOGETHER}"),
    ("onnx", f"onnx; {TOGETHER}"),
]


def rows() -> list[list[float]]:
    """What mlflow was asked for `expected.json`."""
    found: list[list[float]] = json.loads((flavored() / "rows.json").read_text())
    return found


@pytest.mark.parametrize(("model", "runtime"), COLUMNS)
async def test_a_runtime_answers_as_mlflow_does(model: str, runtime: str) -> None:
    expected = json.loads((flavored() / model / "expected.json").read_text())
    data = rows()
    records = [dict(zip(NAMES, row, strict=True)) for row in data]
    asked = [
        {"dataframe_split": {"columns": NAMES, "data": data}},
        {"dataframe_split": {"columns": NAMES[::-1], "data": [row[::-1] for row in data]}},
        {"dataframe_records": [{**record, "more": "x"} for record in records]},
        {"instances": records},
        {"inputs": {name: [record[name] for record in records] for name in NAMES}},
    ]
    async with running(flavored() / model) as replica:
        said = await replica.client.describe()
        assert said.runtime == runtime
        probe = await replica.client.probe(SECONDS)
        assert (probe.probed, probe.rows) == ("serving_input_example.json", 2)
        for body in asked:
            answer = await replica.client.infer(inference.parse_json(json.dumps(body).encode()), SECONDS)
            assert close(json.loads(answer.predictions), expected), body
        csv = "a,b,c\n" + "".join(",".join(map(str, row)) + "\n" for row in data)
        answer = await replica.client.infer(inference.parse_csv(csv.encode()), SECONDS)
        assert close(json.loads(answer.predictions), expected)


def split(payload: object) -> bytes:
    return json.dumps({"dataframe_split": payload}).encode()


def close(answer: object, expected: object) -> bool:
    """The same up to the rounding of a float32."""
    if isinstance(expected, list) and expected and isinstance(expected[0], dict):
        return isinstance(answer, list) and close([*map(values, answer)], [*map(values, expected)])
    return bool(np.allclose(np.array(answer), np.array(expected), rtol=1e-5, atol=1e-6))


def values(record: dict[str, float]) -> list[float]:
    return list(record.values())


@pytest.mark.parametrize(
    ("model", "column", "value", "words"),
    [
        ("formula", "town", "Oslo", "^Error converting data to categorical: observation with value 'Oslo'"),
        ("forecast", "end", None, "`end` argument"),
        ("flagged", "flag", None, "bad pandas dtypes: flag"),
    ],
)
async def test_texts_dates_and_truths_reach_the_model_and_it_says_which_it_cannot_take(
    model: str, column: str, value: str | None, words: str
) -> None:
    folder = flavored() / model
    example = json.loads((folder / "serving_input_example.json").read_text())["dataframe_split"]
    place = example["columns"].index(column)
    wrong = [[*row[:place], value, *row[place + 1 :]] for row in example["data"]]
    async with running(folder) as replica:
        assert (await replica.client.describe()).runtime.startswith("pyfunc")
        answer = await replica.client.infer(inference.parse_json(split(example)), SECONDS)
        assert close(json.loads(answer.predictions), json.loads((folder / "expected.json").read_text()))
        with pytest.raises(InvalidInput, match=words):
            await replica.client.infer(inference.parse_json(split({**example, "data": wrong})), SECONDS)


async def test_a_graph_is_fed_named_tensors_and_answers_with_its_own_names() -> None:
    array = np.array(rows(), dtype=np.float32)
    tensor = Tensor("X", "FP32", array.shape, array.tobytes(), Encoding.RAW)
    async with running(flavored() / "onnx-tensor") as replica:
        assert (await replica.client.describe()).runtime == f"onnx; {TOGETHER}"
        request = InferenceRequest(Form.TENSORS, tensors=(tensor,), encoding=Encoding.RAW)
        (output,) = (await replica.client.infer(request, SECONDS)).outputs
        assert (output.name, output.datatype, output.shape) == ("variable", "FP32", (7, 1))
        wide = InferenceRequest(Form.TENSORS, tensors=(Tensor("X", "FP32", (1, 2), b"[1, 2]"),))
        with pytest.raises(InvalidInput, match="does not take this"):
            await replica.client.infer(wide, SECONDS)


async def test_a_graph_without_a_signature_answers_a_table_with_a_table() -> None:
    async with running(flavored() / "onnx-bare") as replica:
        probe = await replica.client.probe(SECONDS)
        assert probe.rows == 2
        answer = await replica.client.infer(inference.parse_json(b'{"instances": [[1, 2, 3]]}'), SECONDS)
        assert json.loads(answer.predictions).keys() == {"variable"}


async def test_a_graph_for_a_fixed_number_of_rows_is_not_given_others() -> None:
    async with running(flavored() / "onnx-pairs") as replica:
        said = await replica.client.describe()
        assert said.batching is False
        assert "fixed number of rows" in said.runtime


async def test_a_forest_is_asked_by_one_thread() -> None:
    async with running(flavored() / "forest") as replica:
        body = json.dumps({"dataframe_split": {"columns": NAMES, "data": rows()}}).encode()
        await replica.client.infer(inference.parse_json(body), SECONDS)
        # The loop, health, and what pyarrow started before the fork.
        assert len(os.listdir(f"/proc/{replica.process.pid}/task")) <= 3  # noqa: PTH208


async def test_batching_can_be_switched_off() -> None:
    options = ServingOptions(batching=Batching(Switch.OFF))
    async with running(flavored() / "odds", options) as replica:
        said = await replica.client.describe()
        assert (said.batching, said.runtime) == (False, "sklearn; requests one by one: batching is off")


async def test_who_forbids_mlflow_to_load_pickles_forbids_it_to_us(tmp_path: Path) -> None:
    options = ServingOptions(environment_variables={"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"})
    with pytest.raises(AssertionError, match="disallowed"):
        async with running(flavored() / "forest", options):
            pass
