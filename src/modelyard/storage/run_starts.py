"""Starting runs: all that came in at once, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound
from modelyard.domain.events import Event
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.runs import Run
from modelyard.storage import events, experiments, key_values, runs
from modelyard.storage.database import Transaction
from modelyard.storage.tables.tracking import run_tags

Home = tuple[Lifecycle, str]


@dataclass(frozen=True, slots=True)
class Start:
    """A run that knows everything but where its artifacts go."""

    workspace_id: int
    run: Run
    tags: Mapping[str, str]
    event: Event


def start(transaction: Transaction, starts: Sequence[Start]) -> Sequence[Run | ModelyardError]:
    """The runs as they were stored.

    Refuses with NotFound an unknown experiment, with InvalidInput a deleted one.
    """
    homes = _homes(transaction, starts)
    outcomes = [_placed(one, homes.get((one.workspace_id, one.run.experiment_id))) for one in starts]
    placed = [(one, run) for one, run in zip(starts, outcomes, strict=True) if isinstance(run, Run)]
    pks = runs.insert(transaction, [(one.workspace_id, run) for one, run in placed])
    tags = {(pks[run.id], key): (one.workspace_id, tag) for one, run in placed for key, tag in one.tags.items()}
    key_values.put_all(transaction, run_tags, tags)
    events.record(transaction, *(one.event for one, _ in placed))
    return outcomes


def _homes(transaction: Transaction, starts: Sequence[Start]) -> Mapping[tuple[int, str], Home]:
    by_workspace: dict[int, set[int]] = defaultdict(set)
    for one in starts:
        by_workspace[one.workspace_id].add(int(one.run.experiment_id))
    return {
        (workspace_id, str(pk)): home
        for workspace_id, pks in by_workspace.items()
        for pk, home in experiments.homes(transaction, workspace_id, sorted(pks)).items()
    }


def _placed(one: Start, home: Home | None) -> Run | ModelyardError:
    if home is None:
        return NotFound(f"No Experiment with id={one.run.experiment_id} exists")
    lifecycle, location = home
    if lifecycle is not Lifecycle.ACTIVE:
        return InvalidInput(
            f"The experiment {one.run.experiment_id} must be in the 'active' state. "
            f"Current state is {lifecycle}. Restore it first."
        )
    return replace(one.run, artifact_uri=f"{location.rstrip('/')}/{one.run.id}/artifacts")
