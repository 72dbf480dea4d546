from pathlib import Path

from modelyard.domain.errors import NotFound
from modelyard.domain.imports import ForeignStore
from modelyard.storage.foreign.mlflow_database import MlflowDatabase
from modelyard.storage.foreign.mlruns import FileStore


def open_mlflow(source: str, artifacts: Path | None = None) -> ForeignStore:
    """A folder such as `./mlruns`, a database's URL or file, or a server's URL.

    `artifacts` is the folder that `mlflow-artifacts:` URIs stand for; `mlartifacts` beside the store where that is
    there and nothing else is said. Raises NotFound, InvalidInput or Unavailable, saying what was looked for.
    """
    scheme, separator, rest = source.partition("://")
    if separator and scheme in ("http", "https"):
        from modelyard.storage.foreign.mlflow_server import MlflowServer  # noqa: PLC0415 - brings an HTTP client along

        return MlflowServer(source)
    if separator and scheme != "file":
        database = Path(rest[1:]) if scheme == "sqlite" else None
        base = database.absolute().parent if database is not None else Path.cwd()
        return MlflowDatabase(source, base, artifacts or _served_from(base))
    path = Path(rest if separator else source).expanduser().absolute()
    if path.is_file():
        return MlflowDatabase(f"sqlite:///{path}", path.parent, artifacts or _served_from(path.parent))
    if not path.is_dir():
        raise NotFound(f"There is neither a folder nor a file {path}")
    return FileStore(_store_in(path), artifacts or _served_from(path.parent))


def _store_in(path: Path) -> Path:
    """The folder meant: people name the project that `mlruns` is in as well."""
    inner = path / "mlruns"
    return inner if inner.is_dir() and not (path / "0").exists() else path


def _served_from(folder: Path) -> Path | None:
    """Where `mlflow server` keeps what it serves unless it is told otherwise."""
    usual = folder / "mlartifacts"
    return usual if usual.is_dir() else None
