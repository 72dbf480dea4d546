"""Our transcription of MLflow's messages, held against the protocol buffers that the stock client ships."""

from typing import Any

import msgspec
import pytest
from mlflow.protos import service_pb2 as theirs
from mlflow.utils.proto_json_utils import message_to_json

from modelyard.protocols.mlflow.wire import common, experiments, metrics, runs

REQUESTS = [
    (theirs.CreateExperiment, experiments.CreateExperiment),
    (theirs.GetExperiment, experiments.ExperimentId),
    (theirs.DeleteExperiment, experiments.ExperimentId),
    (theirs.RestoreExperiment, experiments.ExperimentId),
    (theirs.GetExperimentByName, experiments.GetExperimentByName),
    (theirs.SearchExperiments, experiments.SearchExperiments),
    (theirs.UpdateExperiment, experiments.UpdateExperiment),
    (theirs.SetExperimentTag, experiments.SetExperimentTag),
    (theirs.DeleteExperimentTag, experiments.DeleteExperimentTag),
    (theirs.CreateRun, runs.CreateRun),
    (theirs.UpdateRun, runs.UpdateRun),
    (theirs.GetRun, runs.OfRun),
    (theirs.DeleteRun, runs.OfRun),
    (theirs.RestoreRun, runs.OfRun),
    (theirs.SearchRuns, runs.SearchRuns),
    (theirs.LogParam, runs.LogParam),
    (theirs.SetTag, runs.SetTag),
    (theirs.DeleteTag, runs.DeleteTag),
    (theirs.LogInputs, runs.LogInputs),
    (theirs.LogOutputs, runs.LogOutputs),
    (theirs.LogModel, runs.LogModel),
    (theirs.LogMetric, metrics.LogMetric),
    (theirs.LogBatch, metrics.LogBatch),
    (theirs.GetMetricHistory, metrics.GetMetricHistory),
    (theirs.GetMetricHistoryBulkInterval, metrics.GetMetricHistoryBulkInterval),
]
PARTS = [
    (theirs.Metric, metrics.Metric),
    (theirs.Param, metrics.Pair),
    (theirs.RunTag, metrics.Pair),
    (theirs.ExperimentTag, common.Tag),
    (theirs.Dataset, runs.Dataset),
    (theirs.DatasetInput, runs.DatasetInput),
    (theirs.ModelInput, runs.ModelInput),
    (theirs.ModelOutput, runs.ModelOutput),
    (theirs.RunInfo, runs.RunInfo),
    (theirs.RunInputs, runs.RunInputs),
    (theirs.RunOutputs, runs.RunOutputs),
    (theirs.Run, runs.Run),
    (theirs.MetricWithRunId, metrics.PointOfRun),
]
OURS_ALONE = {"run_uuid"}
"""An old name of `run_id`, which we read everywhere."""


def fields(message: Any) -> set[str]:
    return {field.name for field in message.DESCRIPTOR.fields}


@pytest.mark.parametrize(("message", "struct"), REQUESTS + PARTS, ids=lambda one: one.__name__)
def test_a_struct_has_the_fields_of_its_message(message: Any, struct: type[msgspec.Struct]) -> None:
    assert set(struct.__struct_fields__) - OURS_ALONE == fields(message) - OURS_ALONE


@pytest.mark.parametrize(
    ("numbers", "enum"),
    [(theirs.ViewType, common.ViewType), (theirs.RunStatus, runs.RunStatus)],
    ids=["view", "status"],
)
def test_an_enum_has_the_numbers_of_its_message(numbers: Any, enum: type[common.Numbered]) -> None:
    assert {name: enum(str(number)) for name, number in numbers.items()} == {one.name: one for one in enum}


def filled(message: Any) -> Any:
    """The message with something in every field."""
    made = message()
    for field in made.DESCRIPTOR.fields:
        if field.message_type is not None:
            part = filled(getattr(theirs, field.message_type.name))
            getattr(made, field.name).extend([part]) if field.is_repeated else getattr(made, field.name).CopyFrom(part)
        elif field.is_repeated:
            getattr(made, field.name).append("text")
        else:
            setattr(made, field.name, "text" if field.cpp_type == field.CPPTYPE_STRING else 2)
    return made


@pytest.mark.parametrize(("message", "struct"), REQUESTS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("as_number", [True, False], ids=["int64-as-number", "int64-as-text"])
def test_what_clients_send_is_read_by_one_decode(message: Any, struct: type[msgspec.Struct], as_number: object) -> None:
    sent = message_to_json(filled(message), convert_int64_to_number=bool(as_number))
    read = msgspec.json.decode(sent, type=struct, strict=False)
    assert all(getattr(read, name) for name in struct.__struct_fields__ if name not in OURS_ALONE)
