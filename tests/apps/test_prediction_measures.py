from collections.abc import Mapping
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from modelyard.apps.prediction_measures import Predictions
from modelyard.domain.errors import InvalidInput, ModelyardError, Unavailable
from modelyard.formats.inference import Hints, Verb
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.directory import Directory
from modelyard.serving.routes import Route
from tests.support.answering import ROW, Answering, revision

ORDER = ("version", "model_version", "revision", "outcome", "le")
Samples = Mapping[tuple[str, str], Mapping[str, float]]


def read(directory: Directory) -> Samples:
    """What is told, by the name of the sample and the model, and then by what else it is labelled with."""
    registry = CollectorRegistry()
    registry.register(Predictions(directory, lambda: {"taxi": 3}))
    found: dict[tuple[str, str], dict[str, float]] = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            labels = dict(sample.labels)
            model = next((labels.pop(one) for one in ("endpoint", "model_name", "model") if one in labels), "")
            rest = ",".join(labels[one] for one in ORDER if one in labels)
            found.setdefault((sample.name, model), {})[rest] = sample.value
    return found


async def test_predictions_are_told_in_three_dialects() -> None:
    directory = Directory()
    served = (revision(1, Answering()), revision(2, Answering(InvalidInput("no"))))
    directory.publish("taxi", Route("taxi", [(served[0], 100), (served[1], 0)]))
    directory.publish("quiet", revision(1, Answering(), endpoint="quiet"))
    plane = DataPlane(directory)
    for _ in range(3):
        await plane.infer("taxi", ROW)
    await plane.infer("taxi", replace(ROW, verb=Verb.EXPLAIN))
    with pytest.raises(InvalidInput):
        await plane.infer("taxi", ROW, None, Hints(revision=2))
    told = read(directory)
    outcomes = told["modelyard_predictions_total", "taxi"]
    assert {key: count for key, count in outcomes.items() if count} == {"10,1,answered": 4, "20,2,refused": 1}
    assert told["modelyard_prediction_seconds_count", "taxi"] == {"10,1": 4, "20,2": 0}
    assert told["modelyard_replicas", "taxi"] == {"10,1": 1, "20,2": 1}
    assert told["modelyard_payloads_dropped_total", "taxi"] == {"": 3}
    for stage, count in (("preprocess", 4), ("predict", 3), ("postprocess", 4), ("explain", 1)):
        assert told[f"request_{stage}_seconds_count", "taxi"]["10,1"] == count
    assert told["request_predict_seconds_bucket", "taxi"]["10,1,+Inf"] == 3
    assert told["model_infer_request_success_total", "taxi"] == {"10,1": 4, "20,2": 0}
    assert told["model_infer_request_failure_total", "taxi"] == {"10,1": 0, "20,2": 1}
    assert told["model_infer_request_duration_sum", "taxi"]["10,1"] > 0
    assert not [name for name, model in told if model == "quiet"]


@pytest.mark.parametrize("error", [Unavailable("gone"), ModelyardError("broken")])
async def test_what_failed_is_told(error: ModelyardError) -> None:
    directory = Directory()
    directory.publish("taxi", revision(1, Answering(error)))
    with pytest.raises(type(error)):
        await DataPlane(directory).infer("taxi", ROW)
    assert read(directory)["modelyard_predictions_total", "taxi"]["10,1,failed"] == 1


@pytest.mark.parametrize(
    ("seconds", "bound"),
    [(1e-9, "0.0001220703125"), (0.0002, "0.000244140625"), (0.3, "0.5"), (1.5, "2.0"), (31.0, "32.0"), (99.0, "+Inf")],
)
def test_a_histogram_puts_each_answer_below_the_next_bound(seconds: float, bound: str) -> None:
    directory, served = Directory(), revision(1, Answering())
    served.statistics.answer(5.0, seconds)
    directory.publish("taxi", served)
    buckets = read(directory)["modelyard_prediction_seconds_bucket", "taxi"]
    bounds = [key.rpartition(",")[2] for key, count in buckets.items() if count]
    assert bounds[0] == bound
