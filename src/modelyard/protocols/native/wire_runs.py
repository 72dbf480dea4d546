"""Changes of runs and experiments, and many runs in few numbers. Times are milliseconds since the epoch, UTC."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from modelyard.protocols.native.wire import Error, ExperimentId, ModelVersion, Run, RunFilter, RunOrder, View

RunIds = Annotated[list[str], Meta(max_length=1000)]
Keys = Annotated[list[str], Meta(max_length=100)]
GroupKey = Annotated[str, Meta(extra_json_schema={"format": "run-group-key"})]
ExperimentIds = Annotated[list[ExperimentId], Meta(max_length=1000)]
Kind = Literal["metrics", "params", "tags"]


class ChangeExperiment(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another; a tag that is null is removed."""

    name: str | None = None
    tags: dict[str, str | None] = {}


class ChangeRun(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1)]


class ChooseRuns(Struct, frozen=True, forbid_unknown_fields=True):
    run_ids: RunIds


class TagRuns(Struct, frozen=True, forbid_unknown_fields=True):
    """`tags` are added or replaced, those in `removed` are taken away where they are."""

    run_ids: RunIds
    tags: dict[str, str] = {}
    removed: Keys = []


class Changed(Struct, frozen=True):
    """Each run is changed or refused alone."""

    done: list[str]
    refused: dict[str, Error]


class FindKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """Of one `kind` or of each, those with `contains` as a part, in any case; `limit` is for each kind."""

    experiment_ids: ExperimentIds
    kind: Kind | None = None
    contains: Annotated[str, Meta(max_length=250)] = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class LoggedKey(Struct, frozen=True):
    """`runs` is how many of the newest runs have it, `values` how many values these have for it."""

    kind: Kind
    key: str
    runs: int
    values: int


class FoundKeys(Struct, frozen=True):
    """Keys of the newest 500 runs, of each kind the most frequent first; `total` is how many there are."""

    items: list[LoggedKey]
    total: int


class GroupRuns(Struct, frozen=True, forbid_unknown_fields=True):
    """`by` is `params.KEY` or `tags.KEY`, up to three; `filter` is MLflow's."""

    experiment_ids: ExperimentIds
    by: Annotated[list[GroupKey], Meta(min_length=1, max_length=3)]
    metrics: Annotated[list[str], Meta(max_length=50)] = []
    filter: RunFilter = ""
    view: View = "active"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class Spread(Struct, frozen=True):
    """The latest values of a metric over the runs of a group; `deviation` is that of a sample."""

    count: int
    mean: float | str | None
    deviation: float | str | None
    least: float | str | None
    most: float | str | None


class RunGroup(Struct, frozen=True):
    """`values` are in the order of `by`, null where runs have none."""

    values: list[str | None]
    runs: int
    metrics: dict[str, Spread]


class RunGroups(Struct, frozen=True):
    """The largest groups first."""

    items: list[RunGroup]


class BestBy(Struct, frozen=True, forbid_unknown_fields=True):
    """The run that comes first by `order` is the best: `metrics.f1 DESC`."""

    experiment_id: ExperimentId
    order: RunOrder


class ReadActivity(Struct, frozen=True, forbid_unknown_fields=True):
    experiment_ids: ExperimentIds
    best_by: Annotated[list[BestBy], Meta(max_length=100)] = []


class Activity(Struct, frozen=True):
    """How many runs an experiment has that are not in the trash; null if none ever started.

    `best` is of those that are nested in no other, with the metric that it was chosen by.
    """

    experiment_id: str
    runs: int
    running: int
    failed: int
    last_started_at: int | None
    best: Run | None = None


class Activities(Struct, frozen=True):
    items: list[Activity]


class ReadRecent(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of each kind, newest first."""

    experiment_ids: ExperimentIds
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


class Recent(Struct, frozen=True):
    """Without what was logged to them; `running_now` and `total` count all, also those that are not listed.

    Those that run, or failed, in a pipeline are left to its own run, which tells of them.
    """

    running: list[Run]
    failed: list[Run]
    latest: list[Run]
    running_now: int
    total: int


class Dataset(Struct, frozen=True):
    """`context` is what it was read for, such as training; `profile` and `schema` are JSON texts."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None
    profile: str | None
    context: str | None


class Links(Struct, frozen=True):
    """What a run read and wrote: datasets, ids of logged models, and the versions that were registered from it."""

    datasets: list[Dataset]
    models_read: list[str]
    models_written: list[str]
    versions: list[ModelVersion]


class ReadFolder(Struct, frozen=True, forbid_unknown_fields=True):
    """`path` is relative to the run's artifacts; empty is all of them."""

    path: str = ""


class ReadFile(Struct, frozen=True, forbid_unknown_fields=True):
    """With `page`, an HTML file is sent as a page that is shut off: it may run its own scripts and reach nothing."""

    path: str
    page: bool = False


class Artifact(Struct, frozen=True):
    path: str
    is_dir: bool
    size: int | None


class Folder(Struct, frozen=True):
    """What is directly in it; nothing if there is no such folder."""

    items: list[Artifact]


class ReadStream(Struct, frozen=True, forbid_unknown_fields=True):
    """`after` is the last event that is known; without it, the stream begins now."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
