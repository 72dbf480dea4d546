from sqlalchemy import Column, ForeignKey, Index, Table

from modelyard.storage.tables.base import (
    Number,
    String,
    metadata,
    number,
    partial_index,
    serial,
    text,
    unique,
    workspace,
)
from modelyard.storage.tables.pipelines import starter

pipeline_triggers = starter(
    "pipeline_triggers",
    text("kind"),
    text("rule"),  # domain.triggers.Rule
    text("secret"),
    number("seen"),  # the last event it has been shown
)
pipeline_trigger_firings = Table(
    "pipeline_trigger_firings",
    metadata,
    serial(),
    workspace(),
    Column("trigger_pk", Number, ForeignKey("pipeline_triggers.pk", ondelete="CASCADE"), nullable=False),
    Column("id", String, nullable=False, unique=True),
    text("key"),  # of the event or delivery: there is one firing for each
    text("state"),
    number("at"),
    text("said"),
    text("parameters"),  # a JSON object: what was taken from the event
    text("run_id"),
    text("error"),
    number("created_at"),
    number("ended_at", null=True),
    unique("trigger_pk", "key"),
    Index("ix_pipeline_trigger_firings_newest", "trigger_pk", "created_at", "pk"),
)
WAITING = "state = 'WAITING'"
partial_index("ix_pipeline_trigger_firings_waiting", pipeline_trigger_firings.c.trigger_pk, WAITING)
