"""Changes of registered models, and what models say of themselves."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from modelyard.protocols.native.wire import ModelUri

Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Stage = Literal["None", "Staging", "Production", "Archived"]


class ChangeModel(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another, of a model or a version; a tag that is null is removed."""

    description: str | None = None
    tags: dict[str, str | None] = {}


class SetAlias(Struct, frozen=True, forbid_unknown_fields=True):
    version: Version


class MoveStage(Struct, frozen=True, forbid_unknown_fields=True):
    """With `archive_existing`, what was in the stage is archived."""

    stage: Stage
    archive_existing: bool = False


class ReadDocument(Struct, frozen=True, forbid_unknown_fields=True):
    uri: ModelUri


class ModelField(Struct, frozen=True):
    """A column, or a tensor: these have a `shape`, in which -1 is any size. `type` is MLflow's or numpy's word."""

    name: str | None
    type: str
    required: bool
    shape: list[int] | None


class ModelDocument(Struct, frozen=True):
    """What an MLmodel document says. `input_example` is as MLflow saved it, null without a short one.

    A model that `streams` can answer in pieces.
    """

    uri: str
    name: str
    version: int | None
    run_id: str
    model_id: str
    path: str
    flavors: list[str]
    inputs: list[ModelField]
    outputs: list[ModelField]
    mlflow_version: str | None
    created_at: str | None
    streams: bool
    input_example: Any = field(default=None)
