"""Paths of a workspace and the blobs they stand for. A directory is there as long as a file is in it.

`parent` is a path up to and with its last slash, so that all below a directory is one range of either column.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, delete, func, literal, or_, select

from modelyard.domain.artifacts import Blob, File, FileInfo
from modelyard.storage.bulk import Bulk, Statement
from modelyard.storage.database import Transaction
from modelyard.storage.tables.files import files

_AFTER_SLASH = "0"
"""The character after the slash: `a0` is the first text that is beyond everything below `a/`."""

_PUT = Bulk(
    """
    INSERT INTO files (workspace_id, path, parent, digest, size, modified_at)
    {rows}
    ON CONFLICT (workspace_id, path) DO UPDATE SET
      digest = excluded.digest, size = excluded.size, modified_at = excluded.modified_at
    """,
    "int text text text bigint bigint",
)
_CLASH = Statement(
    "SELECT path FROM files WHERE (path {among} OR (path > ? AND path < ?)) AND workspace_id = ? LIMIT 1", of="text"
)


def put(transaction: Transaction, workspace_id: int, file: File) -> None:
    """Adds or replaces."""
    blob = file.blob
    _PUT.run(transaction, [(workspace_id, file.path, _parent(file.path), blob.digest, blob.size, file.modified_at)])


def get(transaction: Transaction, workspace_id: int, path: str) -> File | None:
    row = transaction.execute(_files(workspace_id).where(files.c.path == path)).one_or_none()
    return None if row is None else _file(row)


def in_the_way(transaction: Transaction, workspace_id: int, path: str) -> str | None:
    """A file that `path` would lie below, or one that lies below `path`."""
    segments = path.split("/")
    above = ["/".join(segments[:depth]) for depth in range(1, len(segments))]
    found = _CLASH.among(transaction, above, f"{path}/", f"{path}{_AFTER_SLASH}", workspace_id)
    return str(found[0][0]) if found else None


def is_directory(transaction: Transaction, workspace_id: int, path: str) -> bool:
    found = select(files.c.path).where(files.c.workspace_id == workspace_id, below(files.c.path, path)).limit(1)
    return transaction.execute(found).first() is not None


def remove(transaction: Transaction, workspace_id: int, path: str) -> int:
    """Removes a file, or a directory with all below it; answers how many files that were."""
    mine = or_(files.c.path == path, below(files.c.path, path))
    return transaction.execute(delete(files).where(files.c.workspace_id == workspace_id, mine)).rowcount


def walk(transaction: Transaction, workspace_id: int, root: str, limit: int | None = None) -> list[File]:
    """The file `root`, or all below the directory, by path."""
    mine = or_(files.c.path == root, below(files.c.path, root))
    found = _files(workspace_id).where(mine).order_by(files.c.path).limit(limit)
    return [_file(row) for row in transaction.execute(found)]


def level(
    transaction: Transaction, workspace_id: int, directory: str, after: str = "", limit: int | None = None
) -> list[FileInfo]:
    """What is directly in a directory, ordered as if directories' names ended in a slash.

    Starts behind `after`, the `sort_key` of an entry.
    """
    prefix = f"{directory}/" if directory else ""
    found = _files(workspace_id).where(files.c.parent == prefix, files.c.path > prefix + after)
    entries = [
        FileInfo(row.path, is_dir=False, size=row.size)
        for row in transaction.execute(found.order_by(files.c.path).limit(limit))
    ]
    start = prefix + (after[:-1] + _AFTER_SLASH if after.endswith("/") else after)
    parents = _parents(workspace_id, prefix, start, transaction.dialect.name)
    statement = select(parents.c.parent).where(parents.c.parent.is_not(None)).limit(limit)
    for parent in transaction.execute(statement).scalars():
        name = parent[len(prefix) :].partition("/")[0]
        entries.append(FileInfo(prefix + name, is_dir=True))
    entries.sort(key=lambda entry: sort_key(entry, directory))
    return entries[:limit]


def sort_key(entry: FileInfo, directory: str) -> str:
    name = entry.path[len(directory) + 1 :] if directory else entry.path
    return f"{name}/" if entry.is_dir else name


def _parents(workspace_id: int, prefix: str, start: str, dialect: str) -> CTE:
    """One parent for each directory in `prefix`, found by jumping from each behind all that is below it."""
    position = func.instr if dialect == "sqlite" else func.strpos

    def first_beyond(bound: ColumnElement[str]) -> ColumnElement[Any]:
        mine = [files.c.workspace_id == workspace_id, files.c.parent > bound]
        if prefix:
            mine.append(files.c.parent < prefix[:-1] + _AFTER_SLASH)
        return select(func.min(files.c.parent).label("parent")).where(*mine)  # type: ignore[return-value]

    parents = select(first_beyond(literal(start)).scalar_subquery().label("parent")).cte("parents", recursive=True)
    name_ends = len(prefix) + position(func.substr(parents.c.parent, len(prefix) + 1), "/") - 1
    beyond = func.substr(parents.c.parent, 1, name_ends) + _AFTER_SLASH
    following = first_beyond(beyond).scalar_subquery()
    return parents.union_all(select(following).where(parents.c.parent.is_not(None)))


def _files(workspace_id: int) -> Any:
    return select(files).where(files.c.workspace_id == workspace_id)


def below(column: ColumnElement[str], directory: str) -> ColumnElement[bool]:
    return (column > f"{directory}/") & (column < f"{directory}{_AFTER_SLASH}")


def _parent(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _file(row: Row[Any]) -> File:
    return File(row.path, Blob(row.digest, row.size), row.modified_at)
