import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from modelyard.domain.errors import InvalidInput
from modelyard.domain.rollouts import Rollout
from modelyard.domain.serving_options import ServingOptions

RESERVED = frozenset({"stats"})
RESERVED_MODELS = frozenset({"config", "ready", "stats", "versions"})
"""Words of the protocols' paths where else the name of an endpoint, or of one of its models, stands."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_MODEL = re.compile(r"[A-Za-z0-9_]([-._A-Za-z0-9]{0,126}[A-Za-z0-9_])?")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class Wanted(StrEnum):
    """STOPPED keeps the definition and runs nothing."""

    SERVING = "serving"
    STOPPED = "stopped"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Revision:
    """An immutable answer to: which model, from where, served how.

    `model` is its name on an endpoint with several models, empty on one that has a single one.
    """

    number: int
    model_uri: str
    location: str
    model_version: str
    created_at: int
    options: ServingOptions = field(default_factory=ServingOptions)
    model: str = ""

    @property
    def environment(self) -> str:
        return self.options.environment


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A name under which models answer, each by its own rollout; an endpoint with a single model has it under "".

    `revisions` are those that the rollouts name and the newest of each model, by number. `generation` goes up with
    every change of what is wanted. `attributes` is what protocols keep with it.
    """

    name: str
    rollouts: Mapping[str, Rollout]
    revisions: Sequence[Revision]
    wanted: Wanted
    generation: int
    created_at: int
    updated_at: int
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def revision(self) -> Revision:
        """The newest one."""
        return self.revisions[-1]

    @property
    def removed(self) -> bool:
        return self.wanted is Wanted.REMOVED

    def revision_of(self, number: int) -> Revision:
        """Raises KeyError for one that is not among `revisions`."""
        for revision in self.revisions:
            if revision.number == number:
                return revision
        raise KeyError(number)


def checked_name(name: str) -> str:
    """Raises InvalidInput unless `name` can stand in a URL and a host name."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"Invalid endpoint name '{name[:100]}'; use up to 63 of a-z, 0-9 and dashes, such as nyc-taxi"
        )
    return name


def checked_model(model: str) -> str:
    """Raises InvalidInput unless `model` can name one of an endpoint's models; empty is an endpoint's single one."""
    if model and not _MODEL.fullmatch(model):
        raise InvalidInput(f"Invalid name of a model '{model[:150]}'; use up to 128 letters, digits, '-', '_' and '.'")
    return model


def checked_new(name: str, model: str = "") -> None:
    """Raises InvalidInput where nothing new may be called that; endpoints and models there are keep their names."""
    for given, reserved, what in ((name, RESERVED, "endpoint"), (model, RESERVED_MODELS, "model of an endpoint")):
        if given in reserved:
            words = ", ".join(sorted(reserved))
            raise InvalidInput(f"No {what} can be called '{given}'; serving protocols use {words} in paths")


def name_for(model: str) -> str:
    """An endpoint's name made of a model's: `Taxi_Duration` becomes `taxi-duration`. Raises InvalidInput."""
    made = _NOT_IN_NAMES.sub("-", model.lower()).strip("-")[:63].rstrip("-")
    if not made:
        raise InvalidInput(f"No endpoint can be named after '{model[:100]}'; give it a name")
    return made


def address(endpoint: str, model: str) -> str:
    """What a prediction names: the endpoint, or `endpoint/model` where it has several."""
    return f"{endpoint}/{model}" if model else endpoint
