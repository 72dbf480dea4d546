import json

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.runs import (
    Dataset,
    DatasetInput,
    ModelLink,
    NewRun,
    Run,
    RunChange,
    RunDetail,
    RunDocument,
    RunStatus,
)
from modelyard.protocols.http.reply import json_reply
from modelyard.protocols.mlflow.convert import runs as convert
from modelyard.protocols.mlflow.wire import runs as wire
from modelyard.protocols.mlflow.wire.common import Tag

RUN = Run("r", "1", "n", "u", RunStatus.RUNNING, Lifecycle.ACTIVE, 5, None, "mlflow-artifacts:/1/r/artifacts")
PLAIN = RunDocument(b'{"metrics":[{"key":"m","value":1.0,"timestamp":2,"step":3}],"params":[],"tags":[]}')


def shown(detail: RunDetail) -> dict[str, dict[str, object]]:
    body = json_reply(convert.run(detail)).body
    assert isinstance(body, bytes)
    answer: dict[str, dict[str, object]] = json.loads(body)
    return answer


def test_a_running_run_has_no_end() -> None:
    assert shown(RunDetail(RUN, PLAIN))["info"] == {
        "run_uuid": "r",
        "run_id": "r",
        "run_name": "n",
        "experiment_id": "1",
        "user_id": "u",
        "status": "RUNNING",
        "start_time": 5,
        "artifact_uri": "mlflow-artifacts:/1/r/artifacts",
        "lifecycle_stage": "active",
    }


def test_a_plain_document_is_sent_byte_for_byte() -> None:
    assert bytes(convert.data(PLAIN)) == PLAIN.body


def test_values_that_json_lacks_are_written_mlflows_way() -> None:
    stored = {
        "metrics": [{"key": key, "value": key, "timestamp": 2, "step": 3} for key in ("NaN", "Infinity", "-Infinity")],
        "params": [{"key": "p", "value": "Infinity"}],
        "tags": [{"key": "t", "value": "NaN"}],
    }
    sent = json.loads(bytes(convert.data(RunDocument(json.dumps(stored).encode(), plain=False))))
    assert [metric["value"] for metric in sent["metrics"]] == ["NaN", 1.7976931348623157e308, -1.7976931348623157e308]
    assert (sent["params"], sent["tags"]) == (stored["params"], stored["tags"])


def test_what_a_run_read_and_wrote_is_shown() -> None:
    used = DatasetInput(Dataset("d", "x", "local", "{}"), {"mlflow.data.context": "train"})
    detail = shown(RunDetail(RUN, PLAIN, [used], [ModelLink("m-1")], [ModelLink("m-2", 3)]))
    assert detail["inputs"] == {
        "dataset_inputs": [
            {
                "dataset": {"name": "d", "digest": "x", "source_type": "local", "source": "{}"},
                "tags": [{"key": "mlflow.data.context", "value": "train"}],
            }
        ],
        "model_inputs": [{"model_id": "m-1"}],
    }
    assert detail["outputs"] == {"model_outputs": [{"model_id": "m-2", "step": 3}]}


def test_a_run_that_read_nothing_has_empty_inputs() -> None:
    assert shown(RunDetail(RUN, PLAIN))["inputs"] == {}


def test_dataset_inputs_go_there_and_back() -> None:
    told = {"name": "d", "digest": "x", "source_type": "s", "source": "y", "schema": "z", "profile": "p"}
    sent = wire.SentDatasetInput(dataset=wire.SentDataset(**told), tags=(Tag("a", "b"),))
    (ours,) = convert.dataset_inputs([sent])
    shown_again = wire.DatasetInput(dataset=wire.Dataset(**told), tags=(Tag("a", "b"),))
    assert convert.run(RunDetail(RUN, PLAIN, [ours])).inputs.dataset_inputs == (shown_again,)


def test_a_new_run_keeps_what_was_given() -> None:
    sent = wire.CreateRun(experiment_id="1", user_id="u", run_name="n", start_time=0, tags=(Tag("a", "b"),))
    assert convert.new(sent) == NewRun("1", "n", "u", 0, [("a", "b")])


def test_an_empty_name_changes_nothing() -> None:
    sent = wire.UpdateRun(run_id="r", status=wire.RunStatus.FINISHED, end_time=9, run_name="")
    assert convert.change(sent) == RunChange(RunStatus.FINISHED, 9, None)


MODEL = {"artifact_path": "a", "flavors": {"sklearn": {"config": {}, "v": 1}}, "utc_time_created": "t", "run_id": "r"}


def test_of_a_model_is_noted_what_is_not_large() -> None:
    noted = convert.noted_model(json.dumps(MODEL | {"signature": "s"}))
    assert noted == MODEL | {"flavors": {"sklearn": {"v": 1}}, "model_uuid": None}


@pytest.mark.parametrize("sent", ["{}", "[]", "3", '{"artifact_path": "a"}'])
def test_a_model_without_its_fields_is_refused(sent: str) -> None:
    with pytest.raises(InvalidInput, match="missing mandatory fields"):
        convert.noted_model(sent)


def test_a_model_that_is_not_json_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a valid JSON"):
        convert.noted_model("{")
