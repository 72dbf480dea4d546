from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelyard.storage.lease import Lease
from tests.support import conditions, postgres
from tests.support.server import running_server


@pytest.fixture
def shared_url() -> Iterator[str]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")
    with postgres.fresh_database() as url:
        yield url


def notes(url: str) -> Any:
    answer = httpx.get(f"{url}/healthz/ready").raise_for_status().json()
    assert answer["status"] == "ok"
    return answer.get("notes", {})


def make_experiment(url: str) -> None:
    httpx.post(f"{url}/api/2.0/mlflow/experiments/create", json={"name": "through the second"}).raise_for_status()


async def test_of_two_servers_one_is_in_charge_and_the_other_takes_over(shared_url: str, tmp_path: Path) -> None:
    first_place, second_place = tmp_path / "first", tmp_path / "second"
    first_place.mkdir()
    second_place.mkdir()
    flags = ("--database", shared_url)
    with running_server(first_place, *flags) as first, running_server(second_place, *flags) as second:
        assert notes(first.url) == {}
        assert "Another server" in notes(second.url)["controllers"]
        second.until_logged("stands by")
        make_experiment(second.url)
        first.kill()
        await conditions.until(lambda: notes(second.url) == {})
        second.until_logged("this one does it now")


def test_a_lease_is_held_by_one(shared_url: str) -> None:
    one, other = Lease(shared_url), Lease(shared_url)
    assert one.hold()
    assert one.hold()
    assert not other.hold()
    one.release()
    assert other.hold()
    other.release()


def test_a_sqlite_database_has_one_server_only(tmp_path: Path) -> None:
    lease = Lease(f"sqlite:///{tmp_path / 'modelyard.db'}")
    assert lease.hold()
    assert not lease.shared
    lease.release()
