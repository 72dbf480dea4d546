from sqlalchemy import Column, ForeignKey, Index, Integer, Table

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

pipeline_triggers = Table(
    "pipeline_triggers",
    metadata,
    serial(),
    workspace(),
    Column("id", String, nullable=False, unique=True),
    Column("experiment_pk", Number, ForeignKey("experiments.pk", ondelete="CASCADE"), nullable=False),
    text("name"),
    text("description"),
    text("pipeline_id"),
    text("version_id"),
    text("kind"),
    text("rule"),  # domain.triggers.Rule
    text("secret"),
    Column("enabled", Integer, nullable=False),
    text("user"),
    text("error"),
    number("runs"),  # how many it has started
    number("seen"),  # the last event it has been shown
    number("created_at"),
    number("updated_at"),
    Index("ix_pipeline_triggers_newest", "workspace_id", "created_at", "pk"),
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
