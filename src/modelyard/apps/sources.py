"""Where imports come from, by what people call it."""

from pathlib import Path

from modelyard.domain.imports import ForeignStore
from modelyard.storage.foreign.opening import open_mlflow
from modelyard.storage.portable.reading import ExportDirectory


def mlflow(source: str, artifacts: Path | None) -> ForeignStore:
    return open_mlflow(source, artifacts)


def exported(folder: Path) -> ForeignStore:
    return ExportDirectory(folder.expanduser().absolute())
