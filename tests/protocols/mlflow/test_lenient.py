import json
import math
import re

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.protocols.mlflow import lenient
from modelyard.protocols.mlflow.wire.common import ViewType
from modelyard.protocols.mlflow.wire.experiments import CreateExperiment, SearchExperiments
from modelyard.protocols.mlflow.wire.metrics import LogBatch, LogMetric
from modelyard.protocols.mlflow.wire.runs import CreateRun, LogInputs, RunStatus, UpdateRun

POINT = {"run_id": "r", "key": "k", "value": 1, "timestamp": 1}


def metric(**changes: object) -> LogMetric:
    return lenient.from_json(json.dumps(POINT | changes).encode(), LogMetric)


@pytest.mark.parametrize(
    ("sent", "value"),
    [(1, 1.0), ("1.25", 1.25), ("-1e3", -1000.0), ("Infinity", math.inf), ("-Infinity", -math.inf), (2**70, 2.0**70)],
)
def test_numbers_may_be_texts(sent: object, value: float) -> None:
    assert metric(value=sent).value == value


@pytest.mark.parametrize("body", [b'{"value":NaN', b'{"value":"NaN"'])
def test_nan_may_be_bare_or_a_text(body: bytes) -> None:
    read = lenient.from_json(body + b',"run_id":"r","key":"k","timestamp":1}', LogMetric)
    assert math.isnan(read.value)


@pytest.mark.parametrize("sent", [2**53 + 1, str(2**53 + 1), 2**63 - 1, str(-(2**63))])
def test_whole_numbers_are_exact(sent: int | str) -> None:
    assert metric(step=sent).step == int(sent)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("value", "abc"),
        ("value", [1]),
        ("timestamp", "soon"),
        ("timestamp", 1.5),
        ("timestamp", 2**63),
        ("step", {}),
        ("key", 31),
        ("run_id", 31),
        ("model_id", ["m"]),
    ],
)
def test_a_value_of_the_wrong_type_is_shown_with_its_name(name: str, value: object) -> None:
    shown = re.escape(json.dumps(value, separators=(",", ":")))
    with pytest.raises(InvalidInput, match=f"^Invalid value {shown} for parameter '{name}' supplied"):
        metric(**{name: value})


@pytest.mark.parametrize("name", ["run_id", "key", "value", "timestamp"])
def test_null_is_missing(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"^Missing value for required parameter '{name}'"):
        metric(**{name: None})


@pytest.mark.parametrize(("value", "read"), [(True, 1.0), (" 1 ", 1.0), ("1_000", 1000.0), ("1e3", 1000.0)])
def test_a_real_number_is_read_as_python_reads_it(value: object, read: float) -> None:
    assert metric(value=value).value == read


@pytest.mark.parametrize("name", ["run_id", "key", "value"])
def test_an_empty_text_is_missing_where_one_is_required(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"^Missing value for required parameter '{name}'"):
        metric(**{name: ""})


def test_null_is_absent_where_nothing_is_required() -> None:
    assert metric(step=None, model_id=None).step == 0


def test_unknown_fields_are_ignored() -> None:
    assert metric(novelty={"a": [1]}).key == "k"


def test_names_may_be_in_camel_case() -> None:
    read = lenient.from_json(b'{"experimentId":"1","runName":"n","startTime":"5"}', CreateRun)
    assert (read.experiment_id, read.run_name, read.start_time) == ("1", "n", 5)


def test_both_spellings_of_a_name_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^Request specifies both 'run_id' and 'runId'; provide only one of them"):
        metric(runId="r")


def test_both_spellings_are_refused_inside_of_lists_too() -> None:
    body = b'{"run_id":"r","datasets":[{"dataset":{"name":"n","digest":"d","source_type":"a","sourceType":"a"}}]}'
    with pytest.raises(InvalidInput, match="both 'source_type' and 'sourceType'"):
        lenient.from_json(body, LogInputs)


@pytest.mark.parametrize("old", ["run_uuid", "runUuid"])
def test_a_runs_id_has_an_old_name(old: str) -> None:
    body = json.dumps({old: "r", "key": "k", "value": 1, "timestamp": 1}).encode()
    assert lenient.from_json(body, LogMetric).run_id == "r"


@pytest.mark.parametrize("sent", [2, "2", "DELETED_ONLY"])
def test_enums_go_by_name_or_number(sent: object) -> None:
    read = lenient.from_json(json.dumps({"view_type": sent}).encode(), SearchExperiments)
    assert read.view_type is ViewType.DELETED_ONLY


def test_every_status_has_mlflows_number() -> None:
    read = [lenient.from_json(f'{{"run_id":"r","status":{at}}}'.encode(), UpdateRun).status for at in range(1, 6)]
    assert read == [
        RunStatus.RUNNING,
        RunStatus.SCHEDULED,
        RunStatus.FINISHED,
        RunStatus.FAILED,
        RunStatus.KILLED,
    ]


@pytest.mark.parametrize("sent", [0, 6, -1, True, "ENDED", "", 1.0, 10**30])
def test_other_enum_values_are_refused(sent: object) -> None:
    with pytest.raises(InvalidInput, match="for parameter 'status' supplied"):
        lenient.from_json(json.dumps({"run_id": "r", "status": sent}).encode(), UpdateRun)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"metrics": "foo"}, "Invalid value \"foo\" for parameter 'metrics' supplied"),
        ({"metrics": [{"key": "k", "value": 1}]}, "Missing value for required parameter 'metrics[0].timestamp'"),
        (
            {"metrics": [{"key": 3, "value": 1, "timestamp": 1}]},
            "Invalid value 3 for parameter 'metrics[0].key' supplied",
        ),
        ({"metrics": [3]}, "Invalid value 3 for parameter 'metrics[0]' supplied"),
        ({"metrics": [None]}, "Invalid value null for parameter 'metrics[0]' supplied"),
        ({"params": [{"key": "a"}, {"value": "b"}]}, "Missing value for required parameter 'params[1].key'"),
        ({"params": [{"key": "a", "value": 3}]}, "Invalid value 3 for parameter 'params[0].value' supplied"),
        ({"tags": {"a": "b"}}, 'Invalid value {"a":"b"} for parameter \'tags\' supplied'),
    ],
)
def test_trouble_in_a_batch_is_told_with_its_place(batch: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        lenient.from_json(json.dumps({"run_id": "r", **batch}).encode(), LogBatch)
    assert refusal.value.message.startswith(message)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(InvalidInput, match="for parameter 'name' supplied"):
        lenient.from_json(b'{"name":"\\ud800"}', CreateExperiment)


def test_a_long_value_is_not_repeated_whole() -> None:
    with pytest.raises(InvalidInput) as refusal:
        metric(value="x" * 1_000_000)
    assert len(refusal.value.message) < 1000
