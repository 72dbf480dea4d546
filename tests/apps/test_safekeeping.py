"""A PostgreSQL database of an older version is backed up before a server brings it up to date."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.storage import backup, schema
from tests.support import old_databases, postgres
from tests.support.command_line import run
from tests.support.old_databases import contents, open_kept
from tests.support.server import clean_environment, command, running_server

KEPT = f"postgresql.before-{schema.REVISION}"
OLDEST = min(schema._OLDER)


@pytest.fixture(autouse=True)
def _needs_postgresql() -> None:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")


@pytest.fixture
def empty() -> Iterator[str]:
    with postgres.fresh_database(migrated=False) as url:
        yield url


@pytest.fixture
def old() -> Iterator[str]:
    """Of the oldest schema, with an experiment that takes a megabyte."""
    with postgres.fresh_database(migrated=False) as url:
        old_databases.make(url, OLDEST).dispose()
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO experiments (workspace_id, name, artifact_location, lifecycle, created_at, updated_at) "
                "VALUES (1, 'old', %s, 'active', 1, 1)",
                [os.urandom(1 << 19).hex()],
            )
        yield url


def experiments(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM experiments ORDER BY pk")]


def revision(url: str) -> str:
    with psycopg.connect(url) as connection:
        return str(connection.execute("SELECT version_num FROM modelyard_schema").fetchone())


@pytest.mark.parametrize("since", sorted(schema._OLDER))
def test_what_was_kept_is_restored_as_it_was_and_migrates_again(since: str, empty: str, tmp_path: Path) -> None:
    with postgres.fresh_database(migrated=False) as url:
        old_databases.fill(url, since)
        before = contents(url)
        open_kept(url, tmp_path / "data")
        afterwards = contents(url)
    new = tmp_path / "new"
    ended = run("restore", str(tmp_path / "data" / KEPT), "--data-dir", str(new), "--database", empty)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        f"Restored to {new}: the database",
        f"The contents are where they were: start the server with --artifacts {tmp_path}/data/artifacts",
    ]
    assert contents(empty) == before
    open_kept(empty, new)
    assert contents(empty) == afterwards != before


def test_a_server_says_where_the_copy_is_and_numbers_go_on_after_it(old: str, empty: str, tmp_path: Path) -> None:
    with running_server(tmp_path, "--database", old) as server:
        kept = server.data_dir / KEPT
        server.until_logged(f"kept in {kept}; to go back, stop the server, `modelyard restore {kept}")
    assert json.loads((kept / "backup.json").read_text())["artifacts"] == "none"
    assert [path.name for path in server.data_dir.glob("*.before-*")] == [KEPT]
    with running_server(tmp_path, "--database", old) as server:
        assert server.logs().count("Bringing the database") == 1
    flags = ("--data-dir", str(tmp_path / "new/data"), "--database", empty)
    assert run("restore", str(kept), *flags).returncode == 0
    assert experiments(empty) == ["old"]
    with running_server(tmp_path / "new", *flags[2:]) as server:
        made = httpx.post(f"{server.url}/api/2.0/mlflow/experiments/create", json={"name": "new"})
        assert made.json()["experiment_id"] == "2"


def test_the_last_two_copies_are_kept(old: str, tmp_path: Path) -> None:
    for older in ("0000a", "0000b"):
        (tmp_path / f"postgresql.before-{older}").mkdir()
        (tmp_path / f"postgresql.before-{older}" / "postgresql.zip").touch()
    open_kept(old, tmp_path)
    assert {path.name for path in tmp_path.glob("*.before-*")} == {"postgresql.before-0000b", KEPT}


def test_a_copy_takes_the_place_of_one_that_a_failed_start_left(old: str, tmp_path: Path) -> None:
    (tmp_path / KEPT).mkdir()
    (tmp_path / KEPT / "something").touch()
    (tmp_path / f".{KEPT}.partial").mkdir()
    open_kept(old, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [KEPT]
    assert sorted(path.name for path in (tmp_path / KEPT).iterdir()) == ["backup.json", "blobs.txt", "postgresql.zip"]


def started(limit: int, *flags: str) -> subprocess.CompletedProcess[str]:
    """`modelyard up` whose files may have at most so many blocks of 512 bytes."""
    limited = ["sh", "-c", f'ulimit -f {limit}; exec "$@"', "sh", *command("up", "--port", "0", *flags)]
    return subprocess.run(limited, capture_output=True, text=True, check=False, timeout=300, env=clean_environment())


def test_without_room_for_the_copy_nothing_is_migrated_unless_told_to(old: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    refused = started(500, "--database", old, "--data-dir", str(data), "--grpc-port", "off")
    assert refused.returncode == 1
    assert "There is no room left in" in refused.stderr
    assert "left as it is" in refused.stderr
    assert "start once with --migrate-without-backup" in refused.stderr
    assert OLDEST in revision(old)
    assert not data.exists()
    with running_server(tmp_path, "--database", old, "--migrate-without-backup") as server:
        server.until_logged("no copy is kept")
    assert schema.REVISION in revision(old)
    assert not list(data.glob("*.before-*"))


def test_a_copy_outlives_a_start_that_fails_after_it(old: str, tmp_path: Path) -> None:
    gone = ("--artifacts", "s3://bucket")
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    refused = run("up", "--port", "0", "--data-dir", str(tmp_path / "data"), "--database", old, *gone, env=env)
    assert refused.returncode == 1
    assert (tmp_path / "data" / KEPT / "backup.json").exists()


def test_what_this_version_cannot_read_is_not_restored(old: str, empty: str, tmp_path: Path) -> None:
    with psycopg.connect(old) as connection:
        connection.execute("UPDATE modelyard_schema SET version_num = '9999'")
    backup.keep_postgres(old, tmp_path / "newer")
    with pytest.raises(InvalidInput, match=r"newer Modelyard \(schema 9999"):
        backup.restore_postgres(empty, tmp_path / "newer")
    (tmp_path / "dump").write_bytes(b"PGDMP")
    with pytest.raises(InvalidInput, match="dump was made by pg_dump, as version"):
        backup.restore_postgres(empty, tmp_path / "dump")
    open_kept(empty, tmp_path)
    assert not list(tmp_path.glob("*.before-*")), "it was still empty"
