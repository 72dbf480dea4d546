"""All tables, for migrations and tests."""

from modelyard.storage.tables import (
    endpoints,
    files,
    graphs,
    jobs,
    pipelines,
    registry,
    system,
    tracking,
    triggers,
    webhooks,
)
from modelyard.storage.tables.base import metadata

AREAS = (system, tracking, registry, files, endpoints, graphs, webhooks, jobs, pipelines, triggers)
metadata = metadata  # noqa: PLW0127 - complete only once the areas above are imported
