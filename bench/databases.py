"""What servers keep their data in: a SQLite file in their directory, or a PostgreSQL of their own."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.support import postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class Sqlite:
    """Whatever file the server makes in its directory."""

    name = SQLITE
    pids: Sequence[int] = ()

    def url(self, directory: Path, file: str) -> str:
        return f"sqlite:///{directory / file}"

    def bytes_in_use(self, directory: Path) -> int:
        """Of pages that hold something; the server must have stopped."""
        (file,) = [*directory.glob("*.db"), *directory.glob("data/*.db")]
        with closing(sqlite3.connect(file)) as connection:
            size, pages, free = [
                connection.execute(f"PRAGMA {what}").fetchone()[0]
                for what in ("page_size", "page_count", "freelist_count")
            ]
        return int(size * (pages - free))


@dataclass(frozen=True, slots=True)
class Postgresql:
    """A cluster with PostgreSQL's own settings: fsync and synchronous_commit on."""

    name = POSTGRESQL
    server: postgres.Postgres = field(default_factory=lambda: postgres.start(["listen_addresses="]))

    @property
    def pids(self) -> Sequence[int]:
        return (self.server.shell.pid,)

    def url(self, directory: Path, file: str) -> str:  # noqa: ARG002 - as Sqlite's
        """A database for each directory, made when first asked for."""
        name = "bench_" + "".join(letter if letter.isalnum() else "_" for letter in directory.name)
        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            self.server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.server.url(name)

    def bytes_in_use(self, directory: Path) -> int:
        """After PostgreSQL has given back what nobody needs any more; the server must have stopped."""
        with psycopg.connect(self.url(directory, ""), autocommit=True) as connection:
            connection.execute("VACUUM FULL")
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0


Store = Sqlite | Postgresql


def store(name: str) -> Store:
    return Postgresql() if name == POSTGRESQL else Sqlite()
