"""The part of the native API's table that is about endpoints."""

from collections.abc import Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.native import endpoints, graphs, manifests, traffic, wire_graphs, wire_traffic
from modelyard.protocols.native import wire_endpoints as wire
from modelyard.protocols.native.state import NativeState

V1: Final = "/api/v1"
_ENDPOINT = f"{V1}/endpoints/{{name}}"
_GRAPH = f"{V1}/graphs/{{name}}"
_READ = "endpoints.read"
_DEPLOY = "endpoints.deploy"

ROUTES: Final[Sequence[Route[NativeState]]] = (
    Route("GET", f"{V1}/endpoints", endpoints.index, _READ, "All endpoints", returns=wire.Endpoints),
    Route("GET", _ENDPOINT, endpoints.get, _READ, "One endpoint", returns=wire.Endpoint),
    Route(
        "GET",
        f"{_ENDPOINT}/revisions",
        endpoints.revisions,
        _READ,
        "Its revisions, in use or not",
        query=wire.ReadRevisions,
        returns=wire.Revisions,
    ),
    Route(
        "PUT",
        _ENDPOINT,
        endpoints.deploy,
        _DEPLOY,
        "Serve a model: a new endpoint, or the next revision of this one",
        body=wire.Deploy,
        returns=wire.Endpoint,
    ),
    Route(
        "PUT",
        f"{_ENDPOINT}/models/{{model}}",
        endpoints.deploy_model,
        _DEPLOY,
        "Serve one of several models of an endpoint, under its own name",
        body=wire.Deploy,
        returns=wire.Endpoint,
    ),
    Route(
        "POST",
        f"{_ENDPOINT}/traffic",
        endpoints.shift,
        _DEPLOY,
        "Share requests out among revisions",
        body=wire.Shift,
        returns=wire.Endpoint,
    ),
    Route(
        "POST",
        f"{_ENDPOINT}/promote",
        endpoints.promote,
        _DEPLOY,
        "Give all requests to the canary",
        body=wire.Change,
        returns=wire.Endpoint,
    ),
    Route(
        "POST",
        f"{_ENDPOINT}/rollback",
        endpoints.roll_back,
        _DEPLOY,
        "Take the canary out, or go back to the revision before",
        body=wire.Change,
        returns=wire.Endpoint,
    ),
    Route(
        "POST",
        f"{_ENDPOINT}/stop",
        endpoints.stop,
        _DEPLOY,
        "Run nothing of it, but keep what it is",
        body=wire.Change,
        returns=wire.Endpoint,
    ),
    Route(
        "POST",
        f"{_ENDPOINT}/start",
        endpoints.start,
        _DEPLOY,
        "Serve again what was stopped",
        body=wire.Change,
        returns=wire.Endpoint,
    ),
    Route(
        "POST",
        f"{V1}/manifests",
        manifests.apply,
        _DEPLOY,
        "Serve what a KServe InferenceService or InferenceGraph says; the same again changes nothing",
        body=wire.Manifest,
        returns=wire.Applied,
    ),
    Route(
        "GET",
        f"{_ENDPOINT}/manifest",
        manifests.export,
        _READ,
        "An endpoint or a graph as KServe's document of it",
        returns=wire.Manifest,
    ),
    Route("GET", f"{V1}/graphs", graphs.index, _READ, "All graphs of endpoints", returns=wire_graphs.Graphs),
    Route("GET", _GRAPH, graphs.get, _READ, "One graph and whether its endpoints answer", returns=wire_graphs.Graph),
    Route("DELETE", _GRAPH, graphs.remove, "endpoints.delete", "Take a graph away; its endpoints stay"),
    Route("DELETE", _ENDPOINT, endpoints.remove, "endpoints.delete", "Stop serving, after what runs has finished"),
    Route(
        "DELETE",
        f"{_ENDPOINT}/models/{{model}}",
        endpoints.remove_model,
        "endpoints.delete",
        "Take one of several models off an endpoint",
    ),
    Route(
        "GET",
        f"{_ENDPOINT}/logs",
        endpoints.logs,
        _READ,
        "The last lines that the model's processes wrote",
        query=wire.ReadLogs,
        returns=wire.Logs,
    ),
    Route(
        "GET",
        f"{_ENDPOINT}/traffic",
        traffic.lately,
        _READ,
        "Requests, errors and latencies of the last five minutes",
        returns=wire_traffic.Traffic,
    ),
    Route(
        "GET",
        f"{_ENDPOINT}/payloads",
        traffic.payloads,
        "endpoints.inspect",
        "The newest requests and answers that were kept",
        query=wire_traffic.ReadPayloads,
        returns=wire_traffic.Payloads,
    ),
)
