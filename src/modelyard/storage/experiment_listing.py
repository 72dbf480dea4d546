"""Experiments as those list them who run pipelines in them: with description and last run, archived or not."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, cast, exists, func, literal, select, types

from modelyard.domain.experiments import ARCHIVED_TAG, NOTE_TAG, ExperimentOfPipelines, Lifecycle
from modelyard.domain.listing import Listing
from modelyard.storage import keyset, pipeline_runs
from modelyard.storage.database import Transaction
from modelyard.storage.experiments import with_tags
from modelyard.storage.listing import Shelf
from modelyard.storage.tables.pipelines import pipeline_runs as runs
from modelyard.storage.tables.tracking import experiment_tags, experiments

_of_this = experiment_tags.c.experiment_pk == experiments.c.pk
_note = select(experiment_tags.c.value).where(_of_this, experiment_tags.c.key == literal(NOTE_TAG)).scalar_subquery()
_archived: ColumnElement[bool] = exists().where(
    and_(_of_this, experiment_tags.c.key == literal(ARCHIVED_TAG), experiment_tags.c.value == "true")
)
_last_run = select(func.max(runs.c.created_at)).where(runs.c.experiment_pk == experiments.c.pk).scalar_subquery()
_SHELF = Shelf(
    experiments.c.pk,
    {
        "id": cast(experiments.c.pk, types.Text),
        "name": experiments.c.name,
        "created_at": experiments.c.created_at,
        "description": func.coalesce(_note, ""),
        "last_run_at": func.coalesce(_last_run, 0),
        "archived": case((_archived, "true"), else_="false"),
    },
)


def find(
    transaction: Transaction, workspace_id: int, listing: Listing, after: Sequence[keyset.Scalar] | None
) -> tuple[list[ExperimentOfPipelines], int, list[keyset.Scalar] | None]:
    """Those that are not in the trash."""
    mine = select(experiments).where(
        experiments.c.workspace_id == workspace_id, experiments.c.lifecycle == Lifecycle.ACTIVE
    )
    rows, total, last = _SHELF.find(transaction, mine, listing, after)
    newest = pipeline_runs.newest_by_experiment(transaction, [row.pk for row in rows])
    found: list[Any] = with_tags(transaction, rows)
    return [ExperimentOfPipelines(one, newest.get(int(one.id))) for one in found], total, last
