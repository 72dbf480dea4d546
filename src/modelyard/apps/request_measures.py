"""Requests at the ports of models as MLServer counts them; those of all routes are counted by the observer itself."""

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from modelyard.protocols.http.observe import Observer

REST = ("/v1/", "/v2", "/endpoints/")
RPC = "/inference."
_CODES = {
    200: "OK",
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "FAILED_PRECONDITION",
    413: "RESOURCE_EXHAUSTED",
    429: "UNAVAILABLE",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Requests(Collector):
    """What the observer has seen, by route, under the names of MLServer's two middlewares."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def collect(self) -> Iterable[Metric]:
        what = "MLServer's name: requests"
        rest = CounterMetricFamily(
            "rest_server_requests", f"{what} over HTTP", labels=("method", "path", "status_code")
        )
        rpc = CounterMetricFamily(
            "grpc_server_handled", f"{what} over gRPC", labels=("grpc_service", "grpc_method", "grpc_code")
        )
        took = HistogramMetricFamily("rest_server_request_duration_seconds", f"{what}, seconds", labels=("path",))
        for (method, route, status), count in self._observer.answered.items():
            if route.startswith(REST):
                rest.add_metric((method, route, str(status)), count)
            elif route.startswith(RPC):
                service, _, name = route[1:].partition("/")
                rpc.add_metric((service, name, _CODES.get(status, "INTERNAL")), count)
        for route, buckets, seconds in self._observer.times():
            if route.startswith(REST):
                took.add_metric((route,), buckets, seconds)
        return rest, rpc, took
