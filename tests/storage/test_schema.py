import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from modelyard.domain.errors import StartupError
from modelyard.domain.query import View
from modelyard.formats.filters.runs import parse_run_filter
from modelyard.storage import opening, page_sums, run_search, schema
from modelyard.storage.database import Database
from modelyard.storage.opening import open_database
from modelyard.storage.snapshots import keep_nothing
from modelyard.storage.tables import base, every
from tests.support import postgres

BEFORE = "0001"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed here: there is no `postgres` program")
    with postgres.fresh_database(migrated=False) as url:
        yield url


def differences(database: Database) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True, "version_table": schema.VERSION_TABLE}
    assert every.AREAS, "all tables are known"
    with database._writer.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), base.metadata))


def mark(database: Database, revision: str) -> None:
    with database._writer.begin() as connection:
        connection.execute(text("UPDATE modelyard_schema SET version_num = :revision"), {"revision": revision})


async def test_a_migrated_database_is_what_the_tables_say(database: Database) -> None:
    assert differences(database) == []


def test_a_newer_schema_is_refused(database: Database, database_url: str) -> None:
    mark(database, "9999")
    with pytest.raises(StartupError, match=r"newer Modelyard \(schema 9999"):
        open_database(database_url)


def test_a_file_of_a_newer_schema_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "modelyard.db"
    database = open_database(f"sqlite:///{path}")
    mark(database, "9999")
    database.close()
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(StartupError):
        open_database(f"sqlite:///{path}")
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_database_of_something_else_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE experiments (experiment_id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StartupError, match=r"holds other tables \(experiments\).* one of its own"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_indexes_of_some_rows_leave_the_others_out(database: Database) -> None:
    defined = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE name = :name",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = :name",
    }
    with database._reader.connect() as connection:
        for name in ("ix_run_tags_parent", "ix_series_unmerged"):
            found = connection.execute(text(defined[connection.dialect.name]), {"name": name}).scalar_one()
            assert " WHERE " in found


async def test_a_new_database_begins_with_the_rows_that_migrations_leave(empty_url: str) -> None:
    old_database(empty_url)
    migrated = open_database(empty_url, keep_nothing)
    with migrated._writer.begin() as connection:
        connection.execute(text("DELETE FROM experiments"))
        kept = {table: rows_of(connection, table) for table in base.metadata.tables}
        base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE modelyard_schema"))
    migrated.close()
    new = open_database(empty_url)
    with new._reader.connect() as connection:
        assert {table: rows_of(connection, table) for table in base.metadata.tables} == kept
    new.close()


def rows_of(connection: Connection, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(base.metadata.tables[table].select())]


@pytest.mark.parametrize("new", [True, False])
def test_a_start_with_nothing_to_migrate_does_not_load_alembic(
    sqlite_template: Path, tmp_path: Path, *, new: bool
) -> None:
    if not new:
        shutil.copy(sqlite_template, tmp_path / "modelyard.db")
    program = (
        "import sys; from modelyard.storage.opening import open_database; open_database(sys.argv[1]).close();"
        "assert 'sqlalchemy' in sys.modules; sys.exit('alembic' in sys.modules)"
    )
    url = f"sqlite:///{tmp_path / 'modelyard.db'}"
    assert subprocess.run([sys.executable, "-c", program, url], check=False).returncode == 0


def old_database(url: str) -> None:
    """A database of the schema `BEFORE`, with an experiment in it."""
    opened = create_engine(opening.parsed(url))
    if opened.dialect.name == "sqlite":
        opening.configure(opened, opening._WRITER_PRAGMAS, "BEGIN IMMEDIATE")
    schema.upgrade(opened, BEFORE)
    with opened.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO experiments (workspace_id, name, artifact_location, lifecycle, created_at, updated_at) "
                "VALUES (1, 'old', 'mlflow-artifacts:/1', 'active', 1, 1)"
            )
        )
    opened.dispose()


def names_in(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM experiments")]


def revision_of(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM modelyard_schema").fetchone()[0])


def test_a_database_is_copied_before_it_is_migrated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "modelyard.db"
    old_database(f"sqlite:///{path}")
    open_database(f"sqlite:///{path}").close()
    kept = tmp_path / f"modelyard.db.before-{schema.REVISION}"
    assert (revision_of(kept), revision_of(path)) == (BEFORE, schema.REVISION)
    assert names_in(kept) == names_in(path) == ["old"]
    assert str(kept) in caplog.text
    assert sorted(tmp_path.glob("*.db*")) == [path, page_sums.beside(path), kept]


def test_a_new_database_is_not_copied(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'modelyard.db'}").close()
    open_database(f"sqlite:///{tmp_path / 'modelyard.db'}").close()
    assert not list(tmp_path.glob("*.before-*"))


def test_the_last_two_copies_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "modelyard.db"
    for older in ("0000a", "0000b"):
        (tmp_path / f"modelyard.db.before-{older}").touch()
    old_database(f"sqlite:///{path}")
    open_database(f"sqlite:///{path}").close()
    copies = {file.name for file in tmp_path.glob("*.before-*")}
    assert copies == {"modelyard.db.before-0000b", f"modelyard.db.before-{schema.REVISION}"}


def test_a_database_that_cannot_be_copied_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "modelyard.db"
    old_database(f"sqlite:///{path}")
    (tmp_path / f"modelyard.db.before-{schema.REVISION}").mkdir()
    with pytest.raises(StartupError, match="left as it is"):
        open_database(f"sqlite:///{path}")
    assert revision_of(path) == BEFORE


def test_servers_that_start_at_once_on_an_empty_database_all_come_up(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        databases = list(threads.map(open_database, [empty_url] * 4))
    assert differences(databases[0]) == []
    for database in databases:
        database.close()


def test_a_postgresql_database_is_not_migrated_without_a_place_for_its_copy() -> None:
    with postgres.fresh_database(migrated=False) as url:
        old_database(url)
        with pytest.raises(StartupError, match=r"left as it is.*--migrate-without-backup"):
            open_database(url)
        open_database(url, keep_nothing).close()


async def test_series_of_an_old_database_learn_their_experiment(empty_url: str) -> None:
    old_database(empty_url)
    before = create_engine(opening.parsed(empty_url))
    with before.begin() as connection:
        experiment = connection.execute(text("SELECT pk FROM experiments")).scalar_one()
        connection.execute(
            text(
                'INSERT INTO runs (workspace_id, id, experiment_pk, name, "user", status, lifecycle, started_at, '
                "artifact_uri) VALUES (1, 'r', :experiment, 'n', '', 'RUNNING', 'active', 1, 'mlflow-artifacts:/1/r')"
            ),
            {"experiment": experiment},
        )
        run = connection.execute(text("SELECT pk FROM runs")).scalar_one()
        connection.execute(
            text(
                'INSERT INTO series (workspace_id, run_pk, "key", latest_step, latest_at, latest_value) '
                "VALUES (1, :run, 'loss', 0, 1, 0.5)"
            ),
            {"run": run},
        )
    before.dispose()
    database = open_database(empty_url, keep_nothing)
    query = run_search.RunQuery(1, [experiment], View.ACTIVE, parse_run_filter("metrics.loss < 1"))
    assert await database.read(lambda transaction: run_search.count(transaction, query)) == 1
    database.close()
