from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from modelyard.domain.rollouts import Rollout, Target
from modelyard.storage import endpoints, opening, schema
from modelyard.storage.opening import open_database
from modelyard.storage.snapshots import keep_nothing
from tests.support import postgres

SERVING_OLDER = """
INSERT INTO endpoints (workspace_id, name, revision, desired, created_at, updated_at) VALUES
  (1, 'lagging', 3, 'serving', 1, 2), (1, 'new', 1, 'serving', 1, 2), (1, 'settled', 2, 'serving', 1, 2)
"""
REVISIONS = """
INSERT INTO revisions (endpoint_pk, number, workspace_id, model_uri, location, model_version, environment, created_at)
SELECT pk, number, 1, 'models:/m/1', 's3://m', '1', 'uv', 1 FROM endpoints
JOIN (SELECT 1 AS number UNION SELECT 2 UNION SELECT 3) AS numbers ON number <= endpoints.revision
"""
STATUSES = """
INSERT INTO endpoint_status
  (endpoint_pk, workspace_id, phase, serving_revision, reason, message, log_tail, probe, restarts, updated_at)
SELECT pk, 1, 'Failed', CASE name WHEN 'new' THEN 0 ELSE 2 END, '', '', '', '', 0, 1 FROM endpoints
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")
    with postgres.fresh_database(migrated=False) as url:
        yield url


async def test_endpoints_of_before_go_on_with_what_answered(empty_url: str) -> None:
    engine = create_engine(opening.parsed(empty_url))
    schema.upgrade(engine, "0002")
    with engine.begin() as connection:
        for statement in (SERVING_OLDER, REVISIONS, STATUSES):
            connection.execute(text(statement))
    engine.dispose()
    database = open_database(empty_url, keep_nothing)
    found = {one.endpoint.name: one for one in await database.read(lambda opened: endpoints.details(opened, 1))}
    database.close()
    assert {name: one.endpoint.rollouts[""] for name, one in found.items()} == {
        "lagging": Rollout((Target(3, 100),), previous=2),
        "new": Rollout((Target(1, 100),)),
        "settled": Rollout((Target(2, 100),)),
    }
    assert {name: [(seen.number, seen.proven) for seen in one.revisions] for name, one in found.items()} == {
        "lagging": [(2, True), (3, False)],
        "new": [(1, False)],
        "settled": [(2, True)],
    }
    assert {revision.environment for one in found.values() for revision in one.endpoint.revisions} == {"uv"}
