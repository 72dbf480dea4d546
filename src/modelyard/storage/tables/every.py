"""All tables, for migrations and tests."""

from modelyard.storage.tables import endpoints, files, registry, system, tracking
from modelyard.storage.tables.base import metadata

AREAS = (system, tracking, registry, files, endpoints)
metadata = metadata  # noqa: PLW0127 - complete only once the areas above are imported
