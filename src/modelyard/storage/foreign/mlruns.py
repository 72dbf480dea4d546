"""MLflow's file store: `./mlruns`, also one that was carried here from another machine."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from modelyard.domain.errors import ModelyardError, NotFound
from modelyard.domain.experiments import Experiment
from modelyard.domain.imports import ForeignFile, ForeignRun, Unreadable
from modelyard.domain.logged_models import LoggedModel, LoggedModelMetric
from modelyard.domain.models import Model, ModelVersion
from modelyard.domain.runs import DatasetInput, ModelLink
from modelyard.domain.series import Points
from modelyard.formats import mlruns as formats
from modelyard.storage.foreign import local_files

META = "meta.yaml"
TRASH = ".trash"
REGISTRY = "models"
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
T = TypeVar("T")


class _Placed(Unreadable):
    """Says already which file it is about."""


class FileStore:
    """The folder that holds experiments by id and registered models in `models`. A `ForeignStore`."""

    keeps_places = False

    def __init__(self, root: Path, proxied: Path | None = None) -> None:
        self._root = root
        self._proxied = proxied
        self._folders = {folder.name: folder for folder in self._experiment_folders()}
        if not self._folders:
            raise NotFound(
                f"{root} is no MLflow file store: there is no folder of an experiment in it, such as 0/{META}"
            )
        self._homes: dict[str, Path] = {}

    @property
    def name(self) -> str:
        return str(self._root)

    def experiment_ids(self) -> Sequence[str]:
        return sorted(self._folders, key=lambda name: (len(name), name))

    def experiment(self, experiment_id: str) -> Experiment:
        folder = self._folders[experiment_id]
        tags = _values(folder / "tags")
        return _parsed(folder / META, lambda text: formats.experiment(formats.document(text), experiment_id, tags))

    def run_ids(self, experiment_id: str) -> Iterator[str]:
        for path in sorted(self._folders[experiment_id].iterdir()):
            if path.is_dir() and _RUN_ID.fullmatch(path.name) and (path / META).exists():
                yield path.name

    def run(self, experiment_id: str, run_id: str) -> ForeignRun:
        folder = self._folders[experiment_id] / run_id
        params, tags = _values(folder / "params"), _values(folder / "tags")
        found = _parsed(
            folder / META, lambda text: formats.run(formats.document(text), experiment_id, run_id, params, tags)
        )
        self._homes[run_id] = folder
        inputs, model_inputs = self._inputs(folder)
        return replace(found, inputs=inputs, model_inputs=model_inputs, model_outputs=_outputs(folder))

    def points(self, experiment_id: str, run_id: str) -> Iterator[tuple[str, Points]]:
        root = self._folders[experiment_id] / run_id / "metrics"
        for path in _files(root):
            with path.open(encoding="utf-8", errors="replace") as lines, _about(path):
                for piece in formats.points(lines):
                    yield formats.key_of(path.relative_to(root).as_posix()), piece

    def logged_model_ids(self, experiment_id: str) -> Sequence[str]:
        return sorted(path.parent.name for path in (self._folders[experiment_id] / "models").glob(f"*/{META}"))

    def logged_model(self, experiment_id: str, model_id: str) -> LoggedModel:
        folder = self._folders[experiment_id] / "models" / model_id
        self._homes[model_id] = folder
        params, tags = _values(folder / "params"), _values(folder / "tags")
        metrics: list[LoggedModelMetric] = []
        for path in _files(folder / "metrics"):
            with path.open(encoding="utf-8", errors="replace") as lines, _about(path):
                metrics += formats.model_metrics(path.relative_to(folder / "metrics").as_posix(), lines)
        return _parsed(
            folder / META,
            lambda text: formats.logged_model(formats.document(text), experiment_id, params, tags, metrics),
        )

    def model_names(self) -> Sequence[str]:
        return sorted(path.parent.name for path in (self._root / REGISTRY).glob(f"*/{META}"))

    def model(self, name: str) -> Model:
        folder = self._root / REGISTRY / name
        tags, aliases = _values(folder / "tags"), _values(folder / "aliases")
        return _parsed(folder / META, lambda text: formats.model(formats.document(text), tags, aliases))

    def versions(self, name: str) -> Sequence[ModelVersion]:
        found = [_version(path) for path in sorted((self._root / REGISTRY / name).glob(f"version-*/{META}"))]
        return sorted((one for one in found if one is not None), key=lambda one: one.number)

    def last_version(self, name: str) -> int:  # noqa: ARG002 - of the port
        return 0

    def files(self, location: str, owner: str) -> Iterator[ForeignFile] | None:
        """The folder beside an owner's `meta.yaml` counts, whatever its URI says of the machine it was made on."""
        home = self._homes.get(owner)
        if home is not None and (home / "artifacts").is_dir():
            return local_files.walk(home / "artifacts")
        return local_files.below(location, self._root.parent, self._proxied)

    def pipelines(self, of: str) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002 - of the port
        return iter(())

    def notes(self) -> Sequence[str]:
        traces = sum(1 for folder in self._folders.values() if any((folder / "traces").glob("*/trace_info.yaml")))
        return [f"Traces of {traces} experiments stay where they are: they cannot be imported"] if traces else []

    def close(self) -> None:
        return

    def _experiment_folders(self) -> Iterator[Path]:
        for parent in (self._root, self._root / TRASH):
            if parent.is_dir():
                yield from (path for path in sorted(parent.iterdir()) if path.name.isdecimal() and path.is_dir())

    @staticmethod
    def _inputs(folder: Path) -> tuple[list[DatasetInput], list[ModelLink]]:
        datasets, models = [], []
        for path in sorted((folder / "inputs").glob(f"*/{META}")):
            link = _parsed(path, lambda text: formats.link(formats.document(text)))
            if link.is_dataset:
                about = folder.parent / "datasets" / link.source_id / META
                known = _parsed(about, lambda text: formats.dataset(formats.document(text)))
                datasets.append(DatasetInput(known, link.tags))
            else:
                models.append(ModelLink(link.source_id))
        return datasets, models


def _version(path: Path) -> ModelVersion | None:
    """None for one that was deleted: MLflow keeps its folder."""
    tags = _values(path.parent / "tags")

    def parse(text: bytes) -> ModelVersion | None:
        meta = formats.document(text)
        if meta.get("current_stage") == "Deleted_Internal":
            return None
        return formats.version(meta, tags)

    return _parsed(path, parse)


def _outputs(folder: Path) -> list[ModelLink]:
    links = [
        _parsed(path, lambda text: formats.link(formats.document(text)))
        for path in sorted((folder / "outputs").glob(f"*/{META}"))
    ]
    return [ModelLink(link.source_id, link.step) for link in links]


def _values(folder: Path) -> Mapping[str, str]:
    """The files below a folder by path, with what they hold."""
    values = {}
    for path in _files(folder):
        with _about(path):
            # As MLflow reads them: \r\n in a value stays what it is.
            values[formats.key_of(path.relative_to(folder).as_posix())] = path.read_bytes().decode("utf-8")
    return values


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file()) if folder.is_dir() else iter(())


def _parsed(path: Path, parse: Callable[[bytes], T]) -> T:
    with _about(path):
        return parse(path.read_bytes())


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Names the file in what goes wrong."""
    try:
        yield
    except _Placed:
        raise
    except ModelyardError as error:
        raise _Placed(f"{path}: {error.message}") from None
    except OSError as error:
        raise _Placed(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _Placed(f"{path}: it is not UTF-8 (byte {error.start})") from None
