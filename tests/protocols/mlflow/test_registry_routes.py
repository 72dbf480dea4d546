"""The tables against MLflow's own protocol buffers."""

from collections.abc import Iterator

import pytest
from mlflow.protos import databricks_pb2, model_registry_pb2, service_pb2, webhooks_pb2

from modelyard.protocols.mlflow.routes import ROUTES

SERVICES = (
    model_registry_pb2.DESCRIPTOR.services_by_name["ModelRegistryService"],
    service_pb2.DESCRIPTOR.services_by_name["MlflowService"],
    webhooks_pb2.DESCRIPTOR.services_by_name["WebhookService"],
)


def endpoints(prefix: str) -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        for method in service.methods:
            for endpoint in method.GetOptions().Extensions[databricks_pb2.rpc].endpoints:
                if endpoint.path.startswith(f"/mlflow/{prefix}"):
                    yield endpoint.method, f"/{endpoint.since.major}.0{endpoint.path}"


@pytest.mark.parametrize("prefix", ["registered-models", "model-versions", "logged-models", "webhooks"])
def test_every_endpoint_of_mlflows_is_there(prefix: str) -> None:
    expected = {(method, f"{root}{path}") for method, path in endpoints(prefix) for root in ("/api", "/ajax-api")}
    ours = {(route.method, route.path.replace(":path}", "}")) for route in ROUTES}
    assert len(expected) >= 12
    assert expected <= ours
