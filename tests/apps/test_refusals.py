"""What keeps a server from starting: one sentence, an exit code, and nothing touched."""

import socket
import sqlite3
import subprocess
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.support.server import clean_environment, command, running_server


def refused(*flags: str) -> subprocess.CompletedProcess[str]:
    """`modelyard up` that is expected to end by itself."""
    return subprocess.run(
        command("up", *flags), capture_output=True, text=True, check=False, timeout=60, env=clean_environment()
    )


def assert_one_sentence(ended: subprocess.CompletedProcess[str], code: int = 1) -> str:
    assert ended.returncode == code
    assert ended.stdout == ""
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_a_taken_port_is_named_and_nothing_is_touched(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = refused("--port", str(port), "--data-dir", str(tmp_path / "data"))
    said = assert_one_sentence(ended)
    assert f"Port {port}" in said
    assert "--port" in said
    assert not (tmp_path / "data").exists()


def test_a_data_directory_has_one_live_server(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        said = assert_one_sentence(refused("--port", "0", "--data-dir", str(server.data_dir)))
        assert str(server.data_dir) in said
        assert f"process {server.process.pid} at {server.url}" in said
        assert httpx.get(f"{server.url}/healthz/ready").is_success


def test_a_newer_schema_is_left_untouched(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        data_dir = server.data_dir
    database = data_dir / "modelyard.db"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE modelyard_schema SET version_num = '9999'")
    connection.close()
    before = sha256(database.read_bytes()).digest()
    said = assert_one_sentence(refused("--port", "0", "--data-dir", str(data_dir)))
    assert "9999" in said
    assert "newer" in said
    assert sha256(database.read_bytes()).digest() == before


@pytest.mark.parametrize("place", ["a-file/data", "a-file", "/proc/modelyard-data"])
def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("in the way")
    path = tmp_path / place
    assert str(path) in assert_one_sentence(refused("--port", "0", "--data-dir", str(path)))
    assert (tmp_path / "a-file").read_text() == "in the way"


def test_a_database_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be looked at as if it were one\n" * 40)
    flags = ("--port", "0", "--data-dir", str(tmp_path / "data"), "--database", f"sqlite:///{tmp_path}/notes.txt")
    assert "notes.txt" in assert_one_sentence(refused(*flags))
    assert (tmp_path / "notes.txt").read_text().startswith("not a database")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("flags", [("--database", "mysql://host/name"), ("--artifacts", "ftp://host/folder")])
def test_places_that_cannot_be_used_are_named(tmp_path: Path, flags: tuple[str, str]) -> None:
    said = assert_one_sentence(refused("--port", "0", "--data-dir", str(tmp_path / "data"), *flags))
    assert flags[1].partition(":")[0] in said
    assert not (tmp_path / "data").exists()


def test_strangers_are_not_let_in_by_accident(tmp_path: Path) -> None:
    said = assert_one_sentence(refused("--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path / "data")))  # noqa: S104 - that is the point
    assert "--insecure-no-auth" in said
    assert not (tmp_path / "data").exists()


def test_a_bad_flag_is_a_misuse(tmp_path: Path) -> None:
    said = assert_one_sentence(refused("--port", "abc", "--data-dir", str(tmp_path / "data")), code=2)
    assert "--port='abc'" in said
