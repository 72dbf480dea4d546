"""What another tracking store holds, in our words, and what became of it here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from modelyard.domain.errors import ModelyardError
from modelyard.domain.experiments import Experiment
from modelyard.domain.logged_models import LoggedModel
from modelyard.domain.models import Model, ModelVersion
from modelyard.domain.runs import DatasetInput, ModelLink, Run
from modelyard.domain.series import Points


class Unreadable(ModelyardError):
    """A part of the other store is not what it should be; the message names the file and line, or the table and row."""


@dataclass(frozen=True, slots=True)
class ForeignRun:
    """A run with all but its points."""

    run: Run
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[DatasetInput] = ()
    model_inputs: Sequence[ModelLink] = ()
    model_outputs: Sequence[ModelLink] = ()
    deleted_at: int | None = None


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """A file by its path below the root it was found in; `read` gives its bytes in pieces.

    Not every store tells when it was changed.
    """

    path: str
    size: int
    modified_at: int | None
    read: Callable[[], Iterator[bytes]]


class ForeignStore(Protocol):
    """A store to read from, one thing at a time. Everything blocks, and may raise Unreadable or Unavailable.

    An experiment or run that cannot be read does not keep the others from being read.
    """

    @property
    def name(self) -> str:
        """How to call it to people."""

    @property
    def keeps_places(self) -> bool:
        """Whether its `mlflow-artifacts:` URIs are to stay what they are: in an export, but not in a foreign store."""

    def experiment_ids(self) -> Sequence[str]:
        """Those in the trash too."""

    def experiment(self, experiment_id: str) -> Experiment:
        """One experiment with its tags."""

    def run_ids(self, experiment_id: str) -> Iterator[str]:
        """Those in the trash too."""

    def run(self, experiment_id: str, run_id: str) -> ForeignRun:
        """One run."""

    def points(self, experiment_id: str, run_id: str) -> Iterator[tuple[str, Points]]:
        """All points of a run, in pieces of bounded size; a key may come more than once."""

    def logged_model_ids(self, experiment_id: str) -> Sequence[str]:
        """Those in the trash too, if the store tells of them."""

    def logged_model(self, experiment_id: str, model_id: str) -> LoggedModel:
        """One logged model."""

    def model_names(self) -> Sequence[str]:
        """Of all registered models."""

    def model(self, name: str) -> Model:
        """One registered model with tags and aliases; `latest` is left out."""

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """All versions of a model with their tags, by number."""

    def last_version(self, name: str) -> int:
        """The highest number that a version of the model ever had; 0 when only those that are there count."""

    def files(self, location: str, owner: str) -> Iterator[ForeignFile] | None:
        """What lies below an artifact root; None when that place cannot be reached from here.

        `owner` is the id of the run or logged model that the root belongs to, empty for any other place.
        """

    def pipelines(self, of: str) -> Iterator[Mapping[str, Any]]:
        """Rows of one table of pipelines, by the name of its file in an export; none in the store of a tracker."""

    def notes(self) -> Sequence[str]:
        """What the store has that cannot be taken over, a sentence each."""

    def close(self) -> None:
        """Nothing is read after this."""


class Watcher(Protocol):
    """Is told how far an import or export has come."""

    def started(self, what: str, runs: int) -> None:
        """The next experiment, with how many runs."""

    def moved(self, *, runs: int = 0, points: int = 0, size: int = 0) -> None:
        """So many more runs, points and bytes of artifacts have been dealt with."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`keep_going` leaves out what cannot be read instead of stopping there; `dry_run` changes nothing."""

    keep_going: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Counted:
    """How many of each were added. `points` counts metric points, `bytes` those of artifacts."""

    experiments: int = 0
    runs: int = 0
    points: int = 0
    logged_models: int = 0
    models: int = 0
    versions: int = 0
    pipelines: int = 0
    pipeline_runs: int = 0
    files: int = 0
    bytes: int = 0

    def add(self, other: "Counted") -> None:
        for name in Counted.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of one experiment; `id` is the one it has here."""

    source_id: str
    id: str
    name: str
    added: Counted


@dataclass(slots=True)
class ImportReport:
    """`notes` are sentences on what came otherwise than it was; `problems` on what did not come at all."""

    source: str
    dry_run: bool = False
    experiments: list[Arrived] = field(default_factory=list)
    added: Counted = field(default_factory=Counted)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
