"""What Prometheus reads."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Info, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

import modelyard


def exposition(registry: CollectorRegistry) -> Callable[[], tuple[bytes, str]]:
    """A function that writes down the registry as it is then, with its content type."""
    ProcessCollector(registry=registry)
    Info("modelyard_build", "What is running", registry=registry).info({"version": modelyard.__version__})

    def written() -> tuple[bytes, str]:
        return generate_latest(registry), CONTENT_TYPE_LATEST

    return written
