"""Predictions as Prometheus reads them: in our words, in KServe's and in MLServer's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from modelyard.serving.directory import Directory
from modelyard.serving.served import Served
from modelyard.serving.statistics import Statistics, octave

Labels = tuple[str, str, str]
"""The model, as the data plane calls it, its version, and its revision."""
Row = tuple[Labels, Served]
OURS = ("endpoint", "version", "revision")
KSERVE = ("model_name", "model_version", "revision")
MLSERVER = ("model", "version", "revision")
_OCTAVES = range(-13, 6)
_BOUNDS = (*(str(2.0**power) for power in _OCTAVES), "+Inf")


class Predictions(Collector):
    """What the revisions that are served have answered; those that nobody has asked yet are left out.

    `dropped` says how many payloads were not logged, by endpoint.
    """

    def __init__(self, directory: Directory, dropped: Callable[[], Mapping[str, int]]) -> None:
        self._directory = directory
        self._dropped = dropped

    def collect(self) -> Iterable[Metric]:
        rows = list(self._rows())
        yield from _ours(rows)
        yield from _of_kserve(rows)
        yield from _of_mlserver(rows)
        dropped = CounterMetricFamily("modelyard_payloads_dropped", "Payloads that were not logged", labels=OURS[:1])
        for endpoint, count in self._dropped().items():
            dropped.add_metric((endpoint,), count)
        yield dropped

    def _rows(self) -> Iterable[Row]:
        for name in self._directory.names():
            route = self._directory.route(name)
            for served in () if route is None else route.all:
                if served.statistics.last or served.statistics.shed or served.in_flight:
                    yield (name, served.model_version, str(served.revision)), served


def _ours(rows: Sequence[Row]) -> Iterable[Metric]:
    answered = CounterMetricFamily("modelyard_predictions", "Requests by what came of them", labels=(*OURS, "outcome"))
    took = HistogramMetricFamily("modelyard_prediction_seconds", "Time to a prediction", labels=OURS)
    queued = CounterMetricFamily("modelyard_prediction_queue_seconds", "Time spent waiting for a replica", labels=OURS)
    retried = CounterMetricFamily("modelyard_predictions_retried", "Requests whose replica ended first", labels=OURS)
    in_flight = GaugeMetricFamily("modelyard_predictions_in_flight", "Requests that replicas have", labels=OURS)
    waiting = GaugeMetricFamily("modelyard_predictions_waiting", "Requests that wait for a replica", labels=OURS)
    replicas = GaugeMetricFamily("modelyard_replicas", "Replicas that answer", labels=OURS)
    shadow = CounterMetricFamily(
        "modelyard_shadow_answers", "Answers of shadows beside those returned", labels=(*OURS, "outcome")
    )
    for labels, served in rows:
        seen, compared = served.statistics, served.statistics.compared
        for outcome in ("answered", "failed", "refused", "shed"):
            answered.add_metric((*labels, outcome), getattr(seen, outcome))
        took.add_metric(labels, _buckets(seen.latencies), seen.seconds)
        queued.add_metric(labels, seen.queued)
        retried.add_metric(labels, seen.retried)
        in_flight.add_metric(labels, served.in_flight)
        waiting.add_metric(labels, len(served.queue))
        replicas.add_metric(labels, len(served.replicas))
        for outcome in ("equal", "different", "failed", "dropped"):
            if count := getattr(compared, outcome):
                shadow.add_metric((*labels, outcome), count)
    return answered, took, queued, retried, in_flight, waiting, replicas, shadow


def _of_kserve(rows: Sequence[Row]) -> Iterable[Metric]:
    """Pre- and postprocessing are part of the model here, so they are counted and take no time."""

    def stage(name: str) -> HistogramMetricFamily:
        return HistogramMetricFamily(f"request_{name}_seconds", f"KServe's name: {name} latency", labels=KSERVE)

    before, predict, after, explain = map(stage, ("preprocess", "predict", "postprocess", "explain"))
    for labels, served in rows:
        seen, explained = served.statistics, served.statistics.explained
        for family in (before, after):
            family.add_metric(labels, [("+Inf", seen.answered)], 0.0)
        predict.add_metric(labels, _buckets(_predicted(seen)), seen.seconds - explained.seconds)
        if explained.latencies:
            explain.add_metric(labels, _buckets(explained.latencies), explained.seconds)
    return before, predict, after, explain


def _of_mlserver(rows: Sequence[Row]) -> Iterable[Metric]:
    what = "MLServer's name: inference requests"
    succeeded = CounterMetricFamily("model_infer_request_success", f"{what} answered", labels=MLSERVER)
    failed = CounterMetricFamily("model_infer_request_failure", f"{what} not answered", labels=MLSERVER)
    took = SummaryMetricFamily("model_infer_request_duration", f"{what}, seconds", labels=MLSERVER)
    for labels, served in rows:
        seen = served.statistics
        succeeded.add_metric(labels, seen.answered)
        failed.add_metric(labels, seen.failed + seen.refused + seen.shed)
        took.add_metric(labels, seen.answered, seen.seconds)
    return succeeded, failed, took


def _predicted(seen: Statistics) -> Mapping[int, int]:
    explained = seen.explained.latencies
    return {place: count - explained.get(place, 0) for place, count in seen.latencies.items()}


def _buckets(latencies: Mapping[int, int]) -> list[tuple[str, float]]:
    counts = [0] * len(_BOUNDS)
    for place, count in latencies.items():
        counts[min(max(octave(place) - _OCTAVES.start, 0), len(_OCTAVES))] += count
    return list(zip(_BOUNDS, accumulate(counts), strict=True))
