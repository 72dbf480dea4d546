"""What handlers of runs answer, ours to the wire's, pure."""

from collections.abc import Mapping, Sequence

from modelyard.domain.artifacts import FileInfo
from modelyard.domain.errors import InvalidInput, ModelyardError
from modelyard.domain.models import ModelVersion
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.query import Comparison, Field, Filter, Operator, View
from modelyard.domain.run_groups import Activity, Group, Keys, Spread
from modelyard.domain.runs import DatasetInput, Fields, RunDetail, RunStatus, RunsWanted
from modelyard.protocols.native import convert, convert_models, errors, wire
from modelyard.protocols.native import wire_runs as mine
from modelyard.services.pipeline_tracking import LINK_TAG
from modelyard.services.run_batches import Changed

_NAMES: Mapping[Field, mine.Kind] = {Field.METRIC: "metrics", Field.PARAM: "params", Field.TAG: "tags"}
_KINDS: Mapping[str, Field] = {name: field for field, name in _NAMES.items()}
_CONTEXT = "mlflow.data.context"
_OF_NO_PIPELINE = Comparison(Field.TAG, LINK_TAG, Operator.IS_NULL, None)


def changed(found: Changed) -> mine.Changed:
    return mine.Changed(list(found.done), {run_id: _error(error) for run_id, error in found.refused.items()})


def _error(error: ModelyardError) -> wire.Error:
    return wire.Error(errors.code_of(error), str(error))


def fields_of(kind: mine.Kind | None) -> Sequence[Field]:
    return [_KINDS[kind]] if kind else list(_KINDS.values())


def keys(found: Sequence[Keys]) -> mine.FoundKeys:
    items = [mine.LoggedKey(_NAMES[one.field], one.key, one.runs, one.values) for keys in found for one in keys.items]
    return mine.FoundKeys(items, sum(keys.total for keys in found))


def group_keys(sent: Sequence[str]) -> list[tuple[Field, str]]:
    """Raises InvalidInput for what is no key that runs can be grouped by."""
    return [_group_key(one) for one in sent]


def _group_key(sent: str) -> tuple[Field, str]:
    kind, _, key = sent.partition(".")
    if kind not in _KINDS or kind == "metrics" or not key:
        raise InvalidInput(f"Invalid key to group by '{sent[:200]}': name params.KEY or tags.KEY")
    return _KINDS[kind], key


def groups(found: Sequence[Group]) -> mine.RunGroups:
    return mine.RunGroups(
        [
            mine.RunGroup(list(one.values), one.runs, {key: _spread(spread) for key, spread in one.metrics.items()})
            for one in found
        ]
    )


def _spread(one: Spread) -> mine.Spread:
    return mine.Spread(one.count, *(_number(value) for value in (one.mean, one.deviation, one.least, one.most)))


def _number(value: float | None) -> float | str | None:
    return None if value is None else convert.number(value)


def activities(found: Sequence[Activity], best: Mapping[str, RunDetail]) -> mine.Activities:
    return mine.Activities([_activity(one, best.get(one.experiment_id)) for one in found])


def _activity(one: Activity, best: RunDetail | None) -> mine.Activity:
    run = None if best is None else convert.run(best)
    return mine.Activity(
        one.experiment_id, one.runs, one.running, one.failed, one.last_started_at, run if run and run.metrics else None
    )


def recent_wanted(sent: mine.ReadRecent) -> list[RunsWanted]:
    """The runs that run, those that failed, and all, in this order."""
    filters: tuple[Filter, ...] = (*((_of(one), _OF_NO_PIPELINE) for one in (RunStatus.RUNNING, RunStatus.FAILED)), ())
    page, nothing = PageRequest(sent.limit), Fields(frozenset(), frozenset(), frozenset())
    return [RunsWanted(sent.experiment_ids, one, (), View.ACTIVE, page, nothing) for one in filters]


def _of(status: RunStatus) -> Comparison:
    return Comparison(Field.ATTRIBUTE, "status", Operator.EQ, status.value)


def recent(pages: Sequence[Page[RunDetail]], activity: Sequence[Activity]) -> mine.Recent:
    running, failed, latest = ([convert.run(one) for one in page.items] for page in pages)
    return mine.Recent(running, failed, latest, sum(one.running for one in activity), sum(one.runs for one in activity))


def links(run: RunDetail, versions: Sequence[ModelVersion]) -> mine.Links:
    return mine.Links(
        datasets=[_dataset(one) for one in run.inputs],
        models_read=[one.model_id for one in run.model_inputs],
        models_written=[one.model_id for one in run.model_outputs],
        versions=[convert_models.version(one) for one in versions],
    )


def _dataset(given: DatasetInput) -> mine.Dataset:
    one = given.dataset
    context = given.tags.get(_CONTEXT)
    return mine.Dataset(one.name, one.digest, one.source_type, one.source, one.schema, one.profile, context)


def folder(found: Sequence[FileInfo], root: str) -> mine.Folder:
    below = len(root) + 1
    return mine.Folder([mine.Artifact(one.path[below:], one.is_dir, one.size) for one in found])
