"""The servers that are compared, and the environments that the peers live in."""

import subprocess
import sys
from pathlib import Path

import uv

from bench.servers import Server

BIN = Path(sys.executable).parent
US = Server("modelyard", [str(BIN / "python"), "-m", "modelyard", "up", "--port", "{port}", "--data-dir", "{dir}/data"])
MLFLOW = "mlflow"
FASTTRACKML = "fasttrackml"
FASTTRACKML_VERSION = "0.6.0"


def peer(name: str, home: Path) -> Server:
    """`home` keeps environments from one run to the next."""
    return _mlflow() if name == MLFLOW else _fasttrackml(home / FASTTRACKML)


def _mlflow() -> Server:
    """One worker: on SQLite its four default ones are slower, waiting for each other's locks."""
    where = ["--host", "127.0.0.1", "--port", "{port}"]
    stores = ["--backend-store-uri", "sqlite:///{dir}/mlflow.db", "--artifacts-destination", "{dir}/artifacts"]
    return Server(MLFLOW, [str(BIN / "mlflow"), "server", "--workers", "1", *where, *stores])


def _fasttrackml(environment: Path) -> Server:
    """A program in a wheel; it brings MLflow along for its client, which is not needed here."""
    program = environment / "bin" / "fml"
    if not program.exists():
        run = [uv.find_uv_bin(), "--quiet"]
        subprocess.run([*run, "venv", "--clear", str(environment)], check=True)
        wanted = ["--no-deps", f"fasttrackml=={FASTTRACKML_VERSION}"]
        subprocess.run([*run, "pip", "install", "--python", str(environment), *wanted], check=True)
    where = ["--listen-address", "127.0.0.1:{port}", "--log-level", "error"]
    stores = ["--database-uri", "sqlite://{dir}/fml.db", "--default-artifact-root", "{dir}/artifacts"]
    return Server(FASTTRACKML, [str(program), "server", *where, *stores])
