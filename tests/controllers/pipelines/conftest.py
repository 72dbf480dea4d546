from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.storage.database import Database
from tests.support.stage import Stage, stage
from tests.support.yard import blobs_in


@pytest.fixture
async def on_stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(database, blobs_in(database, tmp_path), tmp_path) as made:
        yield made
