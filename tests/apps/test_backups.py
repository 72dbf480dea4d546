import contextlib
import json
import os
import random
import shutil
import sqlite3
import stat
from pathlib import Path

import httpx
import pytest

from modelyard.storage import file_archive
from tests.support import postgres
from tests.support.command_line import run
from tests.support.server import RunningServer, running_server


def asked(server: RunningServer, path: str, body: object) -> dict[str, object]:
    answer = httpx.post(f"{server.url}/api/2.0/mlflow/{path}", json=body).raise_for_status()
    return dict(answer.json())


def written(server: RunningServer) -> str:
    """A run with a metric and two files; answers its id."""
    made = httpx.post(f"{server.url}/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]
    run_id = str(made["run_id"])
    for step in range(5):
        point = {"run_id": run_id, "key": "loss", "value": 1 / (step + 1), "timestamp": step, "step": step}
        asked(server, "runs/log-metric", point)
    for name in ("a", "b"):
        path = f"api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/{name}"
        httpx.put(f"{server.url}/{path}", content=name.encode() * 5000).raise_for_status()
    return run_id


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of a stopped server, with a backup of it, made meanwhile, in `backup` beside it."""
    place = tmp_path_factory.mktemp("backups")
    with running_server(place) as server:
        written(server)
        ended = run("backup", str(place / "backup"), "--data-dir", str(server.data_dir), "--json")
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["blobs"] == 2
        live = run("verify", str(server.data_dir))
        assert live.returncode == 0, live.stdout
    return place


def test_a_backup_of_a_live_server_is_restored_elsewhere(stocked: Path, tmp_path: Path) -> None:
    ended = run("restore", str(stocked / "backup"), "--data-dir", str(tmp_path / "data"))
    assert ended.returncode == 0, ended.stderr
    assert run("verify", str(tmp_path / "data")).returncode == 0
    with running_server(tmp_path) as server:
        found = httpx.post(f"{server.url}/api/v1/runs/search", json={"experiment_ids": ["0"]}).json()["items"]
        assert [one["metrics"][0]["value"] for one in found] == [0.2]
        path = f"api/2.0/mlflow-artifacts/artifacts/0/{found[0]['id']}/artifacts/b"
        assert httpx.get(f"{server.url}/{path}").content == b"b" * 5000


def test_a_backup_is_brought_up_to_date_in_its_place(stocked: Path, tmp_path: Path) -> None:
    for _ in range(2):
        ended = run("backup", str(tmp_path / "copy"), "--data-dir", str(stocked / "data"))
        assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"Backed up to {tmp_path / 'copy'}: the database and 2 contents (10.0 kB)\n"
    assert run("verify", str(tmp_path / "copy")).returncode == 0


def test_what_is_somebody_elses_is_not_written_over(stocked: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    assert run("backup", str(tmp_path), "--data-dir", str(stocked / "data")).returncode == 1
    assert run("restore", str(stocked / "backup"), "--data-dir", str(tmp_path)).returncode == 1
    assert run("backup", str(stocked / "data"), "--data-dir", str(stocked / "data")).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]
    assert run("restore", str(tmp_path), "--data-dir", str(tmp_path / "new")).returncode == 1
    assert not (tmp_path / "new").exists()


def test_secrets_config_maps_and_volumes_come_back_as_they_were(stocked: Path, tmp_path: Path) -> None:
    data = shutil.copytree(stocked / "data", tmp_path / "data")
    odd = "a b\n\udcff" + "long" * 30
    for place, content, mode in (
        ("secrets/login/password", b"hidden", 0o600),
        ("config-maps/site/url", b"here", 0o644),
        (f"volumes/mine/{odd}/{odd}/tool", b"#!/bin/sh", 0o750),
        ("volumes/mine/.hidden", b"", 0o444),
        ("volumes/.mine.json", b'{"task": "t", "size": "1Gi"}', 0o600),
        ("volumes/closed/file", bytes(range(256)) * 100, 0o400),
    ):
        (data / place).parent.mkdir(parents=True, exist_ok=True)
        (data / place).write_bytes(content)
        (data / place).chmod(mode)
    (data / "volumes/empty").mkdir(mode=0o777)
    (data / "volumes/mine/link").symlink_to("/nowhere/at/all")
    os.link(data / "volumes/mine/.hidden", data / "volumes/mine/again")
    os.mkfifo(data / "volumes/mine/pipe")
    (data / "volumes/closed").chmod(0o500)
    kept = {place: one for place, one in described(data).items() if place != "volumes/mine/pipe"}
    assert len(kept) == 18
    copy = tmp_path / "copy"
    made = run("backup", str(copy), "--data-dir", str(data))
    assert made.returncode == 0, made.stderr
    assert "Secrets, config maps and volumes are in it as they are" in made.stdout
    assert stat.S_IMODE((copy / "files.tar").stat().st_mode) == 0o600
    ended = run("restore", str(copy), "--data-dir", str(tmp_path / "new"))
    assert ended.returncode == 0, ended.stderr
    assert described(tmp_path / "new") == kept
    flip(copy / "files.tar")
    assert str(copy / "files.tar") in run("verify", str(copy)).stdout
    assert "files.tar is damaged" in run("restore", str(copy), "--data-dir", str(tmp_path / "newer")).stderr
    assert not file_archive.save(tmp_path / "nothing", copy / "files.tar")
    assert not (copy / "files.tar").exists()


def described(data: Path) -> dict[str, tuple[object, ...]]:
    """By path: the kind, permissions, time and content of all there is."""
    found: dict[str, tuple[object, ...]] = {}
    for folder in file_archive.FOLDERS:
        for path in (data / folder, *(data / folder).rglob("*")):
            told = path.lstat()
            content = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
            place = path.relative_to(data).as_posix()
            found[place] = (
                stat.filemode(told.st_mode),
                path.is_symlink() or round(told.st_mtime, 3),
                told.st_nlink,
                content,
            )
    return found


def flip(path: Path) -> None:
    """Changes one bit of a file."""
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)  # noqa: S311 - which, is what is tried
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.parametrize("what", ["modelyard.db", "artifacts/blobs"])
def test_a_flipped_bit_of_a_backup_is_found_and_not_restored(stocked: Path, tmp_path: Path, what: str) -> None:
    copy = tmp_path / "copy"
    assert run("backup", str(copy), "--data-dir", str(stocked / "data")).returncode == 0
    target = copy / what
    victim = next(path for path in sorted(target.rglob("*")) if path.is_file()) if target.is_dir() else target
    flip(victim)
    ended = run("verify", str(copy), "--json")
    assert ended.returncode == 1
    assert str(victim) in json.loads(ended.stdout)["problems"][0]
    refused = run("restore", str(copy), "--data-dir", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert victim.name in refused.stderr
    assert not list(tmp_path.glob("*data*"))


def test_damaged_points_and_contents_are_named(stocked: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run("restore", str(stocked / "backup"), "--data-dir", str(data)).returncode == 0
    with contextlib.closing(sqlite3.connect(data / "modelyard.db")) as connection, connection:
        connection.execute("UPDATE chunks SET points = x'01ff' WHERE number = 2")
        run_id, digest = connection.execute(
            "SELECT runs.id, digest FROM runs, files WHERE files.path LIKE '%/a' LIMIT 1"
        ).fetchone()
    flip(data / "artifacts" / "blobs" / digest[7:9] / digest[9:])
    ended = run("verify", "--data-dir", str(data))
    assert ended.returncode == 1
    assert f"The metric 'loss' of run {run_id} is damaged" in ended.stdout
    assert f"it is the content of 0/{run_id}/artifacts/a" in ended.stdout


def test_a_postgresql_database_is_backed_up_and_restored(tmp_path: Path) -> None:
    with postgres.fresh_database() as url, postgres.fresh_database(migrated=False) as empty:
        with running_server(tmp_path, "--database", url) as server:
            run_id = written(server)
            flags = ("--data-dir", str(server.data_dir), "--database", url)
            made = run("backup", str(tmp_path / "copy"), *flags)
            assert made.returncode == 0, made.stderr
            assert run("verify", *flags).returncode == 0
        target = ("--data-dir", str(tmp_path / "new" / "data"), "--database", empty)
        ended = run("restore", str(tmp_path / "copy"), *target)
        assert ended.returncode == 0, ended.stderr
        looked = json.loads(run("verify", *target, "--json").stdout)
        assert (looked["blobs"], looked["points"], looked["problems"]) == (2, 5, [])
        again = run("restore", str(tmp_path / "copy"), "--data-dir", str(tmp_path / "newer"), "--database", empty)
        assert (again.returncode, "is not empty" in again.stderr) == (1, True)
        with running_server(tmp_path / "new", "--database", empty) as server:
            assert written(server) != run_id, "numbers are given out where they were"
