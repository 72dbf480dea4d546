"""Registered models: names that versions, aliases and stages hang on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from modelyard.domain.errors import InvalidInput, NotFound

LATEST = "latest"
"""In place of an alias or stage: the highest version of all."""

PROMPT_TAG = "mlflow.prompt.is_prompt"
"""Set to `true`, it makes of a model a prompt, which searches leave out unless they ask for it."""

_HIGHEST = 2**31 - 1
_INTEGER = re.compile(r"-?[0-9]{1,10}")


class AliasNotFound(NotFound):
    """The model exists but has no such alias."""


class Stage(StrEnum):
    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"

    @property
    def active(self) -> bool:
        """Whether versions in this stage are in use, so that a newcomer may archive them."""
        return self in (Stage.STAGING, Stage.PRODUCTION)


class VersionStatus(StrEnum):
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """`source` is what was registered, `location` where its files are; run and logged model may be empty.

    Times are milliseconds since the epoch.
    """

    name: str
    number: int
    source: str
    location: str
    created_at: int
    updated_at: int
    description: str = ""
    user: str = ""
    stage: Stage = Stage.NONE
    run_id: str = ""
    run_link: str = ""
    model_id: str = ""
    status: VersionStatus = VersionStatus.READY
    status_message: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """`aliases` maps to version numbers; `latest` is the newest version of each stage that has any."""

    name: str
    description: str
    created_at: int
    updated_at: int
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    latest: Sequence[ModelVersion] = ()


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a caller says of a version; with None for run or model, those of a source that is a version are taken."""

    source: str
    run_id: str | None = None
    model_id: str | None = None
    run_link: str = ""
    description: str = ""
    tags: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One alias set, moved or removed, or one version's change of stage: who, when, from, to.

    An alias moves from one version number to another; a stage is named as it is written. None is nowhere.
    """

    at: int
    actor: str
    alias: str | None
    version: int | None
    before: str | None
    after: str | None
    id: int


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """Where the files of a model are, and what is known of it; unknown things are empty or None."""

    location: str
    name: str = ""
    version: int | None = None
    run_id: str = ""
    model_id: str = ""

    @property
    def label(self) -> str:
        """What to call this model for people: a version's number, else the id of the logged model or of the run."""
        return self.model_id or self.run_id if self.version is None else str(self.version)


def stage(text: str) -> Stage:
    """Whatever the case of the letters. Raises InvalidInput."""
    for known in Stage:
        if known.lower() == text.lower():
            return known
    raise InvalidInput(f"Invalid Model Version stage: {text[:80]}. Value must be one of {', '.join(Stage)}.")


def version_number(text: str) -> int:
    """Raises InvalidInput unless the text is a number; one below zero is of no version."""
    if not _INTEGER.fullmatch(text) or abs(int(text)) > _HIGHEST:
        raise InvalidInput(f"Parameter 'version' must be an integer, got '{text[:80]}'.")
    return int(text)
