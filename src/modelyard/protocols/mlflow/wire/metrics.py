from collections.abc import Sequence

import msgspec

from modelyard.protocols.mlflow.wire.common import Given, Int64, Request, Response, Tag
from modelyard.protocols.mlflow.wire.runs import OfRun


class Metric(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A point that a client logs."""

    key: Given
    value: float
    timestamp: Int64
    step: Int64 = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""
    run_id: str = ""


class Pair(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A param or tag in a batch; unlike alone, its key may not be missing."""

    key: Given
    value: str = ""


class LogMetric(OfRun, kw_only=True):
    key: Given
    value: float
    timestamp: Int64
    step: Int64 = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LogBatch(OfRun, kw_only=True):
    metrics: tuple[Metric, ...] = ()
    params: tuple[Pair, ...] = ()
    tags: tuple[Pair, ...] = ()


class GetMetricHistory(OfRun, kw_only=True):
    metric_key: Given
    page_token: str = ""
    max_results: Int64 | None = None


class GetMetricHistoryBulk(Request):
    """Not a message of MLflow's: its server reads these from the query itself."""

    run_id: tuple[str, ...] = ()
    metric_key: str | None = None
    max_results: Int64 = 25_000


class GetMetricHistoryBulkInterval(Request):
    run_ids: tuple[str, ...]
    metric_key: Given
    start_step: Int64 | None = None
    end_step: Int64 | None = None
    max_results: Int64 = 2500


class Point(msgspec.Struct, frozen=True, gc=False):
    """A point that we show; what JSON has no number for is a text."""

    key: str
    value: float | str
    timestamp: int
    step: int


class PointOfRun(Point, frozen=True, gc=False):
    run_id: str


class MetricHistory(Response):
    """`metrics` holds whatever has the fields of Point."""

    metrics: Sequence[object] = ()
    next_page_token: str = ""


class PointsOfRuns(msgspec.Struct):
    """Unlike other answers, this one says so when there are none."""

    metrics: Sequence[PointOfRun]


class RunData(msgspec.Struct, frozen=True, omit_defaults=True):
    metrics: tuple[Point, ...] = ()
    params: tuple[Tag, ...] = ()
    tags: tuple[Tag, ...] = ()
