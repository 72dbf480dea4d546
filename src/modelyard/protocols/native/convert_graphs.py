"""Graphs, ours to the wire's, pure."""

from collections.abc import Mapping
from dataclasses import asdict
from urllib.parse import quote

import msgspec

from modelyard.domain.endpoint_status import Lately, Truth
from modelyard.domain.graphs import GraphDetail
from modelyard.protocols.native import wire_endpoints, wire_graphs


def graph(detail: GraphDetail, traffic: Mapping[int, Lately], server: str) -> wire_graphs.Graph:
    """`traffic` is what the data plane knows of it by generation, `server` the URL of the server."""
    one, wiring, ready = detail.graph, detail.graph.wiring, detail.ready
    path = f"/endpoints/{quote(one.name, safe='')}"
    lately = traffic.get(one.generation)
    return wire_graphs.Graph(
        name=one.name,
        ready=ready.status is Truth.TRUE,
        message=ready.message,
        conditions=[msgspec.convert(asdict(condition), wire_endpoints.Condition) for condition in detail.conditions],
        endpoints=list(wiring.services),
        nodes={name: msgspec.convert(asdict(node), wire_graphs.Node) for name, node in wiring.nodes.items()},
        timeout=wiring.timeout,
        step_timeout=wiring.step_timeout,
        ignored=list(wiring.ignored),
        generation=one.generation,
        invocations_path=f"{path}/invocations",
        url=f"{server}{path}",
        created_at=one.created_at,
        updated_at=one.updated_at,
        lately=None if lately is None else msgspec.convert(asdict(lately), wire_endpoints.Lately),
    )
