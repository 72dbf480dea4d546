"""The servers that are compared, and the environments that the peers live in."""

import subprocess
import sys
from pathlib import Path

import uv

from bench.databases import POSTGRESQL, Store
from bench.servers import Server

BIN = Path(sys.executable).parent
OURS = "modelyard"
MLFLOW = "mlflow"
FASTTRACKML = "fasttrackml"
VERSIONS = {MLFLOW: "3.17.2", FASTTRACKML: "0.6.0"}
ENVIRONMENTS = Path(".cache/bench")
_PACKAGES = {
    MLFLOW: [f"mlflow=={VERSIONS[MLFLOW]}", "psycopg[binary]"],
    # A program in a wheel; it brings MLflow along for its client, which is not needed here.
    FASTTRACKML: ["--no-deps", f"fasttrackml=={VERSIONS[FASTTRACKML]}"],
}


def server(name: str, store: Store, directory: Path) -> Server:
    """The server `name`, with its data in `directory` or the database that belongs to it."""
    return {OURS: _modelyard, MLFLOW: _mlflow, FASTTRACKML: _fasttrackml}[name](store, directory)


def said_of(name: str, store: Store) -> str:
    """What it runs with, for the report."""
    if store.name == POSTGRESQL:
        workers = ", 4 workers" if name == MLFLOW else ""
        return f"(a PostgreSQL of its own with default settings: fsync, synchronous_commit{workers})"
    return {
        OURS: "(SQLite, WAL, synchronous=FULL)",
        MLFLOW: "(SQLite with rollback journal, synchronous=FULL; 1 worker, which is faster than 4 there)",
        FASTTRACKML: "(SQLite, WAL, no fsync)",
    }[name]


def _modelyard(store: Store, directory: Path) -> Server:
    database = ["--database", store.url(directory, "")] if store.name == POSTGRESQL else []
    data = ["--port", "{port}", "--data-dir", str(directory / "data")]
    return Server(OURS, [str(BIN / "python"), "-m", "modelyard", "up", *data, *database])


def _mlflow(store: Store, directory: Path) -> Server:
    workers = ["--workers", "4" if store.name == POSTGRESQL else "1"]
    stores = ["--backend-store-uri", store.url(directory, "mlflow.db"), "--artifacts-destination", str(directory / "a")]
    return Server(MLFLOW, [program(MLFLOW), "server", *workers, "--host", "127.0.0.1", "--port", "{port}", *stores])


def _fasttrackml(store: Store, directory: Path) -> Server:
    url = store.url(directory, "fml.db").replace("sqlite:///", "sqlite://")
    where = ["--listen-address", "127.0.0.1:{port}", "--log-level", "error"]
    stores = ["--database-uri", url, "--default-artifact-root", str(directory / "a")]
    return Server(FASTTRACKML, [program("fml", FASTTRACKML), "server", *where, *stores])


def program(name: str, peer: str | None = None) -> str:
    """Of a peer, which is installed into an environment of its own that is kept from one run to the next."""
    packages = _PACKAGES[peer or name]
    environment = ENVIRONMENTS.absolute() / f"{peer or name}-{VERSIONS[peer or name]}"
    program = environment / "bin" / name
    if not program.exists():
        run = [uv.find_uv_bin(), "--quiet"]
        subprocess.run([*run, "venv", "--clear", "--python", sys.executable, str(environment)], check=True)
        python = str(environment / "bin" / "python")
        subprocess.run([*run, "pip", "install", "--python", python, *packages], check=True)
    return str(program)
