"""What keeps a server from starting: one sentence, an exit code, and nothing touched."""

import socket
import sqlite3
import subprocess
import threading
from collections.abc import Mapping
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.support.server import clean_environment, command, running_server


def refused(*flags: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`modelyard up` that is expected to end by itself."""
    return subprocess.run(
        command("up", *flags), capture_output=True, text=True, check=False, timeout=300, env=clean_environment(env)
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
    said = assert_one_sentence(refused("--port", "0", "--data-dir", str(path)))
    assert str(path) in said
    assert "full" not in said
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


class NoSuchBucket(BaseHTTPRequestHandler):
    """S3 without the bucket that it is asked for."""

    def do_GET(self) -> None:
        body = b"<?xml version='1.0'?><Error><Code>NoSuchBucket</Code><Message>it is not there</Message></Error>"
        self.send_response(404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base
        pass


def test_a_bucket_that_does_not_exist_is_noticed_at_the_start(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), NoSuchBucket) as store:
        threading.Thread(target=store.serve_forever, daemon=True).start()
        env = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store.server_port}",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "us-east-1",
        }
        flags = ("--port", "0", "--data-dir", str(tmp_path / "data"), "--artifacts", "s3://no-such-bucket")
        said = assert_one_sentence(refused(*flags, env=env))
        store.shutdown()
    assert "s3://no-such-bucket" in said
    assert "check that the bucket exists" in said
    assert not (tmp_path / "data").exists()


def test_a_postgresql_that_does_not_answer_is_named_as_it_was_written(tmp_path: Path) -> None:
    flags = ("--port", "0", "--data-dir", str(tmp_path / "data"))
    said = assert_one_sentence(refused(*flags, "--database", "postgresql://me:secret@127.0.0.1:1/yard"))
    assert "postgresql://me:***@127.0.0.1:1/yard" in said
    assert not (tmp_path / "data").exists()
