"""Reading an MLflow database of whatever schema version: what a table or column of a later one holds is None before."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    Inspector,
    MetaData,
    Select,
    Table,
    create_engine,
    inspect,
    make_url,
    null,
    select,
)
from sqlalchemy.engine import CursorResult, RowMapping
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from modelyard.domain.errors import InvalidInput, NotFound, Unavailable

PIECE = 10_000
_NEEDED = ("experiments", "runs", "metrics", "params", "tags")
Row = RowMapping


class Tables:
    """The tables that are there. Raises NotFound when these are not those of an MLflow store, Unavailable."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self.shown = make_url(url).render_as_string(hide_password=True)
        with self._faults("its tables"):
            inspector = inspect(self._engine)
            names = set(inspector.get_table_names())
            missing = [name for name in _NEEDED if name not in names]
            if missing:
                raise NotFound(f"{self.shown} is no MLflow database: it has no table {missing[0]}")
            self._tables = {name: _table(name, inspector) for name in names}

    def rows(
        self,
        table: str,
        columns: Sequence[str],
        where: Mapping[str, object] | None = None,
        order: Sequence[str] = (),
    ) -> Iterator[Row]:
        """Of one table, as mappings of all these columns; nothing when there is no such table."""
        for part in self._parts(table, columns, where, order):
            yield from part.mappings()

    def columns(
        self, table: str, columns: Sequence[str], where: Mapping[str, object], order: Sequence[str]
    ) -> Iterator[Sequence[Sequence[Any]]]:
        """As `rows`, for many of them: each column's values, in pieces of some thousand rows."""
        for part in self._parts(table, columns, where, order):
            for piece in part.partitions():
                yield list(zip(*piece, strict=True))

    def _parts(
        self, table: str, columns: Sequence[str], where: Mapping[str, object] | None, order: Sequence[str]
    ) -> Iterator[CursorResult[Any]]:
        held = self._tables.get(table)
        if held is None or not set(where or {}) <= set(held.c.keys()):
            return
        known = held.c
        chosen: list[ColumnElement[Any]] = [held.c[one] if one in known else null().label(one) for one in columns]
        wanted = dict(where or {})
        if "workspace" in known:
            wanted["workspace"] = "default"
        statement: Select[Any] = select(*chosen).where(*(held.c[key] == value for key, value in wanted.items()))
        statement = statement.order_by(*(held.c[one] for one in order if one in known))
        with self._faults(f"the table {table}"), self._engine.connect() as connection:
            yield connection.execution_options(yield_per=PIECE).execute(statement)

    def workspaces(self) -> Sequence[str]:
        """Those beside the default one."""
        held = self._tables["experiments"]
        if "workspace" not in held.c:
            return ()
        with self._faults("the table experiments"), self._engine.connect() as connection:
            found = connection.execute(select(held.c.workspace).distinct().order_by(held.c.workspace)).scalars()
            return [name for name in found if name != "default"]

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _faults(self, what: str) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise Unavailable(f"{self.shown}: {what} cannot be read ({_first_line(error)})") from None


def _table(name: str, inspector: Inspector) -> Table:
    return Table(name, MetaData(), *(Column(one["name"]) for one in inspector.get_columns(name)))


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            path = Path(parsed.database or "").absolute()
            if not path.is_file():
                raise NotFound(f"There is no file {path}; an empty store would be of no use")
            return create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
        if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg2"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed)
    except ArgumentError:
        raise InvalidInput(
            f"{url!r} is not a database URL; write sqlite:///path or postgresql://user@host/name"
        ) from None
    except (ImportError, NoSuchModuleError) as error:
        raise InvalidInput(
            f"No driver for this database is installed ({error}); PostgreSQL: 'modelyard[postgres]'"
        ) from None


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]
