"""Nested runs."""

from typing import Annotated

from msgspec import Meta, Struct

from modelyard.protocols.native.wire import Run, RunFilter


class ReadTree(Struct, frozen=True, forbid_unknown_fields=True):
    """`depth` 1 is the run and its children; `filter` is MLflow's, and what leads to a match is kept."""

    depth: Annotated[int, Meta(ge=0, le=50)] = 50
    filter: RunFilter = ""


class Branch(Struct, frozen=True):
    """A run in a tree; `matches` is false where it is only on the way to one that does."""

    run: Run
    parent_id: str | None
    depth: int
    matches: bool


class Tree(Struct, frozen=True):
    """A run and those nested in it, level by level, newest first; `whole` is false when there are over 10,000."""

    items: list[Branch]
    whole: bool
