import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(tmp_path) as up:
        yield up


@pytest.fixture
def real_rides() -> Path:
    folder = os.environ.get("MODELYARD_TAXI_DATA")
    if not folder:
        pytest.skip("MODELYARD_TAXI_DATA does not name a folder with months of real rides")
    return Path(folder)
